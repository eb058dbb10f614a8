"""Tests of saving a clip from its start, including disk errors on the way."""

import asyncio
from dataclasses import replace
from datetime import timedelta
import errno
import os
from unittest.mock import patch

import pytest

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.files import names as files
from custom_components.doorwatch.engine.clips.model import Clip, Usage
from custom_components.doorwatch.engine.clips.sink import LibrarySink
from custom_components.doorwatch.engine.doorbells.base import EventKind
from tests.engine.clips.homemade import (
    BEGIN,
    DOORBELL,
    THUMBNAIL,
    Home,
    event,
    finished,
    record,
    start,
)


async def test_clip_that_is_being_recorded_is_not_listed(home: Home) -> None:
    begun = start()
    part = home.library.intake.begin(DOORBELL, begun)
    assert part.exists()
    assert await home.library.get(begun.clip_id) is None
    assert await home.library.list([DOORBELL]) == []
    assert await home.library.usage(DOORBELL) == Usage(clips=0, bytes=0)


async def test_ring_inside_makes_it_a_ring_and_gaps_are_kept(home: Home) -> None:
    begun = start()
    part = home.library.intake.begin(DOORBELL, begun)
    part.write_bytes(b"video")
    end = finished(begun, part, event(), event(EventKind.RING))
    gap = (BEGIN + timedelta(seconds=1), BEGIN + timedelta(seconds=2.5))
    object.__setattr__(end, "gaps", (gap,))
    clip = home.library.intake.finish(DOORBELL, end)
    assert clip.event == "ring"
    assert await home.library.get(clip.clip_id) == clip
    assert clip.gaps == (gap,)


async def test_abandoned_clip_leaves_nothing(home: Home) -> None:
    begun = start()
    part = home.library.intake.begin(DOORBELL, begun)
    part.write_bytes(b"half")
    home.library.intake.abandon(begun.clip_id)
    home.library.intake.abandon(begun.clip_id)
    assert not part.exists()
    assert await home.library.recover() == []


def _full(*_: object, **__: object) -> int:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


async def test_full_disk_at_the_begin_is_named(home: Home) -> None:
    sink = LibrarySink(home.library, DOORBELL, lambda _: None, lambda *_: None)
    with patch("custom_components.doorwatch.engine.clips.files.names.os.open", _full):
        with pytest.raises(LibraryError) as caught:
            home.library.intake.begin(DOORBELL, start())
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
    sink = LibrarySink(
        home.library, DOORBELL, lambda _: None, lambda *what: closed.append(what)
    )
    part = sink.begin(begun)
    frames = record(home.source, part)
    with (
        patch.object(files.LibraryFiles, "write", _full),
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


async def test_disk_that_fails_while_giving_up_is_named(home: Home) -> None:
    begun = start()
    sink = LibrarySink(home.library, DOORBELL, lambda _: None, lambda *_: None)
    sink.begin(begun)
    with (
        patch.object(
            files.LibraryFiles, "remove", side_effect=OSError(errno.EROFS, "no")
        ),
        pytest.raises(OSError) as caught,
    ):
        sink.abandon(begun.clip_id, "no_frames")
    assert caught.value.errno == errno.EACCES


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


async def test_parts_of_an_event_know_each_other(home: Home) -> None:
    """They are in order, of the same doorbell, and not deleted."""
    first = start()

    def part(number: int, doorbell: str = DOORBELL) -> Clip:
        begun = replace(start(), event_id=first.event_id, part=number)
        path = home.library.intake.begin(doorbell, begun)
        path.write_bytes(b"video")
        return home.library.intake.finish(doorbell, finished(begun, path))

    third, one, two = part(3), part(1), part(2)
    part(1, "another")
    home.clip(content=b"video")

    assert await home.library.other_parts(two) == (one.clip_id, third.clip_id)
    await home.library.delete(third.clip_id)
    assert await home.library.other_parts(two) == (one.clip_id,)
