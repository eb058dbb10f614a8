"""Read by the Python of the Home Assistant under test: tells now and then of its heap.

Writes "BLOCKS" (what Python has allocated and not freed) into the file that
DOORWATCH_SOAK_HEAP names.
"""

import os
from pathlib import Path
import sys
import threading
import time


def _tell(path: Path) -> None:
    partial = path.with_suffix(".partial")
    while True:
        partial.write_text(str(sys.getallocatedblocks()))
        partial.replace(path)
        time.sleep(5)


if name := os.environ.get("DOORWATCH_SOAK_HEAP"):
    threading.Thread(target=_tell, args=(Path(name),), daemon=True).start()
