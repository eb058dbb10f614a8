"""Test which buffered packets a clip gets, and in which order."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from custom_components.doorwatch.engine.recording.epoch import Epoch
from custom_components.doorwatch.engine.recording.packets import Packet
from custom_components.doorwatch.engine.recording.preroll_segment import (
    Gop,
    PrerollSegment,
    merge_packets,
    packets_since,
)


def epoch(offset: float = 0.0) -> Epoch:
    """Make an epoch with one picture tick per second and two sound ticks."""
    facts = SimpleNamespace(offset=offset, video_seconds=1.0, sound_seconds=0.5)
    return cast(Epoch, facts)


def gop(of: Epoch, start: int, *, whole: bool = True) -> Gop:
    """Make a keyframe and the picture after it."""
    packets = cast(Any, [SimpleNamespace(dts=start), SimpleNamespace(dts=start + 1)])
    return Gop(epoch=of, start=start, whole=whole, packets=packets, size=100)


def segment(of: Epoch, *gops: Gop, ended: float = float("inf")) -> PrerollSegment:
    """Make a segment without sound."""
    return PrerollSegment(epoch=of, gops=gops, sound=(), ended=ended)


def times(found: Any) -> list[object]:
    """List the times of the pictures, and the end of each epoch as a marker."""
    return [one.time if isinstance(one, Packet) else "end" for one in found]


@pytest.mark.parametrize(
    ("since", "first"), [(-5, 0), (0, 0), (3.9, 2), (4, 4), (99, 4)]
)
def test_a_clip_begins_at_the_last_keyframe_before_its_moment(
    since: float, first: int
) -> None:
    """If there is none, it begins at the first keyframe."""
    clock = epoch()
    kept = segment(clock, *(gop(clock, start) for start in (0, 2, 4)))

    assert times(packets_since([kept], since)) == list(range(first, 6))


def test_a_broken_keyframe_begins_no_clip_that_a_whole_one_can() -> None:
    """If all keyframes are broken, the clip begins at the first."""
    clock = epoch()
    kept = segment(clock, gop(clock, 0), gop(clock, 2, whole=False))
    assert times(packets_since([kept], 3)) == [0, 1, 2, 3]

    broken = segment(clock, gop(clock, 0, whole=False), gop(clock, 2, whole=False))
    assert times(packets_since([broken], 3)) == [0, 1, 2, 3]


def test_what_was_before_a_jump_of_the_clock_comes_first() -> None:
    """It is left out if the clip begins after the jump; the end of the earlier epoch is marked."""
    old, new = epoch(), epoch(offset=10.0)
    kept = [segment(old, gop(old, 0), ended=2.0), segment(new, gop(new, 0))]

    assert times(packets_since(kept, 1)) == [0, 1, "end", 0, 1]
    assert times(packets_since(kept, 10)) == [0, 1]


def test_pictures_and_sound_are_in_one_order() -> None:
    """Each is sorted by its own time base."""
    clock = epoch()
    sound = cast(Any, [(time, SimpleNamespace()) for time in (1, 2, 3)])

    found = list(merge_packets(clock, [gop(clock, 0)], sound))

    assert [(one.time, one.is_video) for one in found] == [
        *((0, True), (1, False), (1, True), (2, False), (3, False))
    ]
