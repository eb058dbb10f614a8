"""Test the relay, which serves live view from the recorder's single connection."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from dataclasses import dataclass, field
from itertools import pairwise
import threading
from threading import Event
from urllib.parse import urlsplit

import av
from av.video.stream import VideoStream
import numpy as np
import pytest

from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.recording.model import RecorderOptions
from tests import videos as media
from tests.engine.recording.conftest import OpenBench, threads
from tests.rtsp.check import check_clip
from tests.rtsp.fixtures import RtspServer, StartRtspServer
from tests.tcp import Gate, gate
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("socket_enabled")


ONE = RecorderOptions(pre_roll=2, post_roll=2, longest=60, one_connection=True)


@dataclass
class Viewer:
    """A viewer that decodes on a thread, as core's stream component does, until it has enough."""

    address: str
    enough: int = 30
    frames: list[int | None] = field(default_factory=list)
    sounds: int = 0
    codecs: tuple[str, ...] = ()
    ended: str | None = None
    stopping: Event = field(default_factory=Event)

    def watch(self) -> None:
        """Decode pictures and count sound."""
        try:
            with av.open(self.address, timeout=20) as container:
                self.codecs = tuple(s.codec_context.name for s in container.streams)
                for packet in container.demux():
                    if not isinstance(packet.stream, VideoStream):
                        self.sounds += packet.size > 0
                        continue
                    for frame in packet.stream.decode(packet):
                        plane = np.frombuffer(frame.planes[0], np.uint8)
                        luma = plane.reshape(-1, frame.planes[0].line_size)
                        self.frames.append(
                            media.read_code(luma[: frame.height, : frame.width])
                        )
                    if self.stopping.is_set() or len(self.frames) >= self.enough:
                        self.ended = "enough"
                        return
            self.ended = "end"
        except av.FFmpegError as error:
            self.ended = repr(error)


@contextlib.asynccontextmanager
async def watching(address: str | None, enough: int = 100_000) -> AsyncIterator[Viewer]:
    """Run a viewer during the block."""
    assert address
    viewer = Viewer(address, enough)
    thread = threading.Thread(target=viewer.watch, name="viewer")
    thread.start()
    try:
        yield viewer
    finally:
        viewer.stopping.set()
        await asyncio.to_thread(thread.join)


@pytest.fixture
async def doorbell(
    socket_enabled: None, rtsp_server: RtspServer
) -> AsyncIterator[Gate]:
    """Return a doorbell that counts its connections."""
    async with gate(rtsp_server.port) as one:
        yield one


async def test_recording_goes_on_while_somebody_watches_over_one_connection(
    doorbell: Gate, open_bench: OpenBench
) -> None:
    """The recorder and the viewer both get every picture."""
    bench = open_bench(doorbell.address(), ONE)
    await bench.recorder.start()
    await bench.filled(3)
    assert bench.recorder.diagnostics()["live_viewers"] == 0
    address = bench.recorder.live_address
    async with watching(address) as viewer, watching(address) as other:
        await until(lambda: viewer.frames and other.frames)
        assert bench.recorder.diagnostics()["live_viewers"] == 2
        bench.trigger()
        [clip] = await bench.clips()
        await until(lambda: len(viewer.frames) >= 60)
    assert viewer.codecs == ("h264", "aac")
    assert viewer.sounds > 20
    for frames in (viewer.frames, other.frames):
        assert None not in frames
        steps = {((b or 0) - (a or 0)) % media.FRAMES for a, b in pairwise(frames)}
        assert steps == {1}
    assert check_clip(clip.path).missing == 0
    assert (doorbell.total, doorbell.most) == (1, 1)
    await until(lambda: not threads("live"))
    assert bench.recorder.diagnostics()["live_viewers"] == 0


@pytest.mark.parametrize(
    ("mount", "codecs"),
    [
        ("silent0", ("h264",)),
        ("alaw0", ("h264", "aac")),
        ("hevc0", ("hevc", "aac")),
    ],
)
async def test_what_doorbells_send_can_be_watched(
    rtsp_server: RtspServer, open_bench: OpenBench, mount: str, codecs: tuple[str, ...]
) -> None:
    """Sound that players do not support is converted to AAC, as in clips."""
    bench = open_bench(rtsp_server.address(mount), ONE)
    await bench.recorder.start()
    await bench.filled(2)
    async with watching(bench.recorder.live_address) as viewer:
        await until(lambda: len(viewer.frames) >= 45)
        assert len(codecs) == 1 or viewer.sounds
    assert viewer.codecs == codecs
    assert None not in viewer.frames


