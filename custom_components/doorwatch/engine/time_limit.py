"""Time limits of the engine, by the package `async_timeout`."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import async_timeout  # noqa: TID251 - the only use


@asynccontextmanager
async def time_limit(seconds: float | None) -> AsyncGenerator[None]:
    """Raise `TimeoutError` if the body takes longer; None sets no limit.

    A cancel that comes in the moment in which the deadline passes stays a cancel:
    `async_timeout` 4.0.3 turns it into a timeout.
    """
    task = asyncio.current_task()
    assert task is not None
    cancels = task.cancelling()
    try:
        async with async_timeout.timeout(seconds):
            yield
    except TimeoutError:
        if task.cancelling() > cancels:
            raise asyncio.CancelledError from None
        raise
