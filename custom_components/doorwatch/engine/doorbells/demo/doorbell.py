"""A doorbell without hardware: a drawn scene, encoded and served like a camera."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
import contextlib
from datetime import UTC, datetime
from fractions import Fraction
import logging
from threading import Event, Thread
import time
from typing import Final, Self, override

import av
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.stream import VideoStream
import numpy as np
from numpy.typing import NDArray

from ..base import (
    Doorbell,
    DoorbellError,
    DoorbellEvent,
    EventKind,
    Label,
    StreamSource,
)
from ..stream_server import Chunk, StreamServer
from .art import HEIGHT, WIDTH
from .people import labels_of
from .scene import Scene, Sight, Visits

_LOGGER = logging.getLogger(__name__)

FPS: Final = 10
GOP: Final = 15  # frames: a client waits at most for none, it begins at the last one
RATE: Final = 16000
_AAC_FRAME: Final = 1024  # samples
# A machine that was asleep or very busy goes on from now, not from where it was.
_MOST_BEHIND: Final = 1.0
_RETRY: Final = 1.0
_X264: Final = {
    "preset": "superfast",
    "tune": "zerolatency",
    "crf": "24",
    "x264-params": "threads=1:lookahead-threads=1:scenecut=0:log-level=none",
}


class DemoDoorbell(Doorbell):
    """Somebody walks up now and then, and sometimes rings."""

    def __init__(
        self,
        visits: Visits | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        """`clock` tells the local time to burn in; it is called on a thread."""
        self._visits = visits or Visits()
        self._clock = clock or _local_now
        self._listeners: list[Callable[[DoorbellEvent], None]] = []
        self._server: StreamServer | None = None
        self._camera: _Camera | None = None

    @override
    async def start(self) -> None:
        if self._camera is not None:
            return
        if "libx264" not in av.codecs_available:
            raise DoorbellError("unsupported_codec")
        server = StreamServer()
        try:
            self._server = await server.start()
        except OSError:
            raise DoorbellError("cannot_connect") from None
        self._camera = _Camera(
            self._visits,
            self._clock,
            asyncio.get_running_loop(),
            server,
            self._dispatch,
        )
        self._camera.start()

    @override
    async def stop(self) -> None:
        camera, self._camera = self._camera, None
        server, self._server = self._server, None
        if camera is not None:
            camera.stop()
            await asyncio.to_thread(camera.join)
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
            # Microseconds; and no more looking than a keyframe and some sound needs.
            options={
                "timeout": "5000000",
                "analyzeduration": "1000000",
                "multiple_requests": "0",
            },
        )

    @override
    def diagnostics(self) -> Mapping[str, object]:
        return {"video": "http/loopback", "events": "demo"}

    @override
    def subscribe(
        self, callback: Callable[[DoorbellEvent], None]
    ) -> Callable[[], None]:
        self._listeners.append(callback)

        def unsubscribe() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(callback)

        return unsubscribe

    def _dispatch(self, event: DoorbellEvent) -> None:
        if self._camera is None:
            return
        for listener in list(self._listeners):
            listener(event)


class _Camera(Thread):
    """Draws, encodes, and tells what happens, at a steady pace."""

    def __init__(
        self,
        visits: Visits,
        clock: Callable[[], datetime],
        loop: asyncio.AbstractEventLoop,
        server: StreamServer,
        dispatch: Callable[[DoorbellEvent], None],
    ) -> None:
        super().__init__(name="doorwatch demo", daemon=True)
        self._visits = visits
        self._clock = clock
        self._loop = loop
        self._server = server
        self._dispatch = dispatch
        self._stopping = Event()
        self._motion = False
        self._rung = -1

    def stop(self) -> None:
        self._stopping.set()

    @override
    def run(self) -> None:
        scene = Scene()
        begun = time.monotonic()
        while not self._stopping.is_set():
            try:
                self._film(scene, begun)
            except av.FFmpegError as error:
                _LOGGER.warning("The demo doorbell restarts its stream: %s", error)
                self._in_loop(self._server.restart)
                self._stopping.wait(_RETRY)

    def _film(self, scene: Scene, begun: float) -> None:
        with _Encoder() as encoder:
            first = time.monotonic()
            number = 0
            while True:
                now = time.monotonic()
                due = first + number / FPS
                if now - due > _MOST_BEHIND:
                    number = int((now - first) * FPS)
                elif self._stopping.wait(max(due - now, 0)):
                    return
                if self._stopping.is_set():
                    return
                seconds = time.monotonic() - begun
                sight = self._visits.at(seconds)
                picture = scene.frame(self._clock(), seconds, sight)
                if data := encoder.encode(picture, number, sight):
                    self._in_loop(self._server.feed, Chunk.of(data))
                self._tell(sight)
                number += 1

    def _tell(self, sight: Sight) -> None:
        """Tell what began or ended with this picture."""
        if sight.somebody and not self._motion:
            self._send(EventKind.MOTION, labels_of(sight.visit))
        if sight.pressed is not None and sight.visit != self._rung:
            self._rung = sight.visit
            self._send(EventKind.RING)
        if self._motion and not sight.somebody:
            self._send(EventKind.MOTION_ENDED)
        self._motion = sight.somebody

    def _send(self, kind: EventKind, labels: Iterable[Label] = ()) -> None:
        event = DoorbellEvent(
            kind=kind,
            at=datetime.now(UTC),
            monotonic=time.monotonic(),
            transport="demo",
            labels=dict.fromkeys(labels, "demo"),
        )
        self._in_loop(self._dispatch, event)

    def _in_loop[*Ts](self, call: Callable[[*Ts], object], *values: *Ts) -> None:
        # The loop may be gone when Home Assistant stops without having stopped us.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(call, *values)


class _Encoder:
    """H.264 and AAC in a transport stream, as bytes."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._container: OutputContainer = av.open(
            self,
            "w",
            format="mpegts",
            container_options={
                # Packets go out when they are made, and the tables come often.
                "flush_packets": "1",
                "max_delay": "0",
                "muxpreload": "0",
                "pat_period": "0.5",
            },
        )
        video: VideoStream = self._container.add_stream("libx264", FPS, _X264)
        video.width, video.height = WIDTH, HEIGHT
        video.pix_fmt = "yuv420p"
        video.gop_size = GOP
        video.codec_context.time_base = Fraction(1, FPS)
        audio: AudioStream = self._container.add_stream("aac", RATE, layout="mono")
        audio.bit_rate = 32000
        self._video, self._audio = video, audio
        self._samples = 0
        self._chime = _chime()
        self._rang_at: int | None = None
        self._rang = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(av.FFmpegError):
            self._container.close()

    def write(self, data: bytes) -> int:
        """Take what FFmpeg writes."""
        self._bytes += data
        return len(data)

    def encode(self, picture: NDArray[np.uint8], number: int, sight: Sight) -> bytes:
        """Encode one picture and the sound up to it; returns whole packets."""
        if sight.pressed is not None and sight.visit != self._rang:
            self._rang = sight.visit
            self._rang_at = self._samples
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts = number
        frame.time_base = Fraction(1, FPS)
        self._container.mux(self._video.encode(frame))
        until = number * RATE // FPS
        if until - self._samples > RATE * _MOST_BEHIND:
            self._samples = until // _AAC_FRAME * _AAC_FRAME
        while self._samples + _AAC_FRAME <= until:
            sound = av.AudioFrame.from_ndarray(
                self._sound(), format="fltp", layout="mono"
            )
            sound.sample_rate = RATE
            sound.pts = self._samples
            sound.time_base = Fraction(1, RATE)
            self._container.mux(self._audio.encode(sound))
            self._samples += _AAC_FRAME
        data = bytes(self._bytes)
        self._bytes.clear()
        return data

    def _sound(self) -> NDArray[np.float32]:
        sound = np.zeros((1, _AAC_FRAME), np.float32)
        if self._rang_at is not None:
            begin = self._samples - self._rang_at
            piece = self._chime[begin : begin + _AAC_FRAME]
            sound[0, : len(piece)] = piece
            if not len(piece):
                self._rang_at = None
        return sound


def _chime() -> NDArray[np.float32]:
    """Return a soft ding, dong."""
    seconds = np.arange(int(RATE * 2.4)) / RATE
    sound = np.zeros_like(seconds)
    for begin, pitch in ((0.0, 659.3), (0.55, 523.3)):
        t = np.clip(seconds - begin, 0, None)
        tone = np.sin(2 * np.pi * pitch * t) + 0.3 * np.sin(4 * np.pi * pitch * t)
        sound += (seconds >= begin) * tone * np.exp(-3.2 * t) * (1 - np.exp(-200 * t))
    return (0.16 * sound).astype(np.float32)


def _local_now() -> datetime:
    return datetime.now().astimezone()
