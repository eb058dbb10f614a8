"""Pause long work on a thread, so that the event loop can run.

Without pauses, a thread can hold the GIL for 5 ms at a time.
"""

from collections.abc import Iterable, Iterator
import time
from typing import Final

_PAUSE: Final = 0.000_02


def pause() -> None:
    """Release the GIL."""
    time.sleep(_PAUSE)


def in_turns[T](things: Iterable[T], each: int) -> Iterator[T]:
    """Yield all items, with a pause before every `each` items."""
    for number, thing in enumerate(things):
        if not number % each:
            pause()
        yield thing
