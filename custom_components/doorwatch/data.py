"""Typed data: the parts of the domain, and what the entities of a doorbell show."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .engine.clips.model import Clip

if TYPE_CHECKING:
    from .engine.clips.library import Library
    from .engine.outside.door import Outside
    from .engine.sharing.ledger.ledger import Ledger
    from .engine.sharing.outbox.outbox import Outbox
    from .engine.sharing.signing.keys import HomeKeys
    from .engine.sharing.tap.confirmations import Confirmations


# Why no clip can be written: the key of the repair issue and of the texts.
type RecordingProblem = Literal["disk_full", "folder_not_writable", "library_missing"]


class Stoppable(Protocol):
    """What is at work with the library open."""

    async def async_shutdown(self) -> None:
        """Finish what was begun, and stop."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorwatchData:
    """The engine's parts of the domain: made once, closed at EVENT_HOMEASSISTANT_STOP."""

    library: Library
    ledger: Ledger
    keys: HomeKeys
    confirmations: Confirmations
    outbox: Outbox
    outside: Outside
    # Home Assistant started from a restored backup.
    restored: bool = False
    # Doorbells of which people were asked since.
    asked_since: set[str] = field(default_factory=set)
    # Held for each change to clips: what is done to one is not parted from looking at it
    # before, nor from its line in the ledger.
    clip_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    # Held while a feed is read: of 64 threads that read, each would get its turn before
    # the event loop does.
    feed_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    # Doorbells at work: they finish their clips before the library closes.
    running: set[Stoppable] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorbellState:
    """What the entities of one doorbell show. `storage_used` is in bytes.

    `labelled` says of each label when the newest clip with it ended: no state shows it.
    A doorbell that is connected to only on an event counts as connected while it sleeps.
    """

    connected: bool = False
    asleep: bool = False
    problem: str | None = None
    motion: bool = False
    recording: bool = False
    recording_problem: RecordingProblem | None = None
    last_motion: datetime | None = None
    last_ring: datetime | None = None
    last_clip: Clip | None = None
    labelled: Mapping[str, datetime] = field(default_factory=dict)
    clips_today: int = 0
    storage_used: int = 0
    motion_enabled: bool = True
    recording_enabled: bool = True
    clock_offset: float | None = None  # seconds by which the doorbell's clock is ahead


DATA: HassKey[DoorwatchData] = HassKey(DOMAIN)
