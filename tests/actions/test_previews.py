"""Test that previews are deleted with their clips and known to all requests."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
import threading

import pytest

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.video.previews import FOLDER
from tests.sharing_fixtures import Home


async def test_previews_of_clips_that_went_unseen_are_removed(home: Home) -> None:
    """The clips expired while Home Assistant was off."""
    folder = home.data.library.folder / FOLDER
    folder.mkdir()
    (folder / f"{home.clip.clip_id}.mp4").write_bytes(b"there")
    (folder / "gone.mp4").write_bytes(b"gone")

    await home.data.previews.async_find()

    assert [file.stem for file in folder.iterdir()] == [home.clip.clip_id]


async def test_previews_are_known_to_all_who_ask_at_the_same_time(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first request starts the search for previews, which takes a while."""
    folder = home.data.library.folder / FOLDER
    folder.mkdir()
    (folder / f"{home.clip.clip_id}.mp4").write_bytes(b"there")
    asked, go_on, iterdir = threading.Event(), threading.Event(), Path.iterdir

    def list_slowly(path: Path) -> Iterator[Path]:
        if path == folder:
            asked.set()
            go_on.wait(60)
        return iterdir(path)

    monkeypatch.setattr(Path, "iterdir", list_slowly)
    first = asyncio.create_task(home.data.previews.async_find())
    await asyncio.to_thread(asked.wait, 60)
    second = asyncio.create_task(home.data.previews.async_find())
    await asyncio.sleep(0)
    go_on.set()

    assert (await second).path(home.clip.clip_id) is not None
    assert await first is await second


async def test_previews_are_looked_for_again_after_a_disk_that_hung(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No request gets an incomplete list."""
    folder = home.data.library.folder / FOLDER
    folder.mkdir()
    (folder / f"{home.clip.clip_id}.mp4").write_bytes(b"there")
    over = threading.Event()
    with monkeypatch.context() as hanging:
        hanging.setattr(Path, "iterdir", lambda _self: over.wait(60))
        hanging.setattr(
            "custom_components.doorwatch.engine.clips.video.previews.TIMEOUT", 0.05
        )
        with pytest.raises(LibraryError, match="library_unavailable"):
            await home.data.previews.async_find()
    over.set()

    found = await home.data.previews.async_find()

    assert found.path(home.clip.clip_id) is not None


async def test_previews_follow_the_library_to_another_folder(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await home.data.previews.async_find()
    assert await home.data.previews.async_find() is before
    monkeypatch.setattr(
        type(home.data.library), "folder", property(lambda _self: tmp_path / "moved")
    )

    after = await home.data.previews.async_find()

    assert after is not before
    assert after.library == tmp_path / "moved"


async def test_a_library_that_is_away_loses_no_preview(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only an available library can report that a clip is gone."""
    folder = home.data.library.folder / FOLDER
    folder.mkdir()
    (folder / f"{home.clip.clip_id}.mp4").write_bytes(b"there")

    async def away(_clip_id: str) -> None:
        raise LibraryError("folder_not_writable")

    monkeypatch.setattr(home.data.library, "get", away)

    await home.data.previews.async_find()

    assert home.data.previews.has(home.clip.clip_id)
