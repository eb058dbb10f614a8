"""Tests of telling the library from an empty mount point or a copy of it."""

from datetime import timedelta
from pathlib import Path

import pytest

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.files import presence
from custom_components.doorwatch.engine.clips.library import Library
from tests.disks import vanish
from tests.engine.clips.homemade import BEGIN, DOORBELL, Home, record, start


async def test_folder_without_rights_is_noticed_until_it_has_them(
    home: Home, folder: Path
) -> None:
    trial = folder / ".recording" / "trial.tmp"
    home.library.note_trouble()
    trial.mkdir()  # not even root can overwrite a folder
    assert await home.library.check() == "folder_not_writable"
    trial.rmdir()
    assert await home.library.check() is None


async def test_nothing_is_recorded_into_an_empty_mount_point(
    home: Home, folder: Path
) -> None:
    clip = home.clip()
    begun = start()
    part = home.library.intake.begin(DOORBELL, begun)
    record(home.source, part)
    away = vanish(folder)
    assert await home.library.check() == "library_missing"
    with pytest.raises(LibraryError) as caught:
        home.library.intake.begin(DOORBELL, start())
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
    assert "a different library than before" in caplog.text
