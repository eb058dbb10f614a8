"""A clip opened, and when each of its pictures is shown, without decoding one."""

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


def pictures_of(source: InputContainer) -> list[FrameTiming]:
    """List the packets of video, in the order of the file."""
    if not source.streams.video:
        return []
    found = []
    for packet in source.demux(source.streams.video[0]):
        if packet.pts is None or packet.time_base is None:
            continue  # the flush at the end
        at = packet.pts * packet.time_base
        length = (packet.duration or 0) * packet.time_base
        found.append(FrameTiming(at, length, packet.is_keyframe, packet.is_discard))
    return found


def open_clip(path: Path) -> InputContainer:
    """Open a clip; nothing in it can lead to another file."""
    return av.open(str(path), format="mp4", options={"protocol_whitelist": "file"})
