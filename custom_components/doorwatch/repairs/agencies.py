"""Fix issues of agencies."""

from contextlib import suppress
from typing import override

from homeassistant.components.repairs import FlowType, RepairsFlowResult
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType

from ..agencies.base import AgencyEntry
from ..const import DOMAIN
from ..engine.sharing.errors import SharingError
from ..engine.sharing.outbox.lookups import Renewal
from ..flows.fields import Input
from ..flows.new_key import UNKNOWN
from .base import EntryFlow


class AgencyFlow(EntryFlow):
    """Fetch the agency's document once, ahead of its schedule.

    If an unknown key signed it, continue with the form that compares the key.
    """

    @override
    async def async_step_confirm(self, user_input: Input = None) -> RepairsFlowResult:
        entry: AgencyEntry = self._entry()
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            with suppress(SharingError):  # a failed write to the ledger was logged
                if await entry.runtime_data.async_fetch() is Renewal.TRUSTED:
                    return self.async_create_entry(data={})
            if entry.runtime_data.data.problem == UNKNOWN:
                return await self._async_compare(entry)
            errors["base"] = "still_there"
        return self._form(errors=errors)

    async def _async_compare(self, entry: AgencyEntry) -> RepairsFlowResult:
        """Continue with the reconfigure form; the issue remains until that is done."""
        form = await self.hass.config_entries.flow.async_init(
            DOMAIN,
            context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id},
        )
        if form["type"] is not FlowResultType.FORM:
            return self.async_abort(
                reason="new_key_unusable",
                description_placeholders=self.placeholders(),
            )
        return self.async_abort(
            reason="compare_new_key",
            next_flow=(FlowType.CONFIG_FLOW, form["flow_id"]),
        )
