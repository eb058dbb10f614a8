"""Hold the packets of the pre-roll, and merge them for a clip."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
import heapq

from .epoch import Encoded, Epoch
from .packets import Packet


@dataclass(slots=True)
class Gop:
    """A group of pictures: the video packets from one keyframe to the next."""

    epoch: Epoch
    start: int  # dts of the keyframe
    whole: bool  # whether the keyframe seems complete
    packets: list[Encoded] = field(default_factory=list)
    size: int = 0


@dataclass(frozen=True, slots=True)
class PrerollSegment:
    """The packets of one clock, current or ended by a jump."""

    epoch: Epoch
    gops: Sequence[Gop]
    sound: Sequence[tuple[int, Encoded]]
    ended: float  # monotonic; infinite for the current segment


def packets_since(
    segments: Sequence[PrerollSegment], since: float
) -> Iterator[Packet | Epoch]:
    """Yield packets from the last keyframe at or before `since`, or from the first."""
    found: list[tuple[PrerollSegment, Sequence[Gop]]] = []
    for segment in segments:
        epoch, gops = segment.epoch, segment.gops
        sought = (since - epoch.offset) / epoch.video_seconds
        # Prefer a complete keyframe.
        whole = [n for n, gop in enumerate(gops) if gop.whole]
        before = [n for n in whole if gops[n].start <= sought]
        if before:
            found.clear()  # start here
        found.append(
            (segment, gops[before[-1] if before else whole[0] if whole else 0 :])
        )
    for segment, gops in found:
        yield from merge_packets(segment.epoch, gops, segment.sound)
        if segment.ended < float("inf"):
            yield segment.epoch


def merge_packets(
    epoch: Epoch, gops: Iterable[Gop], sound: Iterable[tuple[int, Encoded]]
) -> Iterator[Packet]:
    """Merge video and audio packets by time."""
    pictures = (
        Packet(gop.epoch, packet, packet.dts, is_video=True)
        for gop in gops
        for packet in gop.packets
        if packet.dts is not None
    )
    sounds = (Packet(epoch, packet, pts, is_video=False) for pts, packet in sound)
    return heapq.merge(pictures, sounds, key=_seconds)


def _seconds(packet: Packet) -> float:
    epoch = packet.epoch
    return packet.time * (
        epoch.video_seconds if packet.is_video else epoch.sound_seconds
    )
