"""Measure the clip recorder beside ffmpeg and core's stream component.

    python -m scripts.bench_parts.recording [SECONDS]

Live RTSP on loopback, 1080p15, GOP 2 s, 3 Mbit/s, AAC, from tests/rtsp. The lower limit
is `ffmpeg -c copy -f null`, one process per camera. Each kind is measured in separate
processes, for 1, 4 and 8 cameras, all in one run, because times differ from run to run.
The cost of 1 and 4 cameras varies most, so they are measured three times in turn with
their peers, and the medians are printed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import partial
import json
import os
from pathlib import Path
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Final

from homeassistant.components.camera.prefs import DynamicStreamSettings
from homeassistant.components.stream import (
    ATTR_ENDPOINTS,
    ATTR_SETTINGS,
    ATTR_STREAMS,
    DOMAIN as STREAM_DOMAIN,
    create_stream,
    hls,
)
from homeassistant.components.stream.core import StreamSettings
from homeassistant.core import HomeAssistant

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
from custom_components.doorwatch.engine.recording.recorder import ClipRecorder
from scripts.bench_parts._row import SMOKE, arguments, at_most
from tests import videos as media
from tests.rtsp.check import ClipFacts, check_clip
from tests.rtsp.fixtures import RtspServer

CAMERAS: Final = (1,) if SMOKE else (1, 4, 8)
# How often each number of cameras is measured, if not once.
ROUNDS: Final = {} if SMOKE else {1: 3, 4: 3}
SECONDS: Final = 0.5 if SMOKE else 20.0
WARM_UP: Final = 3.0 if SMOKE else 8.0  # to connect, probe, and fill the buffer
PROBES: Final = 0.5 if SMOKE else 5.0  # seconds of measuring the event loop
OPTIONS: Final = (
    RecorderOptions(pre_roll=1, post_roll=1, longest=120)
    if SMOKE
    else RecorderOptions(pre_roll=5, post_roll=10, longest=120)
)
MODULE: Final = "scripts.bench_parts.recording"


@dataclass(kw_only=True, slots=True)
class Figures:
    """Cost of one kind; `cpu` in seconds per minute, memory in MB, the rest in ms."""

    cpu: float
    memory: float
    grown: float = 0.0  # since the first connection
    delays: list[float] = field(default_factory=list)
    idle_delays: list[float] = field(default_factory=list)
    readable: list[float] = field(default_factory=list)
    closed: list[float] = field(default_factory=list)
    lost: int = 0
    sound: float = 0.0


def cpu_of(pid: int | str) -> float:
    """Return the CPU seconds that a process has used."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    used = 0.0
    for thread in threads:
        with suppress(FileNotFoundError):
            used += int((thread / "schedstat").read_text().split()[0]) / 1e9
    return used


