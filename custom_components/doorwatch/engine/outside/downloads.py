"""Download a file from another host."""

import asyncio
from pathlib import Path
from typing import Final

import aiohttp
from yarl import URL

from .door import Outside, opened
from .errors import OutsideError

_BLOCK: Final = 262_144


async def download(
    outside: Outside, address: str, path: Path, *, limit: int, timeout: float
) -> None:
    """GET a body of at most `limit` bytes into a file.

    `timeout` is in seconds and covers the whole request. Raises `OutsideError`, which
    doesn't contain the address, and `OSError` if the file can't be written.
    """
    async with opened(
        outside.session(address),
        # Encoding the address again could invalidate a signature in it.
        URL(address, encoded=True),
        timeout=timeout,
    ) as response:
        await write_body(response, path, limit)


async def write_body(response: aiohttp.ClientResponse, path: Path, limit: int) -> None:
    """Write a body to a file on a thread; raises `OutsideError` and `OSError`."""
    if response.content_length is not None and response.content_length > limit:
        raise OutsideError("too_large")
    received = 0
    file = await asyncio.to_thread(path.open, "wb")
    try:
        async for block in response.content.iter_chunked(_BLOCK):
            received += len(block)
            if received > limit:
                raise OutsideError("too_large")
            await asyncio.to_thread(file.write, block)
    finally:
        await asyncio.to_thread(file.close)
