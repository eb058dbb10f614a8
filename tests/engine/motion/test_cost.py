"""Tests of the measurement of what motion detection costs."""

import time

import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellError
from custom_components.doorwatch.engine.doorbells.rtsp import RtspDoorbell
from custom_components.doorwatch.engine.motion.cost import measure_motion_cost
from tests.rtsp.fixtures import RtspServer

pytestmark = pytest.mark.usefixtures("socket_enabled")


async def test_a_real_stream_takes_a_part_of_a_core(rtsp_server: RtspServer) -> None:
    """The measurement takes less processor time than real time."""
    begun = time.process_time()
    cost = await measure_motion_cost(
        RtspDoorbell(rtsp_server.address()).stream_source()
    )
    assert 0 < cost < 100
    assert time.process_time() - begun < 4


async def test_a_stream_that_ended_is_named_without_its_address() -> None:
    source = RtspDoorbell("rtsp://127.0.0.1:9/live", "viewer", "s3cret").stream_source()
    with pytest.raises(DoorbellError, match="cannot_connect") as caught:
        await measure_motion_cost(source)
    assert "s3cret" not in str(caught.value)
