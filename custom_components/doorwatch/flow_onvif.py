"""Add, change and repair a doorbell that speaks ONVIF."""

from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry, ConfigFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
import voluptuous as vol

from .const import (
    CONF_ENDPOINT,
    CONF_HOST,
    CONF_KIND,
    CONF_MAC,
    CONF_MAKE,
    CONF_MODEL,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SERIAL,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_SUB_STREAM,
    CONF_USERNAME,
    CONF_WEBHOOK_ID,
    KIND_DOORBELL,
    SOURCE_ONVIF,
)
from .doorbell_fields import (
    LOGIN_SCHEMA,
    SECRET,
    TEXT,
    events_schema,
    lasting_options,
    options_of,
    webhook_placeholder,
)
from .doorbells.base import DoorbellError, EventKind
from .doorbells.onvif import DeviceFacts, ask_device
from .doorbells.onvif_answers import mac_in, split_host
from .doorbells.onvif_search import Found
from .doorbells.probe import probe_stream
from .doorbells.rtsp import RtspDoorbell
from .flow_doorbell import DoorbellSteps
from .motion.areas import AreasError
from .onvif_discovery import async_search, is_somebody_elses, onvif_entries
from .onvif_moves import (
    async_is,
    async_move_if_gone,
    is_another,
    is_away,
    is_number,
    is_well,
    move,
)
from .picture_fields import areas_error, checked_picture

DEFAULT_PORT: Final = 80
# In the list of what was found, for what was not.
OTHER: Final = "other"
_CONF_DEVICE: Final = "device"
_YES, _NO = "✓", "–"

_PORT: Final = vol.All(
    NumberSelector(
        NumberSelectorConfig(min=1, max=65535, step=1, mode=NumberSelectorMode.BOX)
    ),
    vol.Coerce(int),
)
DEVICE_FIELDS: Final = {
    vol.Required(CONF_HOST): TEXT,
    vol.Required(CONF_PORT, default=DEFAULT_PORT): _PORT,
    vol.Optional(CONF_USERNAME): TEXT,
    vol.Optional(CONF_PASSWORD): SECRET,
}
HOST_SCHEMA: Final = vol.Schema({vol.Required(CONF_NAME): TEXT, **DEVICE_FIELDS})
DEVICE_SCHEMA: Final = vol.Schema(DEVICE_FIELDS)


