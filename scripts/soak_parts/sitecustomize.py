"""Read by the Python of the Home Assistant under test: tells of its heap.

Writes now and then how many blocks Python has allocated and not freed into the file that
DOORWATCH_SOAK_HEAP names; and once for each file of that name with `.collect`, which it
removes, how many are left after a full collection, with `.kept`.
"""

import gc
import os
from pathlib import Path
import sys
import threading
import time


def _write_blocks(path: Path) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(str(sys.getallocatedblocks()))
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