def memory_of(pid: int | str) -> float:
    """Return the memory of a process in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure_floor(addresses: list[str], seconds: float) -> Figures:
    """Let ffmpeg read and discard all streams."""
    options = ("-v", "quiet", "-rtsp_transport", "tcp")
    processes = [
        subprocess.Popen(
            ["ffmpeg", *options, "-i", address, "-c", "copy", "-f", "null", "-"],
            stdin=subprocess.DEVNULL,
        )
        for address in addresses
    ]
    try:
        time.sleep(WARM_UP)
        before, begun = sum(cpu_of(p.pid) for p in processes), time.monotonic()
        time.sleep(seconds)
        used, took = sum(cpu_of(p.pid) for p in processes) - before, time.monotonic()
        assert all(process.poll() is None for process in processes)
        memory = sum(memory_of(process.pid) for process in processes)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    return Figures(cpu=used / (took - begun) * 60, memory=memory)


async def measure_here(start: Callable[[], Awaitable[None]], seconds: float) -> Figures:
    """Measure the cost of something in this process."""
    idle = await loop_delays()
    memory = memory_of("self")
    await start()
    await asyncio.sleep(WARM_UP)
    before, begun = cpu_of("self"), time.monotonic()
    await asyncio.sleep(seconds)
    used, took = cpu_of("self") - before, time.monotonic() - begun
    figures = Figures(cpu=used / took * 60, memory=memory_of("self"), idle_delays=idle)
    figures.grown = figures.memory - memory
    figures.delays = await loop_delays()
    return figures


async def loop_delays() -> list[float]:
    """Return the delays of the event loop in ms, measured every 5 ms."""
    delays: list[float] = []
    loop = asyncio.get_running_loop()
    end = loop.time() + PROBES
    while (due := loop.time() + 0.005) < end:
        fired = loop.create_future()
        loop.call_at(due, fired.set_result, None)
        await fired
        delays.append((loop.time() - due) * 1000)
    return delays


class Sink(ClipSink):
    """Keeps clips in a folder."""

    def __init__(self, folder: Path) -> None:
        """Set the folder."""
        self._folder = folder
        self.clips: list[FinishedClip] = []

    def begin(self, start: ClipStart) -> Path:
        """Name the file."""
        return self._folder / f"{start.clip_id}.mp4"

    def note(self, start: ClipStart) -> None:
        """Do nothing: clips here are not resumed."""

    def finish(self, clip: FinishedClip) -> None:
        """Store the clip."""
        self.clips.append(clip)

    def abandon(self, clip_id: str, reason: str) -> None:
        """Exit, because a lost clip makes the figures worthless."""
        raise AssertionError(reason)


async def measure_ours(addresses: list[str], seconds: float) -> Figures:
    """Fill the pre-roll of clip recorders, then let all write a clip at once."""
    with tempfile.TemporaryDirectory() as folder:
        sinks = [Sink(Path(folder)) for _ in addresses]
        recorders = [
            ClipRecorder(
                f"door {number}",
                partial(source_of, address),
                sink,
                OPTIONS,
                on_health=lambda _: None,
                on_error=lambda _: None,
                loop=asyncio.get_running_loop(),
            )
            for number, (address, sink) in enumerate(zip(addresses, sinks, strict=True))
        ]

        async def start() -> None:
            await asyncio.gather(*(recorder.start() for recorder in recorders))

        figures = await measure_here(start, seconds)
        for recorder in recorders:
            at = datetime.now(UTC)
            recorder.trigger(
                DoorbellEvent(kind=EventKind.RING, at=at, monotonic=time.monotonic())
            )
        while not all(sink.clips for sink in sinks):
            await asyncio.sleep(0.1)
        for recorder, sink in zip(recorders, sinks, strict=True):
            told = recorder.diagnostics()
            figures.readable.append(1000 * float(str(told["last_clip_readable_after"])))
            figures.closed.append(1000 * float(str(told["last_clip_closed_in"])))
            facts: ClipFacts = check_clip(sink.clips[0].path)
            figures.lost += facts.missing + facts.doubled + facts.unreadable
            worst = max(map(abs, facts.sound_offsets)) * 1000
            figures.sound = max(figures.sound, worst)
        await asyncio.gather(*(recorder.stop() for recorder in recorders))
    return figures


def source_of(address: str) -> StreamSource:
    """Open an address like the rtsp doorbell."""
    options = {"rtsp_transport": "tcp", "timeout": "5000000"}
    return StreamSource(address=address, options=options)


async def measure_core(addresses: list[str], seconds: float) -> Figures:
    """Let core's stream component keep its segments, as for a preloaded camera."""
    with tempfile.TemporaryDirectory() as folder:
        hass = HomeAssistant(folder)
        hass.config.components.add(STREAM_DOMAIN)
        # The settings of an empty configuration, without the HTTP server.
        settings = StreamSettings(
            ll_hls=True,
            min_segment_duration=5.9,
            part_target_duration=1,
            hls_advance_part_limit=3,
            hls_part_timeout=2,
        )
        hass.data[STREAM_DOMAIN] = {
            ATTR_ENDPOINTS: {},
            ATTR_STREAMS: [],
            ATTR_SETTINGS: settings,
        }
        streams = [
            create_stream(
                hass, address, {"rtsp_transport": "tcp"}, DynamicStreamSettings()
            )
            for address in addresses
        ]

        async def start() -> None:
            for stream in streams:
                stream.add_provider(hls.HLS_PROVIDER, timeout=3600)
                await stream.start()

        figures = await measure_here(start, seconds)
        assert all(stream.available for stream in streams)
        for stream in streams:
            await stream.stop()
        await hass.async_stop(force=True)
    return figures


def measured_apart(kind: str, addresses: list[str], seconds: float) -> Figures:
    """Measure one kind in a separate process."""
    command = [sys.executable, "-m", MODULE, kind, str(seconds), *addresses]
    if SMOKE:
        command.append("--smoke")
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Figures(**json.loads(answer.stdout.splitlines()[-1]))


