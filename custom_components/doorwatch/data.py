"""Typed runtime data: of the domain, and of each kind of entry."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigEntry
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN

if TYPE_CHECKING:
    from .agency_coordinator import AgencyCoordinator
    from .clips.library import Library
    from .coordinator import DoorbellCoordinator
    from .outside import Outside
    from .sharing.confirmations import Confirmations
    from .sharing.keys import HomeKeys
    from .sharing.ledger import Ledger
    from .sharing.outbox import Outbox


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorwatchData:
    """What belongs to the domain: made once, closed at EVENT_HOMEASSISTANT_STOP."""

    library: Library
    ledger: Ledger
    keys: HomeKeys
    confirmations: Confirmations
    outbox: Outbox
    outside: Outside


DATA: HassKey[DoorwatchData] = HassKey(DOMAIN)

type DoorbellEntry = ConfigEntry[DoorbellCoordinator]
type AgencyEntry = ConfigEntry[AgencyCoordinator]
type HouseholdEntry = ConfigEntry[None]
type DoorwatchConfigEntry = ConfigEntry[DoorbellCoordinator | AgencyCoordinator | None]
