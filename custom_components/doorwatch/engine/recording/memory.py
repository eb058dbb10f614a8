"""Giving memory back to the system."""

from collections.abc import Callable
import ctypes
from typing import Final


def _find() -> Callable[[int], int] | None:
    """Return glibc's `malloc_trim`; allocators of other systems trim by themselves."""
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except OSError, AttributeError:
        return None
    return found


_malloc_trim: Final = _find()


def give_back() -> None:
    """Give memory that was freed back to the system, where that has to be asked for.

    To learn what is in a stream FFmpeg decodes a few pictures. glibc keeps what they took,
    5 MB for each doorbell. Takes a few milliseconds and lets other threads run meanwhile.
    """
    if _malloc_trim:
        _malloc_trim(0)
