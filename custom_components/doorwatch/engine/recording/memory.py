"""Return freed memory to the system."""

from collections.abc import Callable
import ctypes
from typing import Final


def _find() -> Callable[[int], int] | None:
    """Return glibc's `malloc_trim`, or None with allocators that don't need it."""
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except OSError, AttributeError:
        return None
    return found


_malloc_trim: Final = _find()


def give_back() -> None:
    """Return freed memory to the system where the allocator doesn't do so.

    FFmpeg decodes a few frames to analyze a stream, and glibc then keeps 5 MB per
    doorbell. Takes a few milliseconds and releases the GIL meanwhile.
    """
    if _malloc_trim:
        _malloc_trim(0)
