"""Tests of a nearly full disk: recording stops in time, and old clips are deleted."""

from datetime import UTC, datetime
import errno

import pytest

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.model import RetentionPolicy
from custom_components.doorwatch.engine.clips.sink import LibrarySink
from tests.disks import no_file_larger_than
from tests.engine.clips.homemade import DOORBELL, MEGABYTE, Home, ids, old, start


@pytest.mark.lesson(11)
async def test_nearly_full_disk_stops_recording_and_resumes_by_itself(
    home: Home, small_disk: list[int]
) -> None:
    assert await home.library.check() is None
    small_disk[0] = 99_500_000
    with pytest.raises(LibraryError) as caught:
        home.library.intake.begin(DOORBELL, start())
    assert caught.value.problem == "disk_full"
    assert await home.library.check() == "disk_full"
    assert await home.library.make_room(RetentionPolicy(), datetime.now(UTC)) == []
    small_disk[0] = 50_000_000
    assert await home.library.check() is None
    home.clip(content=b"v")


@pytest.mark.lesson(11)
async def test_room_is_made_of_the_bin_then_of_the_oldest_never_of_protected(
    home: Home, small_disk: list[int]
) -> None:
    clips = [old(home, days) for days in (9, 8, 7, 6, 5, 0)]
    await home.library.set_protected(clips[0].clip_id, True)
    await home.library.delete(clips[4].clip_id)
    small_disk[0] = 40 * MEGABYTE
    gone = await home.library.make_room(RetentionPolicy(), datetime.now(UTC))
    assert [clip.clip_id for clip in gone] == [clips[4].clip_id]
    assert await home.library.check() is None
    small_disk[0] = 65 * MEGABYTE
    gone = await home.library.make_room(RetentionPolicy(), datetime.now(UTC))
    assert [clip.clip_id for clip in gone] == [c.clip_id for c in clips[1:3]]
    # Only protected clips and those of the last day are left in the end.
    small_disk[0] = 99 * MEGABYTE
    await home.library.make_room(RetentionPolicy(), datetime.now(UTC))
    assert await ids(home.library) == [clips[5].clip_id, clips[0].clip_id]
    assert await home.library.make_room(RetentionPolicy(), datetime.now(UTC)) == []
    assert await home.library.check() == "disk_full"


@pytest.mark.lesson(11)
async def test_kernel_that_refuses_to_write_is_a_full_disk_until_it_does(
    home: Home,
) -> None:
    """Free space doesn't include quotas, so after an error the check writes a file."""
    saved = home.clip()
    sink = LibrarySink(home.library, DOORBELL, lambda _: None, lambda *_: None)
    begun = start()
    part = sink.begin(begun)
    with no_file_larger_than(MEGABYTE // 2):
        with pytest.raises(OSError) as refused, part.open("wb") as file:
            file.write(bytes(MEGABYTE))
        assert refused.value.errno == errno.EFBIG
        sink.abandon(begun.clip_id, "disk_full")
        assert await home.library.check() == "disk_full"
        assert await home.library.check() == "disk_full"
        assert await home.library.get(saved.clip_id) == saved
    assert await home.library.check() is None
    assert not list((home.library.folder / ".recording").glob("*.tmp"))
    home.clip()


async def test_clip_that_fits_the_limit_is_not_disturbed(home: Home) -> None:
    """Without an error, the check writes nothing."""
    with no_file_larger_than(MEGABYTE):
        assert await home.library.check() is None
