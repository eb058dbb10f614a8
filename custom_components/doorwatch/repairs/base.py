"""Base classes of the repair flows."""

from collections.abc import Mapping
from typing import override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from ..admin_notices import problem_in_words
from ..const import DOMAIN
from ..flows.fields import Input


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

    def problem(self) -> str:
        """Return the translated problem; an unknown problem is returned unchanged."""
        return problem_in_words(str(self.about.get("problem") or "cannot_connect"))


class EntryFlow(StepFlow):
    """A flow about the entry of a doorbell or agency."""

    def _entry(self) -> ConfigEntry | None:
        return self.hass.config_entries.async_get_entry(str(self.about["entry_id"]))

    def _done(self, reason: str | None) -> RepairsFlowResult:
        """Finish the flow, or abort it if there is a reason."""
        if reason is not None:
            return self.async_abort(reason=reason)
        return self.async_create_entry(data={})

    async def async_step_try_again(self, user_input: Input = None) -> RepairsFlowResult:
        """Reload the entry; the issue returns if that fails."""
        if (entry := self._entry()) is None:
            return self.async_abort(reason="not_loaded")
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_create_entry(data={})


class ConfirmFlow(EntryFlow):
    """Explain the problem, and fix it after confirmation."""

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        if (entry := self._entry()) is None:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            await self._async_confirmed(entry)
            return self.async_create_entry(data={})
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            description_placeholders=self.placeholders(),
        )

    async def _async_confirmed(self, entry: ConfigEntry) -> None:
        """Fix the problem."""
        raise AssertionError
