"""Find which frames of the scene a clip contains by comparing their bytes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import av

from custom_components.doorwatch.engine.clips.model import Clip
from tests import videos as media

# Longer holes (seconds) must be recorded as gaps in the clip's row.
GAP: Final = 1.0


def last_unit(packet: bytes) -> bytes:
    """Return the last NAL unit (the slice) of a picture in an MP4."""
    position, unit = 0, b""
    while position + 4 <= len(packet):
        length = int.from_bytes(packet[position : position + 4])
        unit = packet[position + 4 : position + 4 + length]
        position += 4 + length
    return unit


class Scene:
    """The frames of a scene by their bytes. Damaged frames are unknown."""

    def __init__(self, made: media.Media) -> None:
        """Read the scene."""
        self.numbers: dict[bytes, int] = {}
        with av.open(made.path) as container:
            packets = container.demux(container.streams.video[0])
            for number, packet in enumerate(p for p in packets if p.size):
                self.numbers[last_unit(bytes(packet))] = number
        assert len(self.numbers) == media.FRAMES

    def frames(self, path: Path) -> list[tuple[float, int | None]]:
        """Return the time (seconds) and number of each picture in a file."""
        frames: list[tuple[float, int | None]] = []
        with av.open(path, format="mp4") as container:
            for packet in container.demux(container.streams.video[0]):
                if packet.size and packet.pts is not None:
                    number = self.numbers.get(last_unit(bytes(packet)))
                    frames.append((float(packet.pts * packet.time_base), number))
        return frames

    def within(self, path: Path) -> set[int]:
        """Return the frames whose bytes are in a file, regardless of its tables."""
        content = path.read_bytes()
        return {number for unit, number in self.numbers.items() if unit in content}


@dataclass(frozen=True, slots=True)
class Hole:
    """Frames missing in an event: the times around them and their duration."""

    begin: datetime
    end: datetime
    seconds: float


def holes(scene: Scene, clips: Iterable[Clip]) -> Iterator[Hole]:
    """Find the missing frames in the parts of one event."""
    last: tuple[datetime, int] | None = None
    damaged = 0
    for clip in sorted(clips, key=lambda clip: clip.part):
        for time, number in scene.frames(clip.path):
            wall = clip.started_at + timedelta(seconds=time)
            if number is None:
                damaged += 1
                continue
            if last is not None:
                missing = (number - last[1]) % media.FRAMES - 1 - damaged
                if missing / media.FPS > GAP:
                    yield Hole(last[0], wall, missing / media.FPS)
            last, damaged = (wall, number), 0


def untold(scene: Scene, clips: Iterable[Clip]) -> list[Hole]:
    """Return the holes in an event that no row records as gaps."""
    clips = list(clips)
    gaps = [gap for clip in clips for gap in clip.gaps]
    return [
        hole
        for hole in holes(scene, clips)
        if sum(_overlap(hole, gap) for gap in gaps) < hole.seconds - GAP
    ]


def _overlap(hole: Hole, gap: tuple[datetime, datetime]) -> float:
    """Return how many seconds of a hole a gap covers.

    Half a second is added at each end, because a hole ends at a frame and a gap at a
    packet.
    """
    slack = timedelta(seconds=0.5)
    begin = max(hole.begin - slack, gap[0])
    end = min(hole.end + slack, gap[1])
    return max(0.0, (end - begin).total_seconds())
