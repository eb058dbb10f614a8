"""Work that may take a while: on a thread of its own, after whatever else the home does."""

import asyncio
from collections.abc import Callable
import contextlib
import os
import threading
from typing import Final

# Whatever else the home has to do goes first.
_NICENESS: Final = 15

# Told how much is done, from 0 to 1.
type Progress = Callable[[float], None]


async def in_background[T](name: str, work: Callable[[], T]) -> T:
    """Run on a thread of its own, with a low priority of its own.

    Whoever is cancelled while waiting waits until the thread has ended: `work` has to be
    told by other means, and to end soon.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def finish(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type] # one of both is given

    def run() -> None:
        with contextlib.suppress(OSError, AttributeError):
            # Linux: of this thread, and of those that it starts.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
        result: T | None = None
        failed: BaseException | None = None
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - handed over to who waits
            failed = error
        with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(finish, result, failed)

    thread = threading.Thread(target=run, name=name, daemon=True)
    thread.start()
    try:
        return await done
    finally:
        # It is done, or ends at its next picture.
        while thread.is_alive():
            await asyncio.sleep(0.01)
