"""Serves one live MPEG transport stream over HTTP on loopback."""

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
# Seconds that answers have to end after everybody was hung up on: they do at once.
_CLOSING: Final = 5.0

# Of what aiohttp says, all but that somebody does not speak HTTP.
_REQUESTS: Final = logging.getLogger(f"{__name__}.requests")
_REQUESTS.addFilter(
    lambda record: (
        not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
    )
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


@dataclass(eq=False, slots=True)
class _Client:
    transport: asyncio.Transport
    well: float  # when (monotonic) it had taken all there was
    # What follows for it, None at the end.
    queue: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    queued: int = 0  # bytes

    @property
    def waiting(self) -> int:
        """How many bytes it has not taken."""
        return self.queued + self.transport.get_write_buffer_size()

    def put(self, data: bytes) -> None:
        """Send this on as soon as it takes it."""
        self.queued += len(data)
        self.queue.put_nowait(data)

    async def get(self) -> bytes | None:
        """Wait for what follows."""
        if (data := await self.queue.get()) is not None:
            self.queued -= len(data)
        return data


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
        self._clients: set[_Client] = set()
        self._hang_ups: list[asyncio.TimerHandle] = []
        self._web: web.Server | None = None
        self._server: asyncio.Server | None = None
        self._tables = b""
        self._group = bytearray()

    async def start(self) -> Self:
        """Listen on a free port of loopback. Raises `OSError`."""
        self._web = web.Server(
            self._answer,
            logger=_REQUESTS,
            access_log=None,
            keepalive_timeout=_REQUEST_TIMEOUT,  # also of one that asks for nothing
            handler_cancellation=True,  # who goes is noticed at once
        )
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._web, "127.0.0.1", 0)
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
        """Hang up and close; may be called twice."""
        server, self._server = self._server, None
        self._clients.clear()
        for each in self._hang_ups:
            each.cancel()
        if server is not None and self._web is not None:
            server.close()
            # Those who are still asking, or take the end of a stream, go too.
            server.abort_clients()
            await self._web.shutdown(_CLOSING)
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
        for client in list(self._clients):
            waiting = client.waiting
            if not waiting:
                client.well = now
            elif waiting > self._most_waiting or now - client.well > _STALLED:
                self._forget(client)
                client.transport.abort()
                continue
            client.put(data)

    def _forget(self, client: _Client) -> None:
        if client in self._clients:
            self._clients.remove(client)
            self._tell()

    def _tell(self) -> None:
        if self._on_clients and self._server is not None:
            self._on_clients()

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
            with contextlib.suppress(ConnectionError):  # it went
                await response.prepare(request)
                await self._send(response, _Client(transport, time.monotonic()))
        return response

    async def _send(self, response: web.StreamResponse, client: _Client) -> None:
        """Send what there is and what comes, until the stream ends or the client goes."""
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
