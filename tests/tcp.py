"""Count the connections to a server, and simulate a server that is down or silent."""

import asyncio
from collections.abc import AsyncIterator
import contextlib

from tests.ports import own_port


class Gate:
    """A proxy in front of a server on loopback.

    While asleep, it refuses connections, like a camera without power. If `mute` is set, it
    accepts connections but sends nothing.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = own_port()
        self.total = 0
        self.most = 0
        self.mute = False

    @property
    def now(self) -> int:
        """Return the number of open connections."""
        return len(self._open)

    async def wake(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def sleep(self) -> None:
        """Refuse new connections, and cut the open ones."""
        if server := self._server:
            self._server = None
            server.close()
            self.cut()
            await server.wait_closed()

    def cut(self) -> None:
        """Cut the open connections."""
        for writer in list(self._open):
            writer.transport.abort()

    def address(self, path: str = "cam0", login: str | None = None) -> str:
        """Return the address of a mount of the server."""
        at = f"{login}@" if login else ""
        return f"rtsp://{at}127.0.0.1:{self.port}/{path}"

    async def close(self) -> None:
        """Stop listening, and end all tasks."""
        await self.sleep()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.total += 1
        self._open.add(writer)
        self.most = max(self.most, len(self._open))
        try:
            if self.mute:
                await reader.read(-1)
                return
            theirs, ours = await asyncio.open_connection("127.0.0.1", self._target)
            try:
                await asyncio.wait(
                    [
                        asyncio.create_task(_pump(reader, ours)),
                        asyncio.create_task(_pump(theirs, writer)),
                    ],
                    return_when=asyncio.FIRST_COMPLETED,
                )
            finally:
                ours.transport.abort()
        except OSError:
            pass
        finally:
            self._open.discard(writer)
            writer.transport.abort()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@contextlib.asynccontextmanager
async def gate(port: int) -> AsyncIterator[Gate]:
    """Run a gate in front of a port, listening."""
    one = Gate(port)
    await one.wake()
    try:
        yield one
    finally:
        await one.close()
