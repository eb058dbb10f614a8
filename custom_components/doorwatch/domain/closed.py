"""Do what must work even without the clip folder and the ledger."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant, callback

from ..access.household_changes import HouseholdChanges
from ..engine.clips.model import RetentionPolicy
from ..household.household import retention_with
from ..requests.holds import held
from .data import DATA
from .opening import async_get_household


@callback
def retention(
    hass: HomeAssistant, wished: Mapping[str, Mapping[str, Any]] | None = None
) -> RetentionPolicy:
    """Return the current retention rules, or those with these options of entries instead."""
    data = hass.data.get(DATA)
    requests = data.requests if data is not None else None
    return retention_with(hass, held(hass, requests), wished or {})


async def async_household_changes(hass: HomeAssistant) -> HouseholdChanges:
    """Return what records changes of the household's rules.

    Without the ledger it refuses those that need a line.
    """
    household, data = await async_get_household(hass), hass.data.get(DATA)
    return HouseholdChanges(
        hass,
        ledger=None if data is None else data.ledger,
        pin_gate=household.pin_gate,
        addresses=household.home_addresses,
    )


async def async_forget_everything(hass: HomeAssistant) -> None:
    """Delete what Doorwatch stored about people and requests, when it is removed."""
    household = await async_get_household(hass)
    await household.proposals.async_forget()
    await household.people.async_forget()
    await household.noted.async_forget()
    await household.slots.async_forget()
    await household.notices.waiting.async_forget()
