"""Fixtures of the clip recorder's tests."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
import threading
import time

import pytest

from custom_components.doorwatch.engine.doorbells.base import (
    DoorbellEvent,
    EventKind,
    StreamSource,
)
from custom_components.doorwatch.engine.recording.model import (
    ClipSink,
    ClipStart,
    FinishedClip,
    OngoingRecording,
    RecorderHealth,
    RecorderOptions,
)
from custom_components.doorwatch.engine.recording.reader import RecorderTimeouts
from custom_components.doorwatch.engine.recording.recorder import ClipRecorder
from tests.disks import mounted, no_file_larger_than
from tests.engine.recording.inside import is_settled, newest, oldest, preroll_of
from tests.waiting import until

OPTIONS = RecorderOptions(pre_roll=2, post_roll=2, longest=60)
# Shorter than the defaults of the integration.
TIMEOUTS = RecorderTimeouts(
    open=10, silence=4, pause=0.3, longest_pause=1, lasting_pause=1, good=5
)


def source_of(address: str, timeout: float = 4) -> StreamSource:
    """Make FFmpeg open an address as for a real doorbell, with a shorter timeout."""
    options = {"rtsp_transport": "tcp", "timeout": str(round(timeout * 1_000_000))}
    return StreamSource(address=address, options=options)


def event(
    kind: EventKind = EventKind.RING,
    ago: float = 0.0,
    lasts: float = 0.0,
    **labels: str,
) -> DoorbellEvent:
    """Make an event that happened just now; `labels` maps each label to its source."""
    at = datetime.fromtimestamp(time.time() - ago, UTC)
    return DoorbellEvent(
        kind=kind,
        at=at,
        monotonic=time.monotonic() - ago,
        lasts=lasts,
        labels=labels,
    )


class Folder(ClipSink):
    """A sink that keeps clips in a folder and records its calls."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.begun: list[ClipStart] = []
        self.noted: list[ClipStart] = []
        self.finished: list[FinishedClip] = []
        self.abandoned: list[tuple[str, str]] = []
        self.refusal: OSError | None = None
        self.finish_error: Exception | None = None

    def begin(self, start: ClipStart) -> Path:
        if self.refusal:
            raise self.refusal
        self.begun.append(start)
        return self.path / f"{start.clip_id}.mp4"

    def note(self, start: ClipStart) -> None:
        self.noted.append(start)

    def finish(self, clip: FinishedClip) -> None:
        assert clip.path.stat().st_size
        if self.finish_error:
            raise self.finish_error
        self.finished.append(clip)

    def abandon(self, clip_id: str, reason: str) -> None:
        self.abandoned.append((clip_id, reason))


class Bench:
    """A recorder with its sink and the reported states."""

    def __init__(
        self,
        address: str,
        folder: Path,
        options: RecorderOptions,
        name: str,
        sub: str | None = None,
    ) -> None:
        self.address = address
        self.timeout = 4.0  # seconds without data on the socket
        self.sink = Folder(folder)
        self.healths: list[RecorderHealth] = []
        self.errors: list[str] = []
        self.ongoing: list[OngoingRecording | None] = []
        self.late: list[tuple[str, dict[str, str]]] = []
        self.recorder = ClipRecorder(
            name,
            lambda: source_of(self.address, self.timeout),
            self.sink,
            options,
            on_health=self.healths.append,
            on_error=self.errors.append,
            loop=asyncio.get_running_loop(),
            timeouts=TIMEOUTS,
            sub_source=None if sub is None else lambda: source_of(sub, self.timeout),
            on_ongoing=lambda: self.ongoing.append(self.recorder.ongoing),
            on_late=lambda clip_id, labels: self.late.append((clip_id, dict(labels))),
        )

    @property
    def keyframes(self) -> int:
        """Return how many keyframes have arrived."""
        told = self.recorder.diagnostics()["keyframes"]
        assert isinstance(told, int)
        return told

    async def connected(self) -> None:
        """Wait until the recorder is connected."""
        await until(lambda: self.recorder.health.connected)

    async def filled(self, seconds: float = 3.0) -> None:
        """Wait until the pre-roll holds this many seconds."""
        await self.connected()
        preroll = preroll_of(self.recorder)
        await until(lambda: oldest(preroll) is not None and is_settled(preroll))
        await self._reaches(oldest(preroll), seconds)

    async def shown(self, seconds: float) -> None:
        """Wait until the camera has sent this many seconds more."""
        await self._reaches(newest(preroll_of(self.recorder)), seconds)

    async def _reaches(self, first: int | None, seconds: float) -> None:
        preroll = preroll_of(self.recorder)
        assert first is not None

        def span() -> bool:
            epoch, last = preroll.epoch, newest(preroll)
            assert epoch is not None and last is not None
            return (last - first) * epoch.video_seconds > seconds

        await until(span)

    def trigger(self, kind: EventKind = EventKind.RING, ago: float = 0.0) -> float:
        """Trigger an event; return its Unix time."""
        happened = event(kind, ago)
        self.recorder.trigger(happened)
        return happened.at.timestamp()

    def see(self, ago: float = 0.0, **labels: str) -> None:
        """Report labels without an event."""
        self.recorder.trigger(event(EventKind.SEEN, ago, 0.0, **labels))

    async def clips(self, count: int = 1, timeout: float = 30) -> list[FinishedClip]:
        """Wait for this number of finished clips."""
        await until(lambda: len(self.sink.finished) >= count, seconds=timeout)
        return self.sink.finished


def threads(kind: str) -> list[threading.Thread]:
    """Return the threads of all recorders that read, write clips, or serve the live view."""
    every = threading.enumerate()
    return [one for one in every if one.name.startswith(f"doorwatch {kind}")]


type OpenBench = Callable[..., Bench]


@pytest.fixture
async def open_bench(tmp_path: Path) -> AsyncIterator[Callable[..., Bench]]:
    """Return a function that sets up a recorder; check at the end that no thread remains."""
    benches: list[Bench] = []

    def setup(
        address: str,
        options: RecorderOptions = OPTIONS,
        folder: Path = tmp_path,
        name: str = "porch",
        sub: str | None = None,
    ) -> Bench:
        bench = Bench(address, folder, options, name, sub)
        benches.append(bench)
        return bench

    yield setup
    await asyncio.gather(*(bench.recorder.stop() for bench in benches))
    left = [thread.name for thread in threads("")]
    await until(lambda: not threads(""))
    assert not [name for name in left if "still" not in name]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a folder on a disk of 300 kB.

    Root gets a tmpfs; other users get the kernel's file size limit.
    """
    folder = tmp_path / "small"
    folder.mkdir()
    with mounted(folder, "300k") as real:
        if real:
            yield folder
        else:
            with no_file_larger_than(300_000):
                yield folder
