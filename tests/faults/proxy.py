"""A TCP proxy between a clip recorder and a camera that simulates network faults.

It runs on its own thread. Each camera has a line; `Line.apply` applies one fault to it
and returns when the fault is over. Data from the camera is split into RTSP responses
and interleaved packets, so that a fault can choose its target.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
import contextlib
from dataclasses import dataclass, field
from enum import Enum
import logging
import random
import socket
import struct
import threading
from types import TracebackType
from typing import Final, Self

from tests.ports import own_port

from .plan import Fault

_LOGGER = logging.getLogger(__name__)

# Seconds after which a fault stops waiting for something to affect.
_WAIT: Final = 4.0
# With this option, closing a socket sends RST.
_NO_LINGER: Final = struct.pack("ii", 1, 0)


class Kind(Enum):
    """The kind of data from a camera."""

    TEXT = "text"
    RTP = "rtp"
    RTCP = "rtcp"


@dataclass(slots=True)
class Framer:
    """Split data from a camera into frames."""

    _rest: bytearray = field(default_factory=bytearray)

    def feed(self, data: bytes) -> Iterator[tuple[Kind, bytes]]:
        """Yield the complete frames."""
        rest = self._rest
        rest += data
        while rest:
            if rest[0] == ord("$"):
                length = 4 + int.from_bytes(rest[2:4])
                kind = Kind.RTCP if len(rest) > 1 and rest[1] % 2 else Kind.RTP
                if len(rest) < 4 or len(rest) < length:
                    return
            else:
                kind = Kind.TEXT
                if (end := rest.find(b"\r\n\r\n")) < 0:
                    return
                length = end + 4 + _content_length(bytes(rest[:end]))
                if len(rest) < length:
                    return
            yield kind, bytes(rest[:length])
            del rest[:length]


def _content_length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


# Return the frames to forward in place of one frame.
type Tamper = Callable[[Kind, bytes], list[bytes]]


class _Side:
    """One half of a connection: to the client or to the camera."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader = reader
        self._writer = writer
        self._ended = False

    async def send(self, data: bytes) -> None:
        """Send data, which is dropped after `end`."""
        if data and not self._ended and not self._writer.is_closing():
            self._writer.write(data)
            await self._writer.drain()

    def end(self) -> None:
        """Close the sending direction; the other side may keep sending."""
        if not self._ended and not self._writer.is_closing():
            self._ended = True
            with contextlib.suppress(OSError):
                self._writer.write_eof()

    def close(self) -> None:
        """Close the connection."""
        with contextlib.suppress(OSError):
            self._writer.close()

    def reset(self) -> None:
        """Close the connection with RST."""
        if not self._writer.is_closing():
            with contextlib.suppress(OSError):
                self._writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER
                )
        self._writer.transport.abort()


