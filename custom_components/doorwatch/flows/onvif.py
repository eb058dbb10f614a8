"""Add, change and repair a doorbell that supports ONVIF."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components import webhook
from homeassistant.config_entries import (
    SOURCE_INTEGRATION_DISCOVERY,
    ConfigEntry,
    ConfigFlowResult,
)
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo

from ..admin_notices import async_words
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
    move,
    pin,
    siblings_of,
    unique_id_for,
    video_source_of,
)
from ..engine.doorbells.base import DoorbellError, EventKind
from ..engine.doorbells.onvif.answers import DeviceIdentity, mac_in
from ..engine.doorbells.onvif.ask import DeviceFacts
from ..engine.doorbells.onvif.search import DiscoveredDevice
from ..engine.doorbells.onvif.video_sources import (
    VideoSource,
    VideoSourceUnclear,
    video_source_in,
)
from ..names import doorbell_name
from .doorbell import DoorbellSteps
from .events import ask_events
from .fields import LOGIN_SCHEMA, Input, form_errors
from .onvif_fields import (
    CONF_DEVICE,
    DEVICE_SCHEMA,
    async_try_device,
    async_video_source_schema,
    data_of,
    found_schema,
    name_in,
    stored_of,
    where_of,
)
from .reauth import ReauthSteps

_YES, _NO = "✓", "–"


class OnvifSteps(DoorbellSteps, ReauthSteps):
    """The steps for a doorbell that supports ONVIF."""

    _where: Mapping[str, Any]
    _identity: DeviceIdentity
    _video_sources: tuple[VideoSource, ...] = ()
    _found: Mapping[str, DiscoveredDevice] = {}
    _endpoint: str | None = None
    _offers: frozenset[EventKind] = frozenset()
    _name = ""

    async def async_step_onvif(self, user_input: Input = None) -> ConfigFlowResult:
        """Show the devices found on the network."""
        if user_input is not None:
            found = self._found.get(user_input[CONF_DEVICE])
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
        return self.async_show_form(
            step_id="onvif", data_schema=found_schema(self._found.values())
        )

    @callback
    def _suggest(self, found: DiscoveredDevice) -> None:
        self._endpoint, self._name = found.endpoint, found.name
        self._suggested = {CONF_HOST: found.host, CONF_PORT: found.port}

    async def async_step_onvif_host(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for address and credentials, and test them and the video."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                self._where = where_of(user_input)
                if self._where[CONF_HOST] != self._suggested.get(CONF_HOST):
                    # The address is not that of the chosen device.
                    self._endpoint, self._name = None, ""
                facts = await async_try_device(self._where, choose=True)
            except VideoSourceUnclear as which:
                self._identity, self._video_sources = which.identity, which.sources
                return await self.async_step_onvif_lens()
            except DoorbellError as err:
                errors = form_errors(err, DEVICE_SCHEMA)
            else:
                return await self._async_chosen(facts)
        return self.async_show_form(
            step_id="onvif_host",
            data_schema=self.add_suggested_values_to_schema(
                DEVICE_SCHEMA, user_input or self._suggested
            ),
            errors=errors,
        )

    async def async_step_onvif_lens(self, user_input: Input = None) -> ConfigFlowResult:
        """Ask for the lens, of those that no doorbell uses."""
        errors: dict[str, str] = {}
        chosen = None
        if user_input is not None:
            chosen = user_input[CONF_LENS]
            try:
                facts = await async_try_device(self._where, video_source=chosen)
            except DoorbellError as err:
                errors = {CONF_LENS: err.problem}
            else:
                return await self._async_chosen(facts)
        entries = entries_of(self.hass, self._identity)
        if not (offered := free(self._video_sources, entries)):
            # Update the address of the doorbells that exist already.
            for entry in entries:
                move(self.hass, entry, self._where)
            raise AbortFlow("no_lens_free")
        return self.async_show_form(
            step_id="onvif_lens",
            data_schema=await async_video_source_schema(
                self.hass, self._video_sources, offered, chosen or offered[0].token
            ),
            errors=errors,
        )

    async def _async_chosen(self, facts: DeviceFacts) -> ConfigFlowResult:
        """Continue with the tested video source, or update the doorbell that uses it."""
        self._identity, self._video_sources = facts.identity, facts.video_sources
        data = data_of(self._where, facts)
        entries = entries_of(self.hass, facts.identity)
        for entry in entries:
            if video_source_of(entry, facts.video_sources) == facts.video_source.token:
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
        self._name = (
            self._name
            or name_in(facts.identity)
            or await async_words(self.hass, "front_door")
        )
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
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Ask for the name and for the events that the device does not report."""
        return ask_events(
            self,
            step_id="onvif_events",
            data=self._data,
            shown={},
            user_input=user_input,
            save=self._settle,
            first=self._name_field(),
            placeholders={
                "motion": _YES if EventKind.MOTION in self._offers else _NO,
                "ring": _YES if EventKind.RING in self._offers else _NO,
                "sub_stream": _YES if self._data.get(CONF_SUB_STREAM) else _NO,
            },
        )

    @callback
    def _settle(self, options: dict[str, Any]) -> ConfigFlowResult:
        """Update the other doorbells of the device, and create the entry."""
        go_along(self.hass, self._identity, self._where)
        for entry in entries_of(self.hass, self._identity):
            pin(self.hass, entry, self._video_sources)
        if CONF_LENS in self._data:
            # Abort discovery flows of this device, which have other unique IDs.
            flows = self.hass.config_entries.flow
            others = {self._identity.unique, self._data[CONF_ENDPOINT]}
            for unique_id in others - {self.unique_id, None}:
                for flow in flows.async_progress_by_handler(
                    DOMAIN,
                    match_context={
                        "unique_id": unique_id,
                        "source": SOURCE_INTEGRATION_DISCOVERY,
                    },
                ):
                    flows.async_abort(flow["flow_id"])
        return self._create(options)

    # Discovery

    async def async_discovered_onvif(
        self, discovery_info: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Update the address of a known doorbell, or offer a new one."""
        found = DiscoveredDevice(**discovery_info)
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
        """Update the address of a doorbell when the router assigns a new one."""
        async_follow_router(
            self.hass, mac_in(discovery_info.macaddress), discovery_info.ip
        )
        return self.async_abort(reason="already_configured")

    # Changes by a person

    async def async_step_reconfigure_onvif(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Change address or credentials; an empty password keeps the current one."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            self._video_sources = ()
            try:
                self._where = where_of(user_input, entry)
                facts = await async_try_device(self._where, entry, choose=True)
            except VideoSourceUnclear as which:
                self._video_sources = which.sources
                if self._free_for(entry):
                    return await self.async_step_reconfigure_onvif_lens()
                errors["base"] = "no_lens_left"
            except DoorbellError as err:
                errors = form_errors(err, DEVICE_SCHEMA)
            else:
                return self._changed(entry, facts)
        return self.async_show_form(
            step_id="reconfigure_onvif",
            data_schema=self.add_suggested_values_to_schema(
                DEVICE_SCHEMA, user_input or stored_of(entry)
            ),
            errors=errors,
            description_placeholders={"name": doorbell_name(self.hass, entry)},
        )

    async def async_step_reconfigure_onvif_lens(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Ask for the lens."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        token = video_source_of(entry, self._video_sources)
        if user_input is not None:
            token = user_input[CONF_LENS]
            try:
                facts = await async_try_device(self._where, entry, video_source=token)
            except DoorbellError as err:
                errors = {CONF_LENS: err.problem}
            else:
                return self._changed(entry, facts)
        return self.async_show_form(
            step_id="reconfigure_onvif_lens",
            data_schema=await async_video_source_schema(
                self.hass, self._video_sources, self._free_for(entry), token
            ),
            errors=errors,
            description_placeholders={"name": doorbell_name(self.hass, entry)},
        )

    async def async_step_reauth_onvif(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Ask for the current credentials."""

        async def take(
            entry: ConfigEntry, typed: Mapping[str, Any]
        ) -> ConfigFlowResult:
            self._where = where_of({**stored_of(entry), **typed}, entry)
            try:
                facts = await async_try_device(
                    self._where, entry, video_source=entry.data.get(CONF_LENS)
                )
            except VideoSourceUnclear:
                raise DoorbellError("lens_gone") from None
            return self._changed(entry, facts)

        return await self._async_reauth("reauth_onvif", LOGIN_SCHEMA, user_input, take)

    @callback
    def _free_for(self, entry: ConfigEntry) -> tuple[VideoSource, ...]:
        """Return the video sources that no other doorbell of the device uses."""
        others = [one for one in siblings_of(self.hass, entry) if one is not entry]
        return free(self._video_sources, others)

    @callback
    def _changed(self, entry: ConfigEntry, facts: DeviceFacts) -> ConfigFlowResult:
        """Store the tested settings, and update the device's unreachable doorbells."""
        data = data_of(self._where, facts)
        unique_id = entry.unique_id
        if self._video_sources:
            if video_source_in(self._free_for(entry), facts.video_source.token) is None:
                # Another flow was quicker.
                return self.async_abort(reason="already_configured")
            data[CONF_LENS] = facts.video_source.token
            if facts.video_source.token != video_source_of(entry, self._video_sources):
                unique_id = unique_id_for(
                    self.hass,
                    facts.identity,
                    facts.video_sources,
                    facts.video_source.token,
                    entry,
                )
        go_along(self.hass, facts.identity, self._where, but=entry)
        return self.async_update_reload_and_abort(
            entry, unique_id=unique_id, data_updates=data
        )
