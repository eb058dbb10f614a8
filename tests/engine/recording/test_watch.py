"""Test the delivery of keyframes to the motion analysis."""

import asyncio

import pytest

from custom_components.doorwatch.engine.recording import watch
from custom_components.doorwatch.engine.recording.model import Keyframe
from custom_components.doorwatch.engine.recording.picture import decode_keyframe
from tests import videos as media
from tests.engine.recording.conftest import OpenBench, threads
from tests.rtsp.fixtures import RtspServer, StartRtspServer
from tests.waiting import until

# Seconds between keyframes.
GOP = media.SMALL.gop / media.FPS
TINY = media.Scene(width=320, height=192, bitrate=120_000, gop=15)


def readers() -> list[str]:
    """Return the names of the reader threads."""
    return sorted(thread.name for thread in threads("reader"))


def size_of(keyframe: Keyframe) -> tuple[int, int]:
    """Return the size of the decoded picture."""
    frame = decode_keyframe(keyframe.data, keyframe.extradata, keyframe.codec)
    assert frame
    return frame.width, frame.height


async def test_keyframes_of_the_only_stream_are_shown(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """Each keyframe can be decoded alone, and none is delivered after stopping."""
    bench = open_bench(rtsp_server.address())
    seen: list[Keyframe] = []
    await bench.recorder.start()
    stop = bench.recorder.watch_keyframes(seen.append)
    await until(lambda: len(seen) >= 6)
    stop()
    count = len(seen)
    kept = bench.recorder.diagnostics()["keyframes"]
    await until(lambda: bench.recorder.diagnostics()["keyframes"] != kept)
    assert len(seen) == count

    for keyframe in seen:
        assert size_of(keyframe) == (640, 360)
    # The keyframes buffered at the start arrive together.
    assert seen[-1].monotonic - seen[-2].monotonic == pytest.approx(GOP, abs=0.5)
    assert len({keyframe.stream for keyframe in seen}) == 1


async def test_another_connection_has_another_number(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """The analysis must not compare pictures of different connections."""
    server = start_rtsp_server(cams=1)
    bench = open_bench(server.address())
    seen: list[Keyframe] = []
    bench.recorder.watch_keyframes(seen.append)
    await bench.recorder.start()
    await until(lambda: seen)
    server.kill()
    await until(lambda: not bench.recorder.health.connected)
    before = {keyframe.stream for keyframe in seen}
    server.start()
    await until(lambda: {keyframe.stream for keyframe in seen} - before)


@pytest.mark.lesson(8)
async def test_sub_stream_is_connected_to_only_while_somebody_looks(
    rtsp_server: RtspServer, start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """The analysis uses the sub-stream while the main stream is recorded."""
    small = start_rtsp_server(scene=TINY, cams=1)
    bench = open_bench(rtsp_server.address(), sub=small.address())
    seen: list[Keyframe] = []
    await bench.recorder.start()
    await bench.filled(1)
    assert readers() == ["doorwatch reader porch"]

    stop = bench.recorder.watch_keyframes(seen.append)
    other = bench.recorder.watch_keyframes(lambda _: None)
    await until(lambda: len(seen) >= 2)
    assert {size_of(keyframe) for keyframe in seen} == {(320, 192)}
    assert len(readers()) == 2
    sub = bench.recorder.diagnostics()["sub_stream"]
    assert isinstance(sub, dict)
    assert sub.pop("keyframes") >= 1
    assert sub == {
        "configured": True,
        "watched": "sub_stream",
        "connected": True,
        "problem": None,
        "connections": 1,
    }
    bench.trigger()
    [clip] = await bench.clips()
    assert (clip.width, clip.height) == (640, 360)

    stop()
    assert len(readers()) == 2
    other()
    await until(lambda: readers() == ["doorwatch reader porch"])
    watched = bench.recorder.diagnostics()["sub_stream"]
    assert isinstance(watched, dict)
    assert watched["watched"] is None


async def test_main_stream_stands_in_for_a_sub_stream_that_is_away(
    start_rtsp_server: StartRtspServer,
    rtsp_server: RtspServer,
    open_bench: OpenBench,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The problem and its end are logged once each; the doorbell's health is unaffected."""
    caplog.set_level("INFO")
    small = start_rtsp_server(scene=TINY, cams=1)
    bench = open_bench(rtsp_server.address(), sub=small.address())
    seen: list[Keyframe] = []
    bench.recorder.watch_keyframes(seen.append)
    await bench.recorder.start()
    await until(lambda: seen)
    monkeypatch.setattr(watch, "SUB_STREAM_AWAY", 1.0)
    await bench.connected()
    small.kill()
    await until(lambda: size_of(seen[-1])[0] == 640)
    assert bench.recorder.health.connected
    small.start()
    await until(lambda: size_of(seen[-1])[0] == 320)
    assert [health.connected for health in bench.healths] == [True]
    said = [r.getMessage() for r in caplog.records if "sub-stream of" in r.message]
    assert len(said) == 2
    assert "127.0.0.1" not in caplog.text


async def test_whoever_fails_to_look_does_not_disturb_the_recording(
    rtsp_server: RtspServer, open_bench: OpenBench, caplog: pytest.LogCaptureFixture
) -> None:
    """An error in the analysis costs no clip."""
    bench = open_bench(rtsp_server.address())
    seen: list[Keyframe] = []

    def fail(keyframe: Keyframe) -> None:
        seen.append(keyframe)
        raise ZeroDivisionError

    bench.recorder.watch_keyframes(fail)
    await bench.recorder.start()
    await until(lambda: len(seen) >= 2)
    assert [health.connected for health in bench.healths] == [True]
    assert "ZeroDivisionError" in caplog.text
    await asyncio.sleep(0)
