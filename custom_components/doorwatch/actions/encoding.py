"""Encode video while a person waits, one job at a time per home."""

import asyncio
from collections.abc import Callable
import time
from typing import Final, Literal, TypedDict

from homeassistant.core import HomeAssistant, callback

from ..engine.clips.background import Progress, in_background
from ..engine.sharing.errors import SharingError

# Minimum seconds between two progress reports.
_PACE: Final = 0.1


class EncodeProgress(TypedDict):
    """Progress from 0 to 1, and the current stage, which may be waiting."""

    type: Literal["progress"]
    stage: str
    fraction: float


async def async_encode[Made](
    hass: HomeAssistant,
    lock: asyncio.Lock,
    stage: str,
    work: Callable[[Progress], Made],
    *,
    report: Callable[[EncodeProgress], None],
    is_given_up: Callable[[], bool],
) -> Made:
    """Run encoding work in a thread while no other encoding holds the lock.

    Reports `waiting` while another encoding runs, then the progress as `stage`. If given
    up, the work stops at its next frame with `SharingError("cancelled")`.
    """
    told = 0.0

    @callback
    def tell(stage: str, done: float) -> None:
        if not is_given_up():
            report({"type": "progress", "stage": stage, "fraction": round(done, 3)})

    def progress(done: float) -> None:
        nonlocal told
        if is_given_up():
            raise SharingError("cancelled")
        if (now := time.monotonic()) - told >= _PACE:
            told = now
            hass.loop.call_soon_threadsafe(tell, stage, done)

    if lock.locked():
        tell("waiting", 0.0)
    async with lock:
        progress(0.0)
        return await in_background(f"doorwatch {stage}", lambda: work(progress))
