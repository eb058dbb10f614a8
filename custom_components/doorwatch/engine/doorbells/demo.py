"""Play a rendered loop as the stream of a doorbell without hardware."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
import itertools
from pathlib import Path
from threading import Event, Thread
import time
from typing import Any, Final, override

import av

from .base import Doorbell, DoorbellError, DoorbellEvent, EventKind, Label, StreamSource
from .stream_server import Chunk, StreamServer

LOOP: Final = Path(__file__).with_name("demo.mp4")  # made by scripts/make_demo.py
FPS: Final = 10
RATE: Final = 16000  # samples per second
IDLE: Final = 16  # frames without a person at the start of the loop: one frame group
_AAC_FRAME: Final = 1024  # samples
# After a longer delay, such as a suspended machine, playback skips ahead.
_MOST_BEHIND: Final = 1.0  # seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class DemoVisit:
    """A part of the loop with a person, in frames.

    `begin` is a keyframe, `end` is exclusive, and the button is pressed at `ring`.
    """

    begin: int
    end: int
    ring: int | None = None
    labels: tuple[Label, ...] = (Label.PERSON,)


VISITS: Final = (
    DemoVisit(begin=16, end=180, ring=73, labels=(Label.PERSON, Label.PACKAGE)),
    DemoVisit(begin=180, end=309),
)


class DemoDoorbell(Doorbell):
    """A demo doorbell with a visitor every minute, of whom every second one rings."""

    def __init__(
        self,
        visits: Sequence[DemoVisit] = VISITS,
        *,
        first: float = 10.0,
        interval: float = 60.0,
    ) -> None:
        """Initialize with the start of the first visit and the interval, in seconds."""
        super().__init__()
        self._visits = visits
        self._first, self._interval = round(first * FPS), round(interval * FPS)
        self._server: StreamServer | None = None
        self._player: Thread | None = None
        self._stopping = Event()

    @override
    async def start(self) -> None:
        if self._player is not None:
            return
        server = StreamServer()
        try:
            stream = await asyncio.to_thread(_Stream)
            await server.start()
        except OSError, av.FFmpegError:
            raise DoorbellError("cannot_connect") from None
        self._server = server
        self._stopping = Event()
        self._player = Thread(
            target=self._play,
            args=(stream, server, self._stopping, asyncio.get_running_loop()),
            name="doorwatch demo",
            daemon=True,
        )
        self._player.start()

    @override
    async def stop(self) -> None:
        player, self._player = self._player, None
        server, self._server = self._server, None
        if player is not None:
            self._stopping.set()
            await asyncio.to_thread(player.join)
        if server is not None:
            await server.stop()

    @override
    def stream_source(self) -> StreamSource:
        if self._server is None:
            raise DoorbellError("cannot_connect")
        return StreamSource(
            address=self._server.address,
            protocols=("http", "tcp"),
            container="mpegts",
            # The timeout is in microseconds. The analysis is short, as the stream has a
            # keyframe and audio from its start.
            options={
                "timeout": "5000000",
                "analyzeduration": "1000000",
                "multiple_requests": "0",
            },
        )

    @override
    def diagnostics(self) -> Mapping[str, object]:
        return {"video": "http/loopback", "events": "demo"}

    def _dispatch(self, event: DoorbellEvent) -> None:
        if self._player is not None:
            self.events.call(event)

    def _play(
        self,
        stream: _Stream,
        server: StreamServer,
        stopping: Event,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """Send the stream and its events in real time; runs on a thread."""

        def in_loop[*Ts](call: Callable[[*Ts], object], *values: *Ts) -> None:
            # The loop may be closed if Home Assistant stops without stopping the
            # doorbell.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(call, *values)

        first = time.monotonic()
        number, before = 0, None
        for picture, visit in _pictures(self._visits, self._first, self._interval):
            now = time.monotonic()
            if now - first - number / FPS > _MOST_BEHIND:
                number = int((now - first) * FPS)
            if stopping.wait(max(first + number / FPS - now, 0)):
                break
            in_loop(server.feed, Chunk.of(stream.packets(picture, number)))
            if visit is not before:
                if before is not None:
                    in_loop(self._dispatch, _event(EventKind.MOTION_ENDED))
                if visit is not None:
                    in_loop(self._dispatch, _event(EventKind.MOTION, visit.labels))
            if visit is not None and picture == visit.ring:
                in_loop(self._dispatch, _event(EventKind.RING))
            number, before = number + 1, visit
        stream.close()


def _event(kind: EventKind, labels: tuple[Label, ...] = ()) -> DoorbellEvent:
    return DoorbellEvent(
        kind=kind,
        at=datetime.now(UTC),
        monotonic=time.monotonic(),
        transport="demo",
        labels=dict.fromkeys(labels, "demo"),
    )


def _pictures(
    visits: Sequence[DemoVisit], first: int, interval: int
) -> Iterator[tuple[int, DemoVisit | None]]:
    """Yield the loop's frame number of each next frame, and the visit it shows."""
    begin, shown = first, 0
    for visit in itertools.cycle(visits):
        for number in range(max(begin - shown, 0)):
            yield number % IDLE, None
        for picture in range(visit.begin, visit.end):
            yield picture, visit
        shown = max(begin, shown) + visit.end - visit.begin
        begin += interval


class _Stream:
    """Remux the loop's packets to an endless transport stream."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._output = av.open(
            self,
            "w",
            format="mpegts",
            container_options={
                # Write packets immediately, and repeat the tables often.
                "flush_packets": "1",
                "max_delay": "0",
                "muxpreload": "0",
                "pat_period": "0.5",
            },
        )
        with av.open(LOOP) as loop:
            video, sound = loop.streams.video[0], loop.streams.audio[0]
            packets = [packet for packet in loop.demux() if packet.dts is not None]
            self._video = [packet for packet in packets if packet.stream is video]
            self._sound = [packet for packet in packets if packet.stream is sound]
            self._streams = (
                self._output.add_stream_from_template(video),
                self._output.add_stream_from_template(sound),
            )
        self._samples = 0

    def write(self, data: bytes) -> int:
        """Collect the output of FFmpeg."""
        self._bytes += data
        return len(data)

    def packets(self, picture: int, number: int) -> bytes:
        """Return a frame of the loop as the stream's frame `number`, with its audio."""
        self._mux(0, self._video[picture], number, FPS)
        until = number * RATE // FPS
        if until - self._samples > RATE * _MOST_BEHIND:
            self._samples = until // _AAC_FRAME * _AAC_FRAME
        # In samples, from the position in the stream to that in the loop.
        ahead = picture * RATE // FPS - until
        while self._samples + _AAC_FRAME <= until:
            part = max(self._samples + ahead, 0) // _AAC_FRAME
            self._mux(1, self._sound[part], self._samples, RATE)
            self._samples += _AAC_FRAME
        data = bytes(self._bytes)
        self._bytes.clear()
        return data

    def _mux(self, stream: int, packet: av.Packet[Any], at: int, rate: int) -> None:
        packet.stream = self._streams[stream]
        packet.pts = packet.dts = at
        packet.duration = 0  # the muxer rescales it in place, each time
        packet.time_base = Fraction(1, rate)
        self._output.mux_one(packet)

    def close(self) -> None:
        """Close the output."""
        self._output.close()
