"""After SIGKILL during recording of several cameras, all written data is in a clip."""

import asyncio
from collections.abc import Iterator
import json
import os
from pathlib import Path
import shutil
import signal
import subprocess
from typing import Any

import av
import pytest

from custom_components.doorwatch.engine.clips.video.media import is_whole
from tests import videos as media, waiting
from tests.killing import any_moment, started
from tests.rtsp.fixtures import RtspServer
from tests.series import chance, series, times

from .scene import Scene

CAMERAS = 4
# Half of the kills happen at random times, mostly while video is written, and half at
# random lines of the code that begins, closes, renames and indexes clips and makes
# thumbnails.
MOMENTS = 4


@pytest.fixture(scope="module")
def crasher() -> Iterator[subprocess.Popen[str]]:
    """Start the program whose children are killed."""
    with started("tests.faults.crasher") as program:
        yield program


@pytest.fixture(scope="module")
def scene() -> Scene:
    """Return the scene that the cameras show."""
    return Scene(media.make(media.SMALL))


def ask(program: subprocess.Popen[str], **request: object) -> int:
    """Request a child and return its process ID."""
    assert program.stdin
    assert program.stdout
    program.stdin.write(json.dumps(request) + "\n")
    program.stdin.flush()
    return int(program.stdout.readline())


def wait_for_end(program: subprocess.Popen[str], how: int) -> None:
    """Wait until the child has ended."""
    assert program.stdout
    assert program.stdout.readline() == f"gone {how}\n"


def readable(scene: Scene, path: Path) -> set[int]:
    """Return the frames that a player can read from a possibly truncated file."""
    try:
        return {number for _, number in scene.frames(path) if number is not None}
    except av.FFmpegError, IndexError:
        return set()


@series
@pytest.mark.parametrize("moment", range(times(MOMENTS)))
async def test_every_frame_on_disk_is_in_a_clip_after_a_kill(
    rtsp_server: RtspServer,
    crasher: subprocess.Popen[str],
    scene: Scene,
    tmp_path: Path,
    moment: int,
) -> None:
    folder, log = tmp_path / "library", tmp_path / "log"
    at_line = moment % 2 == 0
    luck = chance(moment)
    child = ask(
        crasher,
        folder=str(folder),
        log=str(log),
        addresses=[rtsp_server.address(f"cam{n}") for n in range(CAMERAS)],
        seed=luck.randrange(2**32),
        at_line=at_line,
    )
    if at_line:
        await asyncio.to_thread(wait_for_end, crasher, signal.SIGKILL)
    else:
        await waiting.until(lambda: log.exists() and '"begun"' in log.read_text())
        await asyncio.to_thread(any_moment, luck, 3)
        os.kill(child, signal.SIGKILL)
        await asyncio.to_thread(wait_for_end, crasher, signal.SIGKILL)

    lines = [json.loads(line) for line in log.read_text().splitlines()]
    chosen = [line[1:] for line in lines if line[0] == "line"]
    assert bool(chosen) is at_line
    print("killed before", chosen or "the end of a time")
    saved = {line[1]: line[2] for line in lines if line[0] == "saved"}
    assert not [line for line in lines if line[0] == "error"]
    on_disk: dict[str, set[int]] = {}
    for path in [*folder.rglob("*.part"), *folder.rglob("*.mp4")]:
        copy = tmp_path / "copy.mp4"
        shutil.copy(path, copy)
        clip_id = path.name.split(".")[0].rsplit("_", 1)[1]
        assert clip_id not in on_disk
        on_disk[clip_id] = scene.within(copy)
        # A player can read all frames even before recovery.
        assert readable(scene, copy) == on_disk[clip_id]

    await asyncio.to_thread(recover, crasher, folder)
    told: dict[str, Any] = json.loads((folder / "told.json").read_text())
    clips = told["clips"]
    for clip_id, frames in on_disk.items():
        if not frames:
            assert clip_id in told["gone"]
            continue
        path = Path(clips[clip_id]["path"])
        after = scene.frames(path)
        assert {number for _, number in after} == frames
        assert len(after) == clips[clip_id]["frames"]
    for clip_id, sha256 in saved.items():
        assert clips[clip_id]["sha256"] == sha256
        assert not clips[clip_id]["recovered"]
    for clip in clips.values():
        assert clip["verified"]
        assert is_whole(Path(clip["path"]))
        assert Path(clip["thumbnail"]).stat().st_size
    assert told["again"] == 0
    assert not [p for p in (folder / ".recording").rglob("*") if p.is_file()]


def recover(program: subprocess.Popen[str], folder: Path) -> None:
    """Recover in a new process, as a start does."""
    ask(program, folder=str(folder), recover=True)
    wait_for_end(program, 0)
