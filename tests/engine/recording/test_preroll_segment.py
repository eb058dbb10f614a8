"""What is kept of a stream goes into a clip from a keyframe on, in one order."""

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
    """Make a clock: pictures tick each second, sound twice."""
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
    """List when pictures are, and where a clock ends."""
    return [one.time if isinstance(one, Packet) else "end" for one in found]


@pytest.mark.parametrize(
    ("since", "first"), [(-5, 0), (0, 0), (3.9, 2), (4, 4), (99, 4)]
)
def test_a_clip_begins_at_the_last_keyframe_before_its_moment(
    since: float, first: int
) -> None:
    """Else at the first that there is."""
    clock = epoch()
    kept = segment(clock, *(gop(clock, start) for start in (0, 2, 4)))

    assert times(packets_since([kept], since)) == list(range(first, 6))
    assert kept.size == 300


def test_a_broken_keyframe_begins_no_clip_that_a_whole_one_can() -> None:
    """Where all are broken the first has to do."""
    clock = epoch()
    kept = segment(clock, gop(clock, 0), gop(clock, 2, whole=False))
    assert times(packets_since([kept], 3)) == [0, 1, 2, 3]

    broken = segment(clock, gop(clock, 0, whole=False), gop(clock, 2, whole=False))
    assert times(packets_since([broken], 3)) == [0, 1, 2, 3]


def test_what_was_before_a_jump_of_the_clock_comes_first() -> None:
    """Unless all that is wanted is after it; the end of the first clock is told."""
    old, new = epoch(), epoch(offset=10.0)
    kept = [segment(old, gop(old, 0), ended=2.0), segment(new, gop(new, 0))]

    assert times(packets_since(kept, 1)) == [0, 1, "end", 0, 1]
    assert times(packets_since(kept, 10)) == [0, 1]


def test_pictures_and_sound_are_in_one_order() -> None:
    """Each by its own clock."""
    clock = epoch()
    sound = cast(Any, [(time, SimpleNamespace()) for time in (1, 2, 3)])

    found = list(merge_packets(clock, [gop(clock, 0)], sound))

    assert [(one.time, one.is_video) for one in found] == [
        *((0, True), (1, False), (1, True), (2, False), (3, False))
    ]
