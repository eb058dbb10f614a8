"""Let a home run, watch what it takes, and say whether that grows. See `soak`."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
import contextlib
from dataclasses import dataclass, field
from itertools import pairwise
import json
import os
from pathlib import Path
import random
import statistics
import sys
import tempfile
import time

import aiohttp

from tests import media
from tests.e2e.ha import Home, HomeAssistantProcess
from tests.faults.plan import Fault
from tests.faults.proxy import Line, Proxy
from tests.faults.scene import Scene
from tests.rtsp.fixtures import RtspServer

LENGTHS = {"pre_roll": 5, "post_roll": 10, "longest_clip": 120}
# Faults after which no frame may be missing inside of a file: they end connections, or
# hold them up for less than a server's patience.
FAULTS = ("reset", "cut", "half_close_client", "refuse", "mute", "stall")
FAULT_EVERY = 40.0  # seconds, about, over all doorbells
VISIT_EVERY = 60.0  # seconds, about, for each doorbell
SAMPLE_EVERY = 3.0
# Growth in MB a minute that counts, after what chance explains.
MAY_GROW = 0.1
WARM_UP = 0.25  # share of the minutes in which caches fill, five at most


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """What the process takes; memory in MB, CPU in seconds since its start."""

    memory: float
    blocks: int
    threads: int
    files: int
    cpu: float


@dataclass(slots=True)
class Minute:
    """What was seen in a minute; the lowest figures are those between clips."""

    samples: list[Sample] = field(default_factory=list)

    def lowest(self, what: str) -> float:
        """Return the lowest figure."""
        return float(min(getattr(sample, what) for sample in self.samples))


@dataclass(slots=True)
class Clips:
    """The clips that were saved so far, each looked at once."""

    folder: Path
    scene: Scene
    seen: set[Path] = field(default_factory=set)
    frames: int = 0
    lost: int = 0

    def look(self) -> None:
        """Count frames in new clips, and those missing inside of a file."""
        for path in set(self.folder.rglob("*.mp4")) - self.seen:
            if any(
                part.startswith(".") for part in path.relative_to(self.folder).parts
            ):
                continue
            self.seen.add(path)
            numbers = [number for _, number in self.scene.frames(path)]
            self.frames += len(numbers)
            self.lost += numbers.count(None)
            known = [number for number in numbers if number is not None]
            for one, next_one in pairwise(known):
                self.lost += (next_one - one - 1) % media.FRAMES


def sample_of(pid: int, heap: Path) -> Sample:
    """Look at a process."""
    proc = Path(f"/proc/{pid}")
    # The clock of all CPU that a process has used, threads that ended included; the
    # ticks in its `stat` miss most of what takes less than a tick.
    clock = ~pid << 3 | 2
    with contextlib.suppress(FileNotFoundError):
        return Sample(
            memory=int((proc / "statm").read_text().split()[1])
            * os.sysconf("SC_PAGE_SIZE")
            / 1e6,
            blocks=int(heap.read_text()),
            threads=len(list((proc / "task").iterdir())),
            files=len(list((proc / "fd").iterdir())),
            cpu=time.clock_gettime(clock),
        )
    raise RuntimeError("the home does not tell of its heap")


async def wait_for(look: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait until something is so."""
    end = time.monotonic() + 120
    while not await look():
        if time.monotonic() > end:
            raise RuntimeError(f"waited in vain for {what}")
        await asyncio.sleep(0.5)


def webhooks(config: Path) -> list[str]:
    """Return the webhooks of all doorbells."""
    stored = config / ".storage" / "core.config_entries"
    entries = json.loads(stored.read_text())["data"]["entries"]
    return [e["data"]["webhook_id"] for e in entries if "webhook_id" in e["data"]]


async def visit(url: str, webhook: str, chance: random.Random) -> None:
    """Have somebody at a door now and then."""
    async with aiohttp.ClientSession() as session:
        while True:
            await asyncio.sleep(chance.uniform(0.2, 1.8) * VISIT_EVERY)
            event = chance.choice(("ring", "motion"))
            address = f"{url}/api/webhook/{webhook}"
            async with session.post(address, json={"event": event}) as answer:
                answer.raise_for_status()
            if event == "motion":
                await asyncio.sleep(chance.uniform(1, 10))
                ended = {"event": "motion_ended"}
                async with session.post(address, json=ended) as answer:
                    answer.raise_for_status()


async def fail(lines: list[Line], chance: random.Random) -> None:
    """Have a network that fails now and then."""
    number = 0
    while True:
        await asyncio.sleep(chance.uniform(0.2, 1.8) * FAULT_EVERY)
        fault = Fault(
            number=number,
            kind=chance.choice(FAULTS),
            seconds=chance.uniform(0.1, 3),
            amount=1,
            answer=0,
            seed=f"soak {number}",
        )
        await chance.choice(lines).apply(fault)
        number += 1


