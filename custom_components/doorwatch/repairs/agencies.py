"""What a person can do about an agency, done from the issue."""

from contextlib import suppress
from typing import Any, override

from homeassistant.components.repairs import RepairsFlowResult
from homeassistant.config_entries import ConfigEntryState
import voluptuous as vol

from ..agencies.base import AgencyEntry
from ..engine.sharing.model import SharingError
from ..engine.sharing.outbox.outbox import Renewal
from .base import EntryFlow


class AgencyFlow(EntryFlow):
    """Fetch the agency's document once, before it is time."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> RepairsFlowResult:
        entry: AgencyEntry | None = self._entry()
        if entry is None or entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            # What cannot be written to the ledger was logged.
            with suppress(SharingError):
                if await entry.runtime_data.async_fetch() is Renewal.TRUSTED:
                    return self.async_create_entry(data={})
            errors["base"] = "still_there"
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders=self.placeholders(),
        )
