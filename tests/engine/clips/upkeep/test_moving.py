"""Tests of moving the clips to another folder, even if the move is interrupted."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import timedelta
import errno
from pathlib import Path
import shutil
import signal
import subprocess
import tempfile

import pytest

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.files import names as files, space
from custom_components.doorwatch.engine.clips.files.names import digest
from custom_components.doorwatch.engine.clips.index.index import Index
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.upkeep import moving
from tests.engine.alone import alone
from tests.engine.clips.homemade import (
    BEGIN,
    DOORBELL,
    THUMBNAIL,
    Home,
    nothing,
    start,
    stat_fails,
)

ZONE = "Europe/Berlin"


def other_disk() -> Path | None:
    """Return a folder on another file system, if there is one."""
    temporary = Path(tempfile.gettempdir()).stat().st_dev
    for place in map(Path, ("/dev/shm", "/var/tmp")):  # noqa: S108 - usually two file systems
        if place.is_dir() and place.stat().st_dev != temporary:
            return place
    return None


@pytest.fixture(params=["renamed", "copied", "another disk"])
def target(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Return a folder to move to."""
    if request.param == "another disk" and (place := other_disk()):
        with tempfile.TemporaryDirectory(dir=place) as name:
            yield Path(name) / "new"
        return
    if request.param == "copied":

        def refuse(_self: files.LibraryFiles, pairs: list[tuple[Path, Path]]) -> None:
            raise OSError(errno.EXDEV, "another disk")

        monkeypatch.setattr(files.LibraryFiles, "move_all", refuse)
    yield tmp_path / "new"


async def full(home: Home) -> dict[str, Clip]:
    """Save clips over several days, one protected, one deleted; return all by ID."""
    clips = [
        home.clip(BEGIN + timedelta(hours=5 * n), content=b"video %d" % n)
        for n in range(9)
    ]
    await home.library.set_protected(clips[2].clip_id, True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files.LibraryFiles, "move_all", REAL_MOVE)
        await home.library.delete(clips[3].clip_id)
    return await everything(home.library)


REAL_MOVE: Callable[..., None] = files.LibraryFiles.move_all


async def everything(library: Library) -> dict[str, Clip]:
    """Return saved and deleted clips by ID."""
    found = [
        *await library.list([DOORBELL], limit=999),
        *await library.deleted([DOORBELL], limit=999),
    ]
    return {clip.clip_id: clip for clip in found}


def same(clip: Clip, moved: Clip, old: Path, new: Path) -> bool:
    """Return whether a clip is the same except for its path."""
    return moved.path == new / clip.path.relative_to(old) and all(
        getattr(clip, name) == getattr(moved, name)
        for name in Clip.__dataclass_fields__
        if name not in ("path", "thumbnail")
    )


async def test_all_clips_are_there_and_the_old_folder_is_gone(
    home: Home, folder: Path, target: Path
) -> None:
    before = await full(home)
    (folder / "notes.txt").write_text("mine")
    new = await Library.open(target, lambda: ZONE)
    # The new library records while clips are moved.
    begun = start(BEGIN + timedelta(days=40))
    part = new.intake.begin(DOORBELL, begun)
    assert await new.take_over(home.library) == 9
    await home.library.remove()
    after = await everything(new)
    assert after.keys() == before.keys()
    for clip_id, clip in before.items():
        moved = after[clip_id]
        assert same(clip, moved, folder, target)
        assert digest(moved.path) == clip.sha256
        assert moved.thumbnail.read_bytes() == THUMBNAIL
        assert moved.path.with_suffix(".json").exists()
    assert [path.name for path in folder.iterdir()] == ["notes.txt"]
    assert part.exists()
    assert (await new.usage(DOORBELL)).clips == 8
    assert not list(target.rglob("*.tmp"))
    await new.close()


async def test_empty_library_leaves_no_folder(home: Home, tmp_path: Path) -> None:
    new = await Library.open(tmp_path / "new", lambda: ZONE)
    assert await new.take_over(home.library) == 0
    await home.library.remove()
    assert not home.library.folder.exists()
    await new.close()


