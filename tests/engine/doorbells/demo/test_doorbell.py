"""The demo doorbell draws, encodes, serves and tells what happens."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
import itertools
import time
from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import urlsplit

import av
from av.video.stream import VideoStream
import numpy as np
import pytest

from custom_components.doorwatch.engine.doorbells.base import (
    DoorbellError,
    DoorbellEvent,
    EventKind,
    StreamSource,
)
from custom_components.doorwatch.engine.doorbells.demo import doorbell as demo
from custom_components.doorwatch.engine.doorbells.demo.art import HEIGHT, WIDTH
from custom_components.doorwatch.engine.doorbells.demo.doorbell import (
    FPS,
    GOP,
    DemoDoorbell,
)
from custom_components.doorwatch.engine.doorbells.demo.scene import Visits
from custom_components.doorwatch.engine.doorbells.probe import (
    StreamFacts,
    open_options,
    probe_stream,
)
from tests.waiting import until

SOON = Visits(first=0.5, interval=4.0, ring_every=2, hurry=8.0)
NOON = datetime(2026, 11, 25, 12, 34, 56, 789_000, tzinfo=UTC)


@pytest.fixture
async def doorbell() -> AsyncIterator[DemoDoorbell]:
    """Start a doorbell where somebody comes soon."""
    doorbell = DemoDoorbell(SOON, lambda: NOON)
    await doorbell.start()
    yield doorbell
    await doorbell.stop()


type Packets = list[av.Packet[VideoStream]]


def watch(source: StreamSource, number: int, read: Packets | None = None) -> Packets:
    """Read video packets as the clip recorder does."""
    packets: Packets = [] if read is None else read
    with av.open(
        source.address,
        format=source.container,
        options=open_options(source),
        timeout=20,
    ) as container:
        complete = (p for p in container.demux(video=0) if p.dts is not None)
        packets.extend(itertools.islice(complete, number))
    return packets


async def test_stream_has_picture_and_sound(doorbell: DemoDoorbell) -> None:
    source = doorbell.stream_source()
    assert source.protocols == ("http", "tcp")
    assert urlsplit(source.address).hostname == "127.0.0.1"
    assert urlsplit(source.address).path not in repr(source)
    assert await probe_stream(source) == StreamFacts(
        video_codec="h264", width=WIDTH, height=HEIGHT, fps=FPS, audio_codec="aac"
    )


async def pictures(doorbell: DemoDoorbell, count: int) -> None:
    """Wait until it has drawn so many pictures more."""
    source = doorbell.stream_source()
    await asyncio.to_thread(watch, source, count)


async def test_each_client_begins_at_a_keyframe_and_misses_nothing(
    doorbell: DemoDoorbell,
) -> None:
    source = doorbell.stream_source()
    clients = []
    for _ in range(4):
        clients.append(asyncio.create_task(asyncio.to_thread(watch, source, 30)))
        await pictures(doorbell, 4)
    for packets in await asyncio.gather(*clients):
        assert packets[0].is_keyframe
        times = [float(p.pts * p.time_base) for p in packets if p.pts is not None]
        assert np.diff(times) == pytest.approx(1 / FPS, abs=0.001)
        keyframes = [i for i, packet in enumerate(packets) if packet.is_keyframe]
        assert set(np.diff(keyframes)) == {GOP}


async def test_motion_begins_and_ends_and_some_ring(doorbell: DemoDoorbell) -> None:
    events: list[DoorbellEvent] = []
    begun = time.monotonic()
    stop = doorbell.subscribe(events.append)
    await until(lambda: len([e for e in events if e.kind is EventKind.MOTION]) == 3)
    stop()
    stop()
    assert [event.kind for event in events] == [
        EventKind.MOTION,
        EventKind.RING,
        EventKind.MOTION_ENDED,
        EventKind.MOTION,
        EventKind.MOTION_ENDED,
        EventKind.MOTION,
    ]
    assert {event.transport for event in events} == {"demo"}
    assert [event.labels for event in events] == [
        {"person": "demo", "package": "demo"},
        *({}, {}),
        {"person": "demo"},
        {},
        {"person": "demo"},
    ]
    moments = [event.monotonic for event in events]
    assert moments == sorted(moments)
    assert begun - 1 < moments[0] < time.monotonic()
    assert all(event.at.tzinfo is UTC for event in events)
    seen, later = len(events), list[DoorbellEvent]()
    doorbell.subscribe(later.append)
    await until(lambda: later)
    assert len(events) == seen


async def test_ring_can_be_heard(doorbell: DemoDoorbell) -> None:
    source = doorbell.stream_source()
    rings: list[DoorbellEvent] = []
    doorbell.subscribe(
        lambda event: rings.append(event) if event.kind is EventKind.RING else None
    )

    def listen() -> list[float]:
        with av.open(
            source.address,
            format=source.container,
            options=open_options(source),
            timeout=20,
        ) as container:
            loudness = []
            for frame in container.decode(audio=0):
                loudness.append(float(np.abs(frame.to_ndarray()).max()))
                if frame.time is not None and len(loudness) > 16000 * 4 // 1024:
                    return loudness
        raise AssertionError("the stream ended")

    async with asyncio.timeout(30):
        loudness = await asyncio.to_thread(listen)
    assert rings
    assert max(loudness) > 0.1
    assert min(loudness) < 0.01


async def test_stopping_ends_stream_thread_and_clients() -> None:
    doorbell = DemoDoorbell(SOON)
    await doorbell.start()
    await doorbell.start()
    source = doorbell.stream_source()
    client = asyncio.create_task(asyncio.to_thread(watch, source, 10_000))
    server = doorbell._server
    assert server is not None
    await until(lambda: server.clients)
    await doorbell.stop()
    await doorbell.stop()
    async with asyncio.timeout(30):
        with pytest.raises(av.FFmpegError):
            await client
    with pytest.raises(DoorbellError):
        doorbell.stream_source()
    with pytest.raises(DoorbellError) as caught:
        await probe_stream(source, 2)
    assert caught.value.problem == "cannot_connect"


async def test_it_starts_again_under_another_address() -> None:
    doorbell = DemoDoorbell(SOON)
    addresses = set()
    for _ in range(2):
        await doorbell.start()
        addresses.add(urlsplit(doorbell.stream_source().address).path)
        await probe_stream(doorbell.stream_source())
        await doorbell.stop()
    assert len(addresses) == 2


async def test_encoder_that_fails_is_started_again(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [av.ExternalError(1, "out of order")]
    encode = demo._Encoder.encode

    def fail_once(*arguments: object) -> bytes:
        if failures:
            raise failures.pop()
        return encode(*arguments)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(demo._Encoder, "encode", fail_once)
    monkeypatch.setattr(demo, "_RETRY", 0.05)
    doorbell = DemoDoorbell(SOON)
    await doorbell.start()
    try:
        await until(lambda: "restarts its stream" in caplog.text)
        assert (await probe_stream(doorbell.stream_source())).width == WIDTH
    finally:
        await doorbell.stop()
    assert caplog.text.count("restarts its stream") == 1


async def test_machine_that_slept_goes_on_from_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept = 0.0
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + slept)
    monkeypatch.setattr(demo, "time", clock)
    doorbell = DemoDoorbell(Visits())
    await doorbell.start()
    read: Packets = []
    watching = asyncio.create_task(
        asyncio.to_thread(watch, doorbell.stream_source(), 2 * GOP, read)
    )
    await until(lambda: read)
    slept = 3.0
    packets = await watching
    await doorbell.stop()
    assert packets[0].is_keyframe
    # Not all the frames that were slept through, in one burst.
    times = [float(p.pts * p.time_base) for p in packets if p.pts is not None]
    assert np.diff(times).max() > slept - 0.05


async def test_build_without_the_encoder_is_refused() -> None:
    with (
        patch.object(av, "codecs_available", {"aac"}),
        pytest.raises(DoorbellError) as caught,
    ):
        await DemoDoorbell().start()
    assert caught.value.problem == "unsupported_codec"


async def test_machine_without_a_free_port_is_refused() -> None:
    loop = asyncio.get_running_loop()
    with (
        patch.object(loop, "create_server", side_effect=OSError),
        pytest.raises(DoorbellError) as caught,
    ):
        await DemoDoorbell().start()
    assert caught.value.problem == "cannot_connect"
