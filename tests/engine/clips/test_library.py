"""Tests of saving, listing, protecting and deleting clips."""

from datetime import UTC, datetime, timedelta
import errno
from pathlib import Path
import sqlite3
from unittest.mock import patch
from uuid import uuid7

import pytest

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.files import names as files
from custom_components.doorwatch.engine.clips.index import sidecar
from custom_components.doorwatch.engine.clips.index.index import Index
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import (
    ANY,
    ClipQuery,
    ClipState,
    RetentionPolicy,
)
from tests.engine.clips.homemade import from_now

from .homemade import BEGIN, BLANK, DOORBELL, THUMBNAIL, Home, finished, start


async def test_deleted_clip_stays_a_day_in_the_bin(home: Home) -> None:
    clip = home.clip(content=b"video")
    deleted = await home.library.delete(clip.clip_id)
    assert deleted.state is ClipState.BIN
    assert deleted.path.parent == home.library.folder / ".bin"
    assert deleted.path.read_bytes() == b"video"
    assert deleted.thumbnail.read_bytes() == THUMBNAIL
    assert not clip.path.exists()
    assert not clip.path.parent.exists()
    assert await home.library.get(clip.clip_id) is None
    assert await home.library.list([DOORBELL]) == []
    no_limits = RetentionPolicy()
    assert await home.library.enforce(no_limits, from_now(hours=23)) == []
    assert deleted.path.exists()
    assert [
        c.clip_id for c in await home.library.enforce(no_limits, from_now(hours=25))
    ] == [clip.clip_id]
    assert not deleted.path.exists()
    assert not deleted.thumbnail.exists()


async def test_deleted_clip_can_be_brought_back(home: Home) -> None:
    clip = home.clip(content=b"video")
    await home.library.delete(clip.clip_id)
    assert await home.library.restore(clip.clip_id) == clip
    assert clip.path.read_bytes() == b"video"
    assert clip.thumbnail.exists()
    assert await home.library.verify(clip.clip_id)


async def test_unknown_clips_raise_key_error(home: Home) -> None:
    unknown = str(uuid7())
    library = home.library
    assert await library.get(unknown) is None
    assert await library.get("../../etc/passwd") is None
    for call in (
        library.delete(unknown),
        library.restore(unknown),
        library.verify(unknown),
        library.set_protected(unknown, True),
        library.add_labels(unknown, {"person": "onvif"}),
    ):
        with pytest.raises(KeyError):
            await call
    begun = start()
    with pytest.raises(KeyError):
        library.intake.finish(DOORBELL, finished(begun, library.folder / "no.part"))


async def test_deleting_twice_raises_key_error(home: Home) -> None:
    clip = home.clip(content=b"video")
    await home.library.delete(clip.clip_id)
    with pytest.raises(KeyError):
        await home.library.delete(clip.clip_id)
    with pytest.raises(KeyError):
        await home.library.set_protected(clip.clip_id, True)


async def test_changed_or_missing_file_does_not_verify(home: Home) -> None:
    clip = home.clip(content=b"video")
    clip.path.write_bytes(b"vide0")
    assert not await home.library.verify(clip.clip_id)
    clip.path.unlink()
    assert not await home.library.verify(clip.clip_id)


async def test_file_that_cannot_be_removed_is_tried_again(home: Home) -> None:
    clip = home.clip(content=b"v")
    with patch.object(
        files.LibraryFiles, "remove", side_effect=OSError(errno.EROFS, "no")
    ):
        assert (
            await home.library.enforce(RetentionPolicy(days={ANY: 0}), from_now(days=1))
            == []
        )
    assert await home.library.get(clip.clip_id) is None
    gone = await home.library.enforce(RetentionPolicy(), from_now(days=1))
    assert [c.clip_id for c in gone] == [clip.clip_id]
    assert not clip.path.exists()


@pytest.mark.parametrize("recovered", [False, True])
async def test_disk_that_fails_while_deleting_leaves_a_deleted_clip(
    home: Home, recovered: bool
) -> None:
    """Deleting succeeds, because no list has the clip anymore."""
    clip = home.clip(content=b"v")
    with patch.object(
        files.LibraryFiles, "to_bin", side_effect=OSError(errno.EROFS, "no")
    ):
        deleted = await home.library.delete(clip.clip_id)
    assert deleted.clip_id == clip.clip_id
    assert await home.library.get(clip.clip_id) is None
    # The row is marked as deleted, so the next start moves the files.
    if recovered:
        assert await home.library.recover() == []
        assert not clip.path.exists()
    assert await home.library.restore(clip.clip_id) == clip
    assert clip.path.exists()
    assert await home.library.verify(clip.clip_id)


