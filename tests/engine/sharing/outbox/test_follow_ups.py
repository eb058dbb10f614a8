"""Test that endless follow-ups end when they are told to."""

import asyncio
import contextlib

from custom_components.doorwatch.engine.sharing.outbox import follow_ups
from custom_components.doorwatch.engine.time_limit import time_limit
from tests.waiting import skip


async def test_ending_is_heeded_in_the_very_moment_a_deadline_passes() -> None:
    """Otherwise Home Assistant could not stop."""
    waited = 0

    async def work() -> None:
        nonlocal waited
        while True:
            with contextlib.suppress(TimeoutError):
                async with time_limit(0.1 if not waited else None):
                    await asyncio.get_running_loop().create_future()
            waited += 1

    loop = asyncio.get_running_loop()
    ending: list[asyncio.Task[None]] = []

    def end() -> None:
        ending.append(asyncio.eager_task_factory(loop, follow_ups.end(task)))

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    # After the loop was blocked, both timers are due in the same iteration.
    loop.call_later(0.15, end)
    skip(0.2)
    async with asyncio.timeout(30):
        await asyncio.wait([task])
    assert task.cancelled()
    assert waited == 0
    await ending[0]
