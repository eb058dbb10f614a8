"""Announce clips to Home Assistant: when recording starts, and when the clip is saved."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import dataclass, field, replace
import logging
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..actions.clips import facts_of
from ..engine.clips.errors import LibraryError
from ..engine.clips.library import Library
from ..engine.clips.model import Clip
from ..engine.doorbells.base import DoorbellEvent, EventKind
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.digests import recorded
from ..engine.sharing.ledger.ledger import Ledger
from ..signals import EVENT_CLIP_SAVED, SIGNAL_CLIP_CHANGED, SIGNAL_CLIP_SAVED

_LOGGER = logging.getLogger(__name__)

# The most events that are reported of one clip; a button may be pressed many times.
_MOST_TOLD: Final = 100


@dataclass(eq=False, repr=False)
class Announcer:
    """Announce the clips of one doorbell, from the recorder's threads to the event bus."""

    hass: HomeAssistant
    ledger: Ledger
    library: Library
    # Called in the event loop when a file is opened.
    on_open: Callable[[], None]
    # Called in the event loop when a file was closed, before it is announced.
    count: Callable[[], Awaitable[None]]
    _open: set[str] = field(default_factory=set)
    # Labels that arrived after the recorder closed a clip, but before it was
    # announced.
    _late: dict[str, dict[str, str]] = field(default_factory=dict)
    # Announces a clip before labels that are added to it.
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _telling: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def writing(self) -> bool:
        """Whether a clip is being written."""
        return bool(self._open)

    def opened(self, clip_id: str) -> None:
        """Note a clip that begins; called on the recorder's thread."""
        self.hass.loop.call_soon_threadsafe(self._opened, clip_id)

    def closed(self, clip_id: str, clip: Clip | None) -> None:
        """Announce a clip, or None if it was not listed; called on another thread."""
        self.hass.loop.call_soon_threadsafe(self._closed, clip_id, clip)

    @callback
    def _opened(self, clip_id: str) -> None:
        self._open.add(clip_id)
        self.on_open()

    @callback
    def _closed(self, clip_id: str, clip: Clip | None) -> None:
        # The count updates `recording` later, when the next part of a long event has
        # already begun, so that it stays on.
        self._open.discard(clip_id)
        late = self._late.pop(clip_id, {})
        self._tell(self._async_tell(clip, late), clip_id)

    @callback
    def seen_late(self, clip_id: str, labels: Mapping[str, str]) -> None:
        """Add labels that arrived after the recorder closed the clip."""
        if clip_id in self._open:
            self._late[clip_id] = {**labels, **self._late.get(clip_id, {})}
        else:
            self._tell(self._async_tell_late(clip_id, labels), clip_id)

    @callback
    def recovered(self, clip: Clip) -> None:
        """Announce a clip that waited for its disk and is already in the ledger."""
        self._tell(self._async_announce(clip), clip.clip_id)

    @callback
    def _tell(self, telling: Coroutine[None, None, None], clip_id: str) -> None:
        task = self.hass.async_create_task(telling, f"doorwatch clip {clip_id}")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def async_finish(self) -> None:
        """Wait until everything is announced."""
        # The last clip came from the recorder's thread; let the loop process it.
        await asyncio.sleep(0)
        while self._telling:
            await asyncio.wait(self._telling)

    async def _async_tell(self, clip: Clip | None, late: Mapping[str, str]) -> None:
        """Write a clip to the ledger and announce it; None could not be listed."""
        if clip is None:
            await self.count()
            return
        async with self._lock:
            labelled = await self._async_add_labels(clip.clip_id, late)
            if labelled is not None:
                clip = replace(clip, labels=labelled.labels)
            try:
                await self.ledger.append("recorded", recorded(clip))
            except SharingError as err:
                # The clip is saved, but its missing digest must be noticed.
                _LOGGER.error(
                    "The digest of clip %s couldn't be written to the ledger: %s",
                    clip.clip_id,
                    err.problem,
                )
            await self._async_announce(clip)

    async def _async_tell_late(self, clip_id: str, labels: Mapping[str, str]) -> None:
        """Add labels to a clip that was announced."""
        async with self._lock:
            clip = await self._async_add_labels(clip_id, labels)
            if clip is not None:
                async_dispatcher_send(self.hass, SIGNAL_CLIP_CHANGED, clip)

    async def _async_add_labels(
        self, clip_id: str, labels: Mapping[str, str]
    ) -> Clip | None:
        """Return the clip with the added labels, or None if nothing changed."""
        if not labels:
            return None
        try:
            return await self.library.add_labels(clip_id, labels)
        except KeyError, LibraryError:
            return None  # it waits for its disk, or is gone

    async def _async_announce(self, clip: Clip) -> None:
        """Announce a clip whose file, thumbnail, index row and ledger line are stored."""
        await self.count()
        async_dispatcher_send(self.hass, SIGNAL_CLIP_SAVED, clip)
        self.hass.bus.async_fire(
            EVENT_CLIP_SAVED,
            {
                **facts_of(self.hass, clip),
                "happened": _told(clip.happened),
            },
        )


def _told(events: Iterable[DoorbellEvent]) -> list[dict[str, str]]:
    """Return what happened in a clip and when; continued motion is listed once."""
    told = []
    moving = False
    for event in events:
        if event.kind is EventKind.MOTION_ENDED:
            moving = False
            continue
        if event.kind is EventKind.MOTION:
            if moving:
                continue
            moving = True
        told.append({"event": event.kind.value, "at": event.at.isoformat()})
    return told[:_MOST_TOLD]
