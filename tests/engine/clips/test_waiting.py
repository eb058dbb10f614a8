"""Tests of a disk that does not respond."""

import asyncio
from pathlib import Path
import threading

import pytest

from custom_components.doorwatch.engine.clips import library as library_module, waiting
from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.files import presence
from custom_components.doorwatch.engine.clips.library import Library
from tests.engine.clips.homemade import DOORBELL, Home


async def test_disk_that_hangs_holds_nobody_up(
    home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Queries and closing time out, and the event loop is not blocked."""
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
        _, reader = home.connections
        reader.set_trace_callback(lambda _: answers.wait(60))
        with pytest.raises(LibraryError) as caught:
            await home.library.get(clip.clip_id)
        assert caught.value.problem == "library_unavailable"
        async with asyncio.timeout(30):
            await home.library.close()
        assert "doorwatch-index-read" in {one.name for one in threading.enumerate()}
        with pytest.raises(LibraryError):
            await home.library.list([DOORBELL])
    finally:
        answers.set()
    hangs.clear()
    home.library = await Library.open(folder, lambda: "UTC")
    assert await home.library.get(clip.clip_id) == clip
