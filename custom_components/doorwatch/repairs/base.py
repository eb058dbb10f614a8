"""What the flows of the issues have in common."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from ..admin_notices import problem_in_words
from ..const import DOMAIN


class StepFlow(RepairsFlow):
    """Begins at the step `confirm`."""

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Show what is wrong."""
        raise AssertionError

    @property
    def about(self) -> Mapping[str, object]:
        """What is known of the issue."""
        return self.data or {}

    def placeholders(self) -> dict[str, str]:
        """Return those of the issue."""
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        found = issue.translation_placeholders if issue is not None else None
        return dict(found or {})

    def problem(self) -> str:
        """Say in words what is wrong; an unknown problem keeps its name."""
        return problem_in_words(str(self.about.get("problem") or "cannot_connect"))


class EntryFlow(StepFlow):
    """Is about one doorbell, or one agency."""

    def _entry(self) -> ConfigEntry | None:
        return self.hass.config_entries.async_get_entry(str(self.about["entry_id"]))

    def _done(self, reason: str | None) -> RepairsFlowResult:
        """End; the reason says why nothing was done, None that it was."""
        if reason is not None:
            return self.async_abort(reason=reason)
        return self.async_create_entry(data={})

    async def async_step_try_again(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        """Begin anew; when that fails too, the issue comes back."""
        if (entry := self._entry()) is None:
            return self.async_abort(reason="not_loaded")
        self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return self.async_create_entry(data={})


class ConfirmFlow(EntryFlow):
    """Says what is wrong, and does the one thing there is to do once somebody agrees."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
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
        """Do it."""
        raise AssertionError
