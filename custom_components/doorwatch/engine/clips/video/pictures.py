"""Open a clip and list the times of its frames without decoding."""

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import av
from av.container import InputContainer


class FrameTiming(NamedTuple):
    """When a packet is shown, and for how long."""

    at: Fraction
    length: Fraction
    key: bool
    hidden: bool


def pictures_of(path: Path) -> list[FrameTiming]:
    """List the video packets of a clip in file order."""
    found = []
    with open_clip(path) as source:
        if not source.streams.video:
            return []
        for packet in source.demux(source.streams.video[0]):
            if packet.pts is None or packet.time_base is None:
                continue  # the flush at the end
            at = packet.pts * packet.time_base
            length = (packet.duration or 0) * packet.time_base
            found.append(FrameTiming(at, length, packet.is_keyframe, packet.is_discard))
    return found


def origin_of(pictures: list[FrameTiming]) -> Fraction | None:
    """Return when the first shown frame begins."""
    return min((each.at for each in pictures if not each.hidden), default=None)


def open_clip(path: Path) -> InputContainer:
    """Open a clip; the file cannot refer to other files."""
    return av.open(str(path), format="mp4", options={"protocol_whitelist": "file"})
