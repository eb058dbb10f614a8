"""Tells Home Assistant of clips: while one is written, and once it is whole."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
import logging
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..engine.clips.errors import LibraryError
from ..engine.clips.library import Library
from ..engine.clips.model import Clip
from ..engine.doorbells.base import DoorbellEvent, EventKind
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.digests import recorded
from ..engine.sharing.ledger.ledger import Ledger
from ..paths import CLIP_PAGE, CLIP_PATH, THUMBNAIL_PATH
from ..registry import camera_entity_id
from ..signals import EVENT_CLIP_SAVED, SIGNAL_CLIP_CHANGED, SIGNAL_CLIP_SAVED

_LOGGER = logging.getLogger(__name__)

# How much is told of what happened in one clip: a bell may ring on and on.
_MOST_TOLD: Final = 100


class Announcer:
    """Follows the clips of one doorbell from the recorder's threads to the event bus."""

    def __init__(
        self,
        hass: HomeAssistant,
        ledger: Ledger,
        library: Library,
        *,
        on_open: Callable[[], None],
        count: Callable[[], Awaitable[None]],
    ) -> None:
        """Take what to call in the event loop.

        `on_open` when a file is opened, `count` when one was closed, before it is told.
        """
        self._hass = hass
        self._ledger = ledger
        self._library = library
        self._on_open = on_open
        self._count = count
        self._open: set[str] = set()
        # What was seen in clips that are not listed yet, and was told too late for them.
        self._late: dict[str, dict[str, str]] = {}
        # A clip is announced before it is told what else was seen in it.
        self._lock = asyncio.Lock()
        self._telling: set[asyncio.Task[None]] = set()

    @property
    def writing(self) -> bool:
        """Whether a clip is being written."""
        return bool(self._open)

    def opened(self, clip_id: str) -> None:
        """Take the id of a clip that begins; on the recorder's thread."""
        self._hass.loop.call_soon_threadsafe(self._opened, clip_id)

    def closed(self, clip_id: str, clip: Clip | None) -> None:
        """Take a clip that is listed, None for one that is not; on its thread."""
        self._hass.loop.call_soon_threadsafe(self._closed, clip_id, clip)

    @callback
    def _opened(self, clip_id: str) -> None:
        self._open.add(clip_id)
        self._on_open()

    @callback
    def _closed(self, clip_id: str, clip: Clip | None) -> None:
        # Counting says that nothing is recorded any more: by then the next part of a
        # long event has begun.
        self._open.discard(clip_id)
        late = self._late.pop(clip_id, {})
        self._tell(self._async_tell(clip, late), clip_id)

    @callback
    def seen_late(self, clip_id: str, labels: Mapping[str, str]) -> None:
        """Take what was seen in a clip that its recorder has handed over."""
        if clip_id in self._open:
            self._late[clip_id] = {**labels, **self._late.get(clip_id, {})}
        else:
            self._tell(self._async_tell_late(clip_id, labels), clip_id)

    @callback
    def recovered(self, clip: Clip) -> None:
        """Announce a clip that waited for its disk; the ledger has it."""
        self._tell(self._async_announce(clip), clip.clip_id)

    @callback
    def _tell(self, telling: Coroutine[None, None, None], clip_id: str) -> None:
        task = self._hass.async_create_task(telling, f"doorwatch clip {clip_id}")
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def async_finish(self) -> None:
        """Return once everything is told."""
        # The last clip came from the recorder's thread: let the loop take it over.
        await asyncio.sleep(0)
        while self._telling:
            await asyncio.wait(self._telling)

    async def _async_tell(self, clip: Clip | None, late: Mapping[str, str]) -> None:
        """Note a clip in the ledger and announce it; None could not be listed."""
        if clip is None:
            await self._count()
            return
        async with self._lock:
            labelled = await self._async_add_labels(clip.clip_id, late)
            if labelled is not None:
                clip = replace(clip, labels=labelled.labels)
            await self._async_note(clip)
            await self._async_announce(clip)

    async def _async_tell_late(self, clip_id: str, labels: Mapping[str, str]) -> None:
        """Say that more was seen in a clip that was announced."""
        async with self._lock:
            clip = await self._async_add_labels(clip_id, labels)
            if clip is not None:
                async_dispatcher_send(self._hass, SIGNAL_CLIP_CHANGED, clip)

    async def _async_add_labels(
        self, clip_id: str, labels: Mapping[str, str]
    ) -> Clip | None:
        """Return the clip with what else was seen; None when it stays as it is."""
        if not labels:
            return None
        try:
            return await self._library.add_labels(clip_id, labels)
        except KeyError, LibraryError:
            return None  # it waits for its disk, or is gone

    async def _async_note(self, clip: Clip) -> None:
        try:
            await self._ledger.append("recorded", recorded(clip))
        except SharingError as err:
            # The clip is safe all the same; that its digest is missing must be seen.
            _LOGGER.error(
                "The digest of clip %s couldn't be written to the ledger: %s",
                clip.clip_id,
                err.problem,
            )

    async def _async_announce(self, clip: Clip) -> None:
        """Announce a clip: its file, thumbnail, index row and ledger line are there."""
        await self._count()
        async_dispatcher_send(self._hass, SIGNAL_CLIP_SAVED, clip)
        self._hass.bus.async_fire(
            EVENT_CLIP_SAVED,
            {
                "clip_id": clip.clip_id,
                "doorbell_id": clip.doorbell_id,
                "entity_id": camera_entity_id(self._hass, clip.doorbell_id),
                "event": clip.event,
                "kinds": list(clip.kinds),
                "labels": list(clip.labels),
                "part": clip.part,
                "started_at": clip.started_at.isoformat(),
                "duration": clip.duration.total_seconds(),
                "happened": _told(clip.happened),
                "path": CLIP_PATH.format(clip.clip_id),
                "thumbnail": THUMBNAIL_PATH.format(clip.clip_id),
                "page": CLIP_PAGE.format(clip.clip_id),
            },
        )


def _told(events: Iterable[DoorbellEvent]) -> list[dict[str, str]]:
    """Say what happened in a clip, and when; motion that goes on is said once."""
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
