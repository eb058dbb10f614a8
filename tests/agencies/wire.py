"""Record the bytes that an agency's host receives from a home."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
import ssl

from tests import waiting


@dataclass(frozen=True, kw_only=True)
class Call:
    """One connection, from the first byte to the last."""

    at: float  # time of the connection, on the test's clock
    # Request line and header lines in original order and case, with those of a second
    # request on the same connection.
    lines: tuple[str, ...]
    size: int  # number of bytes from the home
    answered: int  # number of bytes to the home
    left: bool  # the home disconnected before the end of the answer


@dataclass(kw_only=True)
class Wire:
    """Serve files on loopback and record all requests; serve an integer as a status.

    The site's own port is recorded as PORT, so that two sites can be compared.
    """

    clock: Callable[[], float]
    files: dict[str, str | int] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    port: int = 0
    open: int = 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        at, came, answered, left = self.clock(), bytearray(), 0, False
        self.open += 1
        try:
            while head := await self._head(reader):
                came += head
                answer = self._answer(head)
                writer.write(answer)
                await writer.drain()
                answered += len(answer)
        except ConnectionError:
            left = True
        finally:
            with suppress(ConnectionError):
                came += await reader.read()
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            self.open -= 1
            self.calls.append(
                Call(
                    at=at,
                    lines=tuple(
                        came.decode("latin-1")
                        .replace(str(self.port), "PORT")
                        .splitlines()
                    ),
                    size=len(came),
                    answered=answered,
                    left=left,
                )
            )

    async def _head(self, reader: asyncio.StreamReader) -> bytes:
        try:
            return await reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as err:
            return err.partial

    def _answer(self, head: bytes) -> bytes:
        path = head.split(b" ")[1].decode("latin-1") if b" " in head else ""
        file = self.files.get(path, 404)
        status, body = (file, "") if isinstance(file, int) else (200, file)
        return (
            f"HTTP/1.1 {status} Said\r\nContent-Length: {len(body)}\r\n"
            'Content-Type: text/plain\r\nETag: "a-name-for-this-home"\r\n'
            "Set-Cookie: home=a-name-for-this-home\r\n"
            "Last-Modified: Tue, 03 Nov 2026 17:00:00 GMT\r\n\r\n"
            f"{body}"
        ).encode("latin-1")


@asynccontextmanager
async def listening(
    clock: Callable[[], float],
    files: Mapping[str, str | int],
    *,
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[Wire]:
    """Listen on loopback, with a five-digit port so that sizes can be compared."""
    wire = Wire(clock=clock, files=dict(files))
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0, ssl=tls)
    async with server:
        wire.port = server.sockets[0].getsockname()[1]
        assert wire.port >= 10_000
        yield wire
        await waiting.until(lambda: not wire.open)


@dataclass(kw_only=True)
class Tap:
    """A proxy that accepts CONNECT, routes all names to one port, and counts bytes."""

    clock: Callable[[], float]
    leads_to: int
    calls: list[Call] = field(default_factory=list)
    port: int = 0
    open: int = 0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        at = self.clock()
        self.open += 1
        size = 0
        head = await reader.readuntil(b"\r\n\r\n")
        far_reader, far_writer = await asyncio.open_connection(
            "127.0.0.1", self.leads_to
        )
        writer.write(b"HTTP/1.1 200 Said\r\n\r\n")

        async def carry(
            source: asyncio.StreamReader, target: asyncio.StreamWriter
        ) -> int:
            carried = 0
            with suppress(ConnectionError):
                while data := await source.read(65536):
                    carried += len(data)
                    target.write(data)
                    await target.drain()
            target.close()
            return carried

        size, _ = await asyncio.gather(
            carry(reader, far_writer), carry(far_reader, writer)
        )
        self.open -= 1
        self.calls.append(
            Call(
                at=at,
                lines=tuple(head.decode("latin-1").splitlines()),
                size=len(head) + size,
                answered=0,  # the size of a signature varies randomly
                left=False,
            )
        )


@asynccontextmanager
async def tapping(clock: Callable[[], float], leads_to: int) -> AsyncIterator[Tap]:
    """Run the proxy on loopback."""
    tap = Tap(clock=clock, leads_to=leads_to)
    server = await asyncio.start_server(tap.serve, "127.0.0.1", 0)
    async with server:
        tap.port = server.sockets[0].getsockname()[1]
        yield tap
        await waiting.until(lambda: not tap.open)
