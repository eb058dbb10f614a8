"""Keyframes to small grey pictures."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
import numpy as np

from ..recording.keyframes import Keyframe
from .filters import Grey

_PIXELS: Final = 320 * 180
_CODECS: Final = frozenset({"h264", "hevc"})
# Formats with a byte for each colour; of others, colours are not looked at.
_PLANAR: Final = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p"})
_STEP: Final = 8  # every so many samples of colour are enough
_NEUTRAL: Final = 128
_COLOUR: Final = 4  # so far from neutral is a colour


@dataclass(frozen=True, kw_only=True, slots=True)
class DecodedKeyframe:
    """A keyframe made small: its luma, and how much of it is coloured, from 0 to 1.

    None where that is not known.
    """

    grey: Grey
    colour: float | None


class KeyframeDecoder:
    """Decodes keyframes, each alone. Not for more than one thread."""

    def __init__(self) -> None:
        """Make what every picture is scaled with; decoders come with their codec."""
        self._scaler = VideoReformatter()
        self._kind: tuple[str, bytes | None] | None = None
        self._context: VideoCodecContext | None = None

    def decode(self, keyframe: Keyframe) -> DecodedKeyframe | None:
        """Return a small picture; None when it cannot be decoded."""
        kind = keyframe.codec, keyframe.extradata
        try:
            if self._context is None or kind != self._kind:
                self._context = _context(*kind)
                self._kind = kind
            context = self._context
            packet = av.Packet(keyframe.data)
            frames = [*context.decode(packet), *context.decode(None)]
            context.flush_buffers()  # the next one begins anew
        except av.FFmpegError, ValueError:
            self._context = None
            return None
        if not frames:
            return None
        frame = frames[0]
        width, height = small(frame.width, frame.height)
        scaled = self._scaler.reformat(frame, width, height, "gray", threads=1)
        grey = scaled.to_ndarray()
        return DecodedKeyframe(grey=np.ascontiguousarray(grey), colour=_colour(frame))


def small(width: int, height: int) -> tuple[int, int]:
    """Return to what size a picture is scaled: as many pixels whatever its shape."""
    factor = min(1.0, sqrt(_PIXELS / (width * height)))
    return max(16, round(width * factor)), max(16, round(height * factor))


def _colour(frame: VideoFrame) -> float | None:
    """Return how much of a picture is coloured: in infra-red, nothing is."""
    if frame.format.name not in _PLANAR:
        return None
    first, second = (
        np.frombuffer(plane, np.uint8)
        .reshape(plane.height, plane.line_size)[::_STEP, : plane.width : _STEP]
        .astype(np.int16)
        for plane in frame.planes[1:]
    )
    away = np.maximum(np.abs(first - _NEUTRAL), np.abs(second - _NEUTRAL))
    return float((away >= _COLOUR).mean())


def _context(codec: str, extradata: bytes | None) -> VideoCodecContext:
    """Make a decoder. Raises `ValueError` for a codec that no doorbell has."""
    if codec not in _CODECS:
        raise ValueError(codec)
    context = av.CodecContext.create(codec, "r")
    assert isinstance(context, VideoCodecContext)
    context.thread_count = 1  # several would hold the picture back
    if extradata:
        context.extradata = extradata
    # Seams between blocks vanish when the picture is made small.
    context.options = {"skip_loop_filter": "all"}
    return context
