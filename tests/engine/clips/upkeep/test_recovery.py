"""Tests of recovery after a crash, which finishes or removes interrupted recordings."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
import json
import os
from pathlib import Path
import shutil
import signal
import subprocess
from unittest.mock import patch

import pytest

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.files import names as files
from custom_components.doorwatch.engine.clips.files.names import LibraryFiles, digest
from custom_components.doorwatch.engine.clips.index import sidecar
from custom_components.doorwatch.engine.clips.index.index import Index
from custom_components.doorwatch.engine.clips.intake import cut_off
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Clip, Usage
from custom_components.doorwatch.engine.clips.video import media
from custom_components.doorwatch.engine.doorbells.base import EventKind
from tests import waiting
from tests.engine.clips.homemade import (
    BEGIN,
    DOORBELL,
    FPS,
    SECONDS,
    THUMBNAIL,
    Home,
    cut,
    event,
    finished,
    pictures,
    record,
    second_index,
    start,
)
from tests.killing import any_moment, started
from tests.series import chance, series, times


async def test_what_was_being_fetched_says_so_after_a_crash_too(home: Home) -> None:
    """Otherwise the clip would count as recorded by this home."""
    begun = replace(start(BEGIN, event(EventKind.RING)), fetched_from="ring")
    part = home.library.intake.begin(DOORBELL, begun)
    cut(home.source, part, 0.5)
    (found,) = await home.crash()
    assert found.clip is not None
    assert found.clip.fetched_from == "ring"
    assert await home.library.get(begun.clip_id) == found.clip
    facts = sidecar.read(found.clip.path)
    assert facts is not None
    assert facts.fetched_from == "ring"


async def test_closed_clip_that_was_not_taken_over_keeps_its_bytes(home: Home) -> None:
    begun = start()
    part = home.library.intake.begin(DOORBELL, begun)
    frames = record(home.source, part)
    before = digest(part)
    (found,) = await home.crash()
    assert found.clip is not None
    assert found.clip.sha256 == before
    assert found.clip.frames == frames == SECONDS * FPS


async def test_renamed_file_that_is_no_video_is_no_clip(home: Home) -> None:
    begun = start()
    part = home.library.intake.begin(DOORBELL, begun)
    part.write_bytes(b"garbage" * 100)
    with (
        patch.object(Index, "save", side_effect=OSError(5, "crash")),
        patch.object(sidecar, "write"),
        pytest.raises(LibraryError),
    ):
        home.library.intake.finish(DOORBELL, finished(begun, part))
    (found,) = await home.crash()
    assert found.clip is None
    assert not list(home.library.folder.rglob(f"*{begun.clip_id}*"))


async def test_crash_between_rename_and_row(home: Home) -> None:
    begun = start()
    part = home.library.intake.begin(DOORBELL, begun)
    record(home.source, part)
    with (
        patch.object(Index, "save", side_effect=OSError(5, "crash")),
        pytest.raises(LibraryError),
    ):
        home.library.intake.finish(DOORBELL, finished(begun, part))
    assert not part.exists()
    (found,) = await home.library.recover()
    assert found.clip is not None
    assert found.clip.thumbnail.read_bytes() == THUMBNAIL
    # The file was complete, so it is not marked as recovered.
    assert not found.clip.recovered
    assert await home.library.verify(begun.clip_id)


async def test_row_without_any_file_is_forgotten(home: Home) -> None:
    begun = start()
    home.library.intake.begin(DOORBELL, begun).unlink()
    (found,) = await home.crash()
    assert found.clip is None
    with second_index(home.library) as index:
        assert index.recording().result() == []


def part_of(home: Home, clip: Clip) -> Path:
    """Return the file of a clip while it is recorded."""
    folder = home.library.folder
    return LibraryFiles(folder).part(str(clip.path.relative_to(folder)))


async def test_saved_row_gets_the_file_that_was_not_renamed(home: Home) -> None:
    clip = home.clip()
    part = part_of(home, clip)
    clip.path.rename(part)
    assert await home.library.recover() == []
    assert await home.library.verify(clip.clip_id)


async def test_part_of_a_clip_that_is_saved_is_removed_or_left(home: Home) -> None:
    kept, lost = home.clip(), home.clip()
    parts = [part_of(home, clip) for clip in (kept, lost)]
    for part in parts:
        part.write_bytes(b"something else")
    lost.path.unlink()
    await home.library.recover()
    assert await home.library.verify(kept.clip_id)
    assert [part.exists() for part in parts] == [False, True]


async def test_lost_index_recovers_parts_and_deletes_nothing(
    home: Home, folder: Path, source: Path
) -> None:
    saved = home.clip()
    begun = start()
    frames = cut(source, home.library.intake.begin(DOORBELL, begun), 0.6)
    strange = folder / ".recording" / DOORBELL / "holiday.mov"
    strange.write_bytes(b"mine")
    (folder / ".recording" / "notes.txt").write_bytes(b"mine")
    (folder / ".recording" / DOORBELL / "x.tmp").write_bytes(b"half")
    bad = strange.with_name(f"2026-99-99_99-99-99_{begun.clip_id}.mp4.part")
    bad.write_bytes(b"mine")
    elsewhere = folder / ".recording" / "not an id" / home_name(begun.clip_id)
    elsewhere.parent.mkdir()
    elsewhere.write_bytes(b"mine")
    await home.library.close()
    for file in folder.glob("index.db*"):
        file.unlink()
    library = await Library.open(folder, lambda: "Europe/Berlin")
    (found,) = await library.recover()
    await library.close()
    assert found.clip is not None
    assert found.clip.clip_id == begun.clip_id
    assert found.clip.frames == frames
    assert found.clip.started_at == BEGIN.replace(microsecond=0)
    assert saved.path.exists()
    assert strange.read_bytes() == bad.read_bytes() == elsewhere.read_bytes() == b"mine"
    assert not strange.with_name("x.tmp").exists()


async def test_full_disk_while_recovering_leaves_it_for_the_next_start(
    home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    part = home.library.intake.begin(DOORBELL, start())
    frames = cut(home.source, part, 0.6)
    with patch.object(cut_off, "sync_file", side_effect=OSError(28, "full")):
        assert await home.crash() == []
    assert "can't be finished yet" in caplog.text
    assert sorted(part.parent.iterdir()) == [part]
    (found,) = await home.library.recover()
    assert found.clip is not None
    assert found.clip.frames == frames


async def test_deleted_clip_whose_files_were_not_moved_is_moved(home: Home) -> None:
    clip = home.clip()
    with patch.object(files.LibraryFiles, "to_bin", side_effect=OSError(5, "crash")):
        await home.library.delete(clip.clip_id)
    assert clip.path.exists()
    await home.library.recover()
    (deleted,) = await home.library.deleted([DOORBELL])
    assert deleted.path.exists()
    assert deleted.thumbnail.exists()
    assert not clip.path.exists()


def home_name(clip_id: str) -> str:
    """Return the name of a part."""
    return f"2026-11-24_00-00-00_{clip_id}.mp4.part"


@pytest.fixture(scope="module")
def crasher() -> Iterator[subprocess.Popen[str]]:
    """Start the program whose children are killed."""
    with started("tests.engine.clips.crasher") as program:
        yield program


@series
@pytest.mark.parametrize("number", range(times(2)))
async def test_killed_process_loses_no_saved_clip(
    folder: Path,
    source: Path,
    tmp_path: Path,
    crasher: subprocess.Popen[str],
    number: int,
) -> None:
    luck = chance(number)
    log = tmp_path / "log"
    request = {
        "folder": str(folder),
        "source": str(source),
        # Half of them record so fast that the kill hits closing and saving.
        "pause": (0.0, 0.004)[number % 2],
        "log": str(log),
    }
    assert crasher.stdin
    assert crasher.stdout
    crasher.stdin.write(json.dumps(request) + "\n")
    crasher.stdin.flush()
    child = int(crasher.stdout.readline())
    await waiting.until(lambda: log.exists() and log.stat().st_size)
    await asyncio.to_thread(any_moment, luck, 1.2)
    os.kill(child, signal.SIGKILL)
    assert crasher.stdout.readline() == "gone\n"
    begun: dict[str, Path] = {}
    saved: dict[str, str] = {}
    for line in log.read_text().splitlines():
        what, clip_id, value = json.loads(line)
        if what == "begun":
            begun[clip_id] = Path(value)
        else:
            saved[clip_id] = value
    on_disk = {}
    for clip_id, part in begun.items():
        if part.exists():
            copy = tmp_path / f"{clip_id}.mp4"
            shutil.copy(part, copy)
            on_disk[clip_id] = pictures(copy)

    library = await Library.open(folder, lambda: "Europe/Berlin")
    recovered = {found.clip_id: found.clip for found in await library.recover()}
    clips = {clip.clip_id: clip for clip in await library.list([DOORBELL], limit=999)}
    for clip_id, sha256 in saved.items():
        assert clips[clip_id].sha256 == sha256
        assert not clips[clip_id].recovered
    for clip_id, frames in on_disk.items():
        if frames:
            assert clip_id in clips
            assert pictures(clips[clip_id].path) == clips[clip_id].frames == frames
        else:
            assert recovered[clip_id] is None
    for clip in clips.values():
        assert await library.verify(clip.clip_id)
        assert clip.thumbnail.stat().st_size
        assert media.is_whole(clip.path)
    assert await library.usage(DOORBELL) == Usage(
        clips=len(clips),
        bytes=sum(c.size + c.thumbnail.stat().st_size for c in clips.values()),
    )
    assert not list((folder / ".recording" / DOORBELL).iterdir())
    assert await library.recover() == []
    await library.close()
