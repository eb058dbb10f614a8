"""Disks that take no more."""

from collections.abc import Iterator
from contextlib import contextmanager
import resource


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Have the kernel refuse to let files grow, as a quota or a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
