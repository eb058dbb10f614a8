"""Decode keyframes to small grayscale images."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
import numpy as np

from ..recording.model import Keyframe
from ..recording.picture import open_decoder
from .filters import Grey

_PIXELS: Final = 320 * 180
# Formats with one byte per color sample; the color of others is not measured.
_PLANAR: Final = frozenset({"yuv420p", "yuvj420p", "yuv422p", "yuvj422p"})
_STEP: Final = 8  # measure every eighth color sample
_NEUTRAL: Final = 128
_COLOUR: Final = 4  # the least distance from neutral of a colored sample


@dataclass(frozen=True, kw_only=True, slots=True)
class DecodedKeyframe:
    """A downscaled keyframe: its luma, and the colored share of it from 0 to 1.

    The share is None if it is not known.
    """

    grey: Grey
    colour: float | None


class KeyframeDecoder:
    """Decode each keyframe independently; for use on one thread only."""

    def __init__(self) -> None:
        """Create the scaler; `decode` creates the decoder for a codec."""
        self._scaler = VideoReformatter()
        self._kind: tuple[str, bytes | None] | None = None
        self._context: VideoCodecContext | None = None

    def decode(self, keyframe: Keyframe) -> DecodedKeyframe | None:
        """Return a small image, or None if the keyframe can't be decoded."""
        kind = keyframe.codec, keyframe.extradata
        try:
            if self._context is None or kind != self._kind:
                # Block edges disappear when the image is downscaled.
                options = {"skip_loop_filter": "all"}
                self._context = open_decoder(*kind, options)
                self._kind = kind
            context = self._context
            packet = av.Packet(keyframe.data)
            frames = [*context.decode(packet), *context.decode(None)]
            # Required after the end of the stream, before the next keyframe.
            context.flush_buffers()
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
    """Return the size to scale to, which has about the same area for every shape."""
    factor = min(1.0, sqrt(_PIXELS / (width * height)))
    return max(16, round(width * factor)), max(16, round(height * factor))


def _colour(frame: VideoFrame) -> float | None:
    """Return the colored share of an image, which is 0 in infrared."""
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
