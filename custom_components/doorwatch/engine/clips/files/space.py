"""Room on the disk of the library: how much is left for everybody else."""

from dataclasses import dataclass
import os
from pathlib import Path
import shutil
from typing import Final

from .names import RECORDING, TEMPORARY_SUFFIX, LibraryFiles

# The disk is nearly full with less than this, or than this share of a small disk, free.
# Home Assistant's own database and the system need room too.
RESERVE: Final = 500_000_000
SHARE: Final = 0.01
# Scarce is less than this share of the disk, or than this much of a large one: time for
# a person to do something. It is over with a bit more, so that it does not come and go.
SCARCE_SHARE: Final = 0.05
SCARCE: Final = 50_000_000_000
_OVER: Final = 1.2
# A few seconds of video: a quota or a limit of the file system shows with it.
_TRIED: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """How a disk is, in bytes."""

    free: int
    usable: int  # without what the file system keeps for itself
    reserve: int  # what is left for everybody else

    def is_scarce(self, *, before: bool) -> bool:
        """Whether the disk is about to be full; `before` is what it was."""
        return self.free < min(SCARCE, self.usable * SCARCE_SHARE) * (
            _OVER if before else 1
        )

    def is_beyond(self, limit: int | None, used: int, *, before: bool) -> bool:
        """Whether the disk is full sooner than clips of `used` bytes are at the limit."""
        return (
            limit is not None
            and used < limit
            and (self.room_beside(used) < limit * (_OVER if before else 1))
        )

    def room_beside(self, used: int) -> int:
        """Return what all clips may take, with what else is on the disk."""
        return max(0, used + self.free - self.reserve)


def room(folder: Path) -> DiskSpace:
    """Look at the disk. Blocking."""
    disk = shutil.disk_usage(folder)
    reserve = int(min(RESERVE, disk.total * SHARE))
    return DiskSpace(disk.free, disk.used + disk.free, reserve)


def lacking(folder: Path) -> int:
    """Return how many bytes are missing to the reserve; none or less when well."""
    now = room(folder)
    return now.reserve - now.free


def try_writing(files: LibraryFiles) -> None:
    """Write what a short clip takes, and take it away. Raises `OSError`."""
    trial = files.folder / RECORDING / f"trial{TEMPORARY_SUFFIX}"
    try:
        with trial.open("wb") as file:
            file.write(bytes(_TRIED))
            file.flush()
            os.fsync(file.fileno())
    finally:
        trial.unlink(missing_ok=True)
