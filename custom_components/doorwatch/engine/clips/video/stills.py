"""Decode a strip or a single still of a clip on demand, without storing it."""

import bisect
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
import itertools
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.video.frame import VideoFrame

from ...recording.picture import encode_jpeg
from ..errors import LibraryError
from .coders import Decoder
from .orientation import oriented
from .pictures import FrameTiming, open_clip, origin_of, pictures_of

STRIP_PICTURES: Final = 12
STRIP_WIDTH: Final = 160
STILL_WIDTH: Final = 1280
# One hour with a keyframe each second.
_MOST_KEYFRAMES: Final = 3600


class NoPictureError(LibraryError):
    """The clip has no frame that can be shown; `problem` is always `no_picture`."""

    def __init__(self) -> None:
        """Initialize with the problem."""
        super().__init__("no_picture")


@dataclass(frozen=True, kw_only=True, slots=True)
class Still:
    """A JPEG and its time, in seconds from the clip's first frame."""

    at: float
    jpeg: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Strip:
    """Stills along a clip; `keyframes` are possible starts of a trimmed copy.

    `length` is the end of the last frame; all times are seconds from the first frame.
    """

    length: float
    keyframes: tuple[float, ...]
    stills: tuple[Still, ...]


def make_strip(path: Path) -> Strip:
    """Decode some keyframes; blocking. Raises `NoPictureError`, `OSError`."""
    try:
        pictures = pictures_of(path)
        origin = _origin(pictures)
        begins = sorted({max(each.at, origin) for each in pictures if each.key})
        chosen = _spread(begins, STRIP_PICTURES)
        with open_clip(path) as clip:
            stills = tuple(_keyframes(clip, pictures, chosen, origin))
    except (av.FFmpegError, ValueError) as error:
        raise _unreadable(error) from error
    if not stills:
        raise NoPictureError
    end = max(each.at + each.length for each in pictures if not each.hidden)
    return Strip(
        length=float(end - origin),
        keyframes=tuple(
            round(float(at - origin), 3) for at in begins[:_MOST_KEYFRAMES]
        ),
        stills=stills,
    )


def make_still(path: Path, at: float) -> Still:
    """Decode the frame shown at `at`, in seconds from the first frame; blocking.

    Raises `NoPictureError`, `OSError`.
    """
    try:
        pictures = pictures_of(path)
        origin = _origin(pictures)
        shown = sorted(each.at for each in pictures if not each.hidden)
        # Times are given in milliseconds.
        index = bisect.bisect_right(shown, origin + Fraction(at) + Fraction(1, 1000))
        wanted = shown[max(0, index - 1)]
        with open_clip(path) as clip:
            decoder = Decoder(clip.streams.video[0])
            frame = _frame_at(clip, decoder, pictures, wanted)
        if frame is None:
            raise NoPictureError
        moment = (frame.pts or 0) * (frame.time_base or Fraction(0)) - origin
        return Still(
            at=round(max(0.0, float(moment)), 3),
            jpeg=encode_jpeg(oriented(frame, decoder.turns), STILL_WIDTH),
        )
    except (av.FFmpegError, ValueError) as error:
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> Exception:
    """Return disk errors unchanged, and other errors as `NoPictureError`."""
    return error if isinstance(error, OSError) else NoPictureError()


def _origin(pictures: list[FrameTiming]) -> Fraction:
    if (origin := origin_of(pictures)) is None:
        raise NoPictureError
    return origin


def _spread(moments: list[Fraction], most: int) -> list[Fraction]:
    """Choose up to this many, evenly spread, including the first."""
    if len(moments) <= most:
        return moments
    return [moments[number * len(moments) // most] for number in range(most)]


def _keyframes(
    clip: InputContainer,
    pictures: list[FrameTiming],
    chosen: list[Fraction],
    origin: Fraction,
) -> Iterator[Still]:
    """Decode each of the chosen keyframes separately."""
    wanted = set(chosen)
    video = clip.streams.video[0]
    decoder = Decoder(video)
    for packet, picture in zip(clip.demux(video), pictures, strict=False):
        at = max(picture.at, origin)
        if not picture.key or at not in wanted:
            continue
        alone = av.Packet(bytes(packet))  # a new packet without the discard flag
        try:
            frame = decoder.decode_alone(alone)
        except av.InvalidDataError:
            continue
        if frame is not None:
            wanted.discard(at)
            yield Still(
                at=round(float(at - origin), 3),
                jpeg=encode_jpeg(oriented(frame, decoder.turns), STRIP_WIDTH),
            )


def _frame_at(
    clip: InputContainer,
    decoder: Decoder,
    pictures: list[FrameTiming],
    wanted: Fraction,
) -> VideoFrame | None:
    """Decode up to the wanted frame, from the last keyframe shown by then."""
    keys = [n for n, each in enumerate(pictures) if each.key and each.at <= wanted]
    first = max(keys, default=0)
    last = max(n for n, each in enumerate(pictures) if each.at == wanted)
    video = clip.streams.video[0]
    found: VideoFrame | None = None

    def frames() -> Iterator[VideoFrame]:
        packets = itertools.islice(clip.demux(video), first, last + 1)
        for packet in itertools.chain(packets, [None]):
            try:
                yield from decoder.decode(packet)
            except av.InvalidDataError:
                continue

    for frame in frames():
        if frame.pts is None or frame.time_base is None:
            continue
        if frame.pts * frame.time_base > wanted:
            break
        found = frame
    return found
