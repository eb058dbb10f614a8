"""Measure how much processor time motion detection takes for a stream."""

import asyncio
import time
from typing import Final

import av
from av.container import InputContainer

from ..doorbells.base import DoorbellError, StreamSource
from ..doorbells.probe import PROBE_TIMEOUT, classify_error, open_options
from ..recording.model import Keyframe
from .decoder import KeyframeDecoder
from .detector import Detector

# Seconds, and keyframes after the first one, after which the measurement ends.
_LONGEST: Final = 4.0
_KEYFRAMES: Final = 2


async def measure_motion_cost(source: StreamSource) -> float:
    """Return the percentage of one processor core that a stream takes.

    Takes up to 4 seconds after the first keyframe. Raises `DoorbellError`, which never
    contains the address.
    """
    return await asyncio.to_thread(_measure, source)


def _measure(source: StreamSource) -> float:
    try:
        with av.open(
            source.address,
            format=source.container,
            options=open_options(source),
            timeout=PROBE_TIMEOUT,
        ) as container:
            return _analyze(container)
    except (av.FFmpegError, OSError, UnicodeError) as error:
        problem = classify_error(error)
    # Raised outside of the handler, because FFmpeg's error contains the address.
    raise DoorbellError(problem)


def _analyze(container: InputContainer) -> float:
    decoder, detector = KeyframeDecoder(), Detector()
    video = container.streams.video[0]
    context = video.codec_context
    assert context is not None  # the stream was probed before
    begun = used = 0.0
    keyframes = 0
    for packet in container.demux(video):
        now = time.monotonic()
        if begun and (keyframes > _KEYFRAMES or now - begun >= _LONGEST):
            break
        if not packet.is_keyframe or not packet.size:
            continue
        if not begun:
            begun, used = now, time.thread_time()
        keyframes += 1
        keyframe = Keyframe(
            codec=context.name,
            extradata=context.extradata,
            data=bytes(packet),
            monotonic=now,
            stream=0,
        )
        if decoded := decoder.decode(keyframe):
            detector.look(decoded.grey, decoded.colour)
    if not begun:
        raise DoorbellError("no_video")
    return 100 * (time.thread_time() - used) / max(time.monotonic() - begun, 0.001)
