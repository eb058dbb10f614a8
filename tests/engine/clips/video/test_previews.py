"""Tests of previews of clips that a browser cannot play."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
import errno
import os
from pathlib import Path
import subprocess
import threading

import av
import pytest

from custom_components.doorwatch.engine.clips.background import Progress
from custom_components.doorwatch.engine.clips.model import Clip, ClipState
from custom_components.doorwatch.engine.clips.video import previews as room
from custom_components.doorwatch.engine.clips.video.codecs import codecs_of
from custom_components.doorwatch.engine.clips.video.previews import (
    FOLDER,
    PreviewError,
    Previews,
    encode,
    small,
)
from tests import videos as media

SECONDS = 4


@pytest.fixture(scope="session")
def hevc_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a short H.265 clip with audio that starts slightly late."""
    target = tmp_path_factory.mktemp("hevc") / "clip.mp4"
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-i", str(media.make(media.HEVC).path)),
            *("-t", str(SECONDS), "-c", "copy", "-tag:v", "hvc1", str(target)),
        ],
        check=True,
        timeout=60,
    )
    return target


@pytest.fixture
def clip(tmp_path: Path, hevc_file: Path) -> Clip:
    """Put a clip into a library."""
    path = tmp_path / "door" / "day" / "clip.mp4"
    path.parent.mkdir(parents=True)
    path.write_bytes(hevc_file.read_bytes())
    started = datetime(2026, 11, 3, 17, 0, 9, tzinfo=UTC)
    return Clip(
        clip_id="0199c0de-0000-7000-8000-000000000001",
        doorbell_id="door",
        event_id="0199c0de-0000-7000-8000-000000000001",
        part=1,
        event="ring",
        started_at=started,
        ended_at=started + timedelta(seconds=SECONDS),
        timezone="Europe/Berlin",
        path=path,
        size=path.stat().st_size,
        sha256="",
        video_codec="hevc",
        audio_codec="aac",
        width=640,
        height=360,
        frames=SECONDS * media.FPS,
        gaps=(),
        protected=False,
        recovered=False,
        state=ClipState.SAVED,
    )


@pytest.fixture
def previews(tmp_path: Path) -> Previews:
    return Previews(tmp_path)


def other(clip: Clip, number: int) -> Clip:
    """Return another clip with the same file."""
    return replace(clip, clip_id=f"{clip.clip_id[:-1]}{number}")


def nothing(_done: float) -> None:
    """Ignore the progress."""


@pytest.mark.lesson(9)
async def test_a_preview_is_h264_and_aac_as_long_as_the_clip(
    previews: Previews, clip: Clip
) -> None:
    told: list[float] = []

    await previews.make(clip, told.append)

    path = previews.path(clip.clip_id)
    assert path is not None
    codecs = codecs_of(path)
    assert codecs is not None
    assert codecs.startswith("avc1.4D40")
    assert codecs.endswith(", mp4a.40.2")
    with av.open(path) as container, av.open(clip.path) as original:
        video, sound = container.streams.video[0], container.streams.audio[0]
        assert (video.width, video.height) == (640, 360)
        numbers = [frame.time for frame in container.decode(video)]
        wanted = [frame.time for frame in original.decode(video=0)]
        assert numbers == pytest.approx(wanted, abs=0.001)
        assert sound.duration is not None
        assert sound.time_base is not None
        assert float(sound.duration * sound.time_base) == pytest.approx(
            SECONDS, abs=0.2
        )
    assert told == sorted(told)
    assert told[-1] > 0.9
    # The index comes first, so playback can start before the download ends.
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_a_preview_is_made_once(previews: Previews, clip: Clip) -> None:
    """Concurrent requests share the work, and later ones use the result."""
    first: list[float] = []
    second: list[float] = []
    await asyncio.gather(
        previews.make(clip, first.append), previews.make(clip, second.append)
    )
    assert first == second != []

    third: list[float] = []
    await previews.make(clip, third.append)
    assert third == []