async def watch(
    machine: HomeAssistantProcess, heap: Path, clips: Clips, minutes: int
) -> list[Minute]:
    """Take samples and print a line a minute."""
    print(
        f"{'minute':>6} {'MB':>7} {'blocks':>9} {'threads':>7} {'files':>6} {'CPU s':>6}"
        f" {'clips':>6} {'frames':>7} {'lost':>5}",
        flush=True,
    )
    watched: list[Minute] = []
    assert machine.pid is not None
    before = sample_of(machine.pid, heap).cpu
    for number in range(1, minutes + 1):
        minute = Minute()
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if not machine.running or machine.pid is None:
                raise RuntimeError(f"the home is gone:\n{machine.output()[-2000:]}")
            minute.samples.append(sample_of(machine.pid, heap))
            await asyncio.sleep(SAMPLE_EVERY)
        await asyncio.to_thread(clips.look)
        watched.append(minute)
        cpu, before = minute.samples[-1].cpu - before, minute.samples[-1].cpu
        print(
            f"{number:6} {minute.lowest('memory'):7.1f} {minute.lowest('blocks'):9.0f}"
            f" {minute.lowest('threads'):7.0f} {minute.lowest('files'):6.0f} {cpu:6.1f}"
            f" {len(clips.seen):6} {clips.frames:7} {clips.lost:5}",
            flush=True,
        )
    return watched


def growth(values: list[float]) -> tuple[float, float]:
    """Return how much is added a minute, and how far chance may put that off."""
    minutes = range(len(values))
    slope, start = statistics.linear_regression(minutes, values)
    off = [
        value - start - slope * minute
        for minute, value in zip(minutes, values, strict=True)
    ]
    spread = sum(x * x for x in off) / max(1, len(values) - 2)
    across = sum((minute - statistics.mean(minutes)) ** 2 for minute in minutes)
    return slope, 2 * (spread / across) ** 0.5


def verdict(watched: list[Minute], clips: Clips, log: str) -> list[str]:
    """Print the growth after the warm-up; return what is wrong."""
    wrong: list[str] = []
    steady = watched[min(5, round(len(watched) * WARM_UP)) :]
    if len(steady) > 2:
        slope, chance = growth([minute.lowest("memory") for minute in steady])
        print(f"memory: {slope:+.2f} MB a minute (chance: ±{chance:.2f})")
        if slope - chance > MAY_GROW:
            wrong.append(f"memory grows by {slope:.2f} MB a minute")
        for what in ("blocks", "threads", "files"):
            first, last = steady[0].lowest(what), steady[-1].lowest(what)
            print(f"{what}: {first:.0f} -> {last:.0f}")
        wrong += [
            f"more and more {what}"
            for what in ("threads", "files")
            if steady[-1].lowest(what) > steady[0].lowest(what) + 8
        ]
    if clips.lost:
        wrong.append(f"{clips.lost} frames are missing in clips")
    if not clips.seen:
        wrong.append("no clip was recorded")
    errors = [
        line
        for line in log.splitlines()
        if (" ERROR " in line and "doorwatch" in line) or "Traceback" in line
    ]
    if errors:
        wrong.append(f"{len(errors)} errors in the log: {errors[0][:200]}")
    return wrong


async def soak(minutes: int, cameras: int, seed: int) -> list[str]:
    """Run it all; return what is wrong."""
    scene = media.make(media.FULL)
    with tempfile.TemporaryDirectory(prefix="doorwatch-soak-") as folder:
        config, heap = Path(folder) / "config", Path(folder) / "heap"
        machine = HomeAssistantProcess(
            config,
            environment={
                "DOORWATCH_SOAK_HEAP": str(heap),
                "PYTHONPATH": str(Path(__file__).parent / "soak_parts"),
            },
        )
        server = RtspServer(scene, None, None, cameras)
        server.start()
        try:
            async with Proxy() as proxy:
                lines = [await proxy.line(server.port) for _ in range(cameras)]
                await asyncio.to_thread(machine.start)
                await set_up(machine, lines)
                clips = Clips(config / "doorwatch", Scene(scene))
                chance = random.Random(seed)
                tasks = [asyncio.create_task(fail(lines, chance))]
                tasks += [
                    asyncio.create_task(
                        visit(machine.url, webhook, random.Random(f"{seed} {number}"))
                    )
                    for number, webhook in enumerate(webhooks(config))
                ]
                watched = await watch(machine, heap, clips, minutes)
                ended = [task for task in tasks if task.done()]
                for task in tasks:
                    task.cancel()
                wrong = [f"stopped early: {task.exception()}" for task in ended]
                return wrong + verdict(watched, clips, machine.output())
        finally:
            await asyncio.to_thread(machine.stop)
            server.kill()


async def set_up(machine: HomeAssistantProcess, lines: list[Line]) -> None:
    """Add the doorbells as a person would, and wait for their pictures."""
    async with Home(machine.url) as home:
        await home.enter("Ada", "ada", "a-long-password")
        for number, line in enumerate(lines):
            await home.add(
                {"next_step_id": "rtsp"},
                {
                    "name": f"Door {number}",
                    "stream": f"rtsp://127.0.0.1:{line.port}/cam{number}",
                },
                {"webhook": True, "lengths": LENGTHS},
            )

        async def connected() -> bool:
            told = (await home.command(type="doorwatch/doorbells"))["doorbells"]
            return len(told) == len(lines) and all(each["connected"] for each in told)

        async def stored() -> bool:
            return len(webhooks(machine.config)) == len(lines)

        await wait_for(connected, "the doorbells")
        await wait_for(stored, "the webhooks")


def main() -> int:
    """Return the exit code: 0 when nothing grew and nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1, help="of visits and faults")
    arguments = parser.parse_args()
    wrong = asyncio.run(soak(arguments.minutes, arguments.cameras, arguments.seed))
    for line in wrong:
        print(f"WRONG: {line}")
    print("growing or losing" if wrong else "flat, and nothing lost")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
