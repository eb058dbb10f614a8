"""The library saves, lists, protects, deletes and forgets."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
import errno
from functools import partial
import hashlib
import os
from pathlib import Path
import stat
from unittest.mock import patch
from uuid import uuid7
from zoneinfo import ZoneInfo

import pytest

from custom_components.doorwatch.engine.clips.files import names as files
from custom_components.doorwatch.engine.clips.index import sidecar
from custom_components.doorwatch.engine.clips.library import Library, LibraryError
from custom_components.doorwatch.engine.clips.model import (
    Clip,
    ClipQuery,
    ClipState,
    Day,
    Limits,
    Usage,
)
from custom_components.doorwatch.engine.clips.sink import sink_for
from custom_components.doorwatch.engine.doorbells.base import EventKind

from .homemade import (
    BEGIN,
    BLANK,
    DOORBELL,
    THUMBNAIL,
    Home,
    event,
    finished,
    pictures,
    record,
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


async def test_clip_that_is_being_recorded_is_not_listed(home: Home) -> None:
    begun = start()
    part = home.library.begin(DOORBELL, begun)
    assert part.exists()
    assert await home.library.get(begun.clip_id) is None
    assert await home.library.list([DOORBELL]) == []
    assert await home.library.usage(DOORBELL) == Usage(clips=0, bytes=0)


async def test_ring_inside_makes_it_a_ring_and_gaps_are_kept(home: Home) -> None:
    begun = start()
    part = home.library.begin(DOORBELL, begun)
    part.write_bytes(b"video")
    end = finished(begun, part, event(), event(EventKind.RING))
    gap = (BEGIN + timedelta(seconds=1), BEGIN + timedelta(seconds=2.5))
    object.__setattr__(end, "gaps", (gap,))
    clip = home.library.finish(DOORBELL, end)
    assert clip.event == "ring"
    assert await home.library.get(clip.clip_id) == clip
    assert clip.gaps == (gap,)


async def test_only_this_user_can_read_what_the_library_makes(home: Home) -> None:
    home.clip(content=b"video")
    for path in [home.library.folder, *home.library.folder.rglob("*")]:
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path


async def test_abandoned_clip_leaves_nothing(home: Home) -> None:
    begun = start()
    part = home.library.begin(DOORBELL, begun)
    part.write_bytes(b"half")
    home.library.abandon(begun.clip_id)
    home.library.abandon(begun.clip_id)
    assert not part.exists()
    assert await home.library.recover() == []


async def test_lists_by_doorbell_and_time_newest_first(home: Home) -> None:
    clips = [
        home.clip(
            BEGIN + timedelta(minutes=minute),
            doorbell=("front", "back", "shed")[minute % 3],
            content=b"v",
        )
        for minute in range(12)
    ]
    newest_first = clips[::-1]
    library = home.library
    assert await library.list(["front", "back", "shed"]) == newest_first
    assert (
        await library.list({"front", "shed"}, limit=3)
        == [clip for clip in newest_first if clip.doorbell_id != "back"][:3]
    )
    assert await library.list(["back", "back"]) == newest_first[1::3]
    middle = clips[6].started_at
    assert await library.list(["front", "back", "shed"], before=middle) == clips[5::-1]
    assert await library.list(["front", "back", "shed"], after=middle) == clips[:5:-1]
    assert await library.list([]) == []
    assert await library.list(["front"], limit=0) == []
    assert await library.list(["unknown"]) == []
    assert await library.count("front", clips[3].started_at) == 3
    assert await library.count("front", clips[4].started_at) == 2


async def test_usage_is_kept_up_to_date(home: Home) -> None:
    one, two = home.clip(content=b"12345"), home.clip(content=b"123")
    home.clip(doorbell="other", content=b"1")
    each = len(THUMBNAIL)
    usage = home.library.usage
    assert await usage(DOORBELL) == Usage(clips=2, bytes=8 + 2 * each)
    await home.library.delete(one.clip_id)
    assert await usage(DOORBELL) == Usage(clips=1, bytes=8 + 2 * each)
    await home.library.enforce(Limits(days=None, bytes=None), _in(days=2))
    assert await usage(DOORBELL) == Usage(clips=1, bytes=3 + each)
    await home.library.delete(two.clip_id)
    await home.library.restore(two.clip_id)
    assert await usage(DOORBELL) == Usage(clips=1, bytes=3 + each)
    assert await usage("unknown") == Usage(clips=0, bytes=0)


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
    no_limits = Limits(days=None, bytes=None)
    assert await home.library.enforce(no_limits, _in(hours=23)) == []
    assert deleted.path.exists()
    assert [
        c.clip_id for c in await home.library.enforce(no_limits, _in(hours=25))
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
    ):
        with pytest.raises(KeyError):
            await call
    begun = start()
    with pytest.raises(KeyError):
        library.finish(DOORBELL, finished(begun, library.folder / "no.part"))


async def test_deleting_twice_raises_key_error(home: Home) -> None:
    clip = home.clip(content=b"video")
    await home.library.delete(clip.clip_id)
    with pytest.raises(KeyError):
        await home.library.delete(clip.clip_id)
    with pytest.raises(KeyError):
        await home.library.set_protected(clip.clip_id, True)


@pytest.mark.parametrize("doorbell", ["", "..", "a/b", "a" * 65, ".bin", "é"])
async def test_ids_cannot_leave_the_folder(home: Home, doorbell: str) -> None:
    with pytest.raises(ValueError):
        home.library.begin(doorbell, start())
    begun = start()
    object.__setattr__(begun, "clip_id", "../x")
    with pytest.raises(ValueError):
        home.library.begin(DOORBELL, begun)


async def test_changed_or_missing_file_does_not_verify(home: Home) -> None:
    clip = home.clip(content=b"video")
    clip.path.write_bytes(b"vide0")
    assert not await home.library.verify(clip.clip_id)
    clip.path.unlink()
    assert not await home.library.verify(clip.clip_id)


@pytest.mark.lesson(11)
async def test_retention_by_days_takes_the_oldest_and_never_protected(
    home: Home,
) -> None:
    clips = [home.clip(BEGIN + timedelta(days=d), content=b"v") for d in range(5)]
    protected = await home.library.set_protected(clips[0].clip_id, True)
    assert protected.protected
    now = clips[4].started_at + timedelta(hours=1)
    gone = await home.library.enforce(Limits(days=2, bytes=None), now)
    assert {c.clip_id for c in gone} == {clips[1].clip_id, clips[2].clip_id}
    left = await home.library.list([DOORBELL])
    assert [c.clip_id for c in left] == [
        clips[4].clip_id,
        clips[3].clip_id,
        clips[0].clip_id,
    ]
    assert all(clip.path.exists() and clip.thumbnail.exists() for clip in left)
    assert not any(clip.path.exists() or clip.thumbnail.exists() for clip in gone)
    released = await home.library.set_protected(clips[0].clip_id, False)
    assert not released.protected
    assert len(await home.library.enforce(Limits(days=2, bytes=None), now)) == 1


@pytest.mark.lesson(11)
async def test_retention_by_bytes_stops_when_the_limit_holds(home: Home) -> None:
    clips = [
        home.clip(
            BEGIN + timedelta(hours=hour),
            doorbell=("front", "back")[hour % 2],
            content=b"v" * 1000,
        )
        for hour in range(6)
    ]
    each = 1000 + len(THUMBNAIL)
    await home.library.set_protected(clips[1].clip_id, True)
    now = clips[-1].ended_at
    assert await home.library.enforce(Limits(days=None, bytes=6 * each), now) == []
    gone = await home.library.enforce(Limits(days=None, bytes=4 * each - 1), now)
    assert {clip.clip_id for clip in gone} == {clips[i].clip_id for i in (0, 2, 3)}
    # Protected clips alone may be over the limit: they stay.
    await home.library.enforce(Limits(days=None, bytes=0), now)
    assert [c.clip_id for c in await home.library.list(["front", "back"])] == [
        clips[1].clip_id
    ]


async def test_deleting_makes_room_without_losing_older_clips(home: Home) -> None:
    old = home.clip(content=b"v" * 1000)
    new = home.clip(BEGIN + timedelta(hours=1), content=b"v" * 1000)
    await home.library.delete(new.clip_id)
    limits = Limits(days=None, bytes=1500)
    assert await home.library.enforce(limits, datetime.now(UTC)) == []
    assert await home.library.get(old.clip_id) == old


async def test_file_that_cannot_be_removed_is_tried_again(home: Home) -> None:
    clip = home.clip(content=b"v")
    with patch.object(files.Files, "remove", side_effect=OSError(errno.EROFS, "no")):
        assert await home.library.enforce(Limits(days=0, bytes=None), _in(days=1)) == []
    assert await home.library.get(clip.clip_id) is None
    gone = await home.library.enforce(Limits(days=None, bytes=None), _in(days=1))
    assert [c.clip_id for c in gone] == [clip.clip_id]
    assert not clip.path.exists()


async def test_sink_tells_what_began_and_what_became_of_it(home: Home) -> None:
    opened: list[str] = []
    closed: list[tuple[str, Clip | None]] = []
    sink = sink_for(
        home.library, DOORBELL, opened.append, lambda *what: closed.append(what)
    )
    begun, other = start(), start()
    part = sink.begin(begun)
    record(home.source, part)
    assert (opened, closed) == ([begun.clip_id], [])
    sink.finish(finished(begun, part))
    (saved,) = await home.library.list([DOORBELL])
    sink.begin(other)
    sink.abandon(other.clip_id, "disk_full")
    assert opened == [begun.clip_id, other.clip_id]
    assert closed == [(begun.clip_id, saved), (other.clip_id, None)]


def _full(*_: object, **__: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def test_full_disk_at_the_begin_is_named(home: Home) -> None:
    sink = sink_for(home.library, DOORBELL, lambda _: None, lambda *_: None)
    with patch("custom_components.doorwatch.engine.clips.files.names.os.open", _full):
        with pytest.raises(LibraryError) as caught:
            home.library.begin(DOORBELL, start())
        assert caught.value.problem == "disk_full"
        with pytest.raises(OSError) as full:
            sink.begin(start())
    assert full.value.errno == errno.ENOSPC
    assert await home.library.recover() == []


@pytest.mark.lesson(11)
async def test_full_disk_at_the_end_keeps_the_part_for_the_next_start(
    home: Home,
) -> None:
    begun = start()
    closed: list[tuple[str, Clip | None]] = []
    sink = sink_for(
        home.library, DOORBELL, lambda _: None, lambda *what: closed.append(what)
    )
    part = sink.begin(begun)
    frames = record(home.source, part)
    with (
        patch.object(files.Files, "write", _full),
        pytest.raises(OSError) as full,
    ):
        sink.finish(finished(begun, part))
    assert full.value.errno == errno.ENOSPC
    assert closed == [(begun.clip_id, None)]
    assert await home.library.get(begun.clip_id) is None
    (recovery,) = await home.library.recover()
    assert recovery.clip is not None
    assert recovery.clip.frames == frames
    assert await home.library.get(begun.clip_id) == recovery.clip


async def test_full_index_is_named_and_loses_nothing(home: Home) -> None:
    first = home.clip(content=b"v")
    pages = home.library._index._writer.execute("PRAGMA page_count").fetchone()[0]
    home.library._index._writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LibraryError) as caught:  # noqa: PT012 - until it is full
        for _ in range(1000):
            home.library.begin(DOORBELL, start())
    assert caught.value.problem == "disk_full"
    home.library._index._writer.execute("PRAGMA max_page_count = 1000000")
    assert await home.library.get(first.clip_id) == first
    rows = {begun.clip_id for begun in home.library._index.recording().result()}
    parts = (home.library.folder / ".recording" / DOORBELL).iterdir()
    assert rows == {part.name.split("_")[2].split(".")[0] for part in parts}


@pytest.mark.parametrize("recovered", [False, True])
async def test_disk_that_fails_while_deleting_leaves_a_deleted_clip(
    home: Home, recovered: bool
) -> None:
    """Nobody is told that a clip is there which is in no list any more."""
    clip = home.clip(content=b"v")
    with patch.object(files.Files, "to_bin", side_effect=OSError(errno.EROFS, "no")):
        deleted = await home.library.delete(clip.clip_id)
    assert deleted.clip_id == clip.clip_id
    assert await home.library.get(clip.clip_id) is None
    # The row says deleted: the next start moves the files after it.
    if recovered:
        assert await home.library.recover() == []
        assert not clip.path.exists()
    assert await home.library.restore(clip.clip_id) == clip
    assert clip.path.exists()
    assert await home.library.verify(clip.clip_id)


async def test_a_clip_is_protected_though_nothing_can_be_written_beside_it(
    home: Home,
) -> None:
    """The index knows, and retention asks the index."""
    clip = home.clip(content=b"v")
    with patch.object(sidecar, "write", side_effect=OSError(errno.ENOSPC, "full")):
        protected = await home.library.set_protected(clip.clip_id, True)

    assert protected.protected
    assert await home.library.get(clip.clip_id) == protected
    gone = await home.library.enforce(Limits(days=1, bytes=None), datetime.now(UTC))
    assert gone == []


async def test_the_bin_is_listed_of_each_doorbell_or_any(home: Home) -> None:
    clip = home.clip(content=b"v")
    await home.library.delete(clip.clip_id)
    for doorbells, found in (([DOORBELL], 1), (None, 1), ([], 0), (["other"], 0)):
        assert len(await home.library.deleted(doorbells)) == found
    assert await home.library.deleted(None, limit=0) == []
    assert await home.library.deleted(None, limit=-1) == []


async def test_disk_that_fails_while_giving_up_is_named(home: Home) -> None:
    begun = start()
    sink = sink_for(home.library, DOORBELL, lambda _: None, lambda *_: None)
    sink.begin(begun)
    with (
        patch.object(files.Files, "remove", side_effect=OSError(errno.EROFS, "no")),
        pytest.raises(OSError) as caught,
    ):
        sink.abandon(begun.clip_id, "no_frames")
    assert caught.value.errno == errno.EACCES


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


async def test_index_that_cannot_be_opened_is_named(folder: Path) -> None:
    (folder / "index.db").mkdir(parents=True)
    with pytest.raises(LibraryError) as caught:
        await Library.open(folder, lambda: "UTC")
    assert caught.value.problem == "folder_not_writable"


async def test_broken_index_is_put_aside_and_files_stay(
    folder: Path, source: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library = await Library.open(folder, lambda: "UTC")
    clip = Home(library, source).clip(content=b"v")
    await library.close()
    (folder / "index.db").write_bytes(b"garbage" * 1000)
    library = await Library.open(folder, lambda: "UTC")
    assert await library.recover() == []
    assert await library.list([DOORBELL]) == []
    await library.enforce(Limits(days=0, bytes=0), _in(days=1))
    await library.close()
    assert clip.path.read_bytes() == b"v"
    assert "cannot be read" in caplog.text
    (aside,) = folder.glob("index.db.broken-*")
    assert aside.read_bytes() == b"garbage" * 1000


async def test_unknown_time_zone_counts_as_utc(folder: Path, source: Path) -> None:
    library = await Library.open(folder, lambda: "Mars/Olympus")
    clip = Home(library, source).clip(content=b"v")
    await library.close()
    assert clip.path.name.startswith("2026-11-24_23-30-15_")


async def test_library_opens_again_with_all_it_had(folder: Path, source: Path) -> None:
    library = await Library.open(folder, lambda: "UTC")
    home = Home(library, source)
    clips = [home.clip(BEGIN + timedelta(minutes=i), content=b"v") for i in range(3)]
    await library.close()
    library = await Library.open(folder, lambda: "UTC")
    assert await library.list([DOORBELL]) == clips[::-1]
    await library.close()


async def test_many_threads_save_at_once(home: Home) -> None:

    async def save(number: int) -> None:
        for minute in range(5):
            at = BEGIN + timedelta(minutes=minute)
            await asyncio.to_thread(
                home.clip, at, doorbell=f"door{number}", content=b"v" * number
            )

    async with asyncio.timeout(60):
        await asyncio.gather(*(save(number) for number in range(8)))
    for number in range(8):
        expected = 5 * (number + len(THUMBNAIL))
        usage = await home.library.usage(f"door{number}")
        assert usage == Usage(clips=5, bytes=expected)


def _in(**delta: float) -> datetime:
    return datetime.now(UTC) + timedelta(**delta)


async def test_opening_does_not_read_all_clips(home: Home) -> None:
    asked: list[str] = []
    reader = home.library._index._reader
    reader.set_trace_callback(asked.append)
    home.clip(content=b"v")
    await home.library.recover()
    await home.library.list([DOORBELL, "other"], before=BEGIN)
    await home.library.count(DOORBELL, BEGIN)
    await home.library.enforce(Limits(days=1, bytes=1), BEGIN)
    await home.library.days([DOORBELL])
    await home.library.deleted([DOORBELL])
    await home.library.list([DOORBELL], event="ring")
    await home.library.other_parts(BLANK)
    reader.set_trace_callback(None)
    plans = [
        row["detail"]
        for text in asked
        for row in reader.execute(f"EXPLAIN QUERY PLAN {text}")
    ]
    assert any("clips_in_motion" in plan for plan in plans)
    assert any("clips_of_doorbell" in plan for plan in plans)
    assert any("clips_of_event" in plan for plan in plans)
    assert any("clips_parts" in plan for plan in plans)
    assert not [plan for plan in plans if plan.startswith("SCAN clips")]


async def test_parts_of_an_event_know_each_other(home: Home) -> None:
    """In their order, of this doorbell alone, and none that was deleted."""
    first = start()

    def part(number: int, doorbell: str = DOORBELL) -> Clip:
        begun = replace(start(), event_id=first.event_id, part=number)
        path = home.library.begin(doorbell, begun)
        path.write_bytes(b"video")
        return home.library.finish(doorbell, finished(begun, path))

    third, one, two = part(3), part(1), part(2)
    part(1, "another")
    home.clip(content=b"video")

    assert await home.library.other_parts(two) == (one.clip_id, third.clip_id)
    await home.library.delete(third.clip_id)
    assert await home.library.other_parts(two) == (one.clip_id,)


async def test_days_count_the_clips_of_each_local_day(home: Home) -> None:
    """Kept up to date by the rows themselves, whatever becomes of them."""
    hours = [0, 1, 20, 30]
    one, *_ = [home.clip(BEGIN + timedelta(hours=hour), content=b"v") for hour in hours]
    home.clip(BEGIN, doorbell="shed", content=b"v")
    library = home.library
    first, second = date(2026, 11, 25), date(2026, 11, 26)
    assert await library.days([DOORBELL, "shed", "unknown"]) == [
        Day(DOORBELL, second, 1),
        Day(DOORBELL, first, 3),
        Day("shed", first, 1),
    ]
    await library.delete(one.clip_id)
    assert await library.days([DOORBELL]) == [
        Day(DOORBELL, second, 1),
        Day(DOORBELL, first, 2),
    ]
    await library.restore(one.clip_id)
    assert await library.days([DOORBELL]) == [
        Day(DOORBELL, second, 1),
        Day(DOORBELL, first, 3),
    ]
    await library.enforce(Limits(days=1, bytes=None), BEGIN + timedelta(hours=40))
    assert await library.days([DOORBELL, "shed"]) == [
        Day(DOORBELL, second, 1),
        Day(DOORBELL, first, 1),
    ]
    assert await library.days([]) == []


async def test_bin_is_listed_by_deletion_without_what_retention_took(
    home: Home,
) -> None:
    clips = [
        home.clip(BEGIN + timedelta(minutes=minute), content=b"v")
        for minute in range(4)
    ]
    other = home.clip(doorbell="shed", content=b"v")
    for clip in (clips[2], clips[0], other):
        await home.library.delete(clip.clip_id)
    with patch.object(files.Files, "remove", side_effect=OSError(5, "no")):
        await home.library.enforce(Limits(days=0, bytes=None), _in(hours=1))
    found = await home.library.deleted([DOORBELL])
    assert [clip.clip_id for clip in found] == [clips[0].clip_id, clips[2].clip_id]
    assert all(clip.path.exists() and clip.thumbnail.exists() for clip in found)
    times = [clip.deleted_at for clip in found if clip.deleted_at is not None]
    assert len(times) == 2
    assert times == sorted(times, reverse=True)
    assert len(await home.library.deleted([DOORBELL, "shed"], limit=2)) == 2
    assert await home.library.deleted([]) == []
    assert await home.library.deleted([DOORBELL], limit=0) == []
    for clip in clips:
        deleted = await home.library.get_deleted(clip.clip_id)
        assert (deleted in found) == (clip in (clips[0], clips[2]))
    assert await home.library.get_deleted("unknown") is None
    restored = await home.library.restore(clips[0].clip_id)
    assert restored.deleted_at is None
    assert await home.library.get_deleted(restored.clip_id) is None


async def test_lists_one_kind_of_event(home: Home) -> None:
    def clip(minute: int, kind: EventKind) -> Clip:
        at = BEGIN + timedelta(minutes=minute)
        begun = start(at, event(kind, at))
        part = home.library.begin(DOORBELL, begun)
        part.write_bytes(b"video")
        return home.library.finish(DOORBELL, finished(begun, part))

    kinds = (EventKind.RING, EventKind.MOTION, EventKind.MANUAL)
    clips = [clip(minute, kinds[minute % 3]) for minute in range(9)]
    library = home.library
    assert await library.list([DOORBELL], event="ring") == clips[6::-3]
    assert await library.list([DOORBELL, "shed"], event="manual", limit=1) == [clips[8]]
    assert await library.list([DOORBELL], event="motion", before=BEGIN) == []
    assert await library.list([DOORBELL], event="unknown") == []


def test_browsers_play_what_is_usual() -> None:
    usual = replace(
        BLANK, audio_codec="aac", video_profile="High", pixel_format="yuv420p"
    )
    unknown = replace(usual, video_profile=None, pixel_format=None, audio_codec=None)
    old = replace(usual, video_profile="Constrained Baseline", pixel_format="yuvj420p")
    for clip in (usual, unknown, old):
        assert clip.plays_everywhere
    for clip in (
        replace(usual, video_codec="hevc", video_profile="Main"),
        replace(usual, video_profile="High 10"),
        replace(usual, pixel_format="yuv422p"),
        replace(usual, audio_codec="pcm_alaw"),
    ):
        assert not clip.plays_everywhere


@pytest.mark.parametrize("doorbells", [("front",), ("front", "back", "nobody")])
async def test_clips_that_match_are_found_newest_first(
    home: Home, doorbells: tuple[str, ...]
) -> None:
    """By the local day, the local time and the kind, over midnight and two zones."""
    zones = ("Europe/Berlin", "Pacific/Auckland")
    kinds = (EventKind.RING, EventKind.MOTION, EventKind.MANUAL)
    made: list[tuple[Clip, datetime]] = []
    for number in range(90):
        zone = zones[number >= 60]
        home.library._intake._timezone = partial(str, zone)
        at = BEGIN + timedelta(minutes=377 * number)
        begun = start(at, event(kinds[number % 3], at))
        doorbell = ("front", "back")[number % 2]
        part = home.library.begin(doorbell, begun)
        part.write_bytes(b"v")
        clip = home.library.finish(doorbell, finished(begun, part))
        made.append((clip, at.astimezone(ZoneInfo(zone))))

    def matches(query: ClipQuery, clip: Clip, local: datetime) -> bool:
        minute = local.time().replace(second=0, microsecond=0)
        return (
            clip.doorbell_id in doorbells
            and (not query.kinds or clip.event in query.kinds)
            and (
                not query.days
                or f"{local:%Y-%m-%d}" in query.days
                or f"{local:%Y-%m}" in query.days
            )
            and (
                not query.times
                or any(
                    a <= minute <= b if a <= b else minute >= a or minute <= b
                    for a, b in query.times
                )
            )
        )

    evening, night = (time(18), time(19, 30)), (time(23), time(5, 59))
    for query in (
        ClipQuery(),
        ClipQuery(kinds=frozenset({"ring", "manual"})),
        ClipQuery(days=frozenset({"2026-11-26", "2026-12"})),
        ClipQuery(days=frozenset({"2026-11-25"}), times=(night,)),
        ClipQuery(times=(evening, night)),
        ClipQuery(times=(night,), kinds=frozenset({"motion"})),
        ClipQuery(days=frozenset({"2027-01", "2025-12-31"})),
    ):
        expected = [c.clip_id for c, local in made if matches(query, c, local)][::-1]
        found = await home.library.find(doorbells, query, limit=999)
        assert [clip.clip_id for clip in found] == expected
        few = await home.library.find(doorbells, query, limit=3)
        assert [clip.clip_id for clip in few] == expected[:3]
    assert await home.library.find([], ClipQuery(), limit=3) == []
