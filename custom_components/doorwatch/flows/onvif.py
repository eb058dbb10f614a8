"""Add a doorbell that speaks ONVIF, and follow it to where it is."""

from collections.abc import Mapping
from typing import Any, Final, override

from homeassistant.components import webhook
from homeassistant.config_entries import SOURCE_INTEGRATION_DISCOVERY, ConfigFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
import voluptuous as vol

from ..const import (
    CONF_ENDPOINT,
    CONF_HOST,
    CONF_KIND,
    CONF_LENS,
    CONF_PORT,
    CONF_SOURCE,
    CONF_SUB_STREAM,
    CONF_WEBHOOK_ID,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_ONVIF,
)
from ..discovery.onvif import async_search, is_somebody_elses, onvif_entries
from ..discovery.onvif_device import (
    async_follow,
    async_follow_router,
    entries_of,
    free,
    go_along,
    has_more,
    lens_of,
    move,
    pin,
    unique_id_for,
)
from ..engine.doorbells.base import DoorbellError, EventKind
from ..engine.doorbells.onvif.answers import Identity, mac_in
from ..engine.doorbells.onvif.ask import DeviceFacts
from ..engine.doorbells.onvif.search import Found
from ..engine.doorbells.onvif.video_sources import VideoSource, VideoSourceUnclear
from ..engine.motion.areas import AreasError
from ..names import is_name_taken
from .doorbell import DoorbellSteps
from .doorbell_fields import (
    events_schema,
    lasting_options,
    options_of,
    webhook_placeholder,
)
from .onvif_fields import (
    HOST_SCHEMA,
    async_lens_schema,
    async_try_device,
    data_of,
    where_of,
)
from .picture_fields import areas_error, checked_picture

# In the list of what was found, for what was not.
OTHER: Final = "other"
_CONF_DEVICE: Final = "device"
_YES, _NO = "✓", "–"


class OnvifSteps(DoorbellSteps):
    """The steps in which a doorbell that speaks ONVIF is added or found."""

    _where: Mapping[str, Any]
    _identity: Identity
    _lenses: tuple[VideoSource, ...] = ()
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
            if not has_more(self.hass, entry)
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
            self._name = user_input[CONF_NAME]
            try:
                self._where = where_of(user_input)
                facts = await async_try_device(self._where, choose=True)
            except VideoSourceUnclear as which:
                self._identity, self._lenses = which.identity, which.sources
                step = await self.async_step_onvif_lens()
            except DoorbellError as err:
                errors["base"] = err.problem
            else:
                step = await self._async_chosen(facts)
            if not errors:
                # Asked last: what is there already has its name too.
                if not is_name_taken(self.hass, self._name):
                    return step
                errors[CONF_NAME] = "name_taken"
        return self.async_show_form(
            step_id="onvif_host",
            data_schema=self.add_suggested_values_to_schema(
                HOST_SCHEMA, user_input or self._suggested
            ),
            errors=errors,
        )

    async def async_step_onvif_lens(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask which of its lenses, of those that no doorbell has yet."""
        errors: dict[str, str] = {}
        chosen = None
        if user_input is not None:
            chosen = user_input[CONF_LENS]
            try:
                facts = await async_try_device(self._where, lens=chosen)
            except DoorbellError as err:
                errors["base"] = err.problem
            else:
                return await self._async_chosen(facts)
        entries = entries_of(self.hass, self._identity)
        if not (offered := free(self._lenses, entries)):
            # Where it is now is worth knowing, also of one that is there already.
            for entry in entries:
                move(self.hass, entry, self._where)
            raise AbortFlow("no_lens_free")
        return self.async_show_form(
            step_id="onvif_lens",
            data_schema=await async_lens_schema(
                self.hass, self._lenses, offered, chosen or offered[0].token
            ),
            errors=errors,
        )

    async def _async_chosen(self, facts: DeviceFacts) -> ConfigFlowResult:
        """Go on with a lens that was tried, or that a doorbell has: it is there now."""
        self._identity, self._lenses = facts.identity, facts.video_sources
        data = data_of(self._where, facts)
        entries = entries_of(self.hass, facts.identity)
        for entry in entries:
            if lens_of(entry, facts.video_sources) == facts.video_source.token:
                move(self.hass, entry, data)
                go_along(self.hass, facts.identity, self._where)
                raise AbortFlow("already_configured")
        await self.async_set_unique_id(
            unique_id_for(
                self.hass, facts.identity, facts.video_sources, facts.video_source.token
            ),
            raise_on_progress=False,
        )
        self._abort_if_unique_id_configured()
        self._offers = facts.offers
        endpoints = (entry.data.get(CONF_ENDPOINT) for entry in entries)
        self._data = {
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_ONVIF,
            CONF_WEBHOOK_ID: webhook.async_generate_id(),
            CONF_ENDPOINT: self._endpoint or next(filter(None, endpoints), None),
            **data,
        }
        if entries or len(facts.video_sources) > 1:
            self._data[CONF_LENS] = facts.video_source.token
        return await self.async_step_onvif_events()

    async def async_step_onvif_events(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say what the doorbell tells by itself, and ask for what else there is."""
        wrong: AreasError | None = None
        if user_input is not None:
            try:
                options = options_of(checked_picture(user_input))
            except AreasError as err:
                wrong = err
            else:
                self._settle()
                return self._create(lasting_options(self.hass, options))
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

    @callback
    def _settle(self) -> None:
        """Let the other doorbells of the device know what was learnt of it."""
        go_along(self.hass, self._identity, self._where)
        for entry in entries_of(self.hass, self._identity):
            pin(self.hass, entry, self._lenses)
        # What was offered is there now, by the name of another lens.
        if CONF_LENS in self._data:
            for unique_id in (self._identity.unique, self._data[CONF_ENDPOINT]):
                self._withdraw(unique_id)

    @callback
    def _withdraw(self, unique_id: str | None) -> None:
        flows = self.hass.config_entries.flow
        if unique_id is None or unique_id == self.unique_id:
            return
        for flow in flows.async_progress_by_handler(
            DOMAIN,
            match_context={
                "unique_id": unique_id,
                "source": SOURCE_INTEGRATION_DISCOVERY,
            },
        ):
            if flow["flow_id"] != self.flow_id:
                flows.async_abort(flow["flow_id"])

    # Found by itself

    async def async_discovered_onvif(
        self, discovery_info: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Follow a doorbell to where it is now, or offer one that is new."""
        found = Found(**discovery_info)
        others = is_somebody_elses(self.hass, found)
        ours = await async_follow(self.hass, found, ask=not others)
        if ours or others:
            raise AbortFlow("already_configured")
        await self.async_set_unique_id(found.mac or found.endpoint)
        self._abort_if_unique_id_configured()
        self._suggest(found)
        self.context["title_placeholders"] = {"name": found.name}
        return await self.async_step_onvif_host()

    @override
    async def async_step_dhcp(
        self, discovery_info: DhcpServiceInfo
    ) -> ConfigFlowResult:
        """Follow a doorbell whose address was changed, as soon as the router says so."""
        async_follow_router(
            self.hass, mac_in(discovery_info.macaddress), discovery_info.ip
        )
        return self.async_abort(reason="already_configured")


def _label(found: Found) -> str:
    hardware = found.hardware
    known = f" ({hardware})" if hardware and hardware != found.name else ""
    return f"{found.name}{known}, {found.host}"