async def test_what_does_not_fit_stays_whole_where_it_is(
    home: Home, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await full(home)
    new = await Library.open(tmp_path / "new", lambda: ZONE)
    monkeypatch.setattr(moving.LibraryMover, "_same_disk", lambda _: False)
    monkeypatch.setattr(space, "lacking", lambda _: -100_000)
    with pytest.raises(LibraryError) as caught:
        await new.take_over(home.library)
    assert caught.value.problem == "disk_full"
    assert await everything(home.library) == before
    assert await everything(new) == {}
    assert all(clip.path.exists() for clip in before.values())
    await new.close()


async def test_video_that_cannot_be_looked_at_once_stays_and_moves_later(
    home: Home, tmp_path: Path
) -> None:
    before = await full(home)
    clip = next(clip for clip in before.values() if clip.protected)
    new = await Library.open(tmp_path / "new", lambda: ZONE)
    with stat_fails(clip.path, errno.EIO), pytest.raises(LibraryError):
        await new.take_over(home.library)
    assert digest(clip.path) == clip.sha256
    assert await home.library.get(clip.clip_id) == clip
    await new.take_over(home.library)
    assert (await everything(new)).keys() == before.keys()
    await new.close()


async def test_video_that_seems_gone_for_a_moment_is_not_removed(
    home: Home, tmp_path: Path
) -> None:
    """A network folder may briefly report an existing file as missing."""
    clip = home.clip()
    new = await Library.open(tmp_path / "new", lambda: ZONE)
    with stat_fails(clip.path, errno.ENOENT):
        await new.take_over(home.library)
    assert digest(clip.path) == clip.sha256
    await home.library.reconcile(nothing)
    assert await home.library.get(clip.clip_id) == clip
    assert await new.take_over(home.library) == 1
    assert await new.verify(clip.clip_id)
    await new.close()


async def test_disk_that_goes_meanwhile_loses_nothing(
    home: Home, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await full(home)
    new = await Library.open(tmp_path / "new", lambda: ZONE)
    away = folder.with_name("away")
    moved: list[str] = []
    real = Index.forget

    def forget(self: Index, clip_ids: Sequence[str]) -> Future[None]:
        done = real(self, clip_ids)
        done.result()
        moved.extend(clip_ids)
        if len(moved) == 4:
            folder.rename(away)
            folder.mkdir()
        return done

    monkeypatch.setattr(Index, "forget", forget)
    with pytest.raises(LibraryError) as caught:
        await new.take_over(home.library)
    assert caught.value.problem == "library_missing"
    assert list(folder.iterdir()) == []
    assert len(await everything(new)) == 4
    folder.rmdir()
    away.rename(folder)
    assert await new.take_over(home.library) == 5
    assert (await everything(new)).keys() == before.keys()
    await new.close()


async def test_changed_file_moves_and_keeps_the_digest_of_its_close(
    home: Home, target: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clip = home.clip(content=b"video")
    clip.path.write_bytes(b"other")
    new = await Library.open(target, lambda: ZONE)
    assert await new.take_over(home.library) == 1
    moved = await new.get(clip.clip_id)
    assert moved is not None
    assert moved.sha256 == clip.sha256
    assert moved.path.read_bytes() == b"other"
    assert not await new.verify(clip.clip_id)
    await new.close()


async def test_file_that_is_gone_is_said(
    home: Home, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = (home.clip(BEGIN + timedelta(minutes=n), content=b"v") for n in range(2))
    one.path.unlink()
    new = await Library.open(tmp_path / "new", lambda: ZONE)
    assert await new.take_over(home.library) == 2
    assert [*await everything(new)] == [two.clip_id]
    assert f"{one.clip_id} is missing" in caplog.text
    await new.close()


async def test_closing_ends_it(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await full(home)
    new = await Library.open(tmp_path / "new", lambda: ZONE)
    loop, real = asyncio.get_running_loop(), Index.forget

    def forget(self: Index, clip_ids: Sequence[str]) -> Future[None]:
        done = real(self, clip_ids)
        done.result()
        asyncio.run_coroutine_threadsafe(new.close(), loop).result()
        return done

    with monkeypatch.context() as patch:
        patch.setattr(Index, "forget", forget)
        assert await new.take_over(home.library) is None
    new = await Library.open(tmp_path / "new", lambda: ZONE)
    assert await new.take_over(home.library) == 8
    assert (await everything(new)).keys() == before.keys()
    await new.close()


KILLED = """
import asyncio, errno, os, signal, sys, threading
from pathlib import Path
from custom_components.doorwatch.engine.clips.files import names as files
from custom_components.doorwatch.engine.clips.library import Library
old, new, copied, most = sys.argv[1:]
most, seen = int(most), 0
def refuse(self, pairs):
    raise OSError(errno.EXDEV, "another disk")
def count(frame, event, argument):
    global seen
    if "/clips/" in frame.f_code.co_filename:
        seen += 1
        if seen == most:
            os.kill(os.getpid(), signal.SIGKILL)
async def main():
    there = await Library.open(Path(new), lambda: "Europe/Berlin")
    here = await Library.open(Path(old), lambda: "Europe/Berlin")
    await there.recover()
    await here.recover()
    if copied == "copied":
        files.LibraryFiles.move_all = refuse
    threading.setprofile(count)
    await there.take_over(here)
    threading.setprofile(None)
    print(seen)
    await here.close()
    await there.close()
asyncio.run(main())
"""


@pytest.mark.parametrize("how", ["renamed", "copied"])
async def test_killed_move_goes_on_at_the_next_start(
    home: Home, folder: Path, tmp_path: Path, how: str
) -> None:
    """At each moment, every clip is complete in one of the two folders."""
    before = await full(home)
    await home.library.close()
    kept = tmp_path / "kept"
    shutil.copytree(folder, kept)

    def run(most: int) -> subprocess.CompletedProcess[str]:
        command = alone("-c", KILLED, str(folder), str(tmp_path / "new"))
        return subprocess.run(
            [*command, how, str(most)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    calls = int(run(-1).stdout)
    for share in (0.2, 0.55, 0.9):
        shutil.rmtree(tmp_path / "new")
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(kept, folder)
        assert run(round(calls * share)).returncode == -signal.SIGKILL
        whole = {
            path.stem.split("_")[2]: path
            for place in (folder, tmp_path / "new")
            for path in place.rglob("*.mp4")
        }
        assert whole.keys() == before.keys()
        assert all(digest(whole[one]) == before[one].sha256 for one in whole)
        # The next start completes the move.
        new = await Library.open(tmp_path / "new", lambda: ZONE)
        old = await Library.open(folder, lambda: ZONE)
        for library in (new, old):
            assert await library.recover() == []
        assert await new.take_over(old) is not None
        after = await everything(new)
        await new.close()
        await old.remove()
        assert not folder.exists()
        assert after.keys() == before.keys()
        assert all(
            same(clip, after[clip_id], folder, tmp_path / "new")
            for clip_id, clip in before.items()
        )
        assert not list((tmp_path / "new").rglob("*.tmp"))
    home.library = await asyncio.wait_for(Library.open(folder, lambda: ZONE), 30)
