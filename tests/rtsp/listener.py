"""Read RTSP requests on loopback, for servers that answer as a test requires."""

from abc import ABC, abstractmethod
import asyncio
import contextlib
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urlsplit


class Packet(NamedTuple):
    """An RTP packet that a client sent on the RTSP connection."""

    channel: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `connection` counts from 1."""

    connection: int
    method: str
    address: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        """The path with the query."""
        parts = urlsplit(self.address)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    @property
    def login(self) -> str | None:
        """The header with the login."""
        return self.headers.get("authorization")


@dataclass(frozen=True, slots=True)
class Client:
    """A connected client; `number` counts from 1."""

    number: int
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter

    async def receive(self) -> Request | Packet | None:
        """Wait for what the client sends next; return None at the end."""
        if not (first := await self._reader.read(1)):
            return None
        if first == b"$":
            head = await self._reader.readexactly(3)
            data = await self._reader.readexactly(int.from_bytes(head[1:]))
            return Packet(head[0], data)
        text = first + await self._reader.readuntil(b"\r\n\r\n")
        line, *lines = text.decode().strip().split("\r\n")
        method, address, version = line.split(" ")
        assert version == "RTSP/1.0"
        pairs = (one.partition(":") for one in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        return Request(self.number, method, address, headers)

    def answer(
        self, request: Request, status: int, *headers: str, body: str = ""
    ) -> None:
        """Answer a request."""
        lines = [f"RTSP/1.0 {status} Answer", f"CSeq: {request.headers['cseq']}"]
        length = [f"Content-Length: {len(body)}"] if body else []
        text = "\r\n".join([*lines, *headers, *length, "", body])
        self._writer.write(text.encode())


@dataclass(kw_only=True)
class Listener(ABC):
    """Listen on loopback; a subclass answers each client in `_serve`."""

    _connections: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen for connections."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        assert self._server is not None
        self._server.close()
        self._server.close_clients()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        """The port."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def address(self, path: str = "", login: str | None = None) -> str:
        """Return an address of this server."""
        at = f"{login}@" if login else ""
        return f"rtsp://{at}127.0.0.1:{self.port}{path}"

    async def _connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._connections += 1
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await self._serve(Client(self._connections, reader, writer))
        writer.close()

    @abstractmethod
    async def _serve(self, client: Client) -> None:
        """Answer a client until it closes the connection; return to close it."""
