"""Return freed memory to the system."""

import contextlib
import ctypes


def give_back() -> None:
    """Return freed memory to the system where the allocator doesn't do so.

    FFmpeg decodes a few frames to analyze a stream, and glibc then keeps 5 MB per
    doorbell. Takes a few milliseconds and releases the GIL meanwhile.
    """
    with contextlib.suppress(OSError, AttributeError):  # other allocators
        ctypes.CDLL(None).malloc_trim(0)
