"""A slow connection between a home and an agency."""

import asyncio
import contextlib
from typing import Self

STEP = 16 * 1024


class SlowLink:
    """A TCP proxy on loopback that limits the bytes per second."""

    def __init__(self, target_port: int, rate: int) -> None:
        """Store the target; `rate` is in bytes per second towards it."""
        self.rate = rate
        self.forwarded = 0
        self.port = 0
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        """Listen for connections."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with contextlib.suppress(OSError):
            back, forth = await asyncio.open_connection("127.0.0.1", self._target_port)
            try:
                await asyncio.gather(
                    self._copy(reader, forth, slow=True),
                    self._copy(back, writer, slow=False),
                )
            finally:
                forth.close()
                writer.close()

    async def _copy(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, slow: bool
    ) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(STEP):
                if slow:
                    self.forwarded += len(data)
                    await asyncio.sleep(len(data) / self.rate)
                target.write(data)
                await target.drain()
        with contextlib.suppress(OSError):
            target.close()
