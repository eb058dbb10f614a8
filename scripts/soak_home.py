"""Run a home, record its resources, and report growth. See `soak`."""

import argparse
import asyncio
import contextlib
from ctypes.util import find_library
from dataclasses import dataclass, field
from itertools import pairwise
import json
import os
from pathlib import Path
import random
import signal
import sys
import tempfile
import time
from typing import Any

from scripts.soak_doors import Door, mixed_doors, usual_doors, wait_for
from scripts.soak_growth import Minute, Sample, grown
from scripts.soak_visits import Happened, fail, press, visit
from tests import videos as media
from tests.e2e.ha import Home, HomeAssistantProcess
from tests.faults.proxy import Proxy
from tests.faults.scene import Scene
from tests.onvif_device.device import OnvifDevice, Profile
from tests.rtsp.fixtures import RtspServer

SAMPLE_EVERY = 3.0
SAY_EVERY = 60  # minutes between two summaries of a long run
# Minutes between two full collections. Python runs one only when a quarter of its
# objects is new, which takes hours here; until then, closed PyAV streams, which refer
# to themselves, look like growth. So growth is calculated from the lowest memory
# between two collections.
COLLECT_EVERY = 3
# Space for clips in GB, so that a long run deletes the oldest, as a home does.
SPACE = 2
# The allocator of Home Assistant's own image (its rootfs, home-assistant/run). The
# default allocator keeps free memory per thread, which looks like growth.
ALLOCATOR = "jemalloc"
ALLOCATOR_CONF = (
    "background_thread:true,metadata_thp:auto,dirty_decay_ms:20000,muzzy_decay_ms:20000"
)


@dataclass(slots=True)
class Clips:
    """The saved clips, each examined once."""

    folder: Path
    scene: Scene
    unnumbered: set[str]  # folders
    seen: set[Path] = field(default_factory=set)
    frames: int = 0
    lost: int = 0

    def look(self) -> None:
        """Count frames in new clips, and frames missing within a file."""
        for path in set(self.folder.rglob("*.mp4")) - self.seen:
            if any(
                part.startswith(".") for part in path.relative_to(self.folder).parts
            ):
                continue
            self.seen.add(path)
            if self.unnumbered & set(path.parts):
                continue
            numbers = [number for _, number in self.scene.frames(path)]
            self.frames += len(numbers)
            self.lost += numbers.count(None)
            known = [number for number in numbers if number is not None]
            for one, next_one in pairwise(known):
                self.lost += (next_one - one - 1) % media.FRAMES


def sample_of(pid: int, heap: Path) -> Sample:
    """Return a sample of a process."""
    proc = Path(f"/proc/{pid}")
    # The clock of the CPU that a process used, including ended threads; the ticks in
    # its `stat` miss work that takes less than a tick.
    clock = ~pid << 3 | 2
    with contextlib.suppress(FileNotFoundError):
        blocks, sqlite = heap.read_text().split()
        return Sample(
            memory=int((proc / "statm").read_text().split()[1])
            * os.sysconf("SC_PAGE_SIZE")
            / 1e6,
            blocks=int(blocks),
            sqlite=int(sqlite) / 1e6,
            threads=len(list((proc / "task").iterdir())),
            files=len(list((proc / "fd").iterdir())),
            cpu=time.clock_gettime(clock),
        )
    raise RuntimeError("the home does not report its heap")


async def kept_blocks(heap: Path) -> int:
    """Return the number of blocks of a process after a full collection."""
    asked = heap.with_suffix(".collect")
    asked.touch()

    async def collected() -> bool:
        return not asked.exists()

    await wait_for(collected, "the collection of what is not used any more")
    return int(heap.with_suffix(".kept").read_text().split()[0])


def stored_entries(config: Path) -> list[dict[str, Any]]:
    """Return all config entries from disk."""
    stored = config / ".storage" / "core.config_entries"
    entries: list[dict[str, Any]] = json.loads(stored.read_text())["data"]["entries"]
    return entries


def webhooks(config: Path) -> list[str]:
    """Return the webhooks of all doorbells."""
    entries = stored_entries(config)
    return [e["data"]["webhook_id"] for e in entries if "webhook_id" in e["data"]]


def without_numbers(config: Path) -> set[str]:
    """Return the folders of doorbells without numbered frames."""
    demos = [e for e in stored_entries(config) if e["data"].get("source") == "demo"]
    return {entry["entry_id"] for entry in demos}


def as_in_the_image() -> dict[str, str]:
    """Return an environment with the allocator of most homes."""
    library = find_library(ALLOCATOR)
    if library is None:
        print(f"{ALLOCATOR} is not here: memory may seem to grow")
        return {}
    return {"LD_PRELOAD": library, "MALLOC_CONF": ALLOCATOR_CONF}


