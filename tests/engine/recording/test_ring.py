"""The pre-roll, fed by hand where a real doorbell would have to misbehave."""

from collections.abc import Iterable, Iterator
import contextlib
from pathlib import Path
from queue import Empty
import threading
import time

import av
from av.stream import Stream
import pytest

from custom_components.doorwatch.engine.recording.epoch import Epoch
from custom_components.doorwatch.engine.recording.packets import (
    Item,
    Packet,
    PacketQueue,
)
from custom_components.doorwatch.engine.recording.picture import (
    blank_jpeg,
    encode_jpeg,
    jpeg_of_keyframe,
)
from custom_components.doorwatch.engine.recording.ring import Ring
from tests import videos as media

TICK = 90_000
FRAME = TICK // 15


@pytest.fixture(scope="module")
def epoch() -> Epoch:
    """Return an epoch of real streams with RTP's clock."""
    with av.open(media.make(media.SMALL).path) as container:
        made = Epoch(container.streams.video[0], container.streams.audio[0])
    made.video_seconds = 1 / TICK
    made.sound_seconds = 1 / TICK
    return made


class Camera:
    """A camera whose clock and network a test turns by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.monotonic()
        self.dts = 0
        self.number = 0
        monkeypatch.setattr(
            "custom_components.doorwatch.engine.recording.ring.time.monotonic",
            lambda: self.now,
        )

    def packet(self, *, key: bool, size: int = 100) -> av.Packet[Stream]:
        """Return the next picture, on time."""
        unit = bytes([0x65 if key else 0x41]) + self.dts.to_bytes(8, signed=True)
        unit += bytes(size - 4 - len(unit))
        packet: av.Packet[Stream] = av.Packet(len(unit).to_bytes(4) + unit)
        packet.dts = packet.pts = self.dts
        packet.duration = FRAME
        packet.is_keyframe = key
        return packet

    def feed(self, ring: Ring, seconds: float, size: int = 100, gop: int = 15) -> None:
        """Send so much video."""
        for _ in range(round(seconds * 15)):
            ring.add_video(self.packet(key=self.number % gop == 0, size=size))
            self.number += 1
            self.dts += FRAME
            self.now += FRAME / TICK


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> Camera:
    """Return a camera."""
    return Camera(monkeypatch)


def drained(queue: PacketQueue) -> Iterator[Item]:
    """Yield what is in a queue."""
    while True:
        try:
            yield queue.get(timeout=0)
        except Empty:
            return


def pictures(items: Iterable[Item]) -> list[Packet]:
    """Return the pictures."""
    return [each for each in items if isinstance(each, Packet) and each.is_video]


def numbers(items: Iterable[Item]) -> list[int]:
    """Return the numbers of frames, of a clock that did not jump."""
    return [packet.time // FRAME for packet in pictures(items)]


def epochs(items: Iterable[Item]) -> list[Epoch]:
    """Return the epochs that pictures are of, in their order."""
    return list(dict.fromkeys(packet.epoch for packet in pictures(items)))


def test_only_the_pre_roll_and_its_keyframe_are_kept(
    epoch: Epoch, camera: Camera
) -> None:
    """Memory does not grow with time."""
    ring = Ring(3.0)
    ring.connected(epoch.renewed())
    camera.feed(ring, 60)
    assert 3 * 15 * 100 <= ring.size <= 5 * 15 * 100


def test_subscriber_misses_and_doubles_nothing(epoch: Epoch, camera: Camera) -> None:
    """What was there and what follows make one row, from the right keyframe on."""
    ring = Ring(5.0)
    ring.connected(epoch.renewed())
    camera.feed(ring, 10.5)
    queue = PacketQueue()
    there = ring.subscribe(queue, since=camera.now - 2.2)
    camera.feed(ring, 1)
    ring.unsubscribe(queue)
    last = camera.number - 1
    camera.feed(ring, 1)
    row = numbers([*there, *drained(queue)])
    assert row == list(range(row[0], row[0] + len(row)))
    assert row[0] == 8 * 15
    assert row[-1] == last


def test_camera_clock_that_jumps_begins_a_new_epoch(
    epoch: Epoch, camera: Camera
) -> None:
    """No clip holds the jump; the first keyframe after it begins the next."""
    ring = Ring(5.0)
    ring.connected(epoch.renewed())
    camera.feed(ring, 3)
    queue = PacketQueue()
    ring.subscribe(queue, camera.now)
    before = ring.epoch
    for jump in (5 * TICK, -8 * TICK):
        camera.dts += jump
        camera.feed(ring, 3)
        assert ring.epoch is not before
        told = list(drained(queue))
        assert before in told
        assert not [p for p in told if isinstance(p, Packet) and p.epoch is before]
        before = ring.epoch


def test_what_was_before_a_jump_is_there_as_long_as_the_pre_roll(
    epoch: Epoch, camera: Camera
) -> None:
    """Each epoch with its own clock, and an end between the two."""
    ring = Ring(5.0)
    ring.connected(epoch.renewed())
    camera.feed(ring, 8)
    before, jumped_at = ring.epoch, camera.now
    camera.dts += 60 * TICK
    camera.feed(ring, 0.5)
    after = ring.epoch
    assert after is not before

    # Not settled yet: what comes after the jump follows by the queue.
    queue = PacketQueue()
    there = ring.subscribe(queue, camera.now - 3)
    assert epochs(there) == [before]
    assert there[-1] is before
    assert numbers(there) == list(range(5 * 15, 8 * 15))
    camera.feed(ring, 2)
    follows = list(drained(queue))
    assert epochs(follows) == [after]
    assert len(numbers(follows)) == round(2.5 * 15)

    there = ring.subscribe(PacketQueue(), camera.now - 4)
    assert epochs(there) == [before, after]
    times = [each.epoch.monotonic(each.time) for each in pictures(there)]
    assert times == sorted(times)
    assert times[0] <= camera.now - 4
    # Somebody who wants to see what is now needs nothing of it.
    assert epochs(ring.subscribe(PacketQueue(), camera.now)) == [after]
    assert epochs(ring.subscribe(PacketQueue(), jumped_at + 0.01)) == [after]

    camera.feed(ring, 4)
    assert epochs(ring.subscribe(PacketQueue(), camera.now - 9)) == [after]
    assert ring.size <= 7 * 15 * 100


def test_clock_that_jumps_again_and_again_fills_no_memory(
    epoch: Epoch, camera: Camera
) -> None:
    """Neither by time nor by size; all that is kept can be had."""
    ring = Ring(5.0)
    ring.connected(epoch.renewed())
    for _ in range(60):
        camera.feed(ring, 2)
        camera.dts += 60 * TICK
        assert ring.size <= 9 * 15 * 100
    # Between two keyframes: on one, the last digit of a clock would decide.
    there = ring.subscribe(PacketQueue(), camera.now - 5.5)
    assert len(epochs(there)) == 3
    assert len(numbers(there)) == 6 * 15

    small = Ring(5.0, most=3000)
    small.connected(epoch.renewed())
    for _ in range(10):
        camera.feed(small, 2)
        camera.dts += 60 * TICK
        assert small.size <= 3000 + 1500
    assert epochs(small.subscribe(PacketQueue(), camera.now - 5))


def test_lost_connection_leaves_nothing_of_what_was_before_a_jump(
    epoch: Epoch, camera: Camera
) -> None:
    """Its pictures may have been of another door by then."""
    ring = Ring(5.0)
    ring.connected(epoch.renewed())
    camera.feed(ring, 3)
    camera.dts += 60 * TICK
    camera.feed(ring, 3)
    ring.disconnected()
    assert ring.size == 0
    assert ring.subscribe(PacketQueue(), camera.now - 9) == []
    ring.connected(epoch.renewed())
    camera.feed(ring, 2)
    assert len(epochs(ring.subscribe(PacketQueue(), camera.now - 9))) == 1


def test_network_that_stutters_is_no_jump(epoch: Epoch, camera: Camera) -> None:
    """Late pictures that come all at once keep their places."""
    ring = Ring(5.0)
    ring.connected(epoch.renewed())
    camera.feed(ring, 3)
    before, offset = ring.epoch, ring.epoch.offset if ring.epoch else 0
    camera.now += 4
    for _ in range(60):
        ring.add_video(camera.packet(key=camera.number % 15 == 0))
        camera.number += 1
        camera.dts += FRAME
    camera.feed(ring, 2)
    assert ring.epoch is before
    assert before is not None
    assert before.offset == pytest.approx(offset, abs=0.05)


def test_pause_of_the_camera_is_a_gap_and_no_jump(epoch: Epoch, camera: Camera) -> None:
    """A camera that sends nothing for a while, and says so by its clock, goes on."""
    ring = Ring(5.0)
    ring.connected(epoch.renewed())
    camera.feed(ring, 3)
    before = ring.epoch
    camera.dts += 2 * TICK
    camera.now += 2
    camera.feed(ring, 2)
    assert ring.epoch is before


def test_doubled_picture_is_dropped(epoch: Epoch, camera: Camera) -> None:
    """A picture that came already is not kept, another one with its time is."""
    ring = Ring(5.0)
    ring.connected(epoch.renewed())
    camera.feed(ring, 3)
    size = ring.size
    camera.dts -= 2 * FRAME
    again = camera.packet(key=False)
    ring.add_video(again)
    assert ring.size == size
    other = camera.packet(key=False, size=120)
    ring.add_video(other)
    assert ring.size == size + 120
    assert other.pts == other.dts == camera.dts + FRAME + 1


def test_first_keyframe_without_a_time_is_kept(epoch: Epoch, camera: Camera) -> None:
    """It comes one picture before the next."""
    ring = Ring(5.0)
    ring.connected(epoch.renewed())
    first = camera.packet(key=True)
    first.dts = first.pts = None
    assert not ring.add_video(first)
    camera.number, camera.dts = 1, FRAME
    camera.feed(ring, 2)
    there = ring.subscribe(PacketQueue(), camera.now - 9)
    assert numbers(there)[:3] == [0, 1, 2]


def test_nothing_is_given_out_before_the_connection_has_settled(
    epoch: Epoch, camera: Camera
) -> None:
    """A clip that waits for the connection gets all of it, from the first keyframe."""
    ring = Ring(0.0)
    queue = PacketQueue()
    assert ring.subscribe(queue, camera.now) == []
    ring.connected(epoch.renewed())
    silent = av.Packet(10)
    ring.add_sound(silent)  # without a time: of no use
    camera.feed(ring, 0.9)
    assert list(drained(queue)) == []
    assert ring.subscribe(PacketQueue(), camera.now) == []
    camera.feed(ring, 0.5)
    assert numbers(drained(queue)) == list(range(camera.number))


def test_camera_without_keyframes_cannot_fill_the_memory(
    epoch: Epoch, camera: Camera
) -> None:
    """What cannot be played later is let go, a clip that is open still gets it."""
    ring = Ring(5.0, most=100_000)
    ring.connected(epoch.renewed())
    camera.feed(ring, 2)
    queue = PacketQueue()
    ring.subscribe(queue, camera.now)
    camera.feed(ring, 20, size=1000, gop=10_000)
    assert ring.size <= 101_000
    row = numbers(drained(queue))
    assert row == list(range(30, 330))
    assert ring.subscribe(PacketQueue(), camera.now) == []
    camera.number = 0
    camera.feed(ring, 2, size=1000)
    assert ring.subscribe(PacketQueue(), camera.now)


def test_pictures_before_the_first_keyframe_are_of_no_use(
    epoch: Epoch, camera: Camera
) -> None:
    """A clip starts where it can be decoded."""
    ring = Ring(5.0)
    ring.connected(epoch.renewed())
    camera.number = 8
    camera.feed(ring, 3)
    there = ring.subscribe(PacketQueue(), camera.now - 9)
    assert numbers(there)[0] == 7
    assert pictures(there)[0].encoded.is_keyframe


def test_pictures_that_cannot_be_decoded_give_none() -> None:
    """There is always a thumbnail, if need be a grey one."""
    assert jpeg_of_keyframe(b"\0\0\0\1\x65garbage", None) is None
    grey = blank_jpeg(64, 36)
    assert grey[:2] == b"\xff\xd8"
    wide = encode_jpeg(av.VideoFrame(320, 181, "yuv420p"), 160)
    assert wide[:2] == b"\xff\xd8"


def test_a_picture_leaves_no_thread_behind() -> None:
    """FFmpeg's scaler has some of its own; each doorbell's thread would keep them."""
    named: list[str] = []

    def make() -> None:
        encode_jpeg(av.VideoFrame(1920, 1080, "yuv420p"), 640)
        for task in Path("/proc/self/task").iterdir():
            with contextlib.suppress(OSError):  # it ended just now
                named.append((task / "comm").read_text().strip())

    # Threads have the name of the one that began them.
    thread = threading.Thread(target=make, name="makes picture")
    thread.start()
    thread.join(10)

    assert named.count("makes picture") == 1


def test_wrong_time_before_the_first_keyframe_is_forgotten(
    epoch: Epoch, camera: Camera
) -> None:
    """A damaged picture that says it is from tomorrow does not make all others late."""
    ring = Ring(3.0)
    connected = epoch.renewed()
    ring.connected(connected)
    right, camera.dts = camera.dts, camera.dts + 3600 * TICK
    ring.add_video(camera.packet(key=False))
    camera.dts = right
    camera.feed(ring, 5)
    assert connected is ring.epoch
    newest = connected.monotonic(camera.dts - FRAME)
    assert newest == pytest.approx(camera.now - FRAME / TICK, abs=0.1)
