"""Tests of the demo doorbell, which plays a loop and reports its events."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC
from functools import partial
import itertools
import time
from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import urlsplit

import av
from av.video.stream import VideoStream
import numpy as np
import pytest

from custom_components.doorwatch.engine.doorbells import demo
from custom_components.doorwatch.engine.doorbells.base import (
    DoorbellError,
    DoorbellEvent,
    EventKind,
    StreamSource,
)
from custom_components.doorwatch.engine.doorbells.demo import (
    FPS,
    IDLE,
    LOOP,
    VISITS,
    DemoDoorbell,
)
from custom_components.doorwatch.engine.doorbells.probe import (
    open_options,
    probe_stream,
)
from tests.waiting import until

# Two short visits that begin at a keyframe.
SOON = partial(
    DemoDoorbell,
    (replace(VISITS[0], begin=64, end=90), replace(VISITS[1], begin=228, end=238)),
    first=0.5,
    interval=4.0,
)


@pytest.fixture
async def doorbell() -> AsyncIterator[DemoDoorbell]:
    """Start a doorbell with an early visit."""
    doorbell = SOON()
    await doorbell.start()
    yield doorbell
    await doorbell.stop()


type Packets = list[av.Packet[VideoStream]]


def watch(source: StreamSource, number: int, read: Packets | None = None) -> Packets:
    """Read video packets like the clip recorder."""
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
    await probe_stream(source)


async def pictures(doorbell: DemoDoorbell, count: int) -> None:
    """Wait until the doorbell has sent this many more pictures."""
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
        assert len(keyframes) > 1
        assert max(np.diff(keyframes)) <= IDLE


async def test_motion_begins_and_ends_and_some_ring(doorbell: DemoDoorbell) -> None:
    events: list[DoorbellEvent] = []
    begun = time.monotonic()
    stop = doorbell.events.add(events.append)
    await until(lambda: len([e for e in events if e.kind is EventKind.MOTION]) == 3)
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
        {"person": "demo", "package": "demo"},
    ]
    moments = [event.monotonic for event in events]
    assert moments == sorted(moments)
    assert begun - 1 < moments[0] < time.monotonic()
    assert all(event.at.tzinfo is UTC for event in events)
    seen, later = len(events), list[DoorbellEvent]()
    doorbell.events.add(later.append)
    await until(lambda: later)
    assert len(events) == seen


async def test_ring_can_be_heard(doorbell: DemoDoorbell) -> None:
    source = doorbell.stream_source()
    rings: list[DoorbellEvent] = []
    doorbell.events.add(
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
    doorbell = SOON()
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
    doorbell = SOON()
    addresses = set()
    for _ in range(2):
        await doorbell.start()
        addresses.add(urlsplit(doorbell.stream_source().address).path)
        await probe_stream(doorbell.stream_source())
        await doorbell.stop()
    assert len(addresses) == 2


def test_loop_shows_nobody_then_each_visit() -> None:
    """Each part begins with a keyframe, and only visits show a person."""
    with av.open(LOOP) as loop:
        video = loop.streams.video[0]
        packets = [p for p in loop.demux(video) if p.dts is not None]
    keyframes = [i for i, packet in enumerate(packets) if packet.is_keyframe]
    assert {0, *(visit.begin for visit in VISITS)} <= set(keyframes)
    assert np.diff([*keyframes, len(packets)]).max() <= IDLE
    assert VISITS[-1].end == len(packets)
    with av.open(LOOP) as loop:
        pictures = [
            frame.to_ndarray(format="gray")[:480].astype(int)
            for frame in loop.decode(video=0)
        ]
    changed = [
        int((abs(picture - pictures[0]) > 40).sum()) > 1000 for picture in pictures
    ]
    assert not any(changed[:IDLE])
    for visit in VISITS:
        # While the visitor walks in or out, little changes in the picture.
        assert all(changed[visit.begin + 12 : visit.end - 12])
        assert visit.ring is None or visit.begin < visit.ring < visit.end


def test_packets_can_be_sent_without_an_end() -> None:
    """The muxer rescales the duration of a packet in place."""
    stream = demo._Stream()
    for number in range(IDLE * 6):
        stream.packets(number % IDLE, number)
    assert {packet.duration for packet in stream._video[:IDLE]} == {0}
    stream.close()


async def test_a_missing_loop_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "LOOP", LOOP.with_name("nothing.mp4"))
    with pytest.raises(DoorbellError) as caught:
        await DemoDoorbell().start()
    assert caught.value.problem == "cannot_connect"


async def test_machine_that_slept_goes_on_from_now(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slept = 0.0
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + slept)
    monkeypatch.setattr(demo, "time", clock)
    doorbell = DemoDoorbell()
    await doorbell.start()
    read: Packets = []
    watching = asyncio.create_task(
        asyncio.to_thread(watch, doorbell.stream_source(), 2 * IDLE, read)
    )
    await until(lambda: read)
    slept = 3.0
    packets = await watching
    await doorbell.stop()
    assert packets[0].is_keyframe
    # The frames for the time asleep are skipped, not sent in one burst.
    times = [float(p.pts * p.time_base) for p in packets if p.pts is not None]
    assert np.diff(times).max() > slept - 0.05


async def test_machine_without_a_free_port_is_refused() -> None:
    loop = asyncio.get_running_loop()
    with (
        patch.object(loop, "create_server", side_effect=OSError),
        pytest.raises(DoorbellError) as caught,
    ):
        await DemoDoorbell().start()
    assert caught.value.problem == "cannot_connect"