def median_of(runs: Sequence[Figures]) -> Figures:
    """Combine runs: medians of costs, and all times."""
    return Figures(
        cpu=statistics.median(one.cpu for one in runs),
        memory=statistics.median(one.memory for one in runs),
        grown=statistics.median(one.grown for one in runs),
        delays=[delay for one in runs for delay in one.delays],
        idle_delays=[delay for one in runs for delay in one.idle_delays],
        readable=[time for one in runs for time in one.readable],
        closed=[time for one in runs for time in one.closed],
        lost=sum(one.lost for one in runs),
        sound=max(one.sound for one in runs),
    )


def p99(values: list[float]) -> float:
    """Return the 99th percentile."""
    return statistics.quantiles(values, n=100)[98]


def main(seconds: float) -> None:
    """Measure everything and print the tables."""
    scene = media.SMALL if SMOKE else media.FULL
    server = RtspServer(media.make(scene), None, None, max(CAMERAS))
    server.start()
    try:
        tables(server, seconds)
    finally:
        server.kill()


def tables(server: RtspServer, seconds: float) -> None:
    """Print a table of costs and one of clips."""
    rows: list[tuple[int, Figures, Figures, Figures]] = []
    for cameras in CAMERAS:
        addresses = [server.address(f"cam{number}") for number in range(cameras)]
        runs = [
            (
                measure_floor(addresses, seconds),
                measured_apart("core", addresses, seconds),
                measured_apart("ours", addresses, seconds),
            )
            for _ in range(ROUNDS.get(cameras, 1))
        ]
        floor, core, ours = (median_of(each) for each in zip(*runs, strict=True))
        rows.append((cameras, floor, core, ours))
    print("Holding the pre-roll (CPU seconds a minute)")
    print(
        f"{'cameras':>7} {'ffmpeg':>7} {'core':>7} {'ours':>7} {'/ffmpeg':>8} {'/core':>6}"
        f" {'MB ffmpeg':>10} {'core':>5} {'ours':>5} {'a camera':>9}"
        f" {'loop p99 ms: idle':>18} {'core':>6} {'ours':>6}"
    )
    for cameras, floor, core, ours in rows:
        print(
            f"{cameras:7} {floor.cpu:7.2f} {core.cpu:7.2f} {ours.cpu:7.2f}"
            f" {ours.cpu / floor.cpu:8.2f} {ours.cpu / core.cpu:6.2f}"
            f" {floor.memory:10.0f} {core.memory:5.0f} {ours.memory:5.0f}"
            f" {ours.grown / cameras:9.1f} {p99(ours.idle_delays):18.2f}"
            f" {p99(core.delays):6.2f} {p99(ours.delays):6.2f}"
        )
    print("Clips, all at once (ms: median, most)")
    print(
        f"{'cameras':>7} {'readable after event':>21} {'closed after end':>17}"
        f" {'sound off':>10} {'frames lost':>12}"
    )
    for cameras, _, _, ours in rows:
        print(
            f"{cameras:7} {statistics.median(ours.readable):13.1f} {max(ours.readable):7.1f}"
            f" {statistics.median(ours.closed):9.1f} {max(ours.closed):7.1f}"
            f" {ours.sound:10.1f} {ours.lost:12}"
        )
    cameras, floor, core, ours = rows[-1]
    what = f"{cameras} cameras:"
    at_most(f"{what} CPU beside ffmpeg", ours.cpu / floor.cpu, 0.9)
    at_most(f"{what} CPU beside core", ours.cpu / core.cpu, 0.8)
    at_most(f"{what} MB for each", ours.grown / cameras, 5)
    at_most(f"{what} the loop's p99, ms", p99(ours.delays), 1)
    at_most(f"{what} readable after the event, ms", max(ours.readable), 5)
    at_most(f"{what} closed after the end, ms", max(ours.closed), 10)
    for cameras, _, _, ours in rows:
        at_most(f"{cameras} cameras: sound off, ms", ours.sound, 5)
        at_most(f"{cameras} cameras: frames lost", ours.lost, 0)


if __name__ == "__main__":
    match arguments():
        case ["ours" | "core" as kind, seconds, *addresses]:
            measure = measure_ours if kind == "ours" else measure_core
            print(json.dumps(asdict(asyncio.run(measure(addresses, float(seconds))))))
        case [seconds]:
            main(float(seconds))
        case _:
            main(SECONDS)
