"""Run long work on a low-priority thread."""

import asyncio
from collections.abc import Callable
import contextlib
import os
import threading
from typing import Final

from .worker import Worker

_NICENESS: Final = 15

# Called with the fraction that is done, from 0 to 1.
type Progress = Callable[[float], None]


async def in_background[T](name: str, work: Callable[[], T]) -> T:
    """Run work on its own low-priority thread.

    Cancellation waits until the thread has ended, so the caller must tell `work` to
    stop by other means.
    """

    def run() -> T:
        with contextlib.suppress(OSError, AttributeError):
            # On Linux, this applies to this thread and the threads that it starts.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        return work()

    worker = Worker(name)
    future = worker.submit(run)
    try:
        return await asyncio.wrap_future(future)
    finally:
        # After a cancellation, the thread ends at its next frame.
        while not worker.shutdown(0):
            await asyncio.sleep(0.01)
