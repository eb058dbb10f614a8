"""Wait for conditions: the only code of the tests that waits for time to pass.

`scripts/check_sleeps.py` refuses a sleep anywhere else.
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
    """Look until there is something true to see, and return it.

    Of a coroutine function, the result counts.
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
    """Have the event loop find that so many seconds passed, as after a busy moment."""
    loop = asyncio.get_running_loop()
    clock = loop.time
    loop.time = lambda: clock() + seconds  # type: ignore[method-assign] # its own clock


async def cancelled_at_the_deadline(
    work: Callable[[], Coroutine[None, None, None]],
) -> None:
    """Cancel this, whose time limit of 0.1 s passes in the same moment."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work())
    await asyncio.sleep(0)
    # Both are due after a busy moment, one right behind the other.
    loop.call_later(0.15, task.cancel)
    skip(0.2)
    async with asyncio.timeout(30):
        await asyncio.wait([task])
    assert task.cancelled()


async def idle() -> None:
    """Let everything happen that waits for no person, no peer and no clock.

    Enough rounds of the event loop and of its threads for what goes on by itself.
    """
    for _ in range(50):
        await asyncio.to_thread(lambda: None)
        await asyncio.sleep(0)


def block_until[Found](
    look: Callable[[], Found | None], what: str = "", seconds: float = 90
) -> Found:
    """Block the thread until there is something true to see, and return it."""
    pause = _SHORTEST
    end = time.monotonic() + seconds
    while not (found := look()):
        if time.monotonic() > end:
            raise TimeoutError(f"waited in vain for {what or look}")
        time.sleep(pause)
        pause = min(1.5 * pause, _LONGEST)
    return found
