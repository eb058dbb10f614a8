"""Tests of the measurement of what motion detection costs."""

from pathlib import Path
import time

import pytest

from custom_components.doorwatch.engine.doorbells.base import StreamSource
from custom_components.doorwatch.engine.doorbells.rtsp import RtspDoorbell
from custom_components.doorwatch.engine.motion import cost
from custom_components.doorwatch.engine.motion.cost import measure_motion_cost
from custom_components.doorwatch.engine.motion.decoder import KeyframeDecoder
from tests import videos as media
from tests.rtsp.fixtures import RtspServer

pytestmark = pytest.mark.usefixtures("socket_enabled")

AWAY = RtspDoorbell("rtsp://127.0.0.1:9/live", "viewer", "s3cret").stream_source()


def file(path: Path) -> StreamSource:
    """Return a source that delivers all packets at once."""
    return StreamSource(address=str(path), protocols=("file",))


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cost, "_BUSY_PAUSE", 0)


async def test_a_real_stream_takes_a_part_of_a_core(rtsp_server: RtspServer) -> None:
    """The measurement takes less processor time than real time."""
    begun = time.process_time()
    source = RtspDoorbell(rtsp_server.address()).stream_source()
    found = await measure_motion_cost(AWAY, source)
    assert found is not None
    assert 0 < found < 100
    assert time.process_time() - begun < 4


async def test_packets_that_come_at_once_are_measured_by_their_own_time() -> None:
    """A server may send its last seconds first; that is not how often keyframes come."""
    found = await measure_motion_cost(file(media.make(media.SMALL).path))
    assert found is not None
    assert 0 < found < 30


async def test_what_cannot_be_measured_is_no_error(tmp_path: Path) -> None:
    """Neither a stream that is away, nor one without video."""
    nothing = tmp_path / "nothing.mp4"
    nothing.write_bytes(b"no video")
    assert await measure_motion_cost(AWAY, file(nothing)) is None


async def test_a_stream_without_keyframes_ends_the_measurement(
    rtsp_server: RtspServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some cameras send a keyframe every minute."""
    monkeypatch.setattr(cost, "_LONGEST", 0)
    monkeypatch.setattr(KeyframeDecoder, "decode", lambda *_: None)
    source = RtspDoorbell(rtsp_server.address()).stream_source()
    assert await measure_motion_cost(source) is None
