"""Feed a pre-roll buffer with generated packets, to simulate misbehaving doorbells."""

from collections.abc import Iterable, Iterator
from queue import Empty
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
from custom_components.doorwatch.engine.recording.preroll_buffer import PrerollBuffer
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
    """A camera whose clock and network are controlled by the test."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.monotonic()
        self.dts = 0
        self.number = 0
        monkeypatch.setattr(
            "custom_components.doorwatch.engine.recording.preroll_buffer.time.monotonic",
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

    def feed(
        self, preroll: PrerollBuffer, seconds: float, size: int = 100, gop: int = 15
    ) -> None:
        """Send this many seconds of video."""
        for _ in range(round(seconds * 15)):
            preroll.add_video(self.packet(key=self.number % gop == 0, size=size))
            self.number += 1
            self.dts += FRAME
            self.now += FRAME / TICK


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch) -> Camera:
    """Return a camera."""
    return Camera(monkeypatch)


def drained(queue: PacketQueue) -> Iterator[Item]:
    """Yield the items of a queue until it is empty."""
    while True:
        try:
            yield queue.get(timeout=0)
        except Empty:
            return


def pictures(items: Iterable[Item]) -> list[Packet]:
    """Return the pictures of a list of items."""
    return [each for each in items if isinstance(each, Packet) and each.is_video]


def numbers(items: Iterable[Item]) -> list[int]:
    """Return the frame numbers, derived from a clock that did not jump."""
    return [packet.time // FRAME for packet in pictures(items)]


def epochs(items: Iterable[Item]) -> list[Epoch]:
    """Return the epochs of the pictures in order."""
    return list(dict.fromkeys(packet.epoch for packet in pictures(items)))