class OnvifSteps(DoorbellSteps):
    """The steps that concern a doorbell that speaks ONVIF."""

    _found: Mapping[str, Found] = {}
    _suggested: Mapping[str, Any] = {}
    _endpoint: str | None = None
    _offers: frozenset[EventKind] = frozenset()

    async def async_step_onvif(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show what is on the network, for a person to pick from."""
        if user_input is not None:
            found = self._found.get(user_input[_CONF_DEVICE])
            if found is not None:
                self._suggest(found)
            return await self.async_step_onvif_host()
        taken = {
            (entry.data[CONF_HOST], entry.data[CONF_PORT])
            for entry in onvif_entries(self.hass)
        }
        self._found = {
            found.endpoint: found
            for found in await async_search(self.hass)
            if (found.host, found.port) not in taken
        }
        if not self._found:
            return await self.async_step_onvif_host()
        choices = [
            SelectOptionDict(value=endpoint, label=_label(found))
            for endpoint, found in self._found.items()
        ]
        return self.async_show_form(
            step_id="onvif",
            data_schema=vol.Schema(
                {
                    vol.Required(_CONF_DEVICE): SelectSelector(
                        SelectSelectorConfig(
                            options=[
                                *choices,
                                SelectOptionDict(value=OTHER, label="…"),
                            ],
                            mode=SelectSelectorMode.LIST,
                            translation_key="onvif_device",
                        )
                    )
                }
            ),
        )

    @callback
    def _suggest(self, found: Found) -> None:
        self._endpoint = found.endpoint
        self._suggested = {
            CONF_NAME: found.name,
            CONF_HOST: found.host,
            CONF_PORT: found.port,
        }

    async def async_step_onvif_host(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask where it is and for its login, and try both and the video."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                where = _where(user_input)
                facts = await async_try_device(where)
            except DoorbellError as err:
                errors["base"] = err.problem
            else:
                data = _data_of(where, facts)
                await self.async_set_unique_id(
                    facts.identity.unique, raise_on_progress=False
                )
                # Where it is now is worth knowing, also of one that is there already.
                self._abort_if_unique_id_configured(updates=data)
                self._name = user_input[CONF_NAME]
                self._offers = facts.offers
                self._data = {
                    CONF_KIND: KIND_DOORBELL,
                    CONF_SOURCE: SOURCE_ONVIF,
                    CONF_WEBHOOK_ID: webhook.async_generate_id(),
                    CONF_ENDPOINT: self._endpoint,
                    **data,
                }
                return await self.async_step_onvif_events()
        return self.async_show_form(
            step_id="onvif_host",
            data_schema=self.add_suggested_values_to_schema(
                HOST_SCHEMA, user_input or self._suggested
            ),
            errors=errors,
        )

    async def async_step_onvif_events(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say what the doorbell tells by itself, and ask for what else there is."""
        wrong: AreasError | None = None
        if user_input is not None:
            try:
                return self._create(
                    lasting_options(self.hass, options_of(checked_picture(user_input)))
                )
            except AreasError as err:
                wrong = err
        return self.async_show_form(
            step_id="onvif_events",
            data_schema=self.add_suggested_values_to_schema(
                events_schema(self.hass, SOURCE_ONVIF, wrong=wrong), user_input
            ),
            errors={"base": wrong.problem} if wrong else None,
            description_placeholders={
                **webhook_placeholder(self.hass, self._data[CONF_WEBHOOK_ID]),
                **areas_error(wrong),
                "motion": _YES if EventKind.MOTION in self._offers else _NO,
                "ring": _YES if EventKind.RING in self._offers else _NO,
                "sub_stream": _YES if self._data.get(CONF_SUB_STREAM) else _NO,
            },
        )

    # Found by itself

    async def async_discovered_onvif(
        self, discovery_info: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Follow a doorbell to where it is now, or offer one that is new."""
        found = Found(**discovery_info)
        others = is_somebody_elses(self.hass, found)
        await self._async_follow(found, ask=not others)
        if others:
            raise AbortFlow("already_configured")
        await self.async_set_unique_id(found.mac or found.endpoint)
        self._abort_if_unique_id_configured()
        self._suggest(found)
        self.context["title_placeholders"] = {"name": found.name}
        return await self.async_step_onvif_host()

    async def _async_follow(self, found: Found, *, ask: bool) -> None:
        """Recognise one of ours, and remember where it is. Raises `AbortFlow`.

        `ask` it with the logins of those that are away.
        """
        where = {CONF_HOST: found.host, CONF_PORT: found.port}
        away = []
        for entry in onvif_entries(self.hass):
            data = entry.data
            if (found.mac and found.mac == data.get(CONF_MAC)) or (
                found.endpoint == data.get(CONF_ENDPOINT)
            ):
                raise self._moved(entry, where)
            if where == {name: data[name] for name in where} and not is_another(entry):
                if not is_away(entry):
                    # The next search finds it by this, wherever it is then.
                    self.hass.config_entries.async_update_entry(
                        entry, data={**data, CONF_ENDPOINT: found.endpoint}
                    )
                raise AbortFlow("already_configured")
            if ask and is_away(entry):
                away.append(entry)
        for entry in away:
            if await async_is(entry, found.host, found.port):
                raise self._moved(entry, {**where, CONF_ENDPOINT: found.endpoint})

    @callback
    def _moved(self, entry: ConfigEntry, where: Mapping[str, Any]) -> AbortFlow:
        """Remember where a doorbell is; it goes on from there."""
        # One that is well has two networks: both addresses are right.
        if not is_well(entry):
            move(self.hass, entry, where)
        return AbortFlow("already_configured")

    @override
    async def async_step_dhcp(
        self, discovery_info: DhcpServiceInfo
    ) -> ConfigFlowResult:
        """Follow a doorbell whose address was changed, as soon as the router says so."""
        mac = mac_in(discovery_info.macaddress)
        for entry in onvif_entries(self.hass):
            if mac and entry.data.get(CONF_MAC) == mac and is_number(entry):
                where = {CONF_HOST: discovery_info.ip}
                if is_well(entry):
                    # The router tells it once, and before anybody misses an answer.
                    entry.async_create_background_task(
                        self.hass,
                        async_move_if_gone(self.hass, entry, where),
                        "doorwatch onvif new address",
                    )
                raise self._moved(entry, where)
        return self.async_abort(reason="already_configured")

    # Changed by a person

    async def async_step_reconfigure_onvif(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change where it is or its login; a password that is left empty stays."""
        return await self._async_change(
            self._get_reconfigure_entry(), "reconfigure_onvif", user_input
        )

    async def async_step_reauth_onvif(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the login that it takes now."""
        return await self._async_change(
            self._get_reauth_entry(), "reauth_onvif", user_input
        )

    async def _async_change(
        self, entry: ConfigEntry, step_id: str, user_input: dict[str, Any] | None
    ) -> ConfigFlowResult:
        """Try what was changed; it has to be the same doorbell."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                stored = _stored(entry) if step_id == "reauth_onvif" else {}
                where = _where({**stored, **user_input})
                if not where[CONF_PASSWORD] and (
                    where[CONF_USERNAME] == entry.data.get(CONF_USERNAME)
                ):
                    where[CONF_PASSWORD] = entry.data.get(CONF_PASSWORD)
                facts = await async_try_device(where, entry)
            except DoorbellError as err:
                errors["base"] = err.problem
            else:
                return self.async_update_reload_and_abort(
                    entry, data_updates=_data_of(where, facts)
                )
        schema = LOGIN_SCHEMA if step_id == "reauth_onvif" else DEVICE_SCHEMA
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(
                schema, user_input or _stored(entry)
            ),
            errors=errors,
            description_placeholders={"name": entry.title},
        )


def _label(found: Found) -> str:
    hardware = found.hardware
    known = f" ({hardware})" if hardware and hardware != found.name else ""
    return f"{found.name}{known}, {found.host}"


def _stored(entry: ConfigEntry) -> dict[str, Any]:
    """Return what a form shows again: no password."""
    names = (CONF_HOST, CONF_PORT, CONF_USERNAME)
    return {name: entry.data.get(name) for name in names if entry.data.get(name)}


def _where(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return where to go and the login. Raises `DoorbellError`."""
    host, port = split_host(user_input[CONF_HOST])
    return {
        CONF_HOST: host,
        CONF_PORT: port or user_input[CONF_PORT],
        CONF_USERNAME: user_input.get(CONF_USERNAME),
        CONF_PASSWORD: user_input.get(CONF_PASSWORD),
    }


def _data_of(where: Mapping[str, Any], facts: DeviceFacts) -> dict[str, Any]:
    return {
        **where,
        CONF_STREAM: facts.streams.main,
        CONF_SUB_STREAM: facts.streams.sub,
        CONF_MAC: facts.identity.mac,
        CONF_SERIAL: facts.identity.serial,
        CONF_MAKE: facts.identity.make,
        CONF_MODEL: facts.identity.model,
    }


async def async_try_device(
    where: Mapping[str, Any], entry: ConfigEntry | None = None
) -> DeviceFacts:
    """Ask a device everything, and open its main stream.

    With an entry it has to be the device of that one. Raises `DoorbellError`.
    """
    username, password = where[CONF_USERNAME], where[CONF_PASSWORD]
    facts = await ask_device(where[CONF_HOST], where[CONF_PORT], username, password)
    if entry is not None and not facts.identity.is_same(
        entry.data.get(CONF_MAC), entry.data.get(CONF_SERIAL)
    ):
        raise DoorbellError("other_device")
    doorbell = RtspDoorbell(facts.streams.main, username, password)
    await probe_stream(doorbell.stream_source())
    return facts
