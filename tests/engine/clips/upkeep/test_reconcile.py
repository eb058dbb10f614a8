"""Tests of reconciling index and files after either was lost or restored."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta
import errno
import os
from pathlib import Path
import shutil
import signal
import subprocess
import threading
from unittest.mock import patch

import pytest

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.files.names import LibraryFiles, digest
from custom_components.doorwatch.engine.clips.index import sidecar
from custom_components.doorwatch.engine.clips.model import (
    ANY,
    Clip,
    KnownClip,
    ReconcileResult,
    RetentionPolicy,
)
from tests import waiting
from tests.engine.alone import alone
from tests.engine.clips.homemade import (
    BEGIN,
    DOORBELL,
    THUMBNAIL,
    Home,
    everything,
    folders_seem_gone,
    lose,
    nothing,
    reopened,
    saved,
    start,
    stat_fails,
)


@pytest.mark.parametrize("how", ["removed", "emptied", "garbage", "torn"])
async def test_lost_index_comes_back_with_everything_and_labels_too(
    home: Home, folder: Path, how: str
) -> None:
    clips = [saved(home, minute, ring=minute == 3) for minute in range(8)]
    library = home.library
    await library.set_protected(clips[1].clip_id, True)
    await library.set_protected(clips[2].clip_id, True)
    await library.set_protected(clips[2].clip_id, False)
    for clip in clips[5:7]:
        await library.delete(clip.clip_id)
    await library.restore(clips[6].clip_id)
    before = await everything(library)
    await library.close()
    index = folder / "index.db"
    if how == "removed":
        lose(folder)
    elif how == "emptied":
        index.write_bytes(b"")
    elif how == "garbage":
        index.write_bytes(b"garbage" * 9000)
    else:
        content = index.read_bytes()
        index.write_bytes(content[: len(content) // 2])
    library = await reopened(home, folder)
    found = await library.reconcile(nothing)
    assert await everything(library) == before
    assert found.added == 8
    assert found.doorbell_ids == {DOORBELL}
    assert [clip.protected for clip in before[0]].count(True) == 1
    assert before[0][-4].event == "ring"
    # The next run finds no difference.
    assert await library.reconcile(nothing) == ReconcileResult()


async def test_older_index_learns_what_happened_since(
    home: Home, folder: Path, tmp_path: Path
) -> None:
    clips = [saved(home, minute) for minute in range(6)]
    await home.library.delete(clips[0].clip_id)
    open_when_copied = start(BEGIN + timedelta(minutes=30))
    part = home.library.intake.begin(DOORBELL, open_when_copied)
    await home.library.close()
    shutil.copy(folder / "index.db", tmp_path / "old.db")

    library = await reopened(home, folder)
    assert [r.clip for r in await library.recover()] == []
    await library.restore(clips[0].clip_id)
    await library.delete(clips[1].clip_id)
    await library.set_protected(clips[3].clip_id, True)
    await library.enforce(RetentionPolicy(days={ANY: 0}), clips[3].started_at)
    later = [saved(home, minute) for minute in (40, 41)]
    kept, binned, usage = await everything(library)
    assert [clip.clip_id for clip in kept[:2]] == [c.clip_id for c in later[::-1]]
    await library.close()
    assert not part.exists()

    lose(folder)
    shutil.copy(tmp_path / "old.db", folder / "index.db")
    library = await reopened(home, folder)
    found = await library.reconcile(nothing)
    now, now_binned, now_usage = await everything(library)
    assert [clip.clip_id for clip in now] == [clip.clip_id for clip in kept]
    assert now_binned == binned
    assert now_usage == usage
    assert found.added == 2
    assert await library.reconcile(nothing) == ReconcileResult()


async def test_newer_index_lets_go_of_what_is_gone_and_says_so(
    home: Home, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clips = [saved(home, minute) for minute in range(4)]
    other = home.clip(BEGIN - timedelta(days=9), content=b"v")
    clips[2].path.unlink()
    shutil.rmtree(other.path.parent)
    found = await home.library.reconcile(nothing)
    assert set(found.dropped) == {clips[2].clip_id, other.clip_id}
    assert clips[2].clip_id in caplog.text
    assert not clips[2].thumbnail.exists()
    assert await home.library.get(clips[2].clip_id) is None
    assert len(await home.library.list([DOORBELL])) == 3


@pytest.mark.parametrize("deleted", [False, True])
async def test_files_whose_row_has_another_path_get_there(
    home: Home, folder: Path, deleted: bool
) -> None:
    """A clip that was deleted since must be moved as well, or it would reappear."""
    library, clip = home.library, home.clip()
    with patch.object(LibraryFiles, "rename"):  # interrupted
        moved = await library.move_in_time(clip.clip_id, timedelta(days=-1))
    if deleted:
        moved = await library.delete(clip.clip_id)
    found = await library.reconcile(nothing)
    assert found == ReconcileResult(doorbell_ids={DOORBELL})
    assert [*folder.rglob("*.mp4")] == [moved.path]
    assert moved.thumbnail.exists()
    if deleted:
        moved = await library.restore(clip.clip_id)
    assert await library.get(clip.clip_id) == moved
    assert await library.verify(clip.clip_id)
    assert await library.reconcile(nothing) == ReconcileResult()


async def test_files_that_a_full_disk_keeps_in_place_stop_nothing(
    home: Home, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library, clip = home.library, home.clip()
    with patch.object(LibraryFiles, "rename"):  # interrupted
        await library.move_in_time(clip.clip_id, timedelta(days=-1))
    full = OSError(errno.ENOSPC, "No space left on device")
    with patch.object(sidecar, "write", side_effect=full):
        assert await library.reconcile(nothing) == ReconcileResult()
    assert "can't be moved" in caplog.text
    assert [*folder.rglob("*.mp4")] == [clip.path]
    await library.reconcile(nothing)
    assert await library.verify(clip.clip_id)


async def test_a_clip_that_is_moved_in_time_meanwhile_stays_listed(
    home: Home, folder: Path
) -> None:
    """Its row is read before the move, and its folder afterwards."""
    library, clip = home.library, home.clip()
    await library.set_protected(clip.clip_id, True)
    loop = asyncio.get_running_loop()
    listed: list[Path] = []
    scandir = os.scandir

    def later(where: Path) -> object:
        if where == clip.path.parent and not listed:
            listed.append(where)
            correction = library.move_in_time(clip.clip_id, timedelta(days=-40))
            asyncio.run_coroutine_threadsafe(correction, loop).result()
        return scandir(where)

    with patch.object(os, "scandir", later):
        found = await library.reconcile(nothing)
    assert listed
    assert found.dropped == []
    moved = await library.get(clip.clip_id)
    assert moved is not None
    assert [*folder.rglob("*.mp4")] == [moved.path]


async def test_folder_that_somebody_gave_to_another_doorbell_stays_there(
    home: Home, folder: Path
) -> None:
    clip = home.clip()
    (folder / DOORBELL).rename(folder / "01JOTHER")
    for _ in range(2):
        await home.library.reconcile(nothing)
    (found,) = await home.library.list(["01JOTHER"])
    assert found.clip_id == clip.clip_id


@pytest.mark.parametrize("binned", [False, True])
async def test_disk_that_cannot_tell_of_a_file_keeps_its_row(
    home: Home, binned: bool
) -> None:
    clip, other = saved(home, 0), saved(home, 1)
    if binned:
        clip = await home.library.delete(clip.clip_id)
    with (
        folders_seem_gone(clip.path.parent, other.path.parent),
        stat_fails(clip.path, errno.EIO),
        stat_fails(other.path, errno.ESTALE),
    ):
        assert await home.library.reconcile(nothing) == ReconcileResult()
    assert digest(clip.path) == clip.sha256
    assert await home.library.get(other.clip_id) == other
    kept = await home.library.deleted([DOORBELL])
    assert kept == ([clip] if binned else [])


@pytest.mark.parametrize("binned", [False, True])
async def test_video_that_seems_gone_for_a_moment_comes_back_as_it_was(
    home: Home, binned: bool
) -> None:
    """Its row is removed, but not its files."""
    clip = saved(home, 3, ring=True)
    clip = await home.library.set_protected(clip.clip_id, not binned)
    if binned:
        clip = await home.library.delete(clip.clip_id)
    with folders_seem_gone(clip.path.parent), stat_fails(clip.path, errno.ENOENT):
        found = await home.library.reconcile(nothing)
    assert found.dropped == [clip.clip_id]
    assert digest(clip.path) == clip.sha256
    assert (await home.library.reconcile(nothing)).added == 1
    again = await home.library.get(clip.clip_id)
    if binned:
        (again,) = await home.library.deleted([DOORBELL])
    assert again == clip


async def test_folder_that_is_not_the_library_drops_nothing(
    home: Home, folder: Path
) -> None:
    clip = saved(home, 0)
    away = folder.with_name("away")
    folder.rename(away)
    folder.mkdir()
    with pytest.raises(LibraryError) as caught:
        await home.library.reconcile(nothing)
    assert caught.value.problem == "library_missing"
    folder.rmdir()
    away.rename(folder)
    assert await home.library.reconcile(nothing) == ReconcileResult()
    assert await home.library.get(clip.clip_id) == clip


async def test_bare_files_are_clips_again_as_the_ledger_knows_them(
    home: Home, folder: Path
) -> None:
    """The digest is computed; a clip that differs from the ledger cannot be shared."""
    known, changed, alone = (saved(home, n, real=True) for n in range(3))
    binned, nobodys = (saved(home, n, real=True) for n in (5, 6))
    for clip in (binned, nobodys):
        await home.library.delete(clip.clip_id)
    for file in [*folder.rglob("*.json"), *folder.rglob("*.jpg")]:
        file.unlink()
    with changed.path.open("r+b") as video:
        video.seek(changed.size // 2)
        video.write(b"other")
    lose(folder)
    library = await reopened(home, folder)

    async def ledger() -> Mapping[str, KnownClip]:
        return {
            clip.clip_id: KnownClip(
                doorbell_id=DOORBELL,
                sha256=clip.sha256,
                started_at=clip.started_at,
                ended_at=clip.ended_at,
                fetched_from="nest",
            )
            for clip in (known, changed, binned)
        }

    found = await library.reconcile(ledger)
    assert found.added == 5
    assert found.differing == [changed.clip_id]
    bare = await library.get(known.clip_id)
    assert bare is not None
    assert (bare.started_at, bare.ended_at) == (known.started_at, known.ended_at)
    assert (bare.sha256, bare.frames) == (known.sha256, known.frames)
    assert (bare.width, bare.height) == (known.width, known.height)
    assert (bare.video_codec, bare.audio_codec) == ("h264", "aac")
    assert bare.plays_everywhere
    assert not bare.recovered
    assert bare.fetched_from == "nest"
    assert bare.thumbnail.read_bytes()[:2] == b"\xff\xd8"
    assert await library.verify(known.clip_id)
    assert not await library.verify(changed.clip_id)
    last = await library.get(alone.clip_id)
    assert last is not None
    # The name has a resolution of one second.
    assert last.started_at == alone.started_at.replace(microsecond=0)
    assert last.sha256 == alone.sha256
    assert last.recovered
    assert await library.verify(alone.clip_id)
    (back,) = await library.deleted([DOORBELL])
    assert back.clip_id == binned.clip_id
    assert (await library.restore(binned.clip_id)).path == binned.path
    (stray,) = await library.deleted(["unknown"])
    assert stray.clip_id == nobodys.clip_id


async def test_what_is_no_clip_stays_where_it_is(
    home: Home, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clip = saved(home, 0)
    day = clip.path.parent
    strange = [
        day / "holiday.mp4",
        day / "2026-99-99_00-00-00_01a210d9-c6ff-71e9-ae94-a0d32bd10595.mp4",
        folder / "notes",
        folder / DOORBELL / "notes",
        folder / DOORBELL / "2026-01-01",
        day / "2026-11-25_00-00-00_01a210d9-c6ff-71e9-ae94-a0d32bd10595.mp4",
    ]
    for file in strange:
        file.write_text("mine")
    found = await home.library.reconcile(nothing)
    assert found == ReconcileResult(unreadable=1)
    assert "isn't a readable clip" in caplog.text
    assert all(file.read_text() == "mine" for file in strange)


async def test_recording_and_deleting_go_on_meanwhile(home: Home, folder: Path) -> None:
    """Every row has a file, and every file a row."""
    library = home.library
    older = [saved(home, minute) for minute in range(60)]
    lose(folder)
    library = await reopened(home, folder)
    done = threading.Event()
    more: list[Clip] = []

    def record_on() -> None:
        while not done.is_set():
            more.append(saved(home, 100 + len(more)))

    recorder = threading.Thread(target=record_on)
    recorder.start()
    try:
        found, _ = await asyncio.gather(
            library.reconcile(nothing),
            library.enforce(RetentionPolicy(bytes=3000), BEGIN),
        )
        for clip in older[::7]:
            try:
                await library.delete(clip.clip_id)
            except KeyError:
                continue
        for _ in range(5):
            await library.enforce(RetentionPolicy(bytes=2000), BEGIN)
            await library.reconcile(nothing)
    finally:
        done.set()
        recorder.join()
    await library.enforce(RetentionPolicy(bytes=2000), BEGIN)
    assert found.added == 60
    clips, _, usage = await everything(library)
    files = {p.stem.split("_")[2] for p in (folder / DOORBELL).rglob("*.mp4")}
    assert files == {clip.clip_id for clip in clips}
    assert {*files} <= {clip.clip_id for clip in [*older, *more]}
    assert all(clip.thumbnail.read_bytes() == THUMBNAIL for clip in clips)
    assert usage.clips == len(clips)
    assert await library.reconcile(nothing) == ReconcileResult()


async def test_closing_ends_it(home: Home, folder: Path) -> None:
    for minute in range(30):
        saved(home, minute)
    lose(folder)
    library = await reopened(home, folder)
    asked = asyncio.Event()

    async def slow() -> Mapping[str, KnownClip]:
        asked.set()
        await asyncio.Event().wait()  # forever
        return {}

    task = asyncio.create_task(library.reconcile(slow))
    await asked.wait()
    await library.close()
    assert await task == ReconcileResult()
    # The pending query is cancelled.
    await waiting.until(
        lambda: not any("ask_known()" in repr(task) for task in asyncio.all_tasks())
    )


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from custom_components.doorwatch.engine.clips.upkeep import reconcile
from custom_components.doorwatch.engine.clips.library import Library
most, seen = int(sys.argv[2]), 0
reconcile._AT_ONCE = 3
def count(frame, event, argument):
    global seen
    if "/clips/" in frame.f_code.co_filename:
        seen += 1
        if seen == most:
            os.kill(os.getpid(), signal.SIGKILL)
async def nothing():
    return {}
async def main():
    import threading
    library = await Library.open(Path(sys.argv[1]), lambda: "Europe/Berlin")
    await library.recover()
    threading.setprofile(count)
    await library.reconcile(nothing)
    threading.setprofile(None)
    print(seen)
asyncio.run(main())
"""


async def test_killed_rebuild_goes_on_at_the_next_start(
    home: Home, folder: Path
) -> None:
    clips = [saved(home, minute) for minute in range(20)]
    await home.library.set_protected(clips[4].clip_id, True)
    await home.library.delete(clips[7].clip_id)
    before = await everything(home.library)
    await home.library.close()

    def run(most: int) -> subprocess.CompletedProcess[str]:
        lose(folder)
        command = alone("-c", KILLED, str(folder), str(most))
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=60
        )

    calls = int(run(-1).stdout)
    for share in (0.2, 0.5, 0.8):
        assert run(round(calls * share)).returncode == -signal.SIGKILL
        library = await reopened(home, folder)
        await library.reconcile(nothing)
        assert await everything(library) == before
        await library.close()
