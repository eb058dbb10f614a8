"""The clips of a doorbell without a stream, fetched from where they are kept.

Stands in the place of the clip recorder, for whoever uses one.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import logging
from pathlib import Path
import time
from typing import Any, Final
import uuid

import async_timeout
import av
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
)
from homeassistant.helpers.event import async_track_state_change_event

from .clips.media import MediaFacts, first_picture, read_facts
from .const import CONF_CAMERA, CONF_KEEPER
from .data import DoorbellEntry
from .doorbells.base import DoorbellEvent, EventKind
from .doorbells.linked import (
    async_follow,
    entity_id_of,
    problem_of as problem_of_camera,
)
from .doorbells.probe import VIDEO_CODECS
from .issues import async_recordings_come, async_recordings_missing
from .keepers.base import Keeper, KeeperError, Kept
from .recording.keyframes import KeyframeCallback
from .recording.model import (
    ClipSink,
    ClipStart,
    FinishedClip,
    HealthCallback,
    RecorderHealth,
)
from .recording.writer import problem_of as full_or_read_only

_LOGGER = logging.getLogger(__name__)

# Seconds after an event in which its recording has to be there.
PATIENCE: Final = 300.0
# Seconds between two looks, unless the keeper tells of a change.
LOOK: Final = 5.0
# How many recordings are remembered as fetched.
_REMEMBERED: Final = 50
# What does not get better by another attempt.
_FINAL: Final = frozenset(
    {
        "address_refused",
        "invalid_address",
        "recording_unreadable",
        "redirected",
        "too_large",
        "unsupported_codec",
    }
)
# So many events in a row without a recording are no chance: makers skip some events.
_MISSES: Final = 3
# What is said by an issue of its own.
_SAID: Final = frozenset({"recordings_disabled", "disk_full", "not_writable"})
# An event this much (seconds) before or after a clip is in it.
_SLACK: Final = timedelta(seconds=5)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Waiting:
    """An event whose recording is not there yet."""

    event: DoorbellEvent
    mark: object


class KeptClips:
    """Waits after each event for its recording, and puts it into the library.

    All public methods are for the event loop; `on_health` and `on_error` are called
    in it.
    """

    live_address = None

    def __init__(
        self,
        hass: HomeAssistant,
        entry: DoorbellEntry,
        keeper: Keeper,
        sink: ClipSink,
        *,
        on_health: HealthCallback,
        on_error: Callable[[str], None],
        last_thumbnail: Callable[[], Path | None],
    ) -> None:
        """Take who keeps the recordings, and where they go."""
        self._hass = hass
        self._entry = entry
        self._name = entry.title
        self._keeper = keeper
        self._sink = sink
        self._on_health = on_health
        self._on_error = on_error
        self._last_thumbnail = last_thumbnail
        self._waiting: list[_Waiting] = []
        self._taken: deque[str] = deque(maxlen=_REMEMBERED)
        self._covered_until: datetime | None = None
        self._changed = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[Any] | None = None
        self._stopped = False
        self._stops: list[CALLBACK_TYPE] = []
        self._events = 0
        self._looks = 0
        self._fetched = 0
        self._problem: str | None = None
        self._told = False
        self._missed = 0
        self._trouble = "ok"
        self.recording = False
        self.health = RecorderHealth(
            connected=False, problem=None, attempt=0, since=datetime.now(UTC)
        )

    async def start(self) -> None:
        """Begin to watch the camera and the keeper."""
        camera: str = self._entry.data[CONF_CAMERA]
        self._stops = [
            async_follow(self._hass, camera, self._listen_to),
            self._keeper.follow(self._changed.set),
        ]
        self._listen_to(entity_id_of(self._hass, camera))

    async def stop(self) -> None:
        """Give up what is waited for; a download is broken off."""
        self._stopped = True
        self._waiting = []
        for stop in self._stops:
            stop()
        self._stops = []
        self._changed.set()
        if self._asking is not None:
            self._asking.cancel()
        if self._worker is not None:
            await asyncio.wait([self._worker])

    @callback
    def trigger(self, event: DoorbellEvent) -> None:
        """Wait for the recording of this event, unless it is in one already."""
        if self._stopped:
            return
        self._events += 1
        if event.kind not in (EventKind.MOTION, EventKind.RING):
            return  # the recording ends by itself, and nobody can ask for one
        if self._covered_until is not None and event.at <= self._covered_until:
            return
        self._waiting.append(_Waiting(event=event, mark=self._keeper.mark()))
        self._changed.set()
        if self._worker is None or self._worker.done():
            self._worker = self._entry.async_create_background_task(
                self._hass, self._async_work(), f"doorwatch kept clips {self._name}"
            )

    def watch_keyframes(self, callback: KeyframeCallback) -> Callable[[], None]:
        """Show no pictures: there are none before the recording."""
        return lambda: None

    async def still(self) -> bytes | None:
        """Return the picture of the last clip."""
        if (path := self._last_thumbnail()) is None:
            return None
        try:
            return await self._hass.async_add_executor_job(path.read_bytes)
        except OSError:
            return None

    def diagnostics(self) -> dict[str, object]:
        """Return counts without any address."""
        return {
            "connected": self.health.connected,
            "problem": self._problem,
            "events": self._events,
            "waiting": len(self._waiting),
            "looks": self._looks,
            "fetched": self._fetched,
            "recording": self.recording,
            "trouble": self._trouble,
        }

    # The camera

    @callback
    def _listen_to(self, entity_id: str | None) -> None:
        """Follow whether the camera is there, also under its new name."""

        @callback
        def on_state(_event: Event[EventStateChangedData]) -> None:
            self._look_at_camera(entity_id)

        if entity_id is not None:
            self._stops.append(
                async_track_state_change_event(self._hass, entity_id, on_state)
            )
        self._look_at_camera(entity_id)

    @callback
    def _look_at_camera(self, entity_id: str | None) -> None:
        problem = problem_of_camera(self._hass, self._entry.data[CONF_CAMERA])
        state = self._hass.states.get(entity_id) if entity_id else None
        if problem is None and (state is None or state.state == STATE_UNAVAILABLE):
            problem = "camera_unavailable"
        was = self.health
        if (was.connected, was.problem) == (problem is None, problem):
            return
        self.health = RecorderHealth(
            connected=problem is None,
            problem=problem,
            attempt=0,
            since=datetime.now(UTC),
        )
        self._on_health(self.health)

    # Recordings

    async def _async_work(self) -> None:
        """Look for what is waited for until nothing is."""
        while self._waiting:
            self._changed.clear()
            for waiting in list(self._waiting):
                # What was fetched for one event may hold others too.
                if waiting in self._waiting:
                    await self._async_look(waiting)
            if self._waiting:
                with suppress(TimeoutError):
                    async with async_timeout.timeout(LOOK):
                        await self._changed.wait()

    async def _async_look(self, waiting: _Waiting) -> None:
        """Fetch the recording of one event if it is there; give up when it is late."""
        problem = "recording_late"
        try:
            kept = await self._async_ask(
                self._keeper.find(waiting.event, waiting.mark, self._taken)
            )
            self._looks += 1
            if kept is not None:
                await self._async_save(waiting, kept)
                return
        except KeeperError as err:
            problem = err.problem
        except OSError as err:
            problem = full_or_read_only(err)
            self._report(problem)
        late = time.monotonic() > waiting.event.monotonic + PATIENCE
        if late or problem in _FINAL:
            self._waiting = [other for other in self._waiting if other != waiting]
            self._gave_up(problem)

    async def _async_ask[T](self, question: Coroutine[Any, Any, T]) -> T:
        """Wait for the keeper; `stop` breaks it off. Raises `KeeperError`."""
        if self._stopped:
            # While the disk was waited for: nobody will break off what begins now.
            question.close()
            raise KeeperError("recording_late")
        self._asking = task = asyncio.ensure_future(question)
        try:
            await asyncio.wait([task])
        finally:
            self._asking = None
            task.cancel()
        if task.cancelled():
            raise KeeperError("recording_late")
        return task.result()

    async def _async_save(self, waiting: _Waiting, kept: Kept) -> None:
        """Put a recording into the library. Raises `KeeperError` and `OSError`."""
        job = self._hass.async_add_executor_job
        started_at = kept.started_at or waiting.event.at
        clip_id = str(uuid.uuid7())
        start = ClipStart(
            clip_id=clip_id,
            event_id=clip_id,
            part=1,
            started_at=started_at,
            events=(waiting.event,),
            fetched_from=self._entry.data[CONF_KEEPER],
        )
        path = await job(self._sink.begin, start)
        self.recording = True
        finished = False
        try:
            await self._async_ask(self._keeper.fetch(kept, path))
            facts, thumbnail = await job(_look_into, path)
            ended_at = started_at + timedelta(seconds=facts.duration)
            held = [
                other
                for other in self._waiting
                if other is waiting
                or started_at - _SLACK <= other.event.at <= ended_at + _SLACK
            ]
            finished = True
            # Also when the disk fails it now: the library goes on once that is well.
            self._taken.append(kept.recording_id)
            self._waiting = [other for other in self._waiting if other not in held]
            self._covered_until = ended_at + _SLACK
            await job(
                self._sink.finish,
                FinishedClip(
                    clip_id=clip_id,
                    event_id=clip_id,
                    part=1,
                    path=path,
                    thumbnail=thumbnail,
                    started_at=started_at,
                    ended_at=ended_at,
                    events=tuple(other.event for other in held),
                    video_codec=facts.video_codec,
                    audio_codec=facts.audio_codec,
                    width=facts.width,
                    height=facts.height,
                    frames=facts.frames,
                    video_profile=facts.video_profile,
                    pixel_format=facts.pixel_format,
                ),
            )
        except KeeperError as err:
            if err.problem in _FINAL:
                self._taken.append(kept.recording_id)
            raise
        finally:
            self.recording = False
            if not finished:
                # It is fetched again, or was none: no part of it is to be kept.
                await job(_remove, path)
                await job(self._sink.abandon, clip_id, "no_frames")
        self._came()

    @callback
    def _came(self) -> None:
        self._fetched += 1
        self._problem = None
        self._missed = 0
        async_recordings_come(self._hass, self._entry)
        self._report("ok")
        if self._told:
            self._told = False
            _LOGGER.info("Recordings of %s come again", self._name)

    @callback
    def _gave_up(self, problem: str) -> None:
        self._problem = problem
        if problem not in _SAID:
            self._missed += 1
            if self._missed >= _MISSES:
                async_recordings_missing(self._hass, self._entry, problem)
        if not self._told:
            self._told = True
            _LOGGER.warning(
                "There is no recording of what happened at %s: %s", self._name, problem
            )

    @callback
    def _report(self, problem: str) -> None:
        if problem != self._trouble and not self._stopped:
            self._trouble = problem
            self._on_error(problem)


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink()


def _look_into(path: Path) -> tuple[MediaFacts, bytes]:
    """Open what was fetched as MP4 and nothing else. Raises `KeeperError`, `OSError`."""
    try:
        facts = read_facts(path)
    except av.FFmpegError:
        facts = None
    if facts is None or not facts.duration:
        raise KeeperError("recording_unreadable")
    if facts.video_codec not in VIDEO_CODECS:
        raise KeeperError("unsupported_codec")
    return facts, first_picture(path)
