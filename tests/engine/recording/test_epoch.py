"""Test camera clocks that jump, stutter or restart."""

import pytest

from custom_components.doorwatch.engine.recording import preroll_buffer
from custom_components.doorwatch.engine.recording.epoch import Epoch
from custom_components.doorwatch.engine.recording.packets import Packet, PacketQueue
from custom_components.doorwatch.engine.recording.preroll_buffer import PrerollBuffer
from tests.engine.recording.fed_by_hand import (
    FRAME,
    TICK,
    Camera,
    camera,
    drained,
    epoch,
    epochs,
    numbers,
    pictures,
)

__all__ = ["camera", "epoch"]


def test_camera_clock_that_jumps_begins_a_new_epoch(
    epoch: Epoch, camera: Camera
) -> None:
    """The end of the old epoch is marked, and the next keyframe begins the new one."""
    preroll = PrerollBuffer(5.0)
    preroll.connected(epoch.renewed())
    camera.feed(preroll, 3)
    queue = PacketQueue()
    preroll.subscribe(queue, camera.now)
    before = preroll.epoch
    for jump in (5 * TICK, -8 * TICK):
        camera.dts += jump
        camera.feed(preroll, 3)
        assert preroll.epoch is not before
        told = list(drained(queue))
        assert before in told
        assert not [p for p in told if isinstance(p, Packet) and p.epoch is before]
        before = preroll.epoch


def test_what_was_before_a_jump_is_there_as_long_as_the_pre_roll(
    epoch: Epoch, camera: Camera
) -> None:
    """Each epoch has its own clock, and the end of an epoch is marked."""
    preroll = PrerollBuffer(5.0)
    preroll.connected(epoch.renewed())
    camera.feed(preroll, 8)
    before, jumped_at = preroll.epoch, camera.now
    camera.dts += 60 * TICK
    camera.feed(preroll, 0.5)
    after = preroll.epoch
    assert after is not before

    # The new epoch is not settled yet, so its packets follow through the queue.
    queue = PacketQueue()
    there = preroll.subscribe(queue, camera.now - 3)
    assert epochs(there) == [before]
    assert there[-1] is before
    assert numbers(there) == list(range(5 * 15, 8 * 15))
    camera.feed(preroll, 2)
    follows = list(drained(queue))
    assert epochs(follows) == [after]
    assert len(numbers(follows)) == round(2.5 * 15)

    there = preroll.subscribe(PacketQueue(), camera.now - 4)
    assert epochs(there) == [before, after]
    times = [each.epoch.monotonic(each.time) for each in pictures(there)]
    assert times == sorted(times)
    assert times[0] <= camera.now - 4
    # A subscriber that starts after the jump does not get the earlier epoch.
    assert epochs(preroll.subscribe(PacketQueue(), camera.now)) == [after]
    assert epochs(preroll.subscribe(PacketQueue(), jumped_at + 0.01)) == [after]

    camera.feed(preroll, 4)
    assert epochs(preroll.subscribe(PacketQueue(), camera.now - 9)) == [after]
    assert preroll.size <= 7 * 15 * 100


def test_clock_that_jumps_again_and_again_fills_no_memory(
    epoch: Epoch, camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limits apply to duration and size, and everything kept is returned to subscribers."""
    preroll = PrerollBuffer(5.0)
    preroll.connected(epoch.renewed())
    for _ in range(60):
        camera.feed(preroll, 2)
        camera.dts += 60 * TICK
        assert preroll.size <= 9 * 15 * 100
    # Start between two keyframes, where rounding cannot change the result.
    there = preroll.subscribe(PacketQueue(), camera.now - 5.5)
    assert len(epochs(there)) == 3
    assert len(numbers(there)) == 6 * 15

    monkeypatch.setattr(preroll_buffer, "MOST_BYTES", 3000)
    small = PrerollBuffer(5.0)
    small.connected(epoch.renewed())
    for _ in range(10):
        camera.feed(small, 2)
        camera.dts += 60 * TICK
        assert small.size <= 3000 + 1500
    assert epochs(small.subscribe(PacketQueue(), camera.now - 5))


def test_lost_connection_leaves_nothing_of_what_was_before_a_jump(
    epoch: Epoch, camera: Camera
) -> None:
    """The camera may have been moved before it reconnects."""
    preroll = PrerollBuffer(5.0)
    preroll.connected(epoch.renewed())
    camera.feed(preroll, 3)
    camera.dts += 60 * TICK
    camera.feed(preroll, 3)
    preroll.disconnected()
    assert preroll.size == 0
    assert preroll.subscribe(PacketQueue(), camera.now - 9) == []
    preroll.connected(epoch.renewed())
    camera.feed(preroll, 2)
    assert len(epochs(preroll.subscribe(PacketQueue(), camera.now - 9))) == 1


def test_network_that_stutters_is_no_jump(epoch: Epoch, camera: Camera) -> None:
    """Pictures that arrive late in a burst keep their times."""
    preroll = PrerollBuffer(5.0)
    preroll.connected(epoch.renewed())
    camera.feed(preroll, 3)
    before, offset = preroll.epoch, preroll.epoch.offset if preroll.epoch else 0
    camera.now += 4
    for _ in range(60):
        preroll.add_video(camera.packet(key=camera.number % 15 == 0))
        camera.number += 1
        camera.dts += FRAME
    camera.feed(preroll, 2)
    assert preroll.epoch is before
    assert before is not None
    assert before.offset == pytest.approx(offset, abs=0.05)


def test_pause_of_the_camera_is_a_gap_and_no_jump(epoch: Epoch, camera: Camera) -> None:
    """The camera's clock advanced as much as the time in which it sent nothing."""
    preroll = PrerollBuffer(5.0)
    preroll.connected(epoch.renewed())
    camera.feed(preroll, 3)
    before = preroll.epoch
    camera.dts += 2 * TICK
    camera.now += 2
    camera.feed(preroll, 2)
    assert preroll.epoch is before


def test_wrong_time_before_the_first_keyframe_is_forgotten(
    epoch: Epoch, camera: Camera
) -> None:
    """A damaged picture with a time far ahead does not make later pictures late."""
    preroll = PrerollBuffer(3.0)
    connected = epoch.renewed()
    preroll.connected(connected)
    right, camera.dts = camera.dts, camera.dts + 3600 * TICK
    preroll.add_video(camera.packet(key=False))
    camera.dts = right
    camera.feed(preroll, 5)
    assert connected is preroll.epoch
    newest = connected.monotonic(camera.dts - FRAME)
    assert newest == pytest.approx(camera.now - FRAME / TICK, abs=0.1)
