"""Test the limited packet queue of a slow writer."""

from dataclasses import dataclass
from fractions import Fraction
from queue import Empty
from typing import Any, cast

import pytest

from custom_components.doorwatch.engine.recording import packets
from custom_components.doorwatch.engine.recording.epoch import Epoch
from custom_components.doorwatch.engine.recording.packets import Packet, PacketQueue

EPOCH = cast(Any, object())


@dataclass
class _Encoded:
    """The attributes of an encoded packet that the queue uses."""

    size: int
    is_keyframe: bool = False
    pts: int | None = None
    time_base: Fraction = Fraction(1, 90000)


def packet(size: int = 10, *, keyframe: bool = False, video: bool = True) -> Packet:
    """Make a packet of this many bytes."""
    encoded = cast(Any, _Encoded(size, keyframe))
    return Packet(cast(Epoch, EPOCH), encoded, 0, is_video=video)


def taken(queue: PacketQueue) -> list[object]:
    """Take all items from the queue."""
    found: list[object] = []
    while not queue.empty():
        found.append(queue.get())
    return found


def test_what_comes_first_goes_first() -> None:
    """Items that are not packets keep their place, and `get` raises Empty after its timeout."""
    queue = PacketQueue()
    one, two = packet(), packet()
    for item in (one, EPOCH, two, None):
        queue.put(item)
    assert queue.waiting == 20

    assert taken(queue) == [one, EPOCH, two, None]
    assert queue.waiting == 0
    with pytest.raises(Empty):
        queue.get(timeout=0)


def test_what_does_not_fit_is_a_gap_up_to_a_keyframe(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Packets are dropped until the queue is half empty and a keyframe follows."""
    monkeypatch.setattr(packets, "MOST_WAITING", 100)
    queue = PacketQueue()
    kept = [packet(30, keyframe=True), packet(30), packet(30)]
    for one in kept:
        queue.put(one)
    queue.put(packet(20))
    queue.put(packet(5))
    queue.put(packet(5, keyframe=True))
    assert queue.waiting == 90

    assert [queue.get(), queue.get()] == kept[:2]
    queue.put(packet(5))
    queue.put(packet(5, video=False))
    again, next_one = packet(5, keyframe=True), packet(5)
    queue.put(again)
    queue.put(next_one)

    assert taken(queue) == [kept[2], EPOCH, again, next_one]


def test_a_picture_is_shown_no_earlier_than_it_is_decoded() -> None:
    """Some cameras send a presentation time before the decoding time."""
    for pts, shown in ((None, 5), (3, 5), (9, 9)):
        encoded = cast(Any, _Encoded(1, pts=pts))
        assert Packet(EPOCH, encoded, 5, is_video=True).shown == shown
