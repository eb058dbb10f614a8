"""Add, change and repair a doorbell with a stream address."""

from collections.abc import Mapping
import hashlib
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

from homeassistant.components import webhook
from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.core import callback
import voluptuous as vol

from ..admin_notices import async_words
from ..const import (
    CONF_DEVICE_NAME,
    CONF_KIND,
    CONF_PASSWORD,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_SUB_STREAM,
    CONF_USERNAME,
    CONF_WEBHOOK_ID,
    KIND_DOORBELL,
    SOURCE_RTSP,
)
from ..engine.doorbells.address import add_scheme, is_bare, join_login, split_login
from ..engine.doorbells.base import DoorbellError
from ..engine.doorbells.known_paths import find_stream
from ..engine.doorbells.probe import probe_stream
from ..engine.doorbells.rtsp import RtspDoorbell
from ..names import doorbell_name
from .doorbell import DoorbellSteps
from .fields import LOGIN_SCHEMA, SECRET, TEXT, FieldError, Input, form_errors
from .reauth import ReauthSteps

# Fields of the entry's data that a form shows again.
SHOWN_DATA: Final = (CONF_STREAM, CONF_USERNAME, CONF_SUB_STREAM)

STREAM_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_STREAM): TEXT,
        vol.Optional(CONF_USERNAME): TEXT,
        vol.Optional(CONF_PASSWORD): SECRET,
        vol.Optional(CONF_SUB_STREAM): TEXT,
    }
)


def unique_id_of(address: str) -> str:
    """Return an ID that reveals nothing, because the path may contain a password."""
    return f"rtsp-{hashlib.sha256(address.encode()).hexdigest()[:32]}"


