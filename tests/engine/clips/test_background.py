"""Tests of background work, which runs on a thread with low priority."""

import asyncio
import os
import threading

import pytest

from custom_components.doorwatch.engine.clips.background import in_background


async def test_it_runs_beside_the_loop_after_whatever_else_there_is_to_do() -> None:
    """The result is returned, and the thread ends."""

    def work() -> tuple[str, int]:
        me = threading.current_thread()
        return me.name, os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    name, niceness = await in_background("a preview", work)

    assert name == "a preview"
    assert niceness > os.getpriority(os.PRIO_PROCESS, 0)
    assert "a preview" not in [thread.name for thread in threading.enumerate()]


async def test_what_it_raises_is_raised_to_who_waits() -> None:
    def work() -> None:
        raise KeyError("no clip")

    with pytest.raises(KeyError, match="no clip"):
        await in_background("a preview", work)


async def test_who_gives_up_waits_for_its_end() -> None:
    """Nothing else may use its files before the work ends."""
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        go_on.wait(30)
        ended.set()

    waiting = asyncio.create_task(in_background("a preview", work))
    await asyncio.to_thread(begun.wait, 30)
    waiting.cancel()
    await asyncio.sleep(0)
    assert not waiting.done()
    go_on.set()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert ended.is_set()
