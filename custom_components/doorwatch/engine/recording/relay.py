"""Serve a doorbell's received packets as a live stream, without another connection."""

import asyncio
from collections.abc import Callable, Iterator
from fractions import Fraction
import io
import logging
from threading import Event, Thread
import time
from typing import Final, override

import av
from av.stream import Stream

from ..doorbells.stream_server import Chunk, StreamServer
from .epoch import Encoded, Epoch
from .packets import Packet, PacketQueue, copied
from .preroll_buffer import PrerollBuffer
from .sound import AudioTrack, add_sound

_LOGGER = logging.getLogger(__name__)

# Bytes; about 20 s at a high bit rate.
_MOST_WAITING: Final = 16_000_000
_MOST_KEPT: Final = 12_000_000
_OPTIONS: Final = {
    # Write packets immediately, and repeat the tables often.
    "flush_packets": "1",
    "max_delay": "0",
    "muxpreload": "0",
    "pat_period": "0.5",
    "max_interleave_delta": "500000",  # microseconds to wait for missing audio
}
# Seconds added to all times, as a transport stream has no negative times.
_LEAD: Final = 1


class Relay:
    """Mux the live stream only while there are clients; for the event loop."""

    def __init__(
        self,
        name: str,
        preroll: PrerollBuffer,
        loop: asyncio.AbstractEventLoop,
        on_watched: Callable[[], None] = lambda: None,
    ) -> None:
        """Initialize with the pre-roll; `on_watched` is called for the first client."""
        self._name = name
        self._preroll = preroll
        self._loop = loop
        self._on_watched = on_watched
        self._muxer: _Muxer | None = None
        self._ending: list[_Muxer] = []
        self._server = StreamServer(
            most_waiting=_MOST_WAITING,
            most_kept=_MOST_KEPT,
            on_clients=self._clients_changed,
        )

    async def start(self) -> str:
        """Listen on loopback; return the URL with a random path. Raises `OSError`."""
        return (await self._server.start()).address

    async def stop(self) -> None:
        """Disconnect the clients; see `threads`."""
        await self._server.stop()
        self._end_muxer()

    @property
    def clients(self) -> int:
        """Return the number of clients."""
        return self._server.clients

    def threads(self) -> list[Thread]:
        """Return the threads that are still running."""
        return [m for m in (self._muxer, *self._ending) if m and m.is_alive()]

    def _clients_changed(self) -> None:
        if not self.clients:
            self._end_muxer()
            # The next client starts with the pre-roll of that time.
            self._server.restart()
        elif self._muxer is None:
            self._muxer = muxer = _Muxer(self._name, self._preroll, self._call)
            muxer.start()
            self._on_watched()

    def _end_muxer(self) -> None:
        if muxer := self._muxer:
            self._muxer = None
            muxer.stop()
            self._ending = [m for m in (*self._ending, muxer) if m.is_alive()]

    def _call(self, muxer: _Muxer, chunk: Chunk | None) -> None:
        """Pass on muxed data, or None at the end; called on the muxer's thread."""

        def take() -> None:
            if muxer is not self._muxer:
                return
            if chunk is not None:
                self._server.feed(chunk)
                return
            self._end_muxer()
            self._server.restart()

        try:
            self._loop.call_soon_threadsafe(take)
        except RuntimeError:  # the loop was closed without stopping the relay
            muxer.stop()


class _Muxer(Thread):
    """Mux one continuous section of the stream to a transport stream."""

    def __init__(
        self,
        name: str,
        preroll: PrerollBuffer,
        feed: Callable[[_Muxer, Chunk | None], None],
    ) -> None:
        super().__init__(name=f"doorwatch live {name}", daemon=True)
        self._doorbell = name
        self._preroll = preroll
        self._feed = feed
        self._queue = PacketQueue()
        self._stopping = Event()

    def stop(self) -> None:
        """Ask the thread to end."""
        self._stopping.set()
        self._queue.put(None)

    @override
    def run(self) -> None:
        try:
            self._relay()
        except (av.FFmpegError, OSError, ValueError) as error:
            _LOGGER.warning(
                "The live view of %s ended: %s", self._doorbell, type(error).__name__
            )
        finally:
            self._preroll.unsubscribe(self._queue)
            self._feed(self, None)

    def _relay(self) -> None:
        stream: _Stream | None = None
        try:
            for item in self._items():
                if isinstance(item, Epoch):
                    if stream and stream.epoch is item:
                        return
                elif stream is None:
                    if item.is_video and item.encoded.is_keyframe:
                        stream = _Stream(item)
                        stream.take(item)
                elif item.is_video and item.epoch is not stream.epoch:
                    return
                else:
                    stream.take(item)
                if stream and (data := stream.taken()):
                    self._feed(self, Chunk.of(data))
        finally:
            if stream:
                stream.close()

    def _items(self) -> Iterator[Packet | Epoch]:
        yield from self._preroll.subscribe(self._queue, time.monotonic())
        while not self._stopping.is_set():
            if (item := self._queue.get()) is not None:
                yield item


class _Stream:
    """A transport stream that starts with a keyframe."""

    def __init__(self, first: Packet) -> None:
        self.epoch = epoch = first.epoch
        self._begin = first.time
        self._shown = first.shown
        # Audio from before the first frame is dropped.
        self._last_sound = int(first.time * epoch.video_base / epoch.sound_base)
        self._output = io.BytesIO()
        self._container = av.open(
            self._output, "w", format="mpegts", container_options=_OPTIONS
        )
        add = self._container.add_stream_from_template
        self._video = add(epoch.video, opaque=True)
        self._copied = None
        self._made: AudioTrack | None = None
        if epoch.sound and epoch.sound_codec != "aac":
            self._made = add_sound(self._container, epoch, first.time)
        elif epoch.sound and epoch.has_sound_at(first.time):
            # Players would wait for the audio of an empty track.
            self._copied = add(epoch.sound, opaque=True)

    def close(self) -> None:
        """End the stream."""
        self._container.close()

    def taken(self) -> bytes:
        """Return the data muxed since the last call."""
        data = self._output.getvalue()
        self._output.seek(0)
        self._output.truncate()
        return data

    def take(self, packet: Packet) -> None:
        """Mux a packet of the epoch."""
        epoch = self.epoch
        if not packet.is_video:
            if self._made:
                self._mux_all(self._made.take(packet.encoded, packet.time))
            elif self._copied and packet.time > self._last_sound:
                self._last_sound = packet.time
                self._mux(packet.encoded, packet.time, epoch.sound_base, self._copied)
            return
        if packet.shown < self._shown:
            return  # refers to frames that are not in the stream
        self._mux(packet.encoded, packet.time, epoch.video_base, self._video)
        if self._made:
            seconds = (packet.time - self._begin) * epoch.video_seconds
            self._mux_all(self._made.advance(seconds))

    def _mux(self, packet: Encoded, time: int, base: Fraction, stream: Stream) -> None:
        begin = round(self._begin * self.epoch.video_base / base - _LEAD / base)
        copy = copied(packet, base, time, begin)
        copy.stream = stream
        self._container.mux_one(copy)

    def _mux_all(self, packets: Iterator[Encoded]) -> None:
        for packet in packets:
            base = packet.time_base
            lead = round(_LEAD * base.denominator / base.numerator)
            packet.dts = packet.pts = (packet.pts or 0) + lead
            self._container.mux_one(packet)