async def test_live_view_begins_at_once_at_the_last_keyframe(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """The viewer does not wait for the next keyframe, which may be far away."""
    slow = media.Scene(width=640, height=360, bitrate=300_000, gop=150)
    server = start_rtsp_server(scene=slow, cams=1)
    bench = open_bench(server.address(), ONE)
    await bench.recorder.start()
    await bench.filled(2)
    async with watching(bench.recorder.live_address) as viewer:
        await until(lambda: viewer.frames)
    assert bench.recorder.diagnostics()["width"]
    keyframe = viewer.frames[0]
    assert keyframe is not None
    assert keyframe % 150 == 0


async def test_who_comes_later_sees_nothing_of_what_was_before(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """Each viewer starts at the last keyframe before it connected."""
    bench = open_bench(rtsp_server.address(), ONE)
    await bench.recorder.start()
    await bench.filled(2)
    told = bench.recorder.diagnostics
    for _ in range(2):
        async with watching(bench.recorder.live_address) as viewer:
            await until(lambda: len(viewer.frames) >= 30)
        known = [frame or 0 for frame in viewer.frames]
        assert {(b - a) % media.FRAMES for a, b in pairwise(known)} == {1}
        await until(lambda: not told()["live_viewers"])
        enough = bench.keyframes + 2
        await until(lambda: bench.keyframes >= enough)  # noqa: B023 - awaited here


async def test_reconnect_ends_the_live_view_cleanly_and_it_can_begin_again(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """Viewers reconnect automatically, as core's stream component does."""
    server = start_rtsp_server(cams=1)
    bench = open_bench(server.address(), ONE)
    await bench.recorder.start()
    await bench.filled(2)
    address = bench.recorder.live_address
    async with watching(address) as viewer:
        await until(lambda: viewer.frames)
        server.kill()
        await until(lambda: viewer.ended)
    assert viewer.ended
    # FFmpeg reports the end of a live stream over HTTP as an error (EIO).
    assert viewer.ended.startswith("OSError(5")
    async with watching(address) as patient:
        server.start()
        await until(lambda: patient.frames)


async def test_viewer_who_stalls_is_dropped(
    rtsp_server: RtspServer, open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The viewer's buffer is limited, and its muxer ends."""
    bench = open_bench(rtsp_server.address(), ONE)
    told = bench.recorder.diagnostics
    monkeypatch.setattr(
        "custom_components.doorwatch.engine.doorbells.stream_server._STALLED", 0.5
    )
    await bench.recorder.start()
    await bench.filled(1)
    address = bench.recorder.live_address
    assert address
    parts = urlsplit(address)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1024)
    writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: door\r\n\r\n".encode())
    await until(lambda: told()["live_viewers"])
    # Kernel buffers would hold megabytes before the transport has to wait.
    (client,) = bench.recorder._relay._server._clients  # type: ignore[union-attr] # the recorder has one
    monkeypatch.setattr(client.transport, "get_write_buffer_size", lambda: 1000)
    await until(lambda: not told()["live_viewers"] and not threads("live"))
    writer.close()
    bench.trigger()
    await bench.clips()


async def test_stopping_hangs_up_on_those_who_watch(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """No thread or socket remains."""
    bench = open_bench(rtsp_server.address(), ONE)
    await bench.recorder.start()
    await bench.filled(1)
    async with watching(bench.recorder.live_address) as viewer:
        await until(lambda: viewer.frames)
        await bench.recorder.stop()
        await until(lambda: viewer.ended)
    assert bench.recorder.live_address is None
    names = [thread.name for thread in threading.enumerate()]
    assert not [name for name in names if name.startswith("doorwatch live")]


@pytest.mark.lesson(8)
async def test_watching_wakes_a_doorbell_that_sleeps(
    doorbell: Gate, open_bench: OpenBench
) -> None:
    """The doorbell sleeps until somebody watches, and again afterwards."""
    options = RecorderOptions(
        post_roll=2, longest=60, one_connection=True, on_event=True
    )
    bench = open_bench(doorbell.address(), options)
    await bench.recorder.start()
    await until(lambda: bench.recorder.health.asleep)
    assert not doorbell.total
    async with watching(bench.recorder.live_address) as viewer:
        await until(lambda: viewer.frames)
        bench.trigger(EventKind.RING)
        await bench.clips()
        assert doorbell.now == 1
    await until(lambda: bench.recorder.health.asleep and not doorbell.now)
    assert (doorbell.total, doorbell.most) == (1, 1)
