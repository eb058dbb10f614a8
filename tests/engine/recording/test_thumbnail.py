"""The thumbnail shows what people want to see."""

import asyncio
from collections.abc import Callable
import io

import av
import numpy as np
import pytest

from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.recording import picture
from custom_components.doorwatch.engine.recording.model import FinishedClip
from custom_components.doorwatch.engine.recording.span import COMING_INTO_VIEW
from tests import videos as media
from tests.rtsp.fixtures import RtspServer, frame_at, seconds_between

from .conftest import Bench

GOP = media.SMALL.gop / media.FPS
SLACK = 0.5


def shown_after(clip: FinishedClip, unix: float) -> float:
    """Return how long (seconds) after a moment the thumbnail's picture was taken."""
    with av.open(io.BytesIO(clip.thumbnail), "r") as container:
        frame = next(container.decode(video=0))
        luma = np.asarray(frame.to_ndarray(format="gray"), np.uint8)
    number = media.read_code(luma)
    assert number is not None
    return seconds_between(frame_at(unix), number)


async def test_motion_is_shown_a_little_later(
    rtsp_server: RtspServer, open_bench: Callable[..., Bench]
) -> None:
    bench = open_bench(rtsp_server.address())
    await bench.recorder.start()
    await bench.filled()
    moved = bench.trigger(EventKind.MOTION)
    await asyncio.sleep(3)
    bench.trigger(EventKind.MOTION_ENDED)
    [clip] = await bench.clips()

    after = shown_after(clip, moved)
    assert COMING_INTO_VIEW - SLACK <= after <= COMING_INTO_VIEW + GOP + SLACK


async def test_ring_is_shown_rather_than_the_motion_before_it(
    rtsp_server: RtspServer, open_bench: Callable[..., Bench]
) -> None:
    bench = open_bench(rtsp_server.address())
    await bench.recorder.start()
    await bench.filled()
    bench.trigger(EventKind.MOTION)
    await asyncio.sleep(5)
    rang = bench.trigger(EventKind.RING)
    bench.trigger(EventKind.MOTION_ENDED)
    [clip] = await bench.clips()

    assert -SLACK <= shown_after(clip, rang) <= GOP + SLACK


def test_keyframe_of_which_no_jpeg_can_be_made_costs_no_clip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Some sizes and formats are none that a JPEG has."""

    def refuse(*_: object) -> bytes:
        raise ValueError("a format")

    monkeypatch.setattr(picture, "encode_jpeg", refuse)
    with av.open(media.make(media.SMALL).path) as container:
        video = container.streams.video[0]
        extradata = video.codec_context.extradata
        keyframe = bytes(next(p for p in container.demux(video) if p.is_keyframe))
    assert picture.decode_keyframe(keyframe, extradata) is not None
    assert picture.jpeg_of_keyframe(keyframe, extradata) is None
