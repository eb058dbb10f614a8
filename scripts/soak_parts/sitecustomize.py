"""Loaded by the Python of the Home Assistant under test: reports its heap.

Regularly writes the number of allocated blocks and SQLite's memory in bytes to the file
that DOORWATCH_SOAK_HEAP names. If a file of that name with `.collect` appears, removes
it and writes the number of blocks after a full collection to `.kept`.
"""

import ctypes
import gc
import os
from pathlib import Path
import sys
import threading
import time


def _sqlite_bytes() -> int:
    """Return SQLite's memory; 0 if Python has SQLite built in."""
    try:
        used = ctypes.CDLL("libsqlite3.so.0").sqlite3_memory_used
    except OSError:
        return 0
    used.restype = ctypes.c_int64
    return int(used())


def _write_blocks(path: Path) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(f"{sys.getallocatedblocks()} {_sqlite_bytes()}")
    partial.replace(path)


def _tell(path: Path) -> None:
    asked = path.with_suffix(".collect")
    while True:
        _write_blocks(path)
        if asked.exists():
            gc.collect()
            _write_blocks(path.with_suffix(".kept"))
            asked.unlink()
        time.sleep(5)


if name := os.environ.get("DOORWATCH_SOAK_HEAP"):
    threading.Thread(target=_tell, args=(Path(name),), daemon=True).start()
