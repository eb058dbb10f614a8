"""A process that is killed while it deletes, restores or protects keeps its word."""

import json
from pathlib import Path
import shutil
import signal
import subprocess

import pytest

from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Clip, ClipState
from tests.engine.alone import alone
from tests.engine.clips.homemade import ZONE, lose, nothing

from .homemade import DOORBELL, Home

KILLED = """
import asyncio, os, signal, sys, threading
from pathlib import Path
from custom_components.doorwatch.engine.clips.library import Library
folder, step, clip_id, most = sys.argv[1:]
most, seen, lock, armed = int(most), 0, threading.Lock(), False
def count(frame, event, argument):
    global seen
    name = frame.f_code.co_filename
    if armed and "/clips/" in name or armed and name.endswith("pathlib/__init__.py"):
        with lock:
            seen += 1
            if seen == most:
                os.kill(os.getpid(), signal.SIGKILL)
async def main():
    threading.setprofile(count)  # on the threads of the library
    library = await Library.open(Path(folder), lambda: "Europe/Berlin")
    await library.get(clip_id)
    global armed
    armed = True
    if step == "protect":
        await library.set_protected(clip_id, True)
    elif step == "delete":
        await library.delete(clip_id)
    else:
        await library.restore(clip_id)
    print(seen)
    await library.close()
asyncio.run(main())
"""


def run(folder: Path, step: str, clip: Clip, most: int) -> str | None:
    """Take a step in another process; None when it was killed."""
    command = alone("-c", KILLED, str(folder), step, clip.clip_id)
    result = subprocess.run(
        [*command, str(most)], capture_output=True, text=True, check=False, timeout=60
    )
    if result.returncode == -signal.SIGKILL:
        return None
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("step", ["protect", "delete", "restore"])
async def test_killed_step_is_done_or_not_begun(
    home: Home, folder: Path, tmp_path: Path, step: str
) -> None:
    """The clip is whole, in one place, and the same with and without its index."""
    clip = home.clip()
    if step == "restore":
        clip = await home.library.delete(clip.clip_id)
    await home.library.close()
    kept = tmp_path / "kept"
    shutil.copytree(folder, kept)
    calls = int(run(folder, step, clip, -1) or 0)
    assert calls > 10
    for share, lost in ((0.2, False), (0.5, True), (0.8, False)):
        shutil.rmtree(folder)
        shutil.copytree(kept, folder)
        assert run(folder, step, clip, max(1, round(calls * share))) is None
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
        assert len(list(folder.rglob("*.mp4"))) == 1
        if found.state is ClipState.SAVED and step == "protect" and not lost:
            # The index has the last word, and it was told first.
            assert found.protected >= facts["protected"]
        if found.state is ClipState.BIN:
            await library.restore(clip.clip_id)
        assert await library.verify(clip.clip_id)
        await library.close()
