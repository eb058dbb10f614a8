"""Room on the disk of the library: how much is left for everybody else."""

import os
from pathlib import Path
import shutil
from typing import Final

from .files import RECORDING, TEMPORARY_SUFFIX, Files

# The disk is nearly full with less than this, or than this share of a small disk, free.
# Home Assistant's own database and the system need room too.
RESERVE: Final = 500_000_000
SHARE: Final = 0.01
# A few seconds of video: a quota or a limit of the file system shows with it.
_TRIED: Final = 2_000_000


def lacking(folder: Path) -> int:
    """Return how many bytes are missing to the reserve; none or less when well."""
    disk = shutil.disk_usage(folder)
    return int(min(RESERVE, disk.total * SHARE)) - disk.free


def try_writing(files: Files) -> None:
    """Write what a short clip takes, and take it away. Raises `OSError`."""
    trial = files.folder / RECORDING / f"trial{TEMPORARY_SUFFIX}"
    try:
        with trial.open("wb") as file:
            file.write(bytes(_TRIED))
            file.flush()
            os.fsync(file.fileno())
    finally:
        trial.unlink(missing_ok=True)
