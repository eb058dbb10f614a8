"""Record the clips of one doorbell."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
import logging
import time
from typing import Final

from ..doorbells.base import DoorbellEvent, EventKind, StreamSource, kinds_of
from ..time_limit import time_limit
from .connection import DoorbellConnection
from .model import (
    ClipSink,
    HealthCallback,
    KeyframeCallback,
    OngoingRecording,
    RecorderHealth,
    RecorderOptions,
)
from .nal import opening, without_remarks
from .picture import decode_keyframe, jpeg_of_keyframe
from .preroll_buffer import PrerollBuffer
from .reader import RecorderTimeouts
from .relay import Relay
from .session import RecordingSession
from .sightings import LateCallback, RecentSightings
from .waking import Waker
from .watch import KeyframeWatch

_LOGGER = logging.getLogger(__name__)

# Seconds for which `stop` waits for threads; longer than any connection timeout.
_STOP_TIMEOUT: Final = 15.0
# Maximum seconds between attempts to connect to a doorbell that is waking up.
_WAKING_PAUSE: Final = 2.0
# An event reported later than this (seconds) and than its post-roll is not recorded.
_STALE: Final = 5.0


class ClipRecorder:
    """Keep the pre-roll of one doorbell, and write clips during events.

    Call public methods in the event loop, which they never block. `on_health` and
    `on_error` are called in the event loop, too.
    """

    def __init__(
        self,
        name: str,
        source: Callable[[], StreamSource],
        sink: ClipSink,
        options: RecorderOptions,
        *,
        on_health: HealthCallback,
        on_error: Callable[[str], None],
        loop: asyncio.AbstractEventLoop,
        timeouts: RecorderTimeouts = RecorderTimeouts(),
        sub_source: Callable[[], StreamSource] | None = None,
        on_ongoing: Callable[[], None] = lambda: None,
        on_late: LateCallback = lambda clip_id, labels: None,
    ) -> None:
        """Initialize with the source and the destination.

        `sub_source` is the smaller stream for analysis, or None if there is none.
        `source` is called for each connection, on the reader thread. `on_error` gets
        `disk_full` or `not_writable` once per problem, and "ok" when a clip could be
        written again. `on_ongoing` is called in the event loop when `ongoing` may have
        changed. `on_late` gets the ID of a clip that was already handed over, and
        further labels of it.
        """
        self._name = name
        self._sink = sink
        self._options = options
        self._on_health = on_health
        self._on_error = on_error
        self._on_ongoing = on_ongoing
        self._loop = loop
        if options.on_event:
            timeouts = replace(timeouts, longest_pause=_WAKING_PAUSE)
        self._preroll = PrerollBuffer(0 if options.on_event else options.pre_roll)
        self._connection = DoorbellConnection(
            name,
            source,
            self._preroll,
            timeouts,
            loop,
            on_change=self._connection_changed,
            on_keyframe=self._keyframe,
            is_decodable=self._is_decodable,
        )
        self._waker: Waker | None = None
        if options.on_event:
            self._waker = Waker(
                self._connection,
                loop,
                needed=self._needs_pictures,
                give_up=self._cut_what_waits,
                on_change=self._changed,
            )
            self._connection.on_failure = self._waker.failed
        self._relay: Relay | None = None
        self.live_address: str | None = None  # with `one_connection` only
        if options.one_connection:
            wake = self._waker.wake if self._waker else lambda: None
            self._relay = Relay(name, self._preroll, loop, wake)
        alone = options.on_event or options.one_connection
        self._watch = KeyframeWatch(name, None if alone else sub_source, timeouts, loop)
        self._sightings = RecentSightings(
            options.pre_roll,
            lambda clip_id, labels: self._call(on_late, clip_id, labels),
            loop,
        )
        self._sessions: list[RecordingSession] = []
        self._latest: RecordingSession | None = None
        self._trouble = "ok"
        self._stopped = False
        self._pictures = ThreadPoolExecutor(1, f"doorwatch still {name}")
        self._still: tuple[object, bytes | None] = (None, None)
        self._events = self._too_late = 0
        self._event_delay: float | None = None

    @property
    def health(self) -> RecorderHealth:
        """The current health."""
        return (self._waker or self._connection).health

    @property
    def recording(self) -> bool:
        """Whether a clip is being written."""
        return any(session.recording for session in self._sessions)

    @property
    def ongoing(self) -> OngoingRecording | None:
        """The current recording, from its first part to its last."""
        # An earlier session may still be closing its file when the next one begins.
        recordings = (session.window.ongoing for session in reversed(self._sessions))
        return next(filter(None, recordings), None)

    @property
    def clip_id(self) -> str | None:
        """The ID of the current or next clip, or None."""
        clip_ids = (session.window.clip_id for session in reversed(self._sessions))
        return next(filter(None, clip_ids), None)

    async def start(self) -> None:
        """Start the threads without waiting for the doorbell."""
        if self._relay:
            try:
                self.live_address = await self._relay.start()
            except OSError as error:
                _LOGGER.error("%s has no live view: %s", self._name, error.strerror)
                self._relay = None
        if self._waker is None:
            self._connection.start()
        else:
            self._loop.call_soon(self._changed)  # report that the doorbell is asleep
        self._watch.open()

    def watch_keyframes(self, callback: KeyframeCallback) -> Callable[[], None]:
        """Call `callback` for each keyframe until the returned function is called.

        Uses the sub-stream, or the main stream if there is none. `callback` runs on a
        reader thread and must not block.
        """
        return self._watch.add(callback)

    def _keyframe(self) -> None:
        """Pass the last keyframe to its watchers; called on the reader thread."""
        if keyframe := self._preroll.keyframe:
            self._watch.from_main(*keyframe)

    def _is_decodable(self) -> bool:
        """Return whether the last keyframe can be decoded; called on the reader thread.

        It can't be if the stream's description belongs to another stream.
        """
        if (keyframe := self._preroll.keyframe) is None:
            return True
        epoch, packet = keyframe
        data = bytes(packet)
        found = opening(epoch.video_codec, memoryview(data), epoch.length_size)
        if packet.is_corrupt or not found.whole:
            return True  # this keyframe proves nothing
        picture = without_remarks(epoch.video_codec, data, epoch.length_size)
        codec, extradata = epoch.video_codec, epoch.extradata
        return decode_keyframe(picture, extradata, codec, strict=True) is not None

    async def stop(self) -> None:
        """Finish the current clip early, then end the threads."""
        self._sightings.stop()
        self._stopped = True
        (self._waker or self._connection).stop()
        self._watch.close()
        for session in self._sessions:
            session.window.cut()
        self.live_address = None
        if self._relay:
            await self._relay.stop()
        # On a thread, because it waits for a frame that is being decoded.
        await asyncio.to_thread(self._pictures.shutdown, cancel_futures=True)
        try:
            async with time_limit(_STOP_TIMEOUT):
                while (
                    any(session.is_alive() for session in self._sessions)
                    or self._connection.threads()
                    or self._watch.threads()
                    or (self._relay and self._relay.threads())
                ):
                    await asyncio.sleep(0.02)
        except TimeoutError:
            _LOGGER.warning("A connection to %s couldn't be closed in time", self._name)

    def trigger(self, event: DoorbellEvent) -> tuple[str, ...] | None:
        """Start a clip, or extend the current one and return its earlier kinds.

        MOTION keeps the clip open until MOTION_ENDED. SEEN neither starts nor extends a
        clip; its labels are added to the clip of that time.
        """
        if self._stopped:
            return None
        if event.kind is EventKind.SEEN:
            self._sightings.add(event)
            return None
        self._events += 1
        self._event_delay = age = time.monotonic() - event.monotonic
        self._sessions = [s for s in self._sessions if s.is_alive()]
        for session in self._sessions:
            before = kinds_of(session.window.known())
            if session.window.add(event):
                self._sightings.add(event)
                self._wake_for(session, event)
                self._on_ongoing()
                return before
        if event.kind is EventKind.MOTION_ENDED:
            self._sightings.add(event)
            return None
        if age > max(_STALE, self._options.post_roll):
            self._too_late += 1
            self._sightings.add(event)
            if self._too_late == 1:
                _LOGGER.warning(
                    "An event at %s has no clip, because it was reported %.0f s late."
                    " More of them are only counted, in its diagnostics",
                    self._name,
                    age,
                )
            return None
        self._latest = session = RecordingSession(
            self._name,
            event,
            self._preroll,
            self._sink,
            self._options,
            self._sightings.begin(event),
            lambda problem: self._call(self._reported, problem),
            lambda: self._call(self._on_ongoing),
        )
        self._sessions.append(session)
        self._wake_for(session, event)
        session.start()
        self._on_ongoing()
        return None

    async def next_attempt(self) -> None:
        """Wait for the next attempt to connect, unless the doorbell sleeps."""
        if self._waker is None:
            await self._connection.next_attempt()

    def let_go(self) -> None:
        """End requested recordings; other events are still recorded to their end."""
        for session in self._sessions:
            session.window.let_go()
        self._on_ongoing()

    def _wake_for(self, session: RecordingSession, event: DoorbellEvent) -> None:
        """Wake a sleeping doorbell to record an event."""
        if self._waker is None or event.kind is EventKind.MOTION_ENDED:
            return
        if not self.health.connected:
            session.window.wait(event.monotonic + self._options.wake)
        self._waker.wake()

    def _needs_pictures(self) -> bool:
        watched = self._relay is not None and self._relay.clients > 0
        return watched or any(session.is_alive() for session in self._sessions)

    def _cut_what_waits(self) -> None:
        for session in self._sessions:
            if not session.recording:
                session.window.cut()

    async def still(self) -> bytes | None:
        """Return a JPEG of the last keyframe, or None before the first one.

        Each keyframe is decoded only once, on a thread.
        """
        keyframe = self._preroll.keyframe
        if keyframe is None or self._stopped:
            return None
        if self._still[0] is not keyframe:
            epoch, packet = keyframe
            picture = await self._loop.run_in_executor(
                self._pictures,
                lambda: jpeg_of_keyframe(
                    bytes(packet), epoch.extradata, codec=epoch.video_codec
                ),
            )
            self._still = (keyframe, picture)
        return self._still[1]

    def diagnostics(self) -> dict[str, object]:
        """Return counters and latencies (seconds) without addresses."""
        epoch, latest, health = self._preroll.epoch, self._latest, self.health
        relay = self._relay if self.live_address else None
        return {
            "connected": health.connected,
            "asleep": health.asleep,
            "problem": health.problem,
            "attempt": health.attempt,
            "since": health.since.isoformat(),
            "connections": self._connection.connections,
            "keyframes": self._connection.keyframes,
            "kept_bytes": self._preroll.size,
            "width": epoch.width if epoch else None,
            "height": epoch.height if epoch else None,
            "video_codec": epoch.video_codec if epoch else None,
            "audio_codec": epoch.sound_codec if epoch else None,
            "recording": self.recording,
            "events": self._events,
            "events_too_late": self._too_late,
            "last_event_delay": self._event_delay,
            "last_clip_readable_after": latest.first_readable if latest else None,
            "last_clip_closed_in": latest.closed_in if latest else None,
            "trouble": self._trouble,
            "wakes": self._waker.wakes if self._waker else None,
            "failed_wakes": self._waker.failures if self._waker else None,
            "live_viewers": relay.clients if relay else None,
            "sub_stream": self._watch.diagnostics(),
        }

    def _call[*Ts](self, function: Callable[[*Ts], None], *arguments: *Ts) -> None:
        """Call a function in the event loop from a thread, unless stopped."""
        if self._stopped:
            return
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:  # the loop was closed without stopping the recorder
            self._stopped = True

    def _connection_changed(self) -> None:
        if self._waker is None:
            self._changed()
            return
        if self._connection.health.connected:
            for session in self._sessions:
                session.window.awake()
            self._on_ongoing()
        self._waker.update()

    def _changed(self) -> None:
        if not self._stopped:
            self._on_health(self.health)

    def _reported(self, problem: str) -> None:
        if problem != self._trouble and not self._stopped:
            self._trouble = problem
            self._on_error(problem)
