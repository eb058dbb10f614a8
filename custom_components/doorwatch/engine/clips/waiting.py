"""Wait for disk work with a timeout."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
import sqlite3
import threading
from typing import Final

from ..time_limit import time_limit
from .errors import LibraryError, storage_problem
from .worker import Worker

# Seconds after which a disk is considered to hang.
TIMEOUT: Final = 15.0


class LibraryClosed(Exception):
    """The library is closing."""


async def run_detached[T](
    name: str, work: Callable[[], T], timeout: float | None = None
) -> T:
    """Run long work on its own thread. Raises `LibraryError`."""
    worker = Worker(name)
    future = worker.submit(work)
    try:
        return await result_of(future, timeout)
    finally:
        # A finished thread ends at once; a hanging thread is abandoned.
        worker.shutdown(1 if future.done() else 0)


async def with_timeout[T](future: Future[T]) -> T:
    """Wait for a disk operation. Raises `LibraryError`."""
    return await result_of(future, TIMEOUT)


async def result_of[T](future: Future[T], timeout: float | None) -> T:
    """Wait for work on files and index. Raises `LibraryError`."""
    try:
        async with time_limit(timeout):
            return await asyncio.wrap_future(future)
    except TimeoutError as error:
        raise LibraryError("library_unavailable") from error
    except (OSError, sqlite3.Error) as error:
        raise LibraryError(storage_problem(error)) from error


def result_unless_stopped[T](future: Future[T], stop: threading.Event) -> T:
    """Wait on a thread without a timeout. Raises `LibraryClosed` on `stop`."""
    while True:
        try:
            return future.result(0.2)
        except TimeoutError:
            if future.done():
                raise
            if stop.is_set():
                future.cancel()
                raise LibraryClosed from None