async def test_previews_are_made_one_at_a_time_with_low_priority(
    previews: Previews, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = most = 0
    niceness: list[int] = []

    def watch(*arguments: object) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        niceness.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        encode(*arguments)  # type: ignore[arg-type] # handed through
        running -= 1

    monkeypatch.setattr(room, "encode", watch)
    own = os.getpriority(os.PRIO_PROCESS, 0)
    await asyncio.gather(
        *(previews.make(other(clip, number), nothing) for number in (1, 2, 3))
    )
    assert most == 1
    assert all(each == 15 for each in niceness)
    assert os.getpriority(os.PRIO_PROCESS, 0) == own


async def test_the_oldest_previews_make_room(clip: Clip, tmp_path: Path) -> None:
    previews = Previews(tmp_path)
    await previews.make(other(clip, 1), nothing)
    path = previews.path(other(clip, 1).clip_id)
    assert path is not None
    limited = Previews(tmp_path, most=path.stat().st_size * 2 + 1000)
    assert await limited.load() == {other(clip, 1).clip_id}
    for number in (2, 3, 4):
        await limited.make(other(clip, number), nothing)
    assert [limited.has(other(clip, number).clip_id) for number in (1, 2, 3, 4)] == [
        False,
        False,
        True,
        True,
    ]
    assert len(list((tmp_path / FOLDER).iterdir())) == 2


async def test_a_preview_larger_than_the_room_is_kept_until_the_next(
    clip: Clip, tmp_path: Path
) -> None:
    previews = Previews(tmp_path, most=1)
    await previews.make(clip, nothing)
    assert previews.has(clip.clip_id)


async def test_a_preview_goes_with_its_clip(previews: Previews, clip: Clip) -> None:
    await previews.make(clip, nothing)
    path = previews.path(clip.clip_id)
    assert path is not None

    await previews.forget(clip.clip_id)

    assert not path.exists()
    assert previews.path(clip.clip_id) is None
    await previews.forget("unknown")


async def started(previews: Previews, clip: Clip) -> asyncio.Task[None]:
    """Start a preview and wait until it is in progress."""
    under_way = asyncio.Event()
    task = asyncio.create_task(previews.make(clip, lambda _done: under_way.set()))
    async with asyncio.timeout(20):
        await under_way.wait()
    return task


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let making a preview run until it is cancelled."""

    def forever(_source: Path, _target: Path, progress: Progress) -> None:
        wait = threading.Event()
        while not wait.wait(0.01):
            progress(0.5)

    monkeypatch.setattr(room, "encode", forever)


@pytest.mark.usefixtures("endless")
async def test_a_preview_that_nobody_waits_for_is_given_up(
    previews: Previews, clip: Clip, tmp_path: Path
) -> None:
    task = await started(previews, clip)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await previews.close()
    assert list((tmp_path / FOLDER).iterdir()) == []
    assert not [t for t in threading.enumerate() if t.name == "doorwatch preview"]


@pytest.mark.usefixtures("endless")
@pytest.mark.parametrize("how", ["forget", "close"])
async def test_a_preview_ends_with_its_clip_and_with_the_house(
    previews: Previews, clip: Clip, how: str
) -> None:
    task = await started(previews, clip)
    if how == "forget":
        await previews.forget(clip.clip_id)
    else:
        await previews.close()
    with pytest.raises(PreviewError) as caught:
        await task
    assert caught.value.problem == "clip_unknown"
    assert not previews.has(clip.clip_id)
    await previews.close()


async def test_asking_again_after_giving_up_makes_it(
    previews: Previews, clip: Clip
) -> None:
    task = await started(previews, clip)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await previews.make(clip, nothing)
    assert previews.has(clip.clip_id)


async def test_what_a_crash_left_is_removed(tmp_path: Path, clip: Clip) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir()
    (folder / f"{clip.clip_id}.mp4.tmp").write_text("half")
    (folder / "whole.mp4").write_text("whole")
    previews = Previews(tmp_path)
    assert await previews.load() == {"whole"}
    assert [file.name for file in folder.iterdir()] == ["whole.mp4"]
    assert await Previews(tmp_path / "nowhere").load() == set()


async def test_what_cannot_be_decoded_has_no_preview(
    previews: Previews, clip: Clip, tmp_path: Path
) -> None:
    """Broken files, missing files and symlinks are refused."""
    clip.path.write_bytes(b"\0" * 1000)
    with pytest.raises(PreviewError) as caught:
        await previews.make(clip, nothing)
    assert caught.value.problem == "preview_impossible"
    clip.path.unlink()
    with pytest.raises(PreviewError):
        await previews.make(clip, nothing)
    clip.path.symlink_to(media.make(media.SMALL).path)
    with pytest.raises(PreviewError) as caught:
        await previews.make(clip, nothing)
    assert caught.value.problem == "preview_impossible"
    assert list((tmp_path / FOLDER).iterdir()) == []


async def test_without_an_encoder_there_is_no_preview(
    previews: Previews, clip: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_args: object, **_more: object) -> None:
        raise av.codec.codec.UnknownCodecError("libx264")

    monkeypatch.setattr(room, "small", missing)
    with pytest.raises(PreviewError) as caught:
        await previews.make(clip, nothing)
    assert caught.value.problem == "preview_impossible"


async def test_a_full_disk_is_told(
    previews: Previews, clip: Clip, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(_path: Path) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(room, "sync_file", full)
    with pytest.raises(PreviewError) as caught:
        await previews.make(clip, nothing)
    assert caught.value.problem == "disk_full"
    assert list((tmp_path / FOLDER).iterdir()) == []


def test_broken_pictures_are_left_out(clip: Clip, tmp_path: Path) -> None:
    content = bytearray(clip.path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = os.urandom(2000)
    clip.path.write_bytes(content)
    target = tmp_path / "copy.mp4"
    encode(clip.path, target, nothing)
    with av.open(target) as container:
        assert sum(1 for _ in container.decode(video=0)) > 10


def test_a_clip_without_sound_has_a_preview_without(clip: Clip, tmp_path: Path) -> None:
    silent = tmp_path / "silent.mp4"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", clip.path, "-an", "-c", "copy", silent],
        check=True,
        timeout=60,
    )
    target = tmp_path / "copy.mp4"
    encode(silent, target, nothing)
    with av.open(target) as container:
        assert not container.streams.audio


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((1920, 1080), (640, 360)),
        ((2560, 1920), (640, 480)),
        ((641, 361), (640, 360)),
        ((321, 241), (320, 240)),
        ((1080, 1920), (640, 1138)),
        ((4000, 2), (640, 2)),
    ],
)
def test_sides_are_even(size: tuple[int, int], wanted: tuple[int, int]) -> None:
    assert small(*size) == wanted
