"""Test that memory used for connecting is released."""

import ctypes
import importlib
import os
from pathlib import Path

import pytest

from custom_components.doorwatch.engine.recording import memory

MB = 1_000_000


def resident() -> int:
    """Return the resident memory of this process in bytes."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def test_freed_memory_goes_back_to_the_system() -> None:
    malloc, free = ctypes.CDLL(None).malloc, ctypes.CDLL(None).free
    malloc.restype, malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    free.argtypes = [ctypes.c_void_p]
    # Blocks below the mmap threshold; the last one prevents automatic trimming by glibc.
    blocks = [malloc(60_000) for _ in range(1000)]
    for block in blocks:
        ctypes.memset(block, 1, 60_000)
    full = resident()
    for block in blocks[:-1]:
        free(block)
    assert full - resident() < 30 * MB
    memory.give_back()
    assert full - resident() > 30 * MB
    free(blocks[-1])


def test_other_allocators_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The C library of Home Assistant OS has no `malloc_trim`."""
    monkeypatch.setattr(ctypes, "CDLL", lambda _: object())
    importlib.reload(memory).give_back()
    monkeypatch.undo()
    importlib.reload(memory)
