"""Trim a clip at keyframes, as a stream copy."""

from dataclasses import dataclass
from fractions import Fraction
import itertools
import math
from pathlib import Path
from typing import Final

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.stream import Stream
from av.video.stream import VideoStream

from ..errors import LibraryError
from .pictures import open_clip, origin_of, pictures_of

# People give milliseconds, files have fractions of a second.
TOLERANCE: Final = Fraction(1, 1000)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """The video packets to keep: `count` packets from `first`, in file order.

    `begin` and `end` are seconds on the file's clock, `origin` is the first shown
    frame. Of the packets before `begin`, only the hidden ones are kept, which later
    frames refer to.
    """

    first: int
    count: int
    origin: Fraction
    begin: Fraction
    end: Fraction
    whole: bool  # all of the video is kept


def find_cut(path: Path, start: float | None, end: float | None) -> Cut | None:
    """Choose the packets in file order, or None if no frame remains.

    `start` and `end` are seconds from the first frame. Starts at the first keyframe at
    or after `start`, without frames shown before it (they refer to the previous group),
    and ends before the first packet shown after `end`, so that all references stay
    intact. Raises `OSError` (`FileNotFoundError` for a missing clip).
    """
    if not all(edge is None or math.isfinite(edge) for edge in (start, end)):
        return None
    try:
        shown = pictures_of(path)
    except av.InvalidDataError:
        return None
    if (origin := origin_of(shown)) is None:
        return None
    from_ = origin + Fraction(start or 0) - TOLERANCE
    until = None if end is None else origin + Fraction(end) + TOLERANCE
    first = next(
        (
            n
            for n, each in enumerate(shown)
            if each.key and max(each.at, origin) >= from_
        ),
        None,
    )
    if first is None:
        return None
    begin = max(shown[first].at, origin)
    kept = list(
        itertools.takewhile(
            lambda each: until is None or each.at <= until, shown[first:]
        )
    )
    kept_shown = [
        (each.at, each.length) for each in kept if each.at >= begin and not each.hidden
    ]
    if not kept_shown:
        return None
    return Cut(
        first=first,
        count=len(kept),
        origin=origin,
        begin=begin,
        end=max(at + length for at, length in kept_shown),
        whole=len(kept) == len(shown)
        and all(each.hidden or each.at >= begin for each in shown),
    )


def copy_cut(path: Path, target: Path, cut: Cut, *, audio: bool) -> None:
    """Copy packets without decoding, and without metadata.

    Raises `OSError` and `LibraryError` `sound_impossible`.
    """
    with (
        open_clip(path) as source,
        # bitexact: no muxer name and version, no creation time
        av.open(
            str(target), "w", format="mp4", options={"fflags": "+bitexact"}
        ) as copy,
    ):
        video = source.streams.video[0]
        sound = source.streams.audio[0] if audio and source.streams.audio else None
        outputs: dict[Stream, VideoStream | AudioStream] = {
            video: copy.add_stream_from_template(video, opaque=True)
        }
        if sound is not None:
            outputs[sound] = add_sound(copy, sound)
        for output in outputs.values():
            output.metadata.clear()
        copy.metadata.clear()
        number = -1
        for packet in source.demux(list(outputs)):
            if packet.pts is None or packet.time_base is None:
                continue
            at = packet.pts * packet.time_base
            if packet.stream is video:
                number += 1
                if not cut.first <= number < cut.first + cut.count:
                    continue
                if at < cut.begin and not packet.is_discard:
                    continue
            elif at < cut.begin or (
                at + (packet.duration or 0) * packet.time_base > cut.end + TOLERANCE
            ):
                continue
            shift = round(cut.begin / packet.time_base)
            packet.pts -= shift
            if packet.dts is not None:
                packet.dts -= shift
            packet.stream = outputs[packet.stream]
            copy.mux(packet)


def add_sound(copy: OutputContainer, sound: AudioStream) -> AudioStream:
    """Add a stream for copied audio.

    Raises `LibraryError` `sound_impossible` for a codec that MP4 does not support.
    QuickTime files, which some cameras name MP4, support more.
    """
    try:
        return copy.add_stream_from_template(sound, opaque=True)
    except ValueError as error:
        raise LibraryError("sound_impossible") from error
