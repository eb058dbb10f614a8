"""Tests of deleting clips beyond the household's limits of age and space."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
import shutil

import pytest

from custom_components.doorwatch.engine.clips.model import ANY, RetentionPolicy
from tests.engine.clips.homemade import BEGIN, DOORBELL, THUMBNAIL, Home


@pytest.mark.lesson(11)
async def test_retention_tells_once_what_it_cannot_remove(
    home: Home, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clips = [home.clip(BEGIN + timedelta(minutes=n), content=b"v") for n in range(3)]
    clips[0].path.unlink()
    clips[0].path.mkdir()
    (clips[0].path / "in the way").touch()
    now = datetime.now(UTC) + timedelta(days=1)
    for _ in range(3):
        await home.library.enforce(RetentionPolicy(days={ANY: 0}), now)
    assert caplog.text.count("couldn't be deleted") == 1
    shutil.rmtree(clips[0].path)
    (gone,) = await home.library.enforce(RetentionPolicy(days={ANY: 0}), now)
    assert gone.clip_id == clips[0].clip_id


@pytest.mark.lesson(11)
async def test_retention_by_days_takes_the_oldest_and_never_protected(
    home: Home,
) -> None:
    clips = [home.clip(BEGIN + timedelta(days=d), content=b"v") for d in range(5)]
    protected = await home.library.set_protected(clips[0].clip_id, True)
    assert protected.protected
    now = clips[4].started_at + timedelta(hours=1)
    gone = await home.library.enforce(RetentionPolicy(days={ANY: 2}), now)
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
    assert len(await home.library.enforce(RetentionPolicy(days={ANY: 2}), now)) == 1


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
    assert await home.library.enforce(RetentionPolicy(bytes=6 * each), now) == []
    gone = await home.library.enforce(RetentionPolicy(bytes=4 * each - 1), now)
    assert {clip.clip_id for clip in gone} == {clips[i].clip_id for i in (0, 2, 3)}
    # Protected clips are kept even beyond the limit.
    await home.library.enforce(RetentionPolicy(bytes=0), now)
    assert [c.clip_id for c in await home.library.list(["front", "back"])] == [
        clips[1].clip_id
    ]


async def test_deleting_makes_room_without_losing_older_clips(home: Home) -> None:
    old = home.clip(content=b"v" * 1000)
    new = home.clip(BEGIN + timedelta(hours=1), content=b"v" * 1000)
    await home.library.delete(new.clip_id)
    limits = RetentionPolicy(bytes=1500)
    assert await home.library.enforce(limits, datetime.now(UTC)) == []
    assert await home.library.get(old.clip_id) == old
