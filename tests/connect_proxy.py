"""An HTTP proxy on loopback that only accepts CONNECT."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
import ssl


@dataclass
class ConnectProxy:
    """Records requests and answers them; `leads` maps "host:port" to a port on loopback."""

    leads: Mapping[str, int]
    port: int = 0
    asked: list[list[str]] = field(default_factory=list)
    status: str = "200 Connection established"
    login: str | None = None  # required value of Proxy-Authorization

    @property
    def lines(self) -> list[str]:
        """Return the request line of each request."""
        return [head[0] for head in self.asked]

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Answer a request, and forward bytes in both directions if it is accepted."""
        with suppress(OSError, asyncio.IncompleteReadError):
            first = await reader.readexactly(1)
            if not first.isalpha():  # a TLS handshake instead of HTTP
                writer.close()
                return
            rest = await reader.readuntil(b"\r\n\r\n")
            head = (first + rest).decode().strip().split("\r\n")
            self.asked.append(head)
            method, target, _ = head[0].split(" ")
            status = self.status
            if self.login and f"Proxy-Authorization: {self.login}" not in head:
                status = "407 Proxy Authentication Required"
            elif method != "CONNECT":
                status = "405 Method Not Allowed"
            elif target not in self.leads:
                status = "502 Bad Gateway"
            writer.write(f"HTTP/1.1 {status}\r\n\r\n".encode())
            await writer.drain()
            if status.startswith("200"):
                far = await asyncio.open_connection("127.0.0.1", self.leads[target])
                await asyncio.gather(_pump(reader, far[1]), _pump(far[0], writer))
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def connect_proxy(
    leads: Mapping[str, int], *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[ConnectProxy]:
    """Run a proxy; `leads` maps "host:port" to a port on loopback."""
    found = ConnectProxy(leads=leads)
    tasks: set[asyncio.Task[None]] = set()

    def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(found.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(come, "127.0.0.1", 0, ssl=tls)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
