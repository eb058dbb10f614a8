"""Add, change and repair a doorbell with a stream address."""

from collections.abc import Mapping
import hashlib
from typing import Any, Final

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
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
from ..engine.doorbells.address import split_login
from ..engine.doorbells.base import DoorbellError
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
    doorbell = RtspDoorbell(
        data[CONF_STREAM],
        data.get(CONF_USERNAME),
        data.get(CONF_PASSWORD),
        sub_address=data.get(CONF_SUB_STREAM),
    )
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

    An empty password keeps the current one while the user name is unchanged. Raises
    `DoorbellError`.
    """
    _, pasted_name, pasted = split_login(user_input[CONF_STREAM])
    username = pasted_name or user_input.get(CONF_USERNAME)
    password = pasted or user_input.get(CONF_PASSWORD)
    if not password and username == entry.data.get(CONF_USERNAME):
        password = entry.data.get(CONF_PASSWORD)
    data = await async_check_stream({**user_input, CONF_PASSWORD: password})
    kept = (CONF_KIND, CONF_SOURCE, CONF_WEBHOOK_ID, CONF_DEVICE_NAME)
    return {**{key: entry.data[key] for key in kept if key in entry.data}, **data}


class RtspSteps(DoorbellSteps, ReauthSteps):
    """The steps for a doorbell with a stream address."""

    async def async_step_rtsp(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for the stream and test it."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                address, _, _ = split_login(user_input[CONF_STREAM])
                await self.async_set_unique_id(
                    unique_id_of(address), raise_on_progress=False
                )
                self._abort_if_unique_id_configured()
                data = await async_check_stream(user_input)
            except DoorbellError as err:
                errors = form_errors(err, STREAM_SCHEMA)
            else:
                self._name = await async_words(self.hass, "front_door")
                self._data = {
                    CONF_KIND: KIND_DOORBELL,
                    CONF_SOURCE: SOURCE_RTSP,
                    CONF_WEBHOOK_ID: webhook.async_generate_id(),
                    **data,
                }
                return await self.async_step_events()
        return self.async_show_form(
            step_id="rtsp",
            data_schema=self.add_suggested_values_to_schema(
                STREAM_SCHEMA, shown_again(user_input)
            ),
            errors=errors,
        )

    async def async_step_reconfigure_rtsp(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Change address or credentials; an empty password keeps the current one."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                unique_id = unique_id_of(split_login(user_input[CONF_STREAM])[0])
                if unique_id != entry.unique_id:
                    await self.async_set_unique_id(unique_id)
                    self._abort_if_unique_id_configured()
                data = await async_changed_stream(entry, user_input)
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
