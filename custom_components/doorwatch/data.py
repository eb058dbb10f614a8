"""Typed runtime data: of the domain, and of each kind of entry."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .engine.clips.model import Clip

if TYPE_CHECKING:
    from collections.abc import Callable

    from homeassistant.auth.models import User

    from .engine.clips.library import Library
    from .engine.outside.door import Outside
    from .engine.sharing.ledger.ledger import Ledger
    from .engine.sharing.outbox.outbox import Outbox
    from .engine.sharing.signing.keys import HomeKeys
    from .engine.sharing.tap.confirmations import Confirmations


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
    # Doorbells at work: they finish their clips before the library closes.
    running: set[Stoppable] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True, slots=True)
class DoorbellState:
    """What the entities of one doorbell show. `storage_used` is in bytes.

    A doorbell that is connected to only on an event counts as connected while it sleeps.
    """

    connected: bool = False
    problem: str | None = None
    motion: bool = False
    recording: bool = False
    last_motion: datetime | None = None
    last_clip: Clip | None = None
    clips_today: int = 0
    storage_used: int = 0
    motion_enabled: bool = True
    recording_enabled: bool = True
    clock_offset: float | None = None  # seconds by which the doorbell's clock is ahead


DATA: HassKey[DoorwatchData] = HassKey(DOMAIN)
# Whether a user may share clips of a doorbell (by id). Who decides it stands above the
# household, which asks before a share leaves; without an answer nothing does.
MAY_SHARE: HassKey[Callable[[HomeAssistant, User, str], bool]] = HassKey(
    f"{DOMAIN}_may_share"
)

# What is done to a clip is not parted from looking at it before, nor from its line in
# the ledger.
_CLIP_LOCK: HassKey[asyncio.Lock] = HassKey(f"{DOMAIN}_clip_lock")


@callback
def clip_lock(hass: HomeAssistant) -> asyncio.Lock:
    """Return the lock of all changes to clips."""
    return hass.data.setdefault(_CLIP_LOCK, asyncio.Lock())
