"""Long work on a thread that lets the event loop beside it in again and again.

A thread of Python alone would hold it up for 5 ms each time.
"""

from collections.abc import Iterable, Iterator
import time
from typing import Final

_PAUSE: Final = 0.000_02


def pause() -> None:
    """Let others get a turn."""
    time.sleep(_PAUSE)


def in_turns[T](things: Iterable[T], each: int) -> Iterator[T]:
    """Yield all; after so many others get a turn."""
    for number, thing in enumerate(things):
        if not number % each:
            pause()
        yield thing