async def watch(
    machine: HomeAssistantProcess,
    heap: Path,
    clips: Clips,
    minutes: int,
    enough: asyncio.Event,
) -> list[Minute]:
    """Take samples and print a line per minute until the end."""
    print(
        f"{'minute':>6} {'MB':>7} {'SQLite':>6} {'blocks':>9} {'threads':>7}"
        f" {'files':>6} {'CPU s':>6} {'clips':>6} {'frames':>7} {'lost':>5}",
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
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SAMPLE_EVERY):
                    await enough.wait()
            if enough.is_set():
                return watched
        await asyncio.to_thread(clips.look)
        if number == minutes or number % COLLECT_EVERY == 0:
            minute.kept = await kept_blocks(heap)
        watched.append(minute)
        cpu, before = minute.samples[-1].cpu - before, minute.samples[-1].cpu
        print(
            f"{number:6} {minute.lowest('memory'):7.1f}"
            f" {minute.lowest('sqlite'):6.1f} {minute.lowest('blocks'):9.0f}"
            f" {minute.lowest('threads'):7.0f} {minute.lowest('files'):6.0f} {cpu:6.1f}"
            f" {len(clips.seen):6} {clips.frames:7} {clips.lost:5}",
            flush=True,
        )
        if number % SAY_EVERY == 0 and number < minutes:
            grown(watched)
    return watched


def verdict(watched: list[Minute], clips: Clips, log: str) -> list[str]:
    """Print the growth and return all problems."""
    wrong = grown(watched)
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


async def soak(
    minutes: int, cameras: int, seed: int, pace: float, *, mixed: bool
) -> list[str]:
    """Run everything and return problems."""
    scene = media.make(media.FULL)
    enough = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        # Ctrl-C ends a long run early, with the result.
        asyncio.get_running_loop().add_signal_handler(each, enough.set)
    with tempfile.TemporaryDirectory(prefix="doorwatch-soak-") as folder:
        config, heap = Path(folder) / "config", Path(folder) / "heap"
        machine = HomeAssistantProcess(
            config,
            environment=as_in_the_image()
            | {
                "DOORWATCH_SOAK_HEAP": str(heap),
                "PYTHONPATH": str(Path(__file__).parent / "soak_parts"),
            },
        )
        server = RtspServer(scene, None, None, cameras)
        server.start()
        try:
            async with Proxy() as proxy:
                lines = [await proxy.line(server.port) for _ in range(cameras)]
                main, sub = (f"rtsp://127.0.0.1:{x.port}/cam4" for x in lines[4:6])
                device = OnvifDevice(
                    (
                        Profile(token="main", stream=main, width=1920, height=1080),
                        Profile(token="sub", stream=sub, width=640, height=360),
                    )
                )
                await device.start()
                await asyncio.to_thread(machine.start)
                doors = mixed_doors(lines, device) if mixed else usual_doors(lines)
                await set_up(machine, doors)
                clips = Clips(
                    config / "doorwatch", Scene(scene), without_numbers(config)
                )
                happened = Happened(pace)
                chance = [
                    random.Random(f"{seed} {each}") for each in ("network", "onvif")
                ]
                tasks = [asyncio.create_task(fail(lines, chance[0], happened))]
                if mixed:  # otherwise no doorbell uses the device
                    tasks.append(
                        asyncio.create_task(press(device, chance[1], happened))
                    )
                tasks += [
                    asyncio.create_task(
                        visit(
                            machine.url,
                            webhook,
                            random.Random(f"{seed} {number}"),
                            happened,
                        )
                    )
                    for number, webhook in enumerate(webhooks(config))
                ]
                watched = await watch(machine, heap, clips, minutes, enough)
                ended = [task for task in tasks if task.done()]
                for task in tasks:
                    task.cancel()
                happened.tell(len(doors))
                wrong = [f"stopped early: {task.exception()}" for task in ended]
                return wrong + verdict(watched, clips, machine.output())
        finally:
            await asyncio.to_thread(machine.stop)
            server.kill()


async def set_up(machine: HomeAssistantProcess, doors: list[Door]) -> None:
    """Add the doorbells as a person would, and wait for their images."""
    async with Home(machine.url) as home:
        await home.enter("Ada", "ada", "a-long-password")
        for door in doors:
            await door(home)
        await home.set_household(keep_gb=SPACE)

        async def connected() -> bool:
            told = (await home.command(type="doorwatch/doorbells"))["doorbells"]
            return len(told) == len(doors) and all(each["connected"] for each in told)

        async def stored() -> bool:
            kinds = [e["data"].get("kind") for e in stored_entries(machine.config)]
            return kinds.count("doorbell") == len(doors)

        await wait_for(connected, "the doorbells")
        await wait_for(stored, "their entries")


def main() -> int:
    """Run; return 0 if nothing grew and nothing was lost."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--minutes", type=int, default=30)
    parser.add_argument("--cameras", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1, help="of visits and faults")
    parser.add_argument("--pace", type=float, default=1, help="multiply their number")
    parser.add_argument(
        "--mixed", action="store_true", help="eight doorbells of all kinds"
    )
    told = parser.parse_args()
    if told.pace <= 0:
        parser.error("--pace must be more than 0")
    cameras = 8 if told.mixed else told.cameras
    wrong = asyncio.run(
        soak(told.minutes, cameras, told.seed, told.pace, mixed=told.mixed)
    )
    for line in wrong:
        print(f"WRONG: {line}")
    print("growing or losing" if wrong else "flat, and nothing lost")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
