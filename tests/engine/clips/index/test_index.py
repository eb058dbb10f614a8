"""Tests of the clip index: listing, counting, finding, and recovery from damage."""

from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.files import names as files
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import (
    ANY,
    Clip,
    ClipQuery,
    Day,
    KnownClip,
    RetentionPolicy,
    Usage,
)
from custom_components.doorwatch.engine.doorbells.base import EventKind
from tests.engine.clips.homemade import (
    BEGIN,
    DOORBELL,
    THUMBNAIL,
    Home,
    damage,
    event,
    finished,
    from_now,
    second_index,
    start,
)


async def test_index_that_is_taken_away_is_made_anew(home: Home, folder: Path) -> None:
    """For example, a disk with a copy of the clips was mounted instead."""
    clip = home.clip()
    for file in folder.glob("index.db*"):
        file.unlink()
    assert await home.library.check() is None
    assert home.library.reopened == 1

    async def nothing() -> dict[str, KnownClip]:
        return {}

    assert (await home.library.reconcile(nothing)).added == 1
    assert await home.library.get(clip.clip_id) == clip
    home.clip(BEGIN + timedelta(hours=1))
    assert await home.library.check() is None
    assert home.library.reopened == 1


async def test_damage_met_while_it_runs_is_put_aside(home: Home, folder: Path) -> None:
    clips = [home.clip(BEGIN + timedelta(minutes=n), content=b"v") for n in range(99)]
    library = home.library
    damage(home, folder)
    with pytest.raises(LibraryError):
        await library.list([DOORBELL], limit=999)
    assert await library.check() is None

    async def nothing() -> dict[str, KnownClip]:
        return {}

    await library.reconcile(nothing)
    assert len(await library.list([DOORBELL], limit=999)) == len(clips)
    assert list(folder.glob("index.db.broken-*"))


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
    every = ["front", "back", "shed"]
    assert await library.list(every, ClipQuery(before=middle)) == clips[5::-1]
    assert await library.list(every, ClipQuery(after=middle)) == clips[:6:-1]
    assert await library.list(every, ClipQuery(after=middle), limit=2, oldest=True) == [
        clips[8],
        clips[7],
    ]
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
    await home.library.enforce(RetentionPolicy(), from_now(days=2))
    assert await usage(DOORBELL) == Usage(clips=1, bytes=3 + each)
    await home.library.delete(two.clip_id)
    await home.library.restore(two.clip_id)
    assert await usage(DOORBELL) == Usage(clips=1, bytes=3 + each)
    assert await usage("unknown") == Usage(clips=0, bytes=0)


async def test_full_index_is_named_and_loses_nothing(home: Home) -> None:
    first = home.clip(content=b"v")
    writer, _ = home.connections
    pages = writer.execute("PRAGMA page_count").fetchone()[0]
    writer.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(LibraryError) as caught:  # noqa: PT012 - until it is full
        for _ in range(1000):
            home.library.intake.begin(DOORBELL, start())
    assert caught.value.problem == "disk_full"
    writer.execute("PRAGMA max_page_count = 1000000")
    assert await home.library.get(first.clip_id) == first
    with second_index(home.library) as index:
        rows = {begun.clip_id for begun in index.recording().result()}
    parts = (home.library.folder / ".recording" / DOORBELL).iterdir()
    assert rows == {part.name.split("_")[2].split(".")[0] for part in parts}


async def test_the_bin_is_listed_of_each_doorbell_or_any(home: Home) -> None:
    clip = home.clip(content=b"v")
    await home.library.delete(clip.clip_id)
    for doorbells, found in (([DOORBELL], 1), (None, 1), ([], 0), (["other"], 0)):
        assert len(await home.library.deleted(doorbells)) == found
    assert await home.library.deleted(None, limit=0) == []
    assert await home.library.deleted(None, limit=-1) == []


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
    await library.enforce(RetentionPolicy(days={ANY: 0}, bytes=0), from_now(days=1))
    await library.close()
    assert clip.path.read_bytes() == b"v"
    assert "cannot be read" in caplog.text
    (aside,) = folder.glob("index.db.broken-*")
    assert aside.read_bytes() == b"garbage" * 1000


async def test_days_count_the_clips_of_each_local_day(home: Home) -> None:
    """The counts are updated with the rows, whatever happens to the clips."""
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
    await library.enforce(RetentionPolicy(days={ANY: 1}), BEGIN + timedelta(hours=40))
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
    with patch.object(files.LibraryFiles, "remove", side_effect=OSError(5, "no")):
        await home.library.enforce(RetentionPolicy(days={ANY: 0}), from_now(hours=1))
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


async def test_a_clip_bears_all_that_happened(home: Home) -> None:
    """A clip is found by each of its events, and named after the most important one."""
    ring, motion, wish = EventKind.RING, EventKind.MOTION, EventKind.MANUAL
    happened = [
        *([wish], [motion, wish], [motion, EventKind.MOTION_ENDED], [wish, ring]),
        *([ring], [EventKind.MOTION_ENDED, wish], [motion, ring, wish]),
    ]

    def clip(minute: int, *kinds: EventKind) -> Clip:
        at = BEGIN + timedelta(minutes=minute)
        begun = start(at, event(kinds[0], at))
        part = home.library.intake.begin(DOORBELL, begun)
        part.write_bytes(b"video")
        events = [event(kind, at) for kind in kinds]
        return home.library.intake.finish(DOORBELL, finished(begun, part, *events))

    clips = [clip(minute, *kinds) for minute, kinds in enumerate(happened)]
    assert [each.kinds for each in clips] == [
        *(("manual",), ("motion", "manual"), ("motion",), ("ring", "manual")),
        *(("ring",), ("motion", "manual"), ("ring", "motion", "manual")),
    ]
    assert [each.event for each in clips] == [each.kinds[0] for each in clips]
    for wanted in ({"ring"}, {"motion"}, {"manual"}, {"ring", "manual"}, {"unknown"}):
        for limit in (1, 99):
            query = ClipQuery(kinds=frozenset(wanted))
            found = await home.library.list([DOORBELL, "shed"], query, limit=limit)
            fits = [each for each in clips[::-1] if wanted & {*each.kinds}]
            assert found == fits[:limit]
            assert [each.kinds for each in found] == [each.kinds for each in fits][
                :limit
            ]
    many = [DOORBELL, *(f"shed{number}" for number in range(300))]
    found = await home.library.list(many, ClipQuery(kinds=frozenset({"manual"})))
    assert found == [each for each in clips[::-1] if "manual" in each.kinds]
