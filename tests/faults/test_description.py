"""A camera with an invalid stream description."""

from base64 import b64encode
from dataclasses import replace

import av
import pytest

from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.doorbells.base import DoorbellError
from custom_components.doorwatch.engine.doorbells.probe import probe_stream
from tests import videos as media
from tests.engine.recording.conftest import event
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
    """FFmpeg reports a stream without a codec, which must not end the reader."""
    line = await proxy.line(rtsp_server.port)
    await line.reword(b"H264/90000", b"HXXX/90000")
    door = Door(0, line, library)
    with pytest.raises(DoorbellError, match="unsupported_codec"):
        await probe_stream(door.source())
    await door.recorder.start()
    try:
        # The server may refuse at first, because it has just closed another session.
        await until(
            lambda: door.recorder.health.problem == "unsupported_codec", "the problem"
        )
        # Forward the correct description again.
        await line.reword(b"", b"")
        await until(lambda: door.flows(0), "pictures")
    finally:
        await door.recorder.stop()
    assert not caplog.records


def parameter_sets(scene: media.Scene) -> bytes:
    """Return the parameter sets of a scene as written in its description."""
    with av.open(str(media.make(scene).path)) as container:
        data = bytes(container.streams.video[0].codec_context.extradata or b"")
    sets, at = [], 6  # one of each kind, with its length before it
    for _ in range(2):
        length = int.from_bytes(data[at : at + 2])
        sets.append(b64encode(data[at + 2 : at + 2 + length]))
        at += 3 + length
    return b",".join(sets)


async def test_a_description_of_another_picture_is_named(
    rtsp_server: RtspServer, proxy: Proxy, library: Library
) -> None:
    """The video can't be decoded from the first picture on, but is recorded."""
    right = parameter_sets(media.SMALL)
    wrong = parameter_sets(replace(media.SMALL, width=480, height=272))
    line = await proxy.line(rtsp_server.port)
    # Pad to the same length, because the Content-Length precedes the description.
    await line.reword(right, wrong.ljust(len(right), b","))
    door = Door(0, line, library, path="once0")
    await door.recorder.start()
    try:
        await until(lambda: door.recorder.health.problem, "a problem")
        assert door.recorder.health.problem == "undecodable"
        assert not door.recorder.health.connected
        door.recorder.trigger(event())
        await until(lambda: door.recorder.recording, "a clip")
        await line.reword(b"", b"")
        await line.hang_up()
        await until(lambda: door.recorder.health.connected, "pictures")
    finally:
        await door.recorder.stop()


async def test_sound_that_nobody_knows_is_left_out(
    rtsp_server: RtspServer, proxy: Proxy, library: Library
) -> None:
    line = await proxy.line(rtsp_server.port)
    await line.reword(b"MPEG4-GENERIC/", b"MPEG9-GENERIC/")
    door = Door(0, line, library)
    await probe_stream(door.source())
