"""Base classes of the repair flows."""

from collections.abc import Mapping
from typing import override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from ..const import DOMAIN
from ..domain.data import DATA, DoorwatchData
from ..flows.fields import Input
from ..household.household import household_entry


class StepFlow(RepairsFlow):
    """A flow that begins at the step `confirm`."""

    async def async_step_init(self, user_input: Input = None) -> RepairsFlowResult:
        """Start with the step `confirm`."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        """Show the problem."""
        raise AssertionError

    @property
    def about(self) -> Mapping[str, object]:
        """The data of the issue."""
        return self.data or {}

    def placeholders(self) -> dict[str, str]:
        """Return the placeholders of the issue."""
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        found = issue.translation_placeholders if issue is not None else None
        return dict(found or {})

    def _domain(self) -> DoorwatchData:
        """Return all parts, or abort the flow if they are not open."""
        if (domain := self.hass.data.get(DATA)) is None:
            raise AbortFlow("not_loaded")
        return domain

    def _household(self) -> ConfigEntry:
        """Return the household's entry, or abort the flow."""
        if (entry := household_entry(self.hass)) is None:
            raise AbortFlow("not_loaded")
        return entry

    def _form(
        self,
        *,
        step_id: str = "confirm",
        errors: dict[str, str] | None = None,
        words: Mapping[str, str] | None = None,
    ) -> RepairsFlowResult:
        """Show a form without fields, with these placeholders or those of the issue."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders=self.placeholders() if words is None else words,
        )


class EntryFlow(StepFlow):
    """A flow about the entry of a doorbell or agency."""

    def _entry(self) -> ConfigEntry:
        """Return the entry, or abort the flow if it was removed."""
        entry_id = str(self.about["entry_id"])
        if (entry := self.hass.config_entries.async_get_entry(entry_id)) is None:
            raise AbortFlow("not_loaded")
        return entry

    def _done(self, reason: str | None) -> RepairsFlowResult:
        """Finish the flow, or abort it if there is a reason."""
        if reason is not None:
            return self.async_abort(reason=reason)
        return self.async_create_entry(data={})

    async def async_step_try_again(self, user_input: Input = None) -> RepairsFlowResult:
        """Reload the entry; the issue returns if that fails."""
        self.hass.config_entries.async_schedule_reload(self._entry().entry_id)
        return self.async_create_entry(data={})


class ConfirmFlow(EntryFlow):
    """Explain the problem, and fix it after confirmation."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        entry = self._entry()
        if user_input is not None:
            await self._async_confirmed(entry)
            return self.async_create_entry(data={})
        return self._form()

    async def _async_confirmed(self, entry: ConfigEntry) -> None:
        """Fix the problem."""
        raise AssertionError
