"""Wait for the disk, but not for one that hangs."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
import sqlite3
import threading
from typing import Final

from ..time_limit import time_limit
from .errors import LibraryError, problem_of
from .worker import Worker

# Seconds. A disk that lets people wait longer hangs.
TIMEOUT: Final = 15.0


class LibraryClosed(Exception):
    """The library closes."""


async def run_detached[T](
    name: str, work: Callable[[], T], timeout: float | None = None
) -> T:
    """Do something long on a thread of its own. Raises `LibraryError`."""
    worker = Worker(name)
    future = worker.submit(work)
    try:
        return await result_of(future, timeout)
    finally:
        # One that is done ends at once, one that hangs is left behind.
        worker.shutdown(1 if future.done() else 0)


async def with_timeout[T](future: Future[T]) -> T:
    """Wait as long as a disk may take."""
    return await result_of(future, TIMEOUT)


async def result_of[T](future: Future[T], timeout: float | None) -> T:
    """Wait for work on files and index. Raises `LibraryError`."""
    try:
        async with time_limit(timeout):
            return await asyncio.wrap_future(future)
    except TimeoutError as error:
        raise LibraryError("library_unavailable") from error
    except (OSError, sqlite3.Error) as error:
        raise LibraryError(problem_of(error)) from error


def result_unless_stopped[T](future: Future[T], stop: threading.Event) -> T:
    """Wait on a thread, as long as it takes. Raises `LibraryClosed` when the library closes."""
    while True:
        try:
            return future.result(0.2)
        except TimeoutError:
            if future.done():
                raise
            if stop.is_set():
                future.cancel()
                raise LibraryClosed from None
