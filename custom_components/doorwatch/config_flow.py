"""Add doorbells and agencies, and change the household's options."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.config_entries import ConfigEntry, ConfigFlowResult, OptionsFlow
from homeassistant.core import callback

from .const import (
    CONF_CAMERA,
    CONF_KIND,
    CONF_SOURCE,
    CONF_VIA,
    DOMAIN,
    KIND_AGENCY,
    KIND_HOUSEHOLD,
    SOURCE_DEMO,
    SOURCE_LINKED,
    SOURCE_ONVIF,
    VIA_LINK,
)
from .flows.demo import DemoSteps
from .flows.doorbell import DoorbellOptionsFlow
from .flows.fields import Input
from .flows.household import HouseholdOptionsFlow, HouseholdSteps
from .flows.link import LinkSteps
from .flows.linked import LinkedSteps
from .flows.new_key import NewKeySteps
from .flows.onvif import OnvifSteps
from .flows.rtsp import RtspSteps
from .registry import doorbell_entries


class DoorwatchConfigFlow(
    LinkedSteps,
    OnvifSteps,
    RtspSteps,
    DemoSteps,
    NewKeySteps,
    LinkSteps,
    HouseholdSteps,
    domain=DOMAIN,
):
    """The flow of all kinds of entries, which selects the steps of each kind."""

    VERSION = 1

    @override
    @classmethod
    @callback
    def async_supports_options_flow(cls, config_entry: ConfigEntry) -> bool:
        """Return False for agencies, which have only a reconfigure step."""
        return config_entry.data.get(CONF_KIND) != KIND_AGENCY

    @override
    @staticmethod
    @callback
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        if config_entry.data[CONF_KIND] == KIND_HOUSEHOLD:
            return HouseholdOptionsFlow()
        return DoorbellOptionsFlow()

    @override
    async def async_step_user(self, user_input: Input = None) -> ConfigFlowResult:
        """Show the menu; only one demo can be added."""
        options = ["linked", "onvif", "rtsp", "demo", "agency", "agency_link"]
        if any(
            entry.data.get(CONF_SOURCE) == SOURCE_DEMO
            for entry in doorbell_entries(self.hass)
        ):
            options.remove("demo")
        return self.async_show_menu(step_id="user", menu_options=options)

    @override
    async def async_step_integration_discovery(
        self, discovery_info: dict[str, Any]
    ) -> ConfigFlowResult:
        """Select the step for the kind of doorbell."""
        if CONF_CAMERA in discovery_info:
            return await self.async_discovered_linked(discovery_info)
        return await self.async_discovered_onvif(discovery_info)

    async def async_step_reconfigure(
        self, user_input: Input = None
    ) -> ConfigFlowResult:
        """Select the step for the kind of entry."""
        entry = self._get_reconfigure_entry()
        data = entry.data
        if data[CONF_KIND] == KIND_AGENCY:
            if data.get(CONF_VIA) == VIA_LINK:
                return await self.async_step_reconfigure_agency_link()
            if (step := await self.async_new_key(entry)) is not None:
                return step
            return await self.async_step_reconfigure_agency()
        if data[CONF_KIND] == KIND_HOUSEHOLD or data[CONF_SOURCE] == SOURCE_DEMO:
            return self.async_abort(reason="nothing_to_change")
        if data[CONF_SOURCE] == SOURCE_LINKED:
            return await self.async_step_reconfigure_linked()
        if data[CONF_SOURCE] == SOURCE_ONVIF:
            return await self.async_step_reconfigure_onvif()
        return await self.async_step_reconfigure_rtsp()

    async def async_step_reauth(
        self, entry_data: Mapping[str, Any]
    ) -> ConfigFlowResult:
        """Select the step for the kind of entry."""
        if entry_data[CONF_KIND] == KIND_AGENCY:
            return await self.async_step_reauth_agency()
        if entry_data[CONF_SOURCE] == SOURCE_ONVIF:
            return await self.async_step_reauth_onvif()
        return await self.async_step_reauth_doorbell()
