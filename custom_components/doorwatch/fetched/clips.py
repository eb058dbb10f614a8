"""Fetch the clips of a doorbell without a stream from its recording provider.

`FetchedClips` takes the place of the clip recorder, with the same interface.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime, timedelta
import logging
import time
from typing import Any, Final
import uuid

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..const import CONF_CAMERA
from ..engine.clips.model import Clip
from ..engine.doorbells.base import DoorbellEvent, EventKind
from ..engine.recording.model import (
    ClipSink,
    ClipStart,
    FinishedClip,
    HealthCallback,
    KeyframeCallback,
    RecorderHealth,
)
from ..engine.recording.writer import write_problem
from ..issues import RECORDINGS_MISSING, async_recordings_missing
from ..registry import async_follow_states, camera_problem, entity_id_of
from .files import look_into, part_of, put, remove
from .providers.base import (
    GROWS,
    LONGEST_GROWTH,
    ProviderError,
    Recording,
    RecordingProvider,
)
from .queue import FetchQueue, PendingRecording

_LOGGER = logging.getLogger(__name__)

# Seconds after which a missing recording is late.
PATIENCE: Final = 300.0
# Seconds between two checks, unless the provider reports a change.
LOOK: Final = 5.0
# Problems that another attempt doesn't solve.
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
# Consecutive events without a recording until an issue is shown. Manufacturers skip
# some events.
_MISSES: Final = 3
# Problems that have a separate issue.
_SAID: Final = frozenset({"recordings_disabled", "disk_full", "not_writable"})


class FetchedClips:
    """Wait for the recording of each event, and put it into the library.

    All public methods must be called in the event loop; `on_health` and `on_error` are
    called in it.
    """

    live_address = None
    # Nothing is recorded here or started manually.
    ongoing = None

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        provider: RecordingProvider,
        sink: ClipSink,
        *,
        saved_clip: Callable[[str], Awaitable[Clip | None]],
        on_health: HealthCallback,
        on_error: Callable[[str], None],
    ) -> None:
        """Initialize with the provider, the sink and the lookups of saved clips."""
        self._hass = hass
        self._entry = entry
        self._name = entry.title
        self._provider = provider
        self._sink = sink
        self._on_health = on_health
        self._on_error = on_error
        self._saved_clip = saved_clip
        self._queue = FetchQueue(hass, entry)
        self._moves = False
        self._changed = asyncio.Event()
        self._worker: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[Any] | None = None
        self._stopped = False
        self._stops: list[CALLBACK_TYPE] = []
        self._events = self._looks = self._fetched = 0
        self._problem: str | None = None
        self._told = False
        self._missed = 0
        self._trouble = "ok"
        self._refused = False  # whether the disk refused a clip in this round
        self.recording = False
        self.health = RecorderHealth(
            connected=False, problem=None, attempt=0, since=datetime.now(UTC)
        )

    async def start(self) -> None:
        """Watch the camera and the provider, and resume waiting for stored events."""
        camera: str = self._entry.data[CONF_CAMERA]
        self._stops = [
            async_follow_states(
                self._hass,
                camera,
                lambda _event: self._look_at_camera(),
                lambda _entity_id: self._look_at_camera(),
            ),
            self._provider.follow(self._changed.set),
        ]
        self._look_at_camera()
        if await self._queue.async_load(self._saved_clip):
            self._gave_up("recording_late")
        self._work()

    def let_go(self) -> None:
        """Do nothing: there are no manual recordings."""

    async def stop(self) -> None:
        """Cancel a download, and keep the waiting events for the next start."""
        self._stopped = True
        for stop in self._stops:
            stop()
        self._stops = []
        self._changed.set()
        if self._asking is not None:
            self._asking.cancel()
        if self._worker is not None:
            await asyncio.wait([self._worker])
        await self._queue.async_save()

    @callback
    def trigger(self, event: DoorbellEvent) -> None:
        """Wait for the recording of this event, unless the last recording covers it."""
        if self._stopped:
            return
        self._events += 1
        if event.kind in (EventKind.MOTION, EventKind.MOTION_ENDED):
            self._moves = event.kind is EventKind.MOTION
        self._queue.see(event)
        if event.kind not in (EventKind.MOTION, EventKind.RING):
            return  # other events don't start a recording
        if self._queue.covers(event.at):
            return
        if self._queue.add(event, self._provider.mark()):
            self._gave_up("recording_late")
        # Not saved by the worker, which may be in the middle of a download.
        self._entry.async_create_background_task(
            self._hass, self._queue.async_save(), f"doorwatch fetch queue {self._name}"
        )
        self._changed.set()
        self._work()

    @callback
    def _work(self) -> None:
        if self._stopped or not (self._queue.waiting or self._queue.unsaved):
            return
        if self._worker is None or self._worker.done():
            self._worker = self._entry.async_create_background_task(
                self._hass, self._async_work(), f"doorwatch fetched clips {self._name}"
            )

    async def next_attempt(self) -> None:
        """Do nothing: another integration connects to the camera."""

    def watch_keyframes(self, callback: KeyframeCallback) -> Callable[[], None]:
        """Do nothing: there are no pictures before the recording."""
        return lambda: None

    async def still(self) -> bytes | None:
        """Return None: there are no pictures before the recording."""
        return None

    def diagnostics(self) -> dict[str, object]:
        """Return counts without any address."""
        return {
            "connected": self.health.connected,
            "problem": self._problem,
            "events": self._events,
            "waiting": len(self._queue.waiting),
            "looks": self._looks,
            "fetched": self._fetched,
            "recording": self.recording,
            "trouble": self._trouble,
        }

    # The camera

    @callback
    def _look_at_camera(self) -> None:
        """Check whether the camera is available under its current entity ID."""
        entity_id = entity_id_of(self._hass, self._entry.data[CONF_CAMERA])
        problem = camera_problem(self._hass, self._entry.data[CONF_CAMERA])
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
        """Check for recordings until no event is waiting."""
        while not self._stopped:
            self._changed.clear()
            self._refused = False
            for waiting in list(self._queue.waiting):
                # The recording fetched for one event may cover others too.
                if waiting in self._queue.waiting:
                    await self._async_look(waiting)
                if self._refused:
                    break  # without a disk, asking for the others is useless
            await self._queue.async_save()
            if not self._queue.waiting and not self._queue.unsaved:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK):
                    await self._changed.wait()

    async def _async_look(self, waiting: PendingRecording) -> None:
        """Fetch the recording of an event if it is ready; give up if it is late."""
        problem = "recording_late"
        self._looks += 1
        try:
            recording = await self._async_ask(
                self._provider.find(waiting.event, waiting.mark, self._queue.taken)
            )
            if recording is not None:
                await self._async_save(waiting, recording)
                return
        except ProviderError as err:
            problem = err.problem
        except OSError as err:
            problem = write_problem(err)
            self._report(problem)
        if self._stopped:
            return
        now = time.monotonic()
        if problem == GROWS or (
            # If growth can't be seen, assume it while there is motion.
            self._provider.hides_growth
            and self._moves
            and now < waiting.event.monotonic + LONGEST_GROWTH
        ):
            waiting.since = now
        if now > waiting.since + PATIENCE or problem in _FINAL:
            self._queue.give_up(waiting)
            self._gave_up(problem)

    async def _async_ask[T](self, question: Coroutine[Any, Any, T]) -> T:
        """Wait for the provider until `stop` cancels that; raises `ProviderError`."""
        if self._stopped:
            # Stopped while waiting for the disk: nothing would cancel a request made
            # now.
            question.close()
            raise ProviderError("recording_late")
        self._asking = task = asyncio.ensure_future(question)
        try:
            await asyncio.wait([task])
        finally:
            self._asking = None
            task.cancel()
        if task.cancelled():
            raise ProviderError("recording_late")
        return task.result()

    async def _async_save(
        self, waiting: PendingRecording, recording: Recording
    ) -> None:
        """Put a recording into the library; raises `ProviderError` and `OSError`."""
        job = self._hass.async_add_executor_job
        started_at = recording.started_at or waiting.event.at
        clip_id = str(uuid.uuid7())
        start = ClipStart(
            clip_id=clip_id,
            event_id=clip_id,
            part=1,
            started_at=started_at,
            events=(waiting.event,),
            fetched_from=self._queue.provider,
        )
        try:
            path = await job(self._sink.begin, start)
        except OSError:
            # Nothing was fetched yet, so retries cause no traffic, however long this
            # lasts.
            self._queue.have_patience()
            self._refused = True
            raise
        part = part_of(path)
        self.recording = True
        finished = False
        try:
            await self._async_ask(self._provider.fetch(recording, part))
            facts, thumbnail = await job(look_into, part)
            ended_at = started_at + timedelta(seconds=facts.duration)
            # After a crash from here on, the next start first looks for this clip.
            waiting.clip_id, waiting.recording_id = clip_id, recording.recording_id
            await self._queue.async_save()
            await job(put, part, path)
            finished = True
            # Done even if the disk fails next, because the library finishes the clip
            # later.
            held = self._queue.fetched(
                waiting, recording.recording_id, started_at, ended_at
            )
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
                    events=held,
                    video_codec=facts.video_codec,
                    audio_codec=facts.audio_codec,
                    width=facts.width,
                    height=facts.height,
                    frames=facts.frames,
                    video_profile=facts.video_profile,
                    pixel_format=facts.pixel_format,
                    labels=self._queue.labels_of(recording, started_at, ended_at),
                ),
            )
        except ProviderError as err:
            if err.problem in _FINAL:
                self._queue.taken.append(recording.recording_id)
            raise
        finally:
            self.recording = False
            if not finished:
                # The recording will be fetched again or is unusable, so keep no part of
                # it.
                await job(remove, part, path)
                await job(self._sink.abandon, clip_id, "no_frames")
        self._came()

    @callback
    def _came(self) -> None:
        self._fetched += 1
        self._problem = None
        self._missed = 0
        RECORDINGS_MISSING.end(self._hass, self._entry.entry_id)
        self._report("ok")
        if self._told:
            self._told = False
            _LOGGER.info("Recordings of %s are available again", self._name)

    @callback
    def _gave_up(self, problem: str) -> None:
        self._problem = problem
        if problem not in _SAID:
            self._missed += 1
            if self._missed >= _MISSES:
                async_recordings_missing(self._hass, self._entry, problem)
        if not self._told:
            self._told = True
            _LOGGER.warning("An event at %s has no recording: %s", self._name, problem)

    @callback
    def _report(self, problem: str) -> None:
        if problem != self._trouble and not self._stopped:
            self._trouble = problem
            self._on_error(problem)
