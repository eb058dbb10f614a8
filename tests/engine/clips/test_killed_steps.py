"""Tests of processes that are killed while they change a clip."""

from collections.abc import Callable, Iterator
import json
from pathlib import Path
import shutil
import signal
import subprocess

import pytest

from custom_components.doorwatch.engine.clips.files.names import BIN, TEMPORARY_SUFFIX
from custom_components.doorwatch.engine.clips.index.rows import to_micros
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Clip, ClipState
from tests.engine.alone import alone
from tests.engine.clips.homemade import ZONE, lose, nothing

from .homemade import DOORBELL, Home

KILLED = """
import asyncio, json, os, signal, sys, threading
from datetime import timedelta
from pathlib import Path
from custom_components.doorwatch.engine.clips.library import Library

async def take(folder, step, clip_id, most, answer):
    seen, lock, armed = 0, threading.Lock(), False
    def count(frame, event, argument):
        nonlocal seen
        name = frame.f_code.co_filename
        if armed and "/clips/" in name or armed and name.endswith("pathlib/__init__.py"):
            with lock:
                seen += 1
                if seen == most:
                    os.kill(os.getpid(), signal.SIGKILL)
    threading.setprofile(count)  # on the threads of the library
    library = await Library.open(Path(folder), lambda: "Europe/Berlin")
    await library.get(clip_id)
    armed = True
    if step == "protect":
        await library.set_protected(clip_id, True)
    elif step == "delete":
        await library.delete(clip_id)
    elif step == "restore":
        await library.restore(clip_id)
    else:
        await library.move_in_time(clip_id, timedelta(minutes=int(step)))
    os.write(answer, str(seen).encode())
    await library.close()

for line in sys.stdin:
    reading, writing = os.pipe()
    if os.fork() == 0:
        asyncio.run(take(*json.loads(line), writing))
        os._exit(0)
    os.close(writing)
    status = os.waitstatus_to_exitcode(os.wait()[1])
    print(json.dumps([status, os.read(reading, 20).decode()]), flush=True)
    os.close(reading)
"""
type Run = Callable[[str, Clip, int], str | None]


@pytest.fixture(scope="module")
def taker() -> Iterator[subprocess.Popen[str]]:
    """Start a program that runs each step in a separate process."""
    with subprocess.Popen(
        alone("-c", KILLED), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as program:
        yield program


@pytest.fixture
def run(taker: subprocess.Popen[str], folder: Path) -> Run:
    """Run a step in another process; return None if it was killed."""

    def step_of(step: str, clip: Clip, most: int) -> str | None:
        assert taker.stdin is not None
        assert taker.stdout is not None
        taker.stdin.write(json.dumps([str(folder), step, clip.clip_id, most]) + "\n")
        taker.stdin.flush()
        status, seen = json.loads(taker.stdout.readline())
        if status == -signal.SIGKILL:
            return None
        assert status == 0
        return str(seen)

    return step_of


@pytest.mark.parametrize("step", ["protect", "delete", "restore", "-15", "-1440"])
async def test_killed_step_is_done_or_not_begun(
    home: Home, folder: Path, tmp_path: Path, run: Run, step: str
) -> None:
    """The clip is complete, in one place, and the same with and without its index."""
    clip = home.clip()
    if step == "restore":
        clip = await home.library.delete(clip.clip_id)
    await home.library.close()
    kept = tmp_path / "kept"
    shutil.copytree(folder, kept)
    calls = int(run(step, clip, -1) or 0)
    assert calls > 10
    for share in range(1, 8):
        lost = share % 3 == 0
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        assert run(step, clip, max(1, calls * share // 8)) is None
        if lost:
            lose(folder)
        library = await Library.open(folder, lambda: ZONE)
        assert await library.recover() == []
        await library.reconcile(nothing)
        saved = await library.list([DOORBELL])
        deleted = await library.deleted([DOORBELL])
        (found,) = saved + deleted
        assert found.clip_id == clip.clip_id
        assert found.path.stat().st_size == clip.size
        assert found.thumbnail.exists()
        facts = json.loads(found.path.with_suffix(".json").read_text())
        assert facts["protected"] <= (step == "protect")
        assert facts["started_at"] == to_micros(found.started_at)
        assert len(list(folder.rglob("*.mp4"))) == 1
        if not lost:
            own = {found.path, found.thumbnail, found.path.with_suffix(".json")}
            lying = {*folder.glob("*/????-??-??/*"), *folder.glob(f"{BIN}/*")}
            assert {one for one in lying if one.suffix != TEMPORARY_SUFFIX} == own
        if found.state is ClipState.SAVED and step == "protect" and not lost:
            # The index is written first and is authoritative.
            assert found.protected >= facts["protected"]
        if found.state is ClipState.BIN:
            await library.restore(clip.clip_id)
        assert await library.verify(clip.clip_id)
        await library.close()