def login_moved(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Move credentials from an address to their own fields.

    They replace the values of these fields, which may be old. Both streams have the
    same credentials. Raises `DoorbellError`.
    """
    address, username, password = split_login(user_input[CONF_STREAM])
    sub_address = sub_username = sub_password = None
    if sub := user_input.get(CONF_SUB_STREAM):
        try:
            sub_address, sub_username, sub_password = split_login(sub)
        except DoorbellError as err:
            raise FieldError(CONF_SUB_STREAM, err.problem) from None
        if sub_address == address:
            raise FieldError(CONF_SUB_STREAM, "same_stream")
    data = {
        **user_input,
        CONF_STREAM: address,
        CONF_SUB_STREAM: sub_address,
        CONF_USERNAME: username or user_input.get(CONF_USERNAME) or sub_username,
        CONF_PASSWORD: password or user_input.get(CONF_PASSWORD) or sub_password,
    }
    return {key: value for key, value in data.items() if value is not None}


def shown_again(user_input: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """Return the values that a form shows after an error, with no password in addresses."""
    if user_input is None:
        return None
    try:
        return login_moved(user_input)
    except FieldError:
        sub = user_input[CONF_SUB_STREAM]
        return {
            **login_moved({**user_input, CONF_SUB_STREAM: None}),
            CONF_SUB_STREAM: sub,
        }
    except DoorbellError:
        return user_input


def _password_of(typed: Mapping[str, Any], stored: Mapping[str, Any]) -> str | None:
    """Return the typed password, or the stored one while the user name is unchanged.

    Raises `FieldError` if the stored one would reach another host, or would no longer be
    encrypted.
    """
    password: str | None = typed.get(CONF_PASSWORD)
    if password or typed.get(CONF_USERNAME) != stored.get(CONF_USERNAME):
        return password
    if password := stored.get(CONF_PASSWORD):
        for address in _addresses(typed):
            schemes = {
                known.scheme
                for known in _addresses(stored)
                if known.hostname == address.hostname
            }
            if not schemes:
                raise FieldError(CONF_PASSWORD, "password_other_host")
            if address.scheme == "rtsp" and "rtsp" not in schemes:
                raise FieldError(CONF_PASSWORD, "password_unencrypted")
    return password


def _addresses(data: Mapping[str, Any]) -> list[SplitResult]:
    keys = (CONF_STREAM, CONF_SUB_STREAM)
    return [urlsplit(address) for key in keys if (address := data.get(key))]


async def async_find_stream(
    user_input: Mapping[str, Any], stored: Mapping[str, Any]
) -> Mapping[str, Any]:
    """Return the input with the streams of the doorbell, if it names only a host.

    `stored` is the data of an existing entry. Raises `DoorbellError`.
    """
    if not is_bare(user_input[CONF_STREAM]):
        return user_input
    typed = login_moved(user_input)
    login = typed.get(CONF_USERNAME), _password_of(typed, stored)
    try:
        found = await find_stream(join_login(typed[CONF_STREAM], *login))
    except DoorbellError as err:
        if err.problem == "invalid_auth":
            raise FieldError(CONF_PASSWORD, "invalid_auth_once") from None
        raise
    if found is None:
        raise FieldError(CONF_STREAM, "no_known_path")
    stream, sub_stream = found
    kept = typed.get(CONF_SUB_STREAM)
    if (
        kept
        and kept == stored.get(CONF_SUB_STREAM)
        and urlsplit(kept).hostname != urlsplit(stream).hostname
    ):
        del typed[CONF_SUB_STREAM]  # it is at the earlier address
    if sub_stream is not None:
        typed.setdefault(CONF_SUB_STREAM, sub_stream)
    return {**typed, CONF_STREAM: stream}


def _doorbell_of(data: Mapping[str, Any]) -> RtspDoorbell:
    return RtspDoorbell(
        data[CONF_STREAM],
        data.get(CONF_USERNAME),
        data.get(CONF_PASSWORD),
        sub_address=data.get(CONF_SUB_STREAM),
    )


async def async_check_stream(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Move credentials to their fields, test the streams, and return the data to store.

    Raises `DoorbellError`.
    """
    moved = login_moved(user_input)
    data: dict[str, Any] = {
        key: moved[key]
        for key in (CONF_STREAM, CONF_USERNAME, CONF_PASSWORD, CONF_SUB_STREAM)
        if key in moved
    }
    doorbell = _doorbell_of(data)
    try:
        await probe_stream(doorbell.stream_source())
    except DoorbellError as err:
        if err.problem == "invalid_auth" and not data.get(CONF_USERNAME):
            raise DoorbellError("login_missing") from None
        raise
    if sub_stream := doorbell.sub_stream_source():
        try:
            await probe_stream(sub_stream)
        except DoorbellError as err:
            raise FieldError(CONF_SUB_STREAM, err.problem) from None
    return data


async def async_changed_stream(
    entry: ConfigEntry, user_input: Mapping[str, Any]
) -> dict[str, Any]:
    """Test a changed stream and return the entry's new data.

    An empty password keeps the current one while user name and host are unchanged.
    Raises `DoorbellError`.
    """
    password = _password_of(login_moved(user_input), entry.data)
    data = await async_check_stream({**user_input, CONF_PASSWORD: password})
    kept = (CONF_KIND, CONF_SOURCE, CONF_WEBHOOK_ID, CONF_DEVICE_NAME)
    return {**{key: entry.data[key] for key in kept if key in entry.data}, **data}


class RtspSteps(DoorbellSteps, ReauthSteps):
    """The steps for a doorbell with a stream address."""

    async def async_step_rtsp(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for the stream and test it."""
        errors: dict[str, str] = {}
        if user_input is not None:
            user_input[CONF_STREAM] = add_scheme(user_input[CONF_STREAM])
            try:
                found = await async_find_stream(user_input, {})
                address, _, _ = split_login(found[CONF_STREAM])
                await self.async_set_unique_id(
                    unique_id_of(address), raise_on_progress=False
                )
                self._abort_if_unique_id_configured()
                if is_bare(user_input[CONF_STREAM]) and not is_bare(address):
                    return self._show_found(found)
                data = await async_check_stream(found)
                self._name = await async_words(self.hass, "front_door")
                self._data = {
                    CONF_KIND: KIND_DOORBELL,
                    CONF_SOURCE: SOURCE_RTSP,
                    CONF_WEBHOOK_ID: webhook.async_generate_id(),
                    **data,
                }
                doorbell = _doorbell_of(data)
                return await self._async_ask_detection(
                    doorbell.stream_source(), doorbell.sub_stream_source()
                )
            except DoorbellError as err:
                errors = form_errors(err, STREAM_SCHEMA)
        return self.async_show_form(
            step_id="rtsp",
            data_schema=self.add_suggested_values_to_schema(
                STREAM_SCHEMA, shown_again(user_input)
            ),
            errors=errors,
        )

    @callback
    def _show_found(self, found: Mapping[str, Any]) -> ConfigFlowResult:
        """Show the found streams, which the person confirms or changes."""
        return self.async_show_form(
            step_id="rtsp_found",
            data_schema=self.add_suggested_values_to_schema(STREAM_SCHEMA, found),
        )

    async def async_step_rtsp_found(
        self, user_input: dict[str, Any]
    ) -> ConfigFlowResult:
        """Test the confirmed stream."""
        if self.source == SOURCE_RECONFIGURE:
            return await self.async_step_reconfigure_rtsp(user_input)
        return await self.async_step_rtsp(user_input)

    async def async_step_reconfigure_rtsp(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Change address or credentials; an empty password keeps the current one."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            user_input[CONF_STREAM] = add_scheme(user_input[CONF_STREAM])
            try:
                found = await async_find_stream(user_input, entry.data)
                address, _, _ = split_login(found[CONF_STREAM])
                unique_id = unique_id_of(address)
                if unique_id != entry.unique_id:
                    await self.async_set_unique_id(unique_id, raise_on_progress=False)
                    self._abort_if_unique_id_configured()
                if is_bare(user_input[CONF_STREAM]) and not is_bare(address):
                    return self._show_found(found)
                data = await async_changed_stream(entry, found)
            except DoorbellError as err:
                errors = form_errors(err, STREAM_SCHEMA)
            else:
                return self.async_update_reload_and_abort(
                    entry, unique_id=unique_id, data=data
                )
        return self.async_show_form(
            step_id="reconfigure_rtsp",
            data_schema=self.add_suggested_values_to_schema(
                STREAM_SCHEMA,
                shown_again(user_input)
                or {key: entry.data.get(key) for key in SHOWN_DATA},
            ),
            errors=errors,
            description_placeholders={"name": doorbell_name(self.hass, entry)},
        )

    async def async_step_reauth_doorbell(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Ask for the current credentials."""

        async def take(
            entry: ConfigEntry, typed: Mapping[str, Any]
        ) -> ConfigFlowResult:
            data = await async_check_stream(
                {CONF_STREAM: entry.data[CONF_STREAM], **typed}
            )
            return self.async_update_reload_and_abort(entry, data_updates=data)

        return await self._async_reauth(
            "reauth_doorbell", LOGIN_SCHEMA, user_input, take
        )
