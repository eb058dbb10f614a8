"""A camera whose description of its stream makes no sense."""

import pytest

from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.doorbells.base import DoorbellError
from custom_components.doorwatch.engine.doorbells.probe import probe_stream
from tests.rtsp.fixtures import RtspServer
from tests.waiting import until

from .doors import Door
from .proxy import Proxy


async def test_video_that_nobody_knows_is_named(
    rtsp_server: RtspServer,
    proxy: Proxy,
    library: Library,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """FFmpeg gives a stream without a codec; that ends no reader, and is told."""
    line = await proxy.line(rtsp_server.port)
    await line.reword(b"H264/90000", b"HXXX/90000")
    door = Door(0, line, library)
    with pytest.raises(DoorbellError, match="unsupported_codec"):
        await probe_stream(door.source())
    await door.recorder.start()
    try:
        await until(lambda: door.recorder.health.problem, "a problem")
        assert door.recorder.health.problem == "unsupported_codec"
        # It is well described again.
        await line.reword(b"", b"")
        await until(lambda: door.flows(0), "pictures")
    finally:
        await door.recorder.stop()
    assert not caplog.records


async def test_sound_that_nobody_knows_is_left_out(
    rtsp_server: RtspServer, proxy: Proxy, library: Library
) -> None:
    line = await proxy.line(rtsp_server.port)
    await line.reword(b"MPEG4-GENERIC/", b"MPEG9-GENERIC/")
    door = Door(0, line, library)
    facts = await probe_stream(door.source())
    assert (facts.video_codec, facts.audio_codec) == ("h264", None)
