"""Measure how much processor time motion detection takes for a stream."""

import asyncio
import time
from typing import Final

import av
from av.container import InputContainer

from ..doorbells.base import StreamSource
from ..doorbells.probe import PROBE_TIMEOUT, VIDEO_CODECS, open_options
from ..recording.model import Keyframe
from .decoder import KeyframeDecoder
from .detector import Detector

# Seconds after which the measurement ends, and keyframes after the first one.
_LONGEST: Final = 8.0
_KEYFRAMES: Final = 2
# Cameras refuse a connection while they close another session.
_BUSY_PAUSE: Final = 1.0


async def measure_motion_cost(*sources: StreamSource) -> float | None:
    """Return the percentage of one processor core that the first usable stream takes.

    Takes up to about 8 seconds for each stream. Returns None if none can be measured.
    """
    for source in sources:
        await asyncio.sleep(_BUSY_PAUSE)
        if (cost := await asyncio.to_thread(_measure, source)) is not None:
            return cost
    return None


def _measure(source: StreamSource) -> float | None:
    try:
        with av.open(
            source.address,
            format=source.container,
            options=open_options(source),
            timeout=PROBE_TIMEOUT,
        ) as container:
            return _analyze(container)
    except av.FFmpegError, OSError, UnicodeError:
        return None


def _analyze(container: InputContainer) -> float | None:
    if not container.streams.video:
        return None
    video = container.streams.video[0]
    context = video.codec_context
    if not context or context.name not in VIDEO_CODECS:
        return None
    decoder, detector = KeyframeDecoder(), Detector()
    opened, used = time.monotonic(), time.thread_time()
    # The stream's time of the keyframes, because the first ones may arrive at once.
    times: list[float] = []
    for packet in container.demux(video):
        now = time.monotonic()
        if packet.is_keyframe and packet.size:
            keyframe = Keyframe(
                codec=context.name,
                extradata=context.extradata,
                data=bytes(packet),
                monotonic=now,
                stream=0,
            )
            if decoded := decoder.decode(keyframe):
                detector.look(decoded.grey, decoded.colour)
                at = packet.pts if packet.pts is not None else packet.dts
                times.append(float((at or 0) * (packet.time_base or 0)))
        if len(times) > _KEYFRAMES or now - opened >= _LONGEST:
            break
    if not times:
        return None
    # The time until the next keyframe is known only if there was one.
    lasted = (times[-1] - times[0]) * len(times) / max(1, len(times) - 1)
    seconds = max(lasted, time.monotonic() - opened)
    return 100 * (time.thread_time() - used) / seconds
