"""Tests that a clip is saved completely later if its disk or folder fails at the end."""

import contextlib
from datetime import timedelta
import errno
from pathlib import Path
from unittest.mock import patch

import pytest

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.files import names as files
from custom_components.doorwatch.engine.clips.index import sidecar
from custom_components.doorwatch.engine.clips.index.index import Index
from custom_components.doorwatch.engine.clips.intake import saving
from custom_components.doorwatch.engine.clips.model import Clip
from tests.disks import vanish
from tests.engine.clips.homemade import BEGIN, DOORBELL, THUMBNAIL, Home
from tests.engine.clips.intake.halfway import (
    FULL,
    assert_same,
    at_home,
    eventful,
    is_whole,
)


async def test_clip_that_ends_while_the_folder_is_away_is_listed_when_it_is_back(
    home: Home, folder: Path
) -> None:
    sink, closed = at_home(home)
    told = eventful(home, sink)
    away = vanish(folder)
    with pytest.raises(OSError):
        sink.finish(told)
    assert closed == {told.clip_id: None}
    assert list(folder.iterdir()) == []
    assert await home.library.check() == "library_missing"
    with pytest.raises(LibraryError):
        await home.library.recover()
    assert home.library.unfinished
    folder.rmdir()
    away.rename(folder)
    assert await home.library.check() is None
    (found,) = await home.library.recover()
    assert_same(found.clip, told)
    assert found.clip is not None
    assert is_whole(found.clip)
    assert found.own
    assert found.clip.thumbnail.read_bytes() == THUMBNAIL
    assert await home.library.list([DOORBELL]) == [found.clip]
    assert await home.library.recover() == []
    assert list((folder / ".recording" / DOORBELL).iterdir()) == []
    home.clip(BEGIN + timedelta(hours=1))


@pytest.mark.parametrize("step", ["sync", "thumbnail", "facts", "rename", "row"])
@pytest.mark.parametrize("restart", [False, True])
async def test_full_disk_at_the_end_forgets_nothing_that_was_told(
    home: Home, folder: Path, step: str, restart: bool
) -> None:
    """The data also survives a restart of Home Assistant while the disk is full."""
    sink, closed = at_home(home)
    told = eventful(home, sink)
    real, calls = sidecar.write, 0

    def write(clip: Clip, video: Path) -> None:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise FULL
        real(clip, video)

    refusals: dict[str, contextlib.AbstractContextManager[object]] = {
        "sync": patch.object(saving, "sync_file", side_effect=FULL),
        "thumbnail": patch.object(files.LibraryFiles, "write", side_effect=FULL),
        "facts": patch.object(sidecar, "write", write),
        "rename": patch.object(files.LibraryFiles, "move", side_effect=FULL),
        "row": patch.object(Index, "save", side_effect=FULL),
    }
    with refusals[step], pytest.raises(OSError) as caught:
        sink.finish(told)
    assert caught.value.errno == errno.ENOSPC
    assert closed == {told.clip_id: None}
    assert await home.library.list([DOORBELL]) == []
    (found,) = await (home.crash() if restart else home.library.recover())
    assert_same(found.clip, told)
    assert found.own is not restart
    assert await home.library.list([DOORBELL]) == [found.clip]
    assert list((folder / ".recording" / DOORBELL).iterdir()) == []
    assert await home.library.recover() == []


async def test_clip_that_cannot_be_finished_yet_is_named_once(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    sink, _ = at_home(home)
    told = eventful(home, sink)
    with patch.object(files.LibraryFiles, "write", side_effect=FULL):
        with pytest.raises(OSError):
            sink.finish(told)
        for _ in range(3):
            assert await home.library.recover() == []
            assert home.library.unfinished
    assert caplog.text.count("can't be finished yet") == 1
    (found,) = await home.library.recover()
    assert_same(found.clip, told)
