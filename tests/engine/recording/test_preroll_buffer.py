"""Test the pre-roll buffer with generated packets, to simulate misbehaving doorbells."""

import contextlib
from pathlib import Path
import threading

import av
import pytest

from custom_components.doorwatch.engine.recording import preroll_buffer
from custom_components.doorwatch.engine.recording.epoch import Epoch
from custom_components.doorwatch.engine.recording.packets import PacketQueue
from custom_components.doorwatch.engine.recording.picture import (
    blank_jpeg,
    encode_jpeg,
    jpeg_of_keyframe,
)
from custom_components.doorwatch.engine.recording.preroll_buffer import PrerollBuffer
from tests.engine.recording.fed_by_hand import (
    FRAME,
    Camera,
    camera,
    drained,
    epoch,
    numbers,
    pictures,
)

__all__ = ["camera", "epoch"]


def test_only_the_pre_roll_and_its_keyframe_are_kept(
    epoch: Epoch, camera: Camera
) -> None:
    """Memory use does not grow over time."""
    preroll = PrerollBuffer(3.0)
    preroll.connected(epoch.renewed())
    camera.feed(preroll, 60)
    assert 3 * 15 * 100 <= preroll.size <= 5 * 15 * 100


def test_subscriber_misses_and_doubles_nothing(epoch: Epoch, camera: Camera) -> None:
    """Buffered and queued packets form one sequence, starting at the right keyframe."""
    preroll = PrerollBuffer(5.0)
    preroll.connected(epoch.renewed())
    camera.feed(preroll, 10.5)
    queue = PacketQueue()
    there = preroll.subscribe(queue, since=camera.now - 2.2)
    camera.feed(preroll, 1)
    preroll.unsubscribe(queue)
    last = camera.number - 1
    camera.feed(preroll, 1)
    row = numbers([*there, *drained(queue)])
    assert row == list(range(row[0], row[0] + len(row)))
    assert row[0] == 8 * 15
    assert row[-1] == last


def test_doubled_picture_is_dropped(epoch: Epoch, camera: Camera) -> None:
    """A picture that arrives twice is dropped; a different picture with the same time is kept."""
    preroll = PrerollBuffer(5.0)
    preroll.connected(epoch.renewed())
    camera.feed(preroll, 3)
    size = preroll.size
    camera.dts -= 2 * FRAME
    again = camera.packet(key=False)
    preroll.add_video(again)
    assert preroll.size == size
    other = camera.packet(key=False, size=120)
    preroll.add_video(other)
    assert preroll.size == size + 120
    assert other.pts == other.dts == camera.dts + FRAME + 1


def test_first_keyframe_without_a_time_is_kept(epoch: Epoch, camera: Camera) -> None:
    """Its time is one frame before the next picture."""
    preroll = PrerollBuffer(5.0)
    preroll.connected(epoch.renewed())
    first = camera.packet(key=True)
    first.dts = first.pts = None
    assert not preroll.add_video(first)
    camera.number, camera.dts = 1, FRAME
    camera.feed(preroll, 2)
    there = preroll.subscribe(PacketQueue(), camera.now - 9)
    assert numbers(there)[:3] == [0, 1, 2]


def test_nothing_is_given_out_before_the_connection_has_settled(
    epoch: Epoch, camera: Camera
) -> None:
    """A clip that waits for the connection gets everything from the first keyframe on."""
    preroll = PrerollBuffer(0.0)
    queue = PacketQueue()
    assert preroll.subscribe(queue, camera.now) == []
    preroll.connected(epoch.renewed())
    silent = av.Packet(10)
    preroll.add_sound(silent)  # sound without a time is ignored
    camera.feed(preroll, 0.9)
    assert list(drained(queue)) == []
    assert preroll.subscribe(PacketQueue(), camera.now) == []
    camera.feed(preroll, 0.5)
    assert numbers(drained(queue)) == list(range(camera.number))


def test_camera_without_keyframes_cannot_fill_the_memory(
    epoch: Epoch, camera: Camera, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packets that cannot be decoded later are dropped, but an open clip still gets them."""
    monkeypatch.setattr(preroll_buffer, "MOST_BYTES", 100_000)
    preroll = PrerollBuffer(5.0)
    preroll.connected(epoch.renewed())
    camera.feed(preroll, 2)
    queue = PacketQueue()
    preroll.subscribe(queue, camera.now)
    camera.feed(preroll, 20, size=1000, gop=10_000)
    assert preroll.size <= 101_000
    row = numbers(drained(queue))
    assert row == list(range(30, 330))
    assert preroll.subscribe(PacketQueue(), camera.now) == []
    camera.number = 0
    camera.feed(preroll, 2, size=1000)
    assert preroll.subscribe(PacketQueue(), camera.now)


def test_pictures_before_the_first_keyframe_are_of_no_use(
    epoch: Epoch, camera: Camera
) -> None:
    """A clip starts with a picture that can be decoded."""
    preroll = PrerollBuffer(5.0)
    preroll.connected(epoch.renewed())
    camera.number = 8
    camera.feed(preroll, 3)
    there = preroll.subscribe(PacketQueue(), camera.now - 9)
    assert numbers(there)[0] == 7
    assert pictures(there)[0].encoded.is_keyframe


def test_pictures_that_cannot_be_decoded_give_none() -> None:
    """The thumbnail is gray if no picture can be decoded."""
    assert jpeg_of_keyframe(b"\0\0\0\1\x65garbage", None) is None
    grey = blank_jpeg(64, 36)
    assert grey[:2] == b"\xff\xd8"
    wide = encode_jpeg(av.VideoFrame(320, 181, "yuv420p"), 160)
    assert wide[:2] == b"\xff\xd8"


def test_a_picture_leaves_no_thread_behind() -> None:
    """FFmpeg's scaler starts threads, which must not remain for each doorbell."""
    named: list[str] = []

    def make() -> None:
        encode_jpeg(av.VideoFrame(1920, 1080, "yuv420p"), 640)
        for task in Path("/proc/self/task").iterdir():
            with contextlib.suppress(OSError):  # the thread has just ended
                named.append((task / "comm").read_text().strip())

    # Threads inherit the name of the thread that starts them.
    thread = threading.Thread(target=make, name="makes picture")
    thread.start()
    thread.join(10)

    assert named.count("makes picture") == 1
