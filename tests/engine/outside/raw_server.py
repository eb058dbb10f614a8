"""Test servers that send arbitrary bytes."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

_DRIPS = 400  # bytes at the beginning of an answer that `pieces` applies to


@dataclass(kw_only=True)
class Request:
    """The head of a request, and how many bytes of its body were read."""

    head: bytes
    body: int = 0

    @property
    def method(self) -> str:
        """Return the method."""
        return self.head.split(b" ", 1)[0].decode("latin-1")

    def header(self, name: str) -> str | None:
        """Return a header."""
        for line in self.head.split(b"\r\n")[1:]:
            key, _, value = line.partition(b":")
            if key.strip().lower() == name.lower().encode():
                return value.strip().decode("latin-1")
        return None


@dataclass(kw_only=True)
class RawServer:
    """A server that sends the next of its answers to each request and then closes.

    `reads` says for each request whether its body is read first.
    """

    answers: Sequence[bytes]
    reads: Sequence[bool]
    pieces: int = 0  # bytes per write for the first `_DRIPS`; 0: all at once
    requests: list[Request] = field(default_factory=list)
    port: int = 0
    open: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.open += 1
        self.closed.clear()
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self.open -= 1
            if not self.open:
                self.closed.set()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        request = Request(head=await reader.readuntil(b"\r\n\r\n"))
        turn = len(self.requests)
        self.requests.append(request)
        if turn < len(self.reads) and self.reads[turn]:
            left = int(request.header("Content-Length") or 0)
            while left and (block := await reader.read(min(left, 65536))):
                request.body += len(block)
                left -= len(block)
        answer = self.answers[turn] if turn < len(self.answers) else b""
        answer = answer.replace(b"{port}", str(self.port).encode())
        drips = answer[:_DRIPS] if self.pieces else b""
        for at in range(0, len(drips), self.pieces or 1):
            writer.write(drips[at : at + self.pieces])
            await writer.drain()
            await asyncio.sleep(0)
        writer.write(answer[len(drips) :])
        await writer.drain()


@asynccontextmanager
async def serving(server: RawServer) -> AsyncIterator[RawServer]:
    """Listen on loopback; at the end, wait until no connection is left open."""
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    async with listener:
        server.port = listener.sockets[0].getsockname()[1]
        yield server
        async with asyncio.timeout(30):
            while server.open:
                await server.closed.wait()
