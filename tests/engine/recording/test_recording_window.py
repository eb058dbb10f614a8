"""Test the choice of the thumbnail's picture."""

import io

import av
import numpy as np

from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.recording.model import FinishedClip
from custom_components.doorwatch.engine.recording.recording_window import (
    COMING_INTO_VIEW,
)
from tests import videos as media
from tests.engine.recording.conftest import OpenBench
from tests.rtsp.fixtures import RtspServer, frame_at, seconds_between

GOP = media.SMALL.gop / media.FPS
SLACK = 0.5


def shown_after(clip: FinishedClip, unix: float) -> float:
    """Return the time (seconds) between a moment and the thumbnail's picture."""
    with av.open(io.BytesIO(clip.thumbnail), "r") as container:
        frame = next(container.decode(video=0))
        luma = np.asarray(frame.to_ndarray(format="gray"), np.uint8)
    number = media.read_code(luma)
    assert number is not None
    return seconds_between(frame_at(unix), number)


async def test_motion_is_shown_a_little_later(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    bench = open_bench(rtsp_server.address())
    await bench.recorder.start()
    await bench.filled()
    moved = bench.trigger(EventKind.MOTION)
    await bench.shown(3)
    bench.trigger(EventKind.MOTION_ENDED)
    [clip] = await bench.clips()

    after = shown_after(clip, moved)
    assert COMING_INTO_VIEW - SLACK <= after <= COMING_INTO_VIEW + GOP + SLACK


async def test_ring_is_shown_rather_than_the_motion_before_it(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    bench = open_bench(rtsp_server.address())
    await bench.recorder.start()
    await bench.filled()
    bench.trigger(EventKind.MOTION)
    await bench.shown(5)
    rang = bench.trigger(EventKind.RING)
    bench.trigger(EventKind.MOTION_ENDED)
    [clip] = await bench.clips()

    assert -SLACK <= shown_after(clip, rang) <= GOP + SLACK
