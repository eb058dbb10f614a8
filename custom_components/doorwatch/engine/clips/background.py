"""Run long work on a low-priority thread."""

import asyncio
from collections.abc import Callable
import contextlib
import os
import threading
from typing import Final

_NICENESS: Final = 15

# Called with the fraction that is done, from 0 to 1.
type Progress = Callable[[float], None]


async def in_background[T](name: str, work: Callable[[], T]) -> T:
    """Run work on its own low-priority thread.

    Cancellation waits until the thread has ended, so the caller must tell `work` to
    stop by other means.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def finish(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type] # set without an error

    def run() -> None:
        with contextlib.suppress(OSError, AttributeError):
            # On Linux, this applies to this thread and the threads that it starts.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        result: T | None = None
        failed: BaseException | None = None
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - passed to the caller
            failed = error
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(finish, result, failed)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        return await done
    finally:
        # After a cancellation, the thread ends at its next frame.
        while thread.is_alive():
            await asyncio.sleep(0.01)
