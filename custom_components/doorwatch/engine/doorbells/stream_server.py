"""Serve one live MPEG transport stream over HTTP on loopback."""

import asyncio
from collections.abc import Callable
import contextlib
from dataclasses import dataclass, field
import logging
import secrets
import time
from typing import Final, Self

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

PACKET: Final = 188  # bytes of a transport stream packet
_SYNC: Final = 0x47
# The most bytes queued for a client before it is disconnected: about 15 s of video.
_MOST_WAITING: Final = 1_500_000
# The most bytes kept since the last keyframe; a frame group of the demo is far smaller.
_MOST_KEPT: Final = 4_000_000
# Seconds within which a client must have received everything at least once.
_STALLED: Final = 20.0
_REQUEST_TIMEOUT: Final = 5.0
# Seconds in which a client can receive the end of a stream.
_LAST_WORDS: Final = 5.0
# Seconds to wait for responses to end after all clients were disconnected.
_CLOSING: Final = 5.0

# Logs what aiohttp logs, except for requests that are not valid HTTP.
_REQUESTS: Final = logging.getLogger(f"{__name__}.requests")
_REQUESTS.addFilter(
    lambda record: (
        not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
    )
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Complete packets of a transport stream, as written by FFmpeg.

    `tables`: the packets before the first video or audio packet. `keyframe`: the offset
    of the last video keyframe, or None if there is none.
    """

    data: bytes
    tables: bytes
    keyframe: int | None

    @classmethod
    def of(cls, data: bytes) -> Self:
        """Parse packets; too slow for the event loop."""
        return cls(data, _tables(data), _last_keyframe(data))


@dataclass(eq=False, slots=True)
class _Client:
    transport: asyncio.Transport
    well: float  # when (monotonic) the client had received everything
    # The data to send; None marks the end.
    queue: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    queued: int = 0  # bytes in the queue

    @property
    def waiting(self) -> int:
        """Return how many bytes the client has not received yet."""
        return self.queued + self.transport.get_write_buffer_size()

    def put(self, data: bytes) -> None:
        """Queue data for the client."""
        self.queued += len(data)
        self.queue.put_nowait(data)

    async def get(self) -> bytes | None:
        """Wait for the next data; None at the end."""
        if (data := await self.queue.get()) is not None:
            self.queued -= len(data)
        return data


@dataclass(eq=False, kw_only=True, repr=False)
class StreamServer:
    """Serve any number of clients from the last keyframe on.

    Not thread-safe: call it in the event loop only. `on_clients` is called whenever the
    number of clients changes.
    """

    most_waiting: int = _MOST_WAITING
    most_kept: int = _MOST_KEPT
    on_clients: Callable[[], None] | None = None
    # A random path that other programs cannot guess.
    _path: str = field(default_factory=lambda: f"/{secrets.token_urlsafe(24)}.ts")
    _clients: set[_Client] = field(default_factory=set)
    _hang_ups: list[asyncio.TimerHandle] = field(default_factory=list)
    _web: web.Server | None = None
    _server: asyncio.Server | None = None
    _tables: bytes = b""
    _group: bytearray = field(default_factory=bytearray)

    async def start(self) -> Self:
        """Listen on a free loopback port; raises `OSError`."""
        self._web = web.Server(
            self._answer,
            logger=_REQUESTS,
            access_log=None,
            # Also for connections without a request.
            keepalive_timeout=_REQUEST_TIMEOUT,
            handler_cancellation=True,  # notice disconnected clients immediately
        )
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._web, "127.0.0.1", 0)
        return self

    @property
    def address(self) -> str:
        """Return the URL of the stream."""
        if self._server is None:
            raise RuntimeError("not started")
        port = self._server.sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}{self._path}"

    @property
    def clients(self) -> int:
        """Return the number of clients."""
        return len(self._clients)

    def restart(self) -> None:
        """Start a new stream; clients of the old one have to reconnect."""
        self._tables = b""
        self._group.clear()
        if not self._clients:
            return
        loop = asyncio.get_running_loop()
        leaving = [client.transport for client in self._clients]
        self._hang_ups = [
            *(each for each in self._hang_ups if each.when() > loop.time()),
            loop.call_later(_LAST_WORDS, _hang_up, leaving),
        ]
        for client in self._clients:
            client.queue.put_nowait(None)
        self._clients.clear()
        self._tell()

    async def stop(self) -> None:
        """Disconnect all clients and close the server; may be called twice."""
        server, self._server = self._server, None
        self._clients.clear()
        for each in self._hang_ups:
            each.cancel()
        if server is not None and self._web is not None:
            server.close()
            # Also disconnects clients that are sending a request or receiving the end.
            server.abort_clients()
            await self._web.shutdown(_CLOSING)
            await server.wait_closed()

    def feed(self, chunk: Chunk) -> None:
        """Send packets to all clients."""
        data = chunk.data
        if not self._tables:
            # The stream starts with PAT and PMT, which later clients get first.
            self._tables = chunk.tables
        if chunk.keyframe is not None:
            self._group[:] = data[chunk.keyframe :]
        elif self._group:
            self._group += data
        if len(self._group) > self.most_kept:
            self._group.clear()
        now = time.monotonic()
        for client in list(self._clients):
            waiting = client.waiting
            if not waiting:
                client.well = now
            elif waiting > self.most_waiting or now - client.well > _STALLED:
                self._forget(client)
                client.transport.abort()
                continue
            client.put(data)

    def _forget(self, client: _Client) -> None:
        if client in self._clients:
            self._clients.remove(client)
            self._tell()

    def _tell(self) -> None:
        if self.on_clients and self._server is not None:
            self.on_clients()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        path, ours = request.raw_path, self._path
        if not secrets.compare_digest(path.encode("utf-8", "replace"), ours.encode()):
            return web.Response(status=404)
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405)
        response = web.StreamResponse(
            headers={"Content-Type": "video/mp2t", "Cache-Control": "no-store"}
        )
        response.force_close()
        if request.method == "GET" and (transport := request.transport) is not None:
            with contextlib.suppress(ConnectionError):  # the client disconnected
                await response.prepare(request)
                await self._send(response, _Client(transport, time.monotonic()))
        return response

    async def _send(self, response: web.StreamResponse, client: _Client) -> None:
        """Send data until the stream ends or the client disconnects."""
        if self._group:
            client.put(self._tables + self._group)
        self._clients.add(client)
        try:
            self._tell()
            while (data := await client.get()) is not None:
                await response.write(data)
        finally:
            self._forget(client)


def _hang_up(clients: list[asyncio.Transport]) -> None:
    for client in clients:
        client.abort()


def _tables(data: bytes) -> bytes:
    """Return the packets before the first video or audio packet."""
    end = 0
    while end < len(data) and data[end] == _SYNC:
        pid = int.from_bytes(data[end + 1 : end + 3]) & 0x1FFF
        # FFmpeg's PIDs: SDT 17, PAT 0, PMT from 0x1000, streams from 0x100.
        if 0x100 <= pid < 0x1000:
            break
        end += PACKET
    return data[:end]


def _last_keyframe(data: bytes) -> int | None:
    """Return the offset of the last packet that starts a video keyframe.

    FFmpeg also marks each audio packet as a random access point; 0x100 is the video.
    """
    found = None
    for at in range(0, len(data) - PACKET + 1, PACKET):
        pid = int.from_bytes(data[at + 1 : at + 3]) & 0x1FFF
        adapted = data[at + 3] & 0x20 and data[at + 4]
        if pid == 0x100 and adapted and data[at + 5] & 0x40:
            found = at
    return found
