"""A disk that is full, gone or hangs loses nothing, and is noticed when it is well."""

import asyncio
from datetime import UTC, datetime, timedelta
import errno
from pathlib import Path
import shutil
import threading
from typing import NamedTuple

import pytest

from custom_components.doorwatch.engine.clips import library as library_module, waiting
from custom_components.doorwatch.engine.clips.files import presence
from custom_components.doorwatch.engine.clips.library import Library, LibraryError
from custom_components.doorwatch.engine.clips.model import Clip, Known, Limits
from custom_components.doorwatch.engine.clips.sink import sink_for
from tests.disks import no_file_larger_than

from .homemade import BEGIN, DOORBELL, Home, record, start

MEGABYTE = 1_000_000


class Disk(NamedTuple):
    """What `shutil.disk_usage` returns."""

    total: int
    used: int
    free: int


@pytest.fixture
def small_disk(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the library lie on a disk of 100 MB, with so many bytes of others on it."""
    others = [0]

    def usage(path: Path) -> Disk:
        files = list(folder.rglob("*.mp4"))
        used = others[0] + sum(file.stat().st_size for file in files)
        return Disk(100 * MEGABYTE, used, 100 * MEGABYTE - used)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    return others


def old(home: Home, days: int, size: int = 10 * MEGABYTE) -> Clip:
    """Save a clip of so many days ago."""
    at = datetime.now(UTC) - timedelta(days=days)
    return home.clip(at, content=bytes(size))


async def ids(library: Library) -> list[str]:
    """List what is saved."""
    return [clip.clip_id for clip in await library.list([DOORBELL], limit=999)]


@pytest.mark.lesson(11)
async def test_nearly_full_disk_stops_recording_and_resumes_by_itself(
    home: Home, small_disk: list[int]
) -> None:
    assert await home.library.check() is None
    small_disk[0] = 99_500_000
    with pytest.raises(LibraryError) as caught:
        home.library.begin(DOORBELL, start())
    assert caught.value.problem == "disk_full"
    assert await home.library.check() == "disk_full"
    assert await home.library.make_room() == []
    small_disk[0] = 50_000_000
    assert await home.library.check() is None
    home.clip(content=b"v")


@pytest.mark.lesson(11)
async def test_room_is_made_of_the_bin_then_of_the_oldest_never_of_protected(
    home: Home, small_disk: list[int]
) -> None:
    clips = [old(home, days) for days in (9, 8, 7, 6, 5, 0)]
    await home.library.set_protected(clips[0].clip_id, True)
    await home.library.delete(clips[4].clip_id)
    small_disk[0] = 40 * MEGABYTE
    gone = await home.library.make_room()
    assert [clip.clip_id for clip in gone] == [clips[4].clip_id]
    assert await home.library.check() is None
    small_disk[0] = 65 * MEGABYTE
    gone = await home.library.make_room()
    assert [clip.clip_id for clip in gone] == [c.clip_id for c in clips[1:3]]
    # Only what is protected, and the last day, is left in the end.
    small_disk[0] = 99 * MEGABYTE
    await home.library.make_room()
    assert await ids(home.library) == [clips[5].clip_id, clips[0].clip_id]
    assert await home.library.make_room() == []
    assert await home.library.check() == "disk_full"


@pytest.mark.lesson(11)
async def test_kernel_that_refuses_to_write_is_a_full_disk_until_it_does(
    home: Home,
) -> None:
    """The free space tells nothing of quotas: after trouble something is written."""
    saved = home.clip()
    sink = sink_for(home.library, DOORBELL, lambda _: None, lambda *_: None)
    begun = start()
    part = sink.begin(begun)
    with no_file_larger_than(MEGABYTE // 2):
        with pytest.raises(OSError) as refused, part.open("wb") as file:
            file.write(bytes(MEGABYTE))
        assert refused.value.errno == errno.EFBIG
        sink.abandon(begun.clip_id, "disk_full")
        assert await home.library.check() == "disk_full"
        assert await home.library.check() == "disk_full"
        assert await home.library.get(saved.clip_id) == saved
    assert await home.library.check() is None
    assert not list((home.library.folder / ".recording").glob("*.tmp"))
    home.clip()


async def test_clip_that_fits_the_limit_is_not_disturbed(home: Home) -> None:
    """Nothing is written to look while all is well."""
    with no_file_larger_than(MEGABYTE):
        assert await home.library.check() is None


async def test_folder_without_rights_is_noticed_until_it_has_them(
    home: Home, folder: Path
) -> None:
    trial = folder / ".recording" / "trial.tmp"
    home.library.note_trouble()
    trial.mkdir()  # even root cannot write over a folder
    assert await home.library.check() == "folder_not_writable"
    trial.rmdir()
    assert await home.library.check() is None


def vanish(folder: Path) -> Path:
    """Leave what an unmounted disk leaves: an empty folder."""
    away = folder.with_name("on the disk")
    folder.rename(away)
    folder.mkdir()
    return away


async def test_nothing_is_recorded_into_an_empty_mount_point(
    home: Home, folder: Path
) -> None:
    clip = home.clip()
    begun = start()
    part = home.library.begin(DOORBELL, begun)
    record(home.source, part)
    away = vanish(folder)
    assert await home.library.check() == "library_missing"
    with pytest.raises(LibraryError) as caught:
        home.library.begin(DOORBELL, start())
    assert caught.value.problem == "library_missing"
    assert list(folder.iterdir()) == []
    folder.rmdir()
    away.rename(folder)
    assert await home.library.check() is None
    assert await home.library.get(clip.clip_id) == clip
    home.clip(BEGIN + timedelta(hours=1))


async def test_start_without_the_disk_waits_for_it(home: Home, folder: Path) -> None:
    clip = home.clip()
    identity = home.library.identity
    await home.library.close()
    away = vanish(folder)
    for _ in range(2):
        with pytest.raises(LibraryError) as caught:
            await Library.open(folder, lambda: "UTC", expected=identity)
        assert caught.value.problem == "library_missing"
        assert list(folder.iterdir()) == []
    folder.rmdir()
    with pytest.raises(LibraryError):
        await Library.open(folder, lambda: "UTC", expected=identity)
    assert not folder.exists()
    away.rename(folder)
    home.library = await Library.open(folder, lambda: "UTC", expected=identity)
    assert home.library.identity == identity
    assert await home.library.get(clip.clip_id) == clip


@pytest.mark.parametrize("index", [True, False])
async def test_folder_with_clips_needs_no_mark(
    home: Home, folder: Path, index: bool
) -> None:
    home.clip()
    identity = home.library.identity
    await home.library.close()
    (folder / presence.MARKER).unlink()
    if not index:
        for file in folder.glob("index.db*"):
            file.unlink()
    home.library = await Library.open(folder, lambda: "UTC", expected=identity)
    assert home.library.identity == identity
    assert presence.identity(folder) == identity


async def test_library_of_a_backup_is_taken_and_said(
    home: Home, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await home.library.close()
    home.library = await Library.open(folder, lambda: "UTC", expected="0" * 32)
    assert "another library than before" in caplog.text


async def test_index_that_is_taken_away_is_made_anew(home: Home, folder: Path) -> None:
    """Another disk with a copy of the clips came in its place, say."""
    clip = home.clip()
    for file in folder.glob("index.db*"):
        file.unlink()
    assert await home.library.check() is None
    assert home.library.reopened == 1

    async def nothing() -> dict[str, Known]:
        return {}

    assert (await home.library.reconcile(nothing)).added == 1
    assert await home.library.get(clip.clip_id) == clip
    home.clip(BEGIN + timedelta(hours=1))
    assert await home.library.check() is None
    assert home.library.reopened == 1


async def test_damage_met_while_it_runs_is_put_aside(home: Home, folder: Path) -> None:
    clips = [home.clip(BEGIN + timedelta(minutes=n), content=b"v") for n in range(99)]
    library = home.library
    library._index._reader.execute("PRAGMA cache_size = 0")
    library._index._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with (folder / "index.db").open("r+b") as file:
        size = file.seek(0, 2)
        file.seek(4096)
        file.write(b"\xa5" * (size - 4096))
    with pytest.raises(LibraryError):
        await library.list([DOORBELL], limit=999)
    assert await library.check() is None

    async def nothing() -> dict[str, Known]:
        return {}

    await library.reconcile(nothing)
    assert len(await library.list([DOORBELL], limit=999)) == len(clips)
    assert list(folder.glob("index.db.broken-*"))


async def test_disk_that_hangs_holds_nobody_up(
    home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither those who ask nor the end; the event loop turns meanwhile."""
    monkeypatch.setattr(waiting, "TIMEOUT", 0.1)
    monkeypatch.setattr(library_module, "CLOSING", 0.4)
    hangs, answers = threading.Event(), threading.Event()
    real = presence.identity

    def identity(place: Path) -> str | None:
        if hangs.is_set():
            answers.wait(60)
        return real(place)

    clip = home.clip()
    monkeypatch.setattr(presence, "identity", identity)
    hangs.set()
    try:
        assert await home.library.check() == "library_unavailable"
        stuck = home.library._index._read_thread.submit(answers.wait, 60)
        with pytest.raises(LibraryError) as caught:
            await home.library.get(clip.clip_id)
        assert caught.value.problem == "library_unavailable"
        async with asyncio.timeout(30):
            await home.library.close()
        assert not stuck.done()
        with pytest.raises(LibraryError):
            await home.library.list([DOORBELL])
    finally:
        answers.set()
    hangs.clear()
    home.library = await Library.open(folder, lambda: "UTC")
    assert await home.library.get(clip.clip_id) == clip


@pytest.mark.lesson(11)
async def test_retention_tells_once_what_it_cannot_remove(
    home: Home, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clips = [home.clip(BEGIN + timedelta(minutes=n), content=b"v") for n in range(3)]
    clips[0].path.unlink()
    clips[0].path.mkdir()
    (clips[0].path / "in the way").touch()
    now = datetime.now(UTC) + timedelta(days=1)
    for _ in range(3):
        await home.library.enforce(Limits(days=0, bytes=None), now)
    assert caplog.text.count("could not be removed") == 1
    shutil.rmtree(clips[0].path)
    (gone,) = await home.library.enforce(Limits(days=0, bytes=None), now)
    assert gone.clip_id == clips[0].clip_id
