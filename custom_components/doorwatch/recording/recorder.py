"""The clip recorder of one doorbell."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
import time
from typing import Final

import async_timeout

from ..doorbells.base import DoorbellEvent, EventKind, StreamSource
from .model import ClipSink, HealthCallback, RecorderHealth, RecorderOptions
from .picture import jpeg_of_keyframe
from .reader import Reader
from .ring import Ring
from .session import Session

# Seconds that `stop` waits for threads: longer than any timeout of a connection.
_STOP_TIMEOUT: Final = 15.0


class ClipRecorder:
    """One reader thread: demux, keep the pre-roll, write clips while they happen.

    All public methods are for the event loop and never block it; `on_health` and `on_error` are called in
    the event loop.
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
    ) -> None:
        """`source` is asked anew at each connection, on the reader thread. `on_error` gets `disk_full` or `not_writable` once a
        spell, and "ok" when the next clip could be written.
        """
        self._name = name
        self._source = source
        self._sink = sink
        self._options = options
        self._on_health = on_health
        self._on_error = on_error
        self._loop = loop
        self._ring = Ring(options.pre_roll)
        self._reader: Reader | None = None
        self._sessions: list[Session] = []
        self._health = RecorderHealth(
            connected=False, problem=None, attempt=0, since=datetime.now(UTC)
        )
        self._trouble = "ok"
        self._stopped = False
        self._pictures: ThreadPoolExecutor | None = None

    @property
    def health(self) -> RecorderHealth:
        """The last known health."""
        return self._health

    @property
    def recording(self) -> bool:
        """Whether a clip is being written now."""
        return any(session.recording for session in self._sessions)

    async def start(self) -> None:
        """Start the reader thread; returns at once, whether or not the doorbell answers."""
        self._reader = Reader(
            self._name,
            self._source,
            self._ring,
            lambda: self._call(self._connected),
            lambda problem: self._call(self._lost, problem),
        )
        self._reader.start()

    async def stop(self) -> None:
        """Finish the open clip (cut short), then end the threads."""
        self._stopped = True
        if self._reader:
            self._reader.stop()
        for session in self._sessions:
            session.cut()
        async with async_timeout.timeout(_STOP_TIMEOUT):
            for thread in (*self._sessions, self._reader):
                while thread and thread.is_alive():
                    await asyncio.sleep(0.01)
        if self._pictures:
            self._pictures.shutdown(wait=False)

    def trigger(self, event: DoorbellEvent) -> None:
        """Open a clip for this event, or extend the open one. MOTION holds the clip open until MOTION_ENDED."""
        if self._stopped:
            return
        self._sessions = [s for s in self._sessions if s.is_alive()]
        if any(session.add(event) for session in self._sessions):
            return
        if event.kind is EventKind.MOTION_ENDED:
            return
        session = Session(
            self._name,
            event,
            self._ring,
            self._sink,
            self._options,
            lambda problem: self._call(self._reported, problem),
        )
        self._sessions.append(session)
        session.start()

    async def still(self) -> bytes | None:
        """A JPEG of the last keyframe, decoded on a thread; None before the first one."""
        if (keyframe := self._ring.keyframe) is None or self._stopped:
            return None
        if self._pictures is None:
            self._pictures = ThreadPoolExecutor(1, f"doorwatch still {self._name}")
        epoch, packet = keyframe
        return await self._loop.run_in_executor(
            self._pictures, lambda: jpeg_of_keyframe(bytes(packet), epoch.extradata)
        )

    def diagnostics(self) -> dict[str, object]:
        """Counts and latencies without any address."""
        epoch = self._ring.epoch
        return {
            "connected": self._health.connected,
            "problem": self._health.problem,
            "attempt": self._health.attempt,
            "since": self._health.since.isoformat(),
            "connections": self._reader.connections if self._reader else 0,
            "keyframes": self._reader.keyframes if self._reader else 0,
            "ring_bytes": self._ring.size,
            "width": epoch.width if epoch else None,
            "height": epoch.height if epoch else None,
            "audio_codec": epoch.audio_codec if epoch else None,
            "recording": self.recording,
            "age_of_events": time.monotonic() - self._events_at
            if self._events_at
            else None,
        }

    _events_at: float | None = None

    def _call[*Arguments](
        self, function: Callable[[*Arguments], None], *arguments: *Arguments
    ) -> None:
        """Call a function in the event loop, from a thread; not any more once the loop is closed."""
        if self._stopped:
            return
        try:
            self._loop.call_soon_threadsafe(function, *arguments)
        except RuntimeError:
            self._stopped = True

    def _connected(self) -> None:
        self._set_health(connected=True, problem=None, attempt=0)

    def _lost(self, problem: str) -> None:
        self._set_health(
            connected=False, problem=problem, attempt=self._health.attempt + 1
        )

    def _set_health(
        self, *, connected: bool, problem: str | None, attempt: int
    ) -> None:
        was = self._health
        changed = (was.connected, was.problem) != (connected, problem)
        self._health = RecorderHealth(
            connected=connected,
            problem=problem,
            attempt=attempt,
            since=datetime.now(UTC) if changed else was.since,
        )
        if changed and not self._stopped:
            self._on_health(self._health)

    def _reported(self, problem: str) -> None:
        if problem != self._trouble and not self._stopped:
            self._trouble = problem
            self._on_error(problem)
