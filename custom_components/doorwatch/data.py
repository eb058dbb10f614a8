"""The engine's parts and the state of a doorbell."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from .engine.clips.model import Clip

if TYPE_CHECKING:
    from .engine.clips.library import Library
    from .engine.outside.door import Outside
    from .engine.sharing.ledger.ledger import Ledger
    from .engine.sharing.outbox.outbox import Outbox
    from .engine.sharing.signing.keys import HomeKeys
    from .engine.sharing.tap.confirmations import Confirmations


# Why no clip can be written; also the key of the repair issue and of its texts.
type RecordingProblem = Literal["disk_full", "folder_not_writable", "library_missing"]


class Stoppable(Protocol):
    """A part that runs while the library is open."""

    async def async_shutdown(self) -> None:
        """Finish the current work and stop."""


@dataclass(frozen=True, kw_only=True)
class EngineData:
    """The engine's parts and what is shared between packages, see `domain`."""

    library: Library
    ledger: Ledger
    keys: HomeKeys
    confirmations: Confirmations
    outbox: Outbox
    outside: Outside
    # Home Assistant started from a restored backup.
    restored: bool = False
    # Doorbells whose recording a person was asked about since the restore.
    asked_since: set[str] = field(default_factory=set)
    # Serializes changes to clips, so that check, change and ledger line are one unit.
    clip_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    # Held while a feed is parsed, because parallel parsing threads would delay the
    # event loop.
    feed_lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    # Running doorbells, which finish their clips before the library closes.
    running: set[Stoppable] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorbellState:
    """The state of a doorbell's entities.

    `storage_used` is in bytes. `labelled` holds the end of the newest clip with each
    label, and is shown in no state. A doorbell that connects only on events counts as
    connected while it sleeps.
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
