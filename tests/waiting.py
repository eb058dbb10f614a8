"""Wait for conditions; no other test code waits for time to pass.

`scripts/check_sleeps.py` refuses sleeps in other files.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
import time
from typing import overload

_SHORTEST = 0.001
_LONGEST = 0.05


@overload
async def until[Found](
    look: Callable[[], Awaitable[Found | None]],
    what: str = "",
    seconds: float = 90,
) -> Found: ...


@overload
async def until[Found](
    look: Callable[[], Found | None], what: str = "", seconds: float = 90
) -> Found: ...


async def until(
    look: Callable[[], object], what: str = "", seconds: float = 90
) -> object:
    """Call `look` until its result is true, and return the result.

    If `look` is a coroutine function, its result is awaited.
    """
    pause = _SHORTEST
    try:
        async with asyncio.timeout(seconds) as deadline:
            while True:
                found = look()
                if isinstance(found, Awaitable):
                    found = await found
                if found:
                    return found
                await asyncio.sleep(pause)
                pause = min(1.5 * pause, _LONGEST)
    except TimeoutError as error:
        if deadline.expired():
            raise TimeoutError(f"waited in vain for {what or look}") from error
        raise


def skip(seconds: float) -> None:
    """Advance the clock of the event loop by `seconds`, as if it had been busy."""
    loop = asyncio.get_running_loop()
    clock = loop.time
    loop.time = lambda: clock() + seconds  # type: ignore[method-assign] # shadows the loop's own clock


async def cancelled_at_the_deadline(
    work: Callable[[], Coroutine[None, None, None]],
) -> None:
    """Cancel a coroutine at the moment when its time limit of 0.1 s expires."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work())
    await asyncio.sleep(0)
    # After the skip, the cancellation and the time limit are due in the same iteration.
    loop.call_later(0.15, task.cancel)
    skip(0.2)
    async with asyncio.timeout(30):
        await asyncio.wait([task])
    assert task.cancelled()


async def idle() -> None:
    """Wait for all work that depends on no person, peer or clock.

    Run enough iterations of the event loop and its threads for all pending work to finish.
    """
    for _ in range(50):
        await asyncio.to_thread(lambda: None)
        await asyncio.sleep(0)


def block_until[Found](
    look: Callable[[], Found | None], what: str = "", seconds: float = 90
) -> Found:
    """Block the thread until the result of `look` is true, and return the result."""
    pause = _SHORTEST
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited in vain for {what or look}")
        time.sleep(pause)
        pause = min(1.5 * pause, _LONGEST)
    return found
