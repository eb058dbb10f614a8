"""Doorbells behind a faulty network, with real recorders and a real library."""

import asyncio
import ctypes
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
import gc
import os
from pathlib import Path
import random
import threading
import time
from typing import Final, override

from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.sink import LibrarySink
from custom_components.doorwatch.engine.doorbells.base import (
    DoorbellEvent,
    EventKind,
    StreamSource,
)
from custom_components.doorwatch.engine.recording.model import (
    ClipSink,
    ClipStart,
    FinishedClip,
    RecorderOptions,
)
from custom_components.doorwatch.engine.recording.reader import RecorderTimeouts
from custom_components.doorwatch.engine.recording.recorder import ClipRecorder
from tests.engine.recording.inside import is_settled, newest, preroll_of
from tests.waiting import until

from .plan import Fault
from .proxy import Line

OPTIONS: Final = RecorderOptions(pre_roll=1, post_roll=2, longest=20)
# Much shorter than the defaults, to save time.
TIMEOUTS: Final = RecorderTimeouts(
    open=4.0, silence=1.6, pause=0.05, longest_pause=0.3, lasting_pause=0.3, good=1.0
)
SOCKET_TIMEOUT: Final = 1.5  # seconds
# A connection that lasts this long (seconds) is considered steady.
STEADY: Final = 2.0
# Faults that end the connection.
ENDING: Final = frozenset({"reset", "cut", "half_close_client", "refuse", "mute"})


class NotingSink(ClipSink):
    """The library's sink, which also records its calls."""

    def __init__(self, library: Library, doorbell_id: str) -> None:
        self._sink = LibrarySink(library, doorbell_id, lambda _: None, self._closed)
        self.begun: list[ClipStart] = []
        self.finished: list[FinishedClip] = []
        self.abandoned: list[str] = []
        self.clips: list[Clip] = []

    def _closed(self, clip_id: str, clip: Clip | None) -> None:
        if clip:
            self.clips.append(clip)

    @override
    def begin(self, start: ClipStart) -> Path:
        self.begun.append(start)
        return self._sink.begin(start)

    @override
    def note(self, start: ClipStart) -> None:
        self._sink.note(start)

    @override
    def finish(self, clip: FinishedClip) -> None:
        # Drop the thumbnail, because the memory of this process is measured.
        self.finished.append(replace(clip, thumbnail=b""))
        self._sink.finish(clip)

    @override
    def abandon(self, clip_id: str, reason: str) -> None:
        self.abandoned.append(reason)
        self._sink.abandon(clip_id, reason)


@dataclass(frozen=True, kw_only=True, slots=True)
class Recovered:
    """Time and attempts from the end of a fault until video arrives again."""

    fault: Fault
    seconds: float
    attempts: int  # connection attempts


class Door:
    """One doorbell with its line and its recorder."""

    def __init__(
        self, number: int, line: Line, library: Library, *, path: str | None = None
    ) -> None:
        self.number = number
        self.path = path or f"cam{number}"
        self.line = line
        self.doorbell_id = f"door-{number}"
        self.sink = NotingSink(library, self.doorbell_id)
        self.told: list[DoorbellEvent] = []
        self.errors: list[str] = []
        self.recovered: list[Recovered] = []
        self.recorder = ClipRecorder(
            self.doorbell_id,
            self.source,
            self.sink,
            OPTIONS,
            on_health=lambda _: None,
            on_error=self.errors.append,
            loop=asyncio.get_running_loop(),
            timeouts=TIMEOUTS,
        )

    def source(self) -> StreamSource:
        """Open the stream as doorbells do, with shorter timeouts."""
        return StreamSource(
            address=f"rtsp://127.0.0.1:{self.line.port}/{self.path}",
            options={
                "rtsp_transport": "tcp",
                "timeout": str(round(SOCKET_TIMEOUT * 1_000_000)),
                # Skip measuring the frame rate, because there are many faults per
                # minute.
                "fpsprobesize": "1",
            },
        )

    def flows(self, since: float) -> bool:
        """Return whether video arrived after a monotonic time."""
        preroll = preroll_of(self.recorder)
        return (
            self.recorder.health.connected
            and newest(preroll) is not None
            and preroll.last_video > since
        )

    def tell(self, kind: EventKind) -> None:
        """Trigger an event at the door."""
        event = DoorbellEvent(
            kind=kind, at=datetime.now(UTC), monotonic=time.monotonic()
        )
        self.told.append(event)
        self.recorder.trigger(event)

    async def suffer(self, faults: list[Fault]) -> None:
        """Apply the faults in order, each as soon as video arrives again."""
        await until(lambda: self.flows(0), "the first picture")
        for fault in faults:
            epoch = preroll_of(self.recorder).epoch
            await self.line.apply(fault)
            over, knocks = time.monotonic(), self.line.knocks
            ends = fault.kind in ENDING or fault.kind.startswith("text_")

            def recovered(
                epoch: object = epoch, over: float = over, ends: bool = ends
            ) -> bool:
                now = preroll_of(self.recorder).epoch
                return self.flows(over) and not (ends and now is epoch)

            await until(recovered, f"pictures at door {self.number} after {fault}")
            self.recovered.append(
                Recovered(
                    fault=fault,
                    seconds=time.monotonic() - over,
                    attempts=self.line.knocks - knocks,
                )
            )

    async def visits(self, chance: random.Random) -> None:
        """Trigger events at random intervals until cancelled."""
        while True:
            await asyncio.sleep(chance.uniform(1, 8))
            if chance.random() < 0.5:
                self.tell(EventKind.RING)
                continue
            self.tell(EventKind.MOTION)
            try:
                await asyncio.sleep(chance.uniform(0.2, 5))
            finally:
                self.tell(EventKind.MOTION_ENDED)

    async def last_ring(self) -> None:
        """Ring after all faults and wait for the clip."""
        preroll = preroll_of(self.recorder)
        epoch: object = None
        since = 0.0

        def steady() -> bool:
            # The last fault may have left a connection that is about to end.
            nonlocal epoch, since
            if preroll.epoch is not epoch or not is_settled(preroll):
                epoch, since = preroll.epoch, time.monotonic()
            return self.flows(since + STEADY)

        await until(steady, f"a steady stream at door {self.number}")
        self.tell(EventKind.RING)
        last = self.told[-1]
        await until(
            lambda: any(last in clip.events for clip in self.sink.finished),
            f"a clip of the last ring at door {self.number}",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """The threads, sockets, files and memory (MB) of this process."""

    threads: list[str]
    sockets: int
    files: int
    memory: float
    at: float = field(default_factory=time.monotonic, compare=False)


def held() -> Held:
    """Measure after collecting garbage and returning free memory to the system."""
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)
    links: list[str] = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            links.append(str(entry.readlink()))
        except FileNotFoundError:
            continue  # the file descriptor of this listing
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Held(
        # Ignore the threads of the executor pools, whose number varies.
        threads=sorted(
            thread.name
            for thread in threading.enumerate()
            if not thread.name.startswith(("asyncio_", "SyncWorker_"))
        ),
        sockets=sum(link.startswith("socket:") for link in links),
        files=sum(not link.startswith("socket:") for link in links),
        memory=pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
    )
