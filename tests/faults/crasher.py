"""A program whose children record from several cameras until they are killed.

It imports everything once and forks a child for each line of its input, so that a test
can kill many real processes without waiting for imports. A request is JSON:

    {folder, log, addresses, seed, at_line}    record until killed, here or by the test
    {folder, recover: true}                    recover as a start does; print the clips
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
import json
import os
from pathlib import Path
import random
import signal
import sys
import threading
import time
from types import CodeType
from typing import Final, TextIO, override

from custom_components.doorwatch.engine import clips, recording
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
from custom_components.doorwatch.engine.recording.recorder import ClipRecorder
from tests import waiting
from tests.engine.recording.inside import is_settled, preroll_of

OPTIONS: Final = RecorderOptions(pre_roll=0.5, post_roll=0.7, longest=3)

ROOMS: Final = tuple(
    str(Path(str(room.__file__)).parent) for room in (clips, recording)
)
# The number of clips after which all lines that make a clip are known.
LEARN_FROM: Final = 5
# These modules only read, so a kill in them can't leave a partial clip.
READERS: Final = frozenset(
    {"reader.py", "preroll_buffer.py", "recorder.py", "epoch.py"}
)

type Place = tuple[str, str, int]


class KillAtLine:
    """Learn which lines make a clip, then kill this process before one of them."""

    def __init__(self, seed: int) -> None:
        """Start learning."""
        self._chance = random.Random(seed)
        self._known: set[Place] = set()
        self._chosen: Place | None = None
        self._lock = threading.Lock()
        monitoring = sys.monitoring
        self._tool = monitoring.DEBUGGER_ID
        monitoring.use_tool_id(self._tool, "killer")
        monitoring.register_callback(self._tool, monitoring.events.LINE, self._line)
        monitoring.set_events(self._tool, monitoring.events.LINE)

    def choose(self, told: Callable[..., None]) -> None:
        """Draw a line by the seed and kill the process at the next pass through it.

        Call again if the process survives: some lines run only once a day.
        """
        with self._lock:
            chosen = self._chance.choice(sorted(self._known))
            told("line", *chosen)
            self._chosen = chosen

    def _line(self, code: CodeType, line: int) -> object:
        path = Path(code.co_filename)
        if str(path.parent) not in ROOMS or path.name in READERS:
            return sys.monitoring.DISABLE
        place = (path.name, code.co_qualname, line)
        if place == self._chosen:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._chosen is None:
            with self._lock:
                self._known.add(place)
        return None


class TellingSink(ClipSink):
    """The library's sink, which also logs begun and saved clips."""

    def __init__(
        self, library: Library, doorbell_id: str, told: Callable[..., None]
    ) -> None:
        self._told = told
        self._sink = LibrarySink(library, doorbell_id, lambda _: None, self._closed)

    def _closed(self, clip_id: str, clip: Clip | None) -> None:
        if clip:
            self._told("saved", clip_id, clip.sha256)

    @override
    def begin(self, start: ClipStart) -> Path:
        part = self._sink.begin(start)
        self._told("begun", start.clip_id, str(part))
        return part

    @override
    def note(self, start: ClipStart) -> None:
        self._sink.note(start)

    @override
    def finish(self, clip: FinishedClip) -> None:
        self._sink.finish(clip)

    @override
    def abandon(self, clip_id: str, reason: str) -> None:
        self._sink.abandon(clip_id, reason)


def main() -> None:
    """Fork for each request; print the child's process ID, then its exit status."""
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            if request.get("recover"):
                asyncio.run(_recover(Path(request["folder"])))
                os._exit(0)
            with Path(request["log"]).open("w", buffering=1) as log:
                asyncio.run(_record(request, log))
        _answer(str(child))
        _, status = os.waitpid(child, 0)
        _answer(f"gone {status}")


def _answer(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def _recover(folder: Path) -> None:
    """Recover as a start does, and report the clips."""
    library = await Library.open(folder, lambda: "Europe/Berlin")
    recovered = await library.recover()
    doorbells = [f"door-{number}" for number in range(8)]
    listed = await library.list(doorbells, limit=1000)
    told = {
        "gone": [each.clip_id for each in recovered if each.clip is None],
        "recovered": [each.clip_id for each in recovered if each.clip is not None],
        "again": len(await library.recover()),
        "clips": {
            clip.clip_id: {
                "path": str(clip.path),
                "thumbnail": str(clip.thumbnail),
                "frames": clip.frames,
                "sha256": clip.sha256,
                "verified": await library.verify(clip.clip_id),
                "recovered": clip.recovered,
            }
            for clip in listed
        },
    }
    await library.close()
    (folder / "told.json").write_text(json.dumps(told))


async def _record(request: dict[str, object], log: TextIO) -> None:
    """Record until killed."""

    def told(*line: object) -> None:
        log.write(json.dumps(line) + "\n")

    seed = int(str(request["seed"]))
    folder = Path(str(request["folder"]))
    addresses = request["addresses"]
    assert isinstance(addresses, list)
    library = await Library.open(folder, lambda: "Europe/Berlin")
    await library.recover()
    recorders = [
        ClipRecorder(
            f"door-{number}",
            partial(_source, address),
            TellingSink(library, f"door-{number}", told),
            OPTIONS,
            on_health=lambda _: None,
            on_error=lambda problem: told("error", problem),
            loop=asyncio.get_running_loop(),
        )
        for number, address in enumerate(addresses)
    ]
    await asyncio.gather(*(recorder.start() for recorder in recorders))
    await waiting.until(
        lambda: all(is_settled(preroll_of(recorder)) for recorder in recorders)
    )
    killer = KillAtLine(seed) if request["at_line"] else None
    async with asyncio.TaskGroup() as group:
        for number, recorder in enumerate(recorders):
            chance = random.Random(f"{seed} {number}")
            group.create_task(_visits(recorder, chance))
        if killer:
            log_path = Path(str(request["log"]))
            await waiting.until(
                lambda: log_path.read_text().count('"saved"') >= LEARN_FROM
            )
            while True:
                killer.choose(told)
                await asyncio.sleep(4)


async def _visits(recorder: ClipRecorder, chance: random.Random) -> None:
    """Ring at random intervals, to get single, extended and multi-part clips."""
    while True:
        recorder.trigger(
            DoorbellEvent(
                kind=EventKind.RING, at=datetime.now(UTC), monotonic=time.monotonic()
            )
        )
        await asyncio.sleep(chance.choice((0.3, 1.2, 1.5)) * chance.uniform(0.5, 1.5))


def _source(address: str) -> StreamSource:
    options = {
        "rtsp_transport": "tcp",
        "timeout": "5000000",
        "fpsprobesize": "1",  # shortens the start, which happens twenty times
    }
    return StreamSource(address=address, options=options)


if __name__ == "__main__":
    main()
