"""Serves one live MPEG transport stream over HTTP on loopback."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
import secrets
import time
from typing import Final, Self

import async_timeout

PACKET: Final = 188  # bytes, of the transport stream
_SYNC: Final = 0x47
# Bytes that may wait for a client before it is given up: some 15 s of video.
_MOST_WAITING: Final = 1_500_000
# Bytes that are kept since the last keyframe; a demo frame group is far below.
_MOST_KEPT: Final = 4_000_000
# Seconds in which a client must have taken all there was at least once.
_STALLED: Final = 20.0
_REQUEST_TIMEOUT: Final = 5.0
# Seconds that a client has to take the end of a stream.
_LAST_WORDS: Final = 5.0

_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t\r\nCache-Control: no-store\r\n"
    b"Connection: close\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Whole packets of a transport stream as FFmpeg writes it.

    `tables`: the packets before the first one of video or sound. `keyframe`: where the
    last video keyframe begins, None when there is none.
    """

    data: bytes
    tables: bytes
    keyframe: int | None

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Look into packets; not for the event loop."""
        return cls(data, _tables(data), _last_keyframe(data))


@dataclass(slots=True)
class _Client:
    reader: asyncio.StreamReader
    well: float  # when (monotonic) it had taken all there was


class StreamServer:
    """Any number of clients; each begins at the last keyframe. For the event loop."""

    def __init__(
        self,
        *,
        most_waiting: int = _MOST_WAITING,
        most_kept: int = _MOST_KEPT,
        on_clients: Callable[[], None] | None = None,
    ) -> None:
        """Choose a path that nobody can guess.

        `on_clients` is called whenever the number of clients differs.
        """
        self._path = f"/{secrets.token_urlsafe(24)}.ts"
        self._most_waiting = most_waiting
        self._most_kept = most_kept
        self._on_clients = on_clients
        self._clients: dict[asyncio.StreamWriter, _Client] = {}
        self._connections: set[asyncio.StreamWriter] = set()
        self._answering: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None
        self._tables = b""
        self._group = bytearray()

    async def start(self) -> Self:
        """Listen on a free port of loopback. Raises `OSError`."""
        self._server = await asyncio.start_server(
            self._answer, "127.0.0.1", 0, limit=16384
        )
        return self

    @property
    def address(self) -> str:
        """Return where the stream is."""
        if self._server is None:
            raise RuntimeError("not started")
        port = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}{self._path}"

    @property
    def clients(self) -> int:
        """Return how many watch."""
        return len(self._clients)

    def restart(self) -> None:
        """Begin a new stream: who watches the old one has to come again."""
        for client in self._clients.values():
            client.reader.feed_eof()  # as if it had gone: it is let go of in peace
        self._tables = b""
        self._group.clear()
        if self._clients:
            self._clients.clear()
            self._tell()

    async def stop(self) -> None:
        """Hang up and close; may be called twice."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
        self._clients.clear()
        # Those who are still asking, or take the end of a stream, go too.
        for connection in self._connections:
            connection.transport.abort()
        for answering in list(self._answering):
            answering.cancel()
        if self._answering:
            await asyncio.wait(self._answering)
        if server is not None:
            await server.wait_closed()

    def feed(self, chunk: Chunk) -> None:
        """Send packets on to all clients."""
        data = chunk.data
        if not self._tables:
            # PAT and PMT begin the stream; a client that comes later gets them first.
            self._tables = chunk.tables
        if chunk.keyframe is not None:
            self._group[:] = data[chunk.keyframe :]
        elif self._group:
            self._group += data
        if len(self._group) > self._most_kept:
            self._group.clear()
        now = time.monotonic()
        for writer, client in list(self._clients.items()):
            waiting = writer.transport.get_write_buffer_size()
            if not waiting:
                client.well = now
            elif waiting > self._most_waiting or now - client.well > _STALLED:
                self._forget(writer)
                writer.transport.abort()
                continue
            writer.write(data)

    def _forget(self, client: asyncio.StreamWriter) -> None:
        if self._clients.pop(client, None) is not None:
            self._tell()

    def _tell(self) -> None:
        if self._on_clients and self._server is not None:
            self._on_clients()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if (task := asyncio.current_task()) is not None:
            self._answering.add(task)
            task.add_done_callback(self._answering.discard)
        self._connections.add(writer)
        try:
            await self._serve(reader, writer)
        except OSError, EOFError, asyncio.LimitOverrunError, TimeoutError:
            pass  # a client that went, or never spoke HTTP
        finally:
            self._forget(writer)
            writer.close()
            try:
                async with async_timeout.timeout(_LAST_WORDS):
                    await writer.wait_closed()
            except OSError, TimeoutError:
                writer.transport.abort()
            self._connections.discard(writer)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        async with async_timeout.timeout(_REQUEST_TIMEOUT):
            request = await reader.readuntil(b"\r\n\r\n")
        method, _, rest = request.partition(b" ")
        path = rest.partition(b" ")[0]
        if not secrets.compare_digest(path, self._path.encode()):
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        elif method == b"HEAD":
            writer.write(_HEAD)
        elif method != b"GET":
            writer.write(b"HTTP/1.1 405 Not Allowed\r\nContent-Length: 0\r\n\r\n")
        else:
            writer.write(_HEAD)
            if self._group:
                writer.write(self._tables + self._group)
            self._clients[writer] = _Client(reader, time.monotonic())
            self._tell()
            # A client says nothing more: what comes next is its going.
            while await reader.read(4096):
                pass
            return
        await writer.drain()


def _tables(data: bytes) -> bytes:
    """Return the packets before the first one of video or sound."""
    end = 0
    while end < len(data) and data[end] == _SYNC:
        pid = int.from_bytes(data[end + 1 : end + 3]) & 0x1FFF
        # FFmpeg's numbers: SDT 17, PAT 0, PMT from 0x1000, streams from 0x100.
        if 0x100 <= pid < 0x1000:
            break
        end += PACKET
    return data[:end]


def _last_keyframe(data: bytes) -> int | None:
    """Return where the last packet with a video keyframe's begin lies.

    FFmpeg marks each packet of sound as a place to begin, too: 0x100 is the video.
    """
    found = None
    for at in range(0, len(data) - PACKET + 1, PACKET):
        pid = int.from_bytes(data[at + 1 : at + 3]) & 0x1FFF
        adapted = data[at + 3] & 0x20 and data[at + 4]
        if pid == 0x100 and adapted and data[at + 5] & 0x40:
            found = at
    return found
