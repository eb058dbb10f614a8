"""Tests of the names and permissions of clip files."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
import hashlib
import json
import os
from pathlib import Path
import stat
from zoneinfo import ZoneInfo

import pytest

from custom_components.doorwatch.engine.clips.files import presence
from custom_components.doorwatch.engine.clips.files.names import digest
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import ClipState
from tests.engine.clips.homemade import (
    DOORBELL,
    THUMBNAIL,
    ZONE,
    Home,
    finished,
    lose,
    nothing,
    pictures,
    record,
    reopened,
    saved,
    start,
)


@pytest.mark.lesson(15)
async def test_saved_clip_is_whole_listed_and_named_by_local_time(home: Home) -> None:
    clip = await asyncio.to_thread(home.clip)
    assert clip.path.parent.name == "2026-11-25"
    assert clip.path.name == f"2026-11-25_00-30-15_{clip.clip_id}.mp4"
    assert clip.path.parent.parent == home.library.folder / DOORBELL
    assert clip.thumbnail == clip.path.with_suffix(".jpg")
    assert clip.thumbnail.read_bytes() == THUMBNAIL
    content = clip.path.read_bytes()
    assert clip.size == len(content)
    assert clip.sha256 == hashlib.sha256(content).hexdigest()
    assert pictures(clip.path) == clip.frames
    assert (clip.timezone, clip.event) == ("Europe/Berlin", "motion")
    assert clip.duration == timedelta(seconds=6)
    assert clip.state is ClipState.SAVED
    assert await home.library.get(clip.clip_id) == clip
    assert await home.library.list([DOORBELL]) == [clip]
    assert await home.library.verify(clip.clip_id)
    assert await home.library.recover() == []
    assert not list((home.library.folder / ".recording" / DOORBELL).iterdir())


async def test_only_this_user_can_read_what_the_library_makes(home: Home) -> None:
    home.clip(content=b"video")
    for path in [home.library.folder, *home.library.folder.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


@pytest.mark.parametrize("doorbell", ["", "..", "a/b", "a" * 65, ".bin", "é"])
async def test_ids_cannot_leave_the_folder(home: Home, doorbell: str) -> None:
    with pytest.raises(ValueError):
        home.library.intake.begin(doorbell, start())
    begun = start()
    object.__setattr__(begun, "clip_id", "../x")
    with pytest.raises(ValueError):
        home.library.intake.begin(DOORBELL, begun)


async def test_unknown_time_zone_counts_as_utc(folder: Path, source: Path) -> None:
    library = await Library.open(folder, lambda: "Mars/Olympus")
    clip = Home(library, source).clip(content=b"v")
    await library.close()
    assert clip.path.name.startswith("2026-11-24_23-30-15_")


@pytest.mark.lesson(15)
async def test_hour_that_comes_twice_is_told_apart_by_the_id(
    home: Home, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names use local time; 02:30 occurred at 00:30 and at 01:30 UTC that night."""
    zone = ZoneInfo(ZONE)
    twice = [
        datetime(2026, 10, 25, 2, 30, tzinfo=zone, fold=fold).astimezone(
            ZoneInfo("UTC")
        )
        for fold in (0, 1)
    ]
    clips = []
    for number, at in enumerate(twice):
        milliseconds = int(at.timestamp() * 1000)
        clip_id = f"{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}-7abc-8abc-{number:012x}"
        begun = replace(start(at), clip_id=clip_id, event_id=clip_id)
        part = home.library.intake.begin(DOORBELL, begun)
        record(home.source, part)
        clips.append(home.library.intake.finish(DOORBELL, finished(begun, part)))
    names = {clip.path.name[:19] for clip in clips}
    assert names == {"2026-10-25_02-30-00"}
    assert clips[1].started_at - clips[0].started_at == timedelta(hours=1)
    assert {clip.timezone for clip in clips} == {ZONE}
    for file in folder.rglob("*.json"):
        file.unlink()
    lose(folder)
    library = await reopened(home, folder)
    await library.reconcile(nothing)
    back = await library.list([DOORBELL])
    assert [clip.started_at for clip in back] == twice[::-1]
    assert [clip.clip_id for clip in back] == [clip.clip_id for clip in clips[::-1]]


@pytest.mark.lesson(10)
async def test_all_that_is_announced_lies_there_first(home: Home) -> None:
    """File, thumbnail, sidecar and row exist before the ID is announced."""
    clip = saved(home, 0, real=True)
    assert digest(clip.path) == clip.sha256
    assert pictures(clip.path) == clip.frames
    assert clip.thumbnail.read_bytes() == THUMBNAIL
    assert json.loads(clip.path.with_suffix(".json").read_text())["clip_id"] == (
        clip.clip_id
    )
    assert await home.library.get(clip.clip_id) == clip


def test_marker_is_an_id(tmp_path: Path) -> None:
    assert presence.identity(tmp_path / "gone") is None
    (tmp_path / presence.MARKER).write_text("something")
    assert presence.identity(tmp_path) is None
    os.truncate(tmp_path / presence.MARKER, 0)
    assert presence.identity(tmp_path) is None
