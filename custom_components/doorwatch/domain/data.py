"""Define the object that holds all parts of Doorwatch."""

import asyncio
from dataclasses import dataclass, field

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..access.guard import Guard
from ..access.home_addresses import HomeAddresses
from ..access.household_changes import HouseholdChanges
from ..access.pin_gate import PinGate
from ..access.shown_clips import ShownClips
from ..access.users import Users
from ..access.visible_shares import VisibleShares
from ..actions.previews import HomePreviews
from ..consent.ending import ShareEnding
from ..consent.prepare import Preparations
from ..consent.proposals import Proposals
from ..const import DOMAIN
from ..data import EngineData
from ..household.maintenance import LibraryMaintenance
from ..household.slots import Slots
from ..notices.notices import Notices
from ..people.people import People
from ..requests.board import Board


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorwatchData(EngineData):
    """All parts of Doorwatch, opened once and closed at EVENT_HOMEASSISTANT_STOP."""

    users: Users
    shown_clips: ShownClips
    people: People
    slots: Slots
    notices: Notices
    home_addresses: HomeAddresses
    pin_gate: PinGate
    guard: Guard
    household_changes: HouseholdChanges
    visible_shares: VisibleShares
    requests: Board
    maintenance: LibraryMaintenance
    previews: HomePreviews
    proposals: Proposals
    preparations: Preparations
    share_ending: ShareEnding
    # Decoding uses a whole core, so only one request for stills decodes at a time.
    decoding: asyncio.Lock = field(default_factory=asyncio.Lock)
    # The codecs of clips that not every browser plays, by clip ID.
    codecs: dict[str, str | None] = field(default_factory=dict)


DATA: HassKey[DoorwatchData] = HassKey(DOMAIN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Locks:
    """The locks that are needed while nothing is open."""

    # Held while everything is opened or closed.
    opening: asyncio.Lock = field(default_factory=asyncio.Lock)
    # Held while a page of the household's options is checked and saved.
    household_form: asyncio.Lock = field(default_factory=asyncio.Lock)


_LOCKS: HassKey[Locks] = HassKey(f"{DOMAIN}_locks")


@callback
def locks(hass: HomeAssistant) -> Locks:
    """Return the locks."""
    return hass.data.setdefault(_LOCKS, Locks())
