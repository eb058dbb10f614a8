"""Test that a time limit interrupts slow work and never hides a cancellation."""

import asyncio
from contextlib import suppress

import pytest

from custom_components.doorwatch.engine.time_limit import time_limit
from tests.waiting import cancelled_at_the_deadline


async def forever() -> None:
    """Wait for an event that never happens."""
    await asyncio.get_running_loop().create_future()


async def test_what_takes_longer_is_a_timeout() -> None:
    """No cancellation is left pending."""
    with pytest.raises(TimeoutError):
        async with time_limit(0):
            await forever()
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


@pytest.mark.parametrize("seconds", [None, 60])
async def test_what_is_in_time_is_left_alone(seconds: float | None) -> None:
    """The work's own errors are passed on, including a timeout."""
    async with time_limit(seconds):
        await asyncio.sleep(0)
    for error in (TimeoutError("its own"), ValueError("x")):
        with pytest.raises(type(error), match=str(error)):
            async with time_limit(seconds):
                raise error


async def test_a_cancel_in_the_moment_of_the_deadline_stays_one() -> None:
    """Otherwise Home Assistant could not stop. This holds for nested limits as well."""
    waited = 0

    async def work() -> None:
        nonlocal waited
        while True:
            with suppress(TimeoutError):
                async with time_limit(None if waited else 0.1), time_limit(1_000):
                    await forever()
            waited += 1

    await cancelled_at_the_deadline(work)
    assert waited == 0
