"""Do what must work even while nothing is open, for example without the disk."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant, callback

from ..access.home_addresses import HomeAddresses
from ..access.household_changes import HouseholdChanges
from ..access.pin_gate import PinGate
from ..consent.proposals import Proposals
from ..engine.clips.model import RetentionPolicy
from ..household.household import retention_with
from ..household.slots import Slots
from ..notices.waiting import WaitingNotices
from ..people.people import People
from ..requests.holds import held
from ..requests.noted import Noted
from .data import DATA


@callback
def retention(
    hass: HomeAssistant, wished: Mapping[str, Mapping[str, Any]] | None = None
) -> RetentionPolicy:
    """Return the current retention rules, or those with these options of entries instead."""
    data = hass.data.get(DATA)
    requests = data.requests if data is not None else None
    return retention_with(hass, held(hass, requests), wished or {})


async def async_household_changes(hass: HomeAssistant) -> HouseholdChanges:
    """Return what records changes of the household's rules, even while nothing is open."""
    if (data := hass.data.get(DATA)) is not None:
        return data.household_changes
    addresses = HomeAddresses(hass, None)
    await addresses.async_load()
    return HouseholdChanges(
        hass, ledger=None, pin_gate=pin_gate(hass), addresses=addresses
    )


@callback
def pin_gate(hass: HomeAssistant) -> PinGate:
    """Return the PIN gate, even while nothing is open: a form can set another folder."""
    data = hass.data.get(DATA)
    return PinGate(hass) if data is None else data.pin_gate


async def async_forget_everything(hass: HomeAssistant) -> None:
    """Delete what Doorwatch stored about people and requests, when it is removed."""
    if (data := hass.data.get(DATA)) is None:
        await Proposals(hass).async_forget()
        await People(hass).async_forget()
        await Noted(hass).async_forget()
        await Slots(hass).async_forget()
        await WaitingNotices(hass).async_forget()
        return
    await data.proposals.async_forget()
    await data.people.async_forget()
    await data.requests.noted.async_forget()
    await data.slots.async_forget()
    await data.notices.async_forget()
