"""Measure the free space on the disk of the library."""

from dataclasses import dataclass
import os
from pathlib import Path
import shutil
from typing import Final

from .names import RECORDING, TEMPORARY_SUFFIX, LibraryFiles

# The disk is nearly full when less than this is free, or less than this fraction of a
# small disk. Home Assistant's database and the system need space too.
RESERVE: Final = 500_000_000
SHARE: Final = 0.01
# Space is scarce below this fraction of the disk, or below this amount on a large disk,
# so that a person can act. The warning ends with some more space, so that it does not
# flap.
SCARCE_SHARE: Final = 0.05
SCARCE: Final = 50_000_000_000
_OVER: Final = 1.2
# A few seconds of video, enough to notice a quota or a limit of the file system.
_TRIED: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """The space on a disk, in bytes."""

    free: int
    usable: int  # without the reserved blocks of the file system
    reserve: int  # kept free for everything else

    def is_scarce(self, *, before: bool) -> bool:
        """Return whether space is scarce; `before` is the previous result."""
        return self.free < min(SCARCE, self.usable * SCARCE_SHARE) * (
            _OVER if before else 1
        )

    def is_beyond(self, limit: int | None, used: int, *, before: bool) -> bool:
        """Return whether the disk fills up before the clips reach the limit.

        `used` is the size of all clips, `before` the previous result.
        """
        return (
            limit is not None
            and used < limit
            and (self.room_beside(used) < limit * (_OVER if before else 1))
        )

    def room_beside(self, used: int) -> int:
        """Return the space available to clips that use `used` bytes now."""
        return max(0, used + self.free - self.reserve)


def room(folder: Path) -> DiskSpace:
    """Return the space on the disk. Blocking."""
    disk = shutil.disk_usage(folder)
    reserve = int(min(RESERVE, disk.total * SHARE))
    return DiskSpace(disk.free, disk.used + disk.free, reserve)


def lacking(folder: Path) -> int:
    """Return how many bytes are missing to the reserve; not positive if none."""
    now = room(folder)
    return now.reserve - now.free


def try_writing(files: LibraryFiles) -> None:
    """Write and remove the size of a short clip. Raises `OSError`."""
    trial = files.folder / RECORDING / f"trial{TEMPORARY_SUFFIX}"
    try:
        with trial.open("wb") as file:
            file.write(bytes(_TRIED))
            file.flush()
            os.fsync(file.fileno())
    finally:
        trial.unlink(missing_ok=True)