class _Connection:
    """A client's connection and the connection to the camera made for it."""

    def __init__(self, line: Line, client: _Side, camera: _Side) -> None:
        self._line = line
        self.client = client
        self.camera = camera

    async def run(self) -> None:
        """Forward data until both sides have ended."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._up())
                group.create_task(self._down())
        except* OSError:
            pass
        finally:
            self.close()

    async def _up(self) -> None:
        while data := await self.client.reader.read(65536):
            await self._line.open.wait()
            await self.camera.send(self._line.question(data))
        self.camera.end()

    async def _down(self) -> None:
        line, framer = self._line, Framer()
        while data := await self.camera.reader.read(65536):
            for kind, frame in framer.feed(data):
                await line.open.wait()
                for each in line.tampered(kind, frame):
                    await line.pace(each, self.client.send)
        self.client.end()

    def close(self) -> None:
        """Close both sides."""
        self.client.close()
        self.camera.close()

    def reset(self) -> None:
        """Reset both sides."""
        self.client.reset()
        self.camera.reset()


class Line:
    """The connections to one camera."""

    def __init__(self, proxy: Proxy, camera_port: int) -> None:
        """Store the camera's address; `Proxy.line` opens the line."""
        self._proxy = proxy
        self._camera_port = camera_port
        self._server: asyncio.Server | None = None
        self.connections: set[_Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._mute = False
        self._tamper: Tamper | None = None
        self._question: Callable[[bytes], bytes] | None = None
        self._pace: Callable[[], float] | None = None
        self._drip = 0
        self._hit = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()
        self.port = own_port()
        self.applied: list[Fault] = []
        self.knocks = 0  # requested and accepted connections

    async def listen(self) -> None:
        """Accept connections, on the same port as before if there was one."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, reuse_address=True
        )

    async def deafen(self) -> None:
        """Stop accepting connections; existing connections stay open."""
        if self._server:
            self._server.close()
            self._server = None

    async def close(self) -> None:
        """Close all connections and the listener."""
        await self.deafen()
        self.open.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.knocks += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if self._mute:
                with contextlib.suppress(OSError):
                    while await reader.read(65536):
                        pass
                return
            try:
                camera = await asyncio.open_connection("127.0.0.1", self._camera_port)
            except OSError:
                return
            connection = _Connection(self, _Side(reader, writer), _Side(*camera))
            self.connections.add(connection)
            try:
                await connection.run()
            finally:
                self.connections.discard(connection)
        except asyncio.CancelledError:
            pass  # the line is being closed; asyncio would report the cancellation
        finally:
            self._tasks.discard(task)
            writer.close()

    # Called by connections for each piece of data.

    def question(self, data: bytes) -> bytes:
        """Return the data to forward to the camera for data of a client."""
        return self._question(data) if self._question else data

    def tampered(self, kind: Kind, frame: bytes) -> list[bytes]:
        """Return the frames to forward to the client for a frame of the camera."""
        return self._tamper(kind, frame) if self._tamper else [frame]

    async def pace(self, data: bytes, send: Callable[[bytes], Awaitable[None]]) -> None:
        """Send data at the current speed of the line."""
        if self._pace:
            await asyncio.sleep(self._pace())
        while self._drip and data:
            await send(data[: self._drip])
            data = data[self._drip :]
            await asyncio.sleep(0.002)
        await send(data)

    # Faults

    async def apply(self, fault: Fault) -> None:
        """Apply one fault and return when it is over. Callable from any event loop."""
        _LOGGER.info("%s on port %s", fault, self.port)
        self.applied.append(fault)
        await self._proxy.call(self._apply(fault))

    async def silence(self, silent: bool = True) -> None:
        """Stop forwarding data, or resume it."""

        async def do() -> None:
            if silent:
                self.open.clear()
            else:
                self.open.set()

        await self._proxy.call(do())

    async def reword(self, said: bytes, heard: bytes) -> None:
        """Replace bytes in the camera's responses from now on."""

        def tamper(kind: Kind, frame: bytes) -> list[bytes]:
            return [frame.replace(said, heard) if kind is Kind.TEXT else frame]

        async def do() -> None:
            self._tamper = tamper

        await self._proxy.call(do())

    async def hang_up(self) -> None:
        """End all connections but accept new ones."""

        async def do() -> None:
            self._cut()

        await self._proxy.call(do())

    async def _apply(self, fault: Fault) -> None:
        chance = random.Random(f"bytes {fault.seed}")
        self._hit = asyncio.Event()
        match fault.kind:
            case "stall" | "long_stall":
                self.open.clear()
                await asyncio.sleep(fault.seconds)
            case "delay":
                self._pace = lambda: chance.uniform(0, 0.08)
                await asyncio.sleep(fault.seconds)
            case "drip":
                self._drip = chance.randint(8, 60)
                await asyncio.sleep(fault.seconds)
            case "reset":
                self._reset()
            case "cut":
                self._cut()
            case "half_close_client":
                for connection in tuple(self.connections):
                    connection.client.end()
            case "half_close_server":
                for connection in tuple(self.connections):
                    connection.camera.end()
            case "refuse":
                await self.deafen()
                self._cut()
                await asyncio.sleep(fault.seconds)
                await self.listen()
            case "mute":
                self._mute = True
                self._cut()
                await asyncio.sleep(fault.seconds)
                self._mute = False
            case "corrupt_question":
                self._question = self._in_question(chance)
                await asyncio.sleep(fault.seconds)
            case kind if kind.startswith("text_"):
                self._tamper = self._in_text(fault, chance)
                self._cut()
                await self._wait_for_hit()
            case _:
                self._tamper = self._in_packets(fault, chance)
                await self._wait_for_hit()
        self._tamper = self._question = self._pace = None
        self._drip = 0
        self.open.set()

    def _cut(self) -> None:
        for connection in tuple(self.connections):
            connection.close()

    async def _wait_for_hit(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hit.wait(), _WAIT)

    def _in_question(self, chance: random.Random) -> Callable[[bytes], bytes]:
        def tamper(data: bytes) -> bytes:
            self._hit.set()
            return _flipped(data, chance, 1)

        return tamper

    def _in_text(self, fault: Fault, chance: random.Random) -> Tamper:
        """Apply the fault to one of the first responses of the next connection."""
        answer = fault.answer

        def tamper(kind: Kind, frame: bytes) -> list[bytes]:
            nonlocal answer
            if kind is not Kind.TEXT or self._hit.is_set():
                return [frame]
            answer -= 1
            if answer >= 0:
                return [frame]
            self._hit.set()
            match fault.kind:
                case "text_corrupt":
                    return [_flipped(frame, chance, fault.amount)]
                case "text_garbage":
                    return [chance.randbytes(chance.randint(1, 4000))]
                case "text_missing":
                    return []
            loop = asyncio.get_running_loop()
            if fault.kind == "text_cut":
                loop.call_later(0.02, self._cut)
            else:
                loop.call_later(0.02, self._reset)
            return [frame[: chance.randrange(len(frame))]]

        return tamper

    def _reset(self) -> None:
        for connection in tuple(self.connections):
            connection.reset()

    def _in_packets(self, fault: Fault, chance: random.Random) -> Tamper:
        """Apply the fault to the next packets."""
        left = fault.amount
        wanted = Kind.RTCP if fault.kind == "corrupt_rtcp" else Kind.RTP
        held: list[bytes] = []

        def tamper(kind: Kind, frame: bytes) -> list[bytes]:
            nonlocal left
            if kind is not wanted or left <= 0:
                return [frame]
            left -= 1
            if not left:
                self._hit.set()
            if fault.kind != "swap_packets":
                return _packet(fault.kind, frame, chance)
            held.append(frame)
            if left and len(held) < 2:
                return []
            swapped = held[::-1]
            held.clear()
            return swapped

        return tamper


def _packet(kind: str, frame: bytes, chance: random.Random) -> list[bytes]:
    """Return the frames to forward in place of one interleaved packet."""
    head, packet = frame[:4], frame[4:]
    place = chance.randrange(len(frame))
    match kind:
        case "corrupt_payload":
            return [head + packet[:12] + _flipped(packet[12:], chance, 3)]
        case "corrupt_rtp_header":
            return [head + _flipped(packet[:12], chance, 1) + packet[12:]]
        case "corrupt_rtcp":
            return [head + _flipped(packet, chance, 3)]
        case "corrupt_frame":
            return [_flipped(head, chance, 1) + packet]
        case "drop_packet":
            return []
        case "double_packet":
            return [frame, frame]
        case "drop_bytes":
            return [frame[:place] + frame[place + chance.randint(1, 200) :]]
        case "double_bytes":
            return [frame[:place] + frame[: place + 1] + frame[place:]]
        case "garbage":
            return [frame[:place] + chance.randbytes(place + 1) + frame[place:]]
    raise AssertionError(kind)


def _flipped(data: bytes, chance: random.Random, count: int) -> bytes:
    """Flip a bit in `count` random bytes."""
    changed = bytearray(data)
    for _ in range(count if changed else 0):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


class Proxy:
    """Lines to cameras, on a thread with its own event loop."""

    def __init__(self) -> None:
        """Start the thread."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="faulty network", daemon=True
        )
        self._lines: list[Line] = []

    async def line(self, camera_port: int) -> Line:
        """Open a line to the camera on this port."""

        async def do() -> Line:
            line = Line(self, camera_port)
            await line.listen()
            return line

        line = await self.call(do())
        self._lines.append(line)
        return line

    async def call[Result](self, work: Awaitable[Result]) -> Result:
        """Run a coroutine in the proxy's event loop."""

        async def do() -> Result:
            return await work

        return await asyncio.wrap_future(
            asyncio.run_coroutine_threadsafe(do(), self._loop)
        )

    async def __aenter__(self) -> Self:
        """Return the proxy."""
        self._thread.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all lines and stop the thread."""
        for line in self._lines:
            await self.call(line.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()