async def test_a_clip_is_protected_though_nothing_can_be_written_beside_it(
    home: Home,
) -> None:
    """The index is authoritative for retention."""
    clip = home.clip(content=b"v")
    with patch.object(sidecar, "write", side_effect=OSError(errno.ENOSPC, "full")):
        protected = await home.library.set_protected(clip.clip_id, True)

    assert protected.protected
    assert await home.library.get(clip.clip_id) == protected
    gone = await home.library.enforce(RetentionPolicy(days={ANY: 1}), datetime.now(UTC))
    assert gone == []


@pytest.mark.parametrize("suffix", ["row", ".json.tmp", ".json", ".jpg", ".mp4"])
async def test_a_time_that_cannot_be_corrected_stays(home: Home, suffix: str) -> None:
    """If an update fails, row and files stay as they were."""
    clip = home.clip(content=b"video")
    failed: list[Path] = []
    replace = Path.replace

    def once(source: Path, target: Path) -> Path:
        if source.name.endswith(suffix) and not failed:
            failed.append(source)
            raise OSError(errno.ENOSPC, "full")
        return replace(source, target)

    no_row = patch.object(Index, "replace", side_effect=sqlite3.OperationalError)
    with (
        no_row if suffix == "row" else patch.object(Path, "replace", once),
        pytest.raises(LibraryError),
    ):
        await home.library.move_in_time(clip.clip_id, timedelta(days=-40))
    assert await home.library.get(clip.clip_id) == clip
    assert sidecar.read(clip.path) == clip
    assert await home.library.verify(clip.clip_id)
    assert clip.thumbnail.exists()
    assert [one.name for one in clip.path.parents[1].iterdir()] == [
        clip.path.parent.name
    ]
    moved = await home.library.move_in_time(clip.clip_id, timedelta(days=-40))
    assert await home.library.get(clip.clip_id) == moved == sidecar.read(moved.path)


async def test_folder_that_is_a_file_is_refused(folder: Path) -> None:
    folder.parent.mkdir()
    folder.write_text("not a folder")
    with pytest.raises(LibraryError) as caught:
        await Library.open(folder, lambda: "UTC")
    assert caught.value.problem == "folder_not_writable"


async def test_full_disk_at_opening_is_named(folder: Path) -> None:
    with (
        patch.object(Path, "mkdir", side_effect=OSError(errno.ENOSPC, "full")),
        pytest.raises(LibraryError) as caught,
    ):
        await Library.open(folder, lambda: "UTC")
    assert caught.value.problem == "disk_full"


async def test_library_opens_again_with_all_it_had(folder: Path, source: Path) -> None:
    library = await Library.open(folder, lambda: "UTC")
    home = Home(library, source)
    clips = [home.clip(BEGIN + timedelta(minutes=i), content=b"v") for i in range(3)]
    await library.close()
    library = await Library.open(folder, lambda: "UTC")
    assert await library.list([DOORBELL]) == clips[::-1]
    await library.close()


async def test_opening_does_not_read_all_clips(home: Home) -> None:
    asked: list[str] = []
    _, reader = home.connections
    reader.set_trace_callback(asked.append)
    home.clip(content=b"v")
    await home.library.recover()
    await home.library.list([DOORBELL, "other"], ClipQuery(before=BEGIN))
    await home.library.count(DOORBELL, BEGIN)
    await home.library.enforce(RetentionPolicy(days={ANY: 1}, bytes=1), BEGIN)
    await home.library.days([DOORBELL])
    await home.library.deleted([DOORBELL])
    await home.library.list([DOORBELL], ClipQuery(kinds=frozenset({"ring"})))
    await home.library.list([DOORBELL], ClipQuery(protected=True))
    await home.library.list([DOORBELL], ClipQuery(among=frozenset({"a", "b"})))
    await home.library.other_parts(BLANK)
    reader.set_trace_callback(None)
    plans = [
        row["detail"]
        for text in asked
        for row in reader.execute(f"EXPLAIN QUERY PLAN {text}")
    ]
    assert any("clips_in_motion" in plan for plan in plans)
    assert any("clips_of_doorbell" in plan for plan in plans)
    assert any("clips_of_kinds" in plan for plan in plans)
    assert any("clips_protected" in plan for plan in plans)
    assert any("clips_parts" in plan for plan in plans)
    assert not [plan for plan in plans if plan.startswith("SCAN clips")]
