"""Define the object that holds all parts of Doorwatch."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..access.guard import Guard
from ..access.home_addresses import HomeAddresses
from ..access.pin_gate import PinGate
from ..access.shown_clips import ShownClips
from ..access.users import Users
from ..access.visible_shares import VisibleShares
from ..actions.previews import HomePreviews
from ..consent.ending import ShareEnding
from ..consent.prepare import Preparations
from ..consent.proposals import Proposals
from ..consent.sending import PreparedCopies
from ..const import DOMAIN
from ..data import EngineData
from ..household.maintenance import LibraryMaintenance
from ..household.slots import Slots
from ..notices.notices import Notices
from ..people.people import People
from ..requests.board import Board
from ..requests.noted import Noted


@dataclass(frozen=True, kw_only=True)
class HouseholdData:
    """The parts that need neither the clip folder nor the ledger."""

    users: Users
    people: People
    slots: Slots
    shown_clips: ShownClips
    notices: Notices
    home_addresses: HomeAddresses
    pin_gate: PinGate
    guard: Guard
    proposals: Proposals
    noted: Noted
    # Agencies whose feed is fetched at their next start, because an administrator
    # changed them.
    feed_wanted: set[str] = field(default_factory=set)
    # Held while a page of the household's options is checked and saved.
    form_lock: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, kw_only=True)
class DoorwatchData(EngineData, HouseholdData):
    """All parts of Doorwatch."""

    visible_shares: VisibleShares
    requests: Board
    maintenance: LibraryMaintenance
    previews: HomePreviews
    preparations: Preparations
    prepared_copies: PreparedCopies
    share_ending: ShareEnding
    # Decoding uses a whole core, so only one request for stills decodes at a time.
    decoding: asyncio.Lock = field(default_factory=asyncio.Lock)
    # The codecs of clips that not every browser plays, by clip ID.
    codecs: dict[str, str | None] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class Opening:
    """What is open, and how to close it."""

    # Held while anything is opened or closed.
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    household: HouseholdData | None = None


# Everything that is open; missing while the clip folder or the ledger can't be used.
DATA: HassKey[DoorwatchData] = HassKey(DOMAIN)
_OPENING: HassKey[Opening] = HassKey(f"{DOMAIN}_opening")


@callback
def opening(hass: HomeAssistant) -> Opening:
    """Return what is open."""
    return hass.data.setdefault(_OPENING, Opening())
