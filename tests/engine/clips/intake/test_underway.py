"""Tests of recordings that lose the index, the disk or the recorder."""

from concurrent.futures import Future
import contextlib
from datetime import timedelta
import errno
from pathlib import Path
import sqlite3
from unittest.mock import patch

import pytest

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.files import space
from custom_components.doorwatch.engine.clips.index.index import Index
from custom_components.doorwatch.engine.doorbells.base import EventKind
from tests.disks import vanish
from tests.engine.clips.homemade import (
    BEGIN,
    DOORBELL,
    Home,
    damage,
    event,
    finished,
    lose,
    nothing,
    pictures,
    record,
    start,
)
from tests.engine.clips.intake.halfway import at_home, is_whole, recording


@pytest.mark.parametrize("how", ["removed", "damaged"])
@pytest.mark.parametrize("noticed", ["by a look", "at the end"])
async def test_index_that_is_lost_while_recording_leaves_the_clip_whole(
    home: Home, folder: Path, how: str, noticed: str
) -> None:
    before = [
        home.clip(BEGIN - timedelta(minutes=n + 1), content=b"v") for n in range(60)
    ]
    begun = start(BEGIN, event(EventKind.RING))
    part = home.library.intake.begin(DOORBELL, begun)
    with recording(home.source, part) as rest:
        if how == "removed":
            lose(folder)
        else:
            damage(home, folder)
        if noticed == "by a look":
            with contextlib.suppress(LibraryError):
                await home.library.list([DOORBELL])
            assert await home.library.check() is None
            assert home.library.reopened == 1
        rest()
    clip = home.library.intake.finish(DOORBELL, finished(begun, part))
    assert await home.library.check() is None
    assert home.library.reopened == 1
    assert await home.library.recover() == []
    await home.library.reconcile(nothing)
    assert is_whole(clip)
    assert not part.exists()
    listed = await home.library.list([DOORBELL], limit=999)
    assert listed[0] == clip
    assert len(listed) == len(before) + 1
    home.clip(BEGIN + timedelta(hours=1))


async def test_clip_can_begin_while_the_index_is_damaged(
    home: Home, folder: Path
) -> None:
    for number in range(60):
        home.clip(BEGIN - timedelta(minutes=number + 1), content=b"v")
    damage(home, folder)
    clip = home.clip(BEGIN)
    assert is_whole(clip)
    assert await home.library.get(clip.clip_id) == clip
    assert list(folder.glob("index.db.broken-*"))


async def test_recovery_leaves_alone_what_is_being_recorded(home: Home) -> None:
    begun = start()
    part = home.library.intake.begin(DOORBELL, begun)
    with recording(home.source, part) as rest:
        inode = part.stat().st_ino
        assert await home.library.recover() == []
        assert part.stat().st_ino == inode
        rest()
    assert is_whole(home.library.intake.finish(DOORBELL, finished(begun, part)))


async def test_clip_that_is_given_up_keeps_what_can_be_played(home: Home) -> None:
    sink, closed = at_home(home)
    begun = start(BEGIN, event(EventKind.RING))
    part = sink.begin(begun)
    frames = record(home.source, part, frames=40)
    sink.abandon(begun.clip_id, "not_writable")
    (clip,) = await home.library.list([DOORBELL])
    assert closed == {begun.clip_id: clip}
    assert clip.frames == pictures(clip.path) == frames
    assert (clip.event, clip.recovered) == ("ring", True)
    assert await home.library.recover() == []


async def test_clip_that_is_given_up_while_the_folder_is_away_is_kept(
    home: Home, folder: Path
) -> None:
    sink, closed = at_home(home)
    begun = start(BEGIN, event(EventKind.RING))
    part = sink.begin(begun)
    frames = record(home.source, part, frames=40)
    away = vanish(folder)
    with pytest.raises(OSError):
        sink.abandon(begun.clip_id, "not_writable")
    assert closed == {begun.clip_id: None}
    assert list(folder.iterdir()) == []
    folder.rmdir()
    away.rename(folder)
    (found,) = await home.library.recover()
    assert found.clip is not None
    assert found.clip.frames == pictures(found.clip.path) == frames
    assert found.clip.event == "ring"


async def test_recorder_learns_of_an_index_that_fails_as_of_a_disk_that_does(
    home: Home,
) -> None:
    """Any step can raise the error, and the next check examines the folder."""
    failing: Future[None] = Future()
    failing.set_exception(sqlite3.OperationalError("disk I/O error"))

    def take(step: str) -> None:
        sink, _ = at_home(home)
        begun = start()
        part = sink.begin(begun)
        if step == "save":
            record(home.source, part)
            sink.finish(finished(begun, part))
        sink.abandon(begun.clip_id, "no_frames")

    for step in ("begin", "save", "forget"):
        with (
            patch.object(Index, step, return_value=failing),
            pytest.raises(OSError) as caught,
        ):
            take(step)
        assert caught.value.errno == errno.EACCES
        with patch.object(space, "try_writing", wraps=space.try_writing) as tried:
            assert await home.library.check() is None
        tried.assert_called_once()
    await home.library.recover()
    assert not home.library.unfinished
    assert len(await home.library.list([DOORBELL])) == 1
