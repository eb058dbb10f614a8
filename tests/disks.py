"""Disks that take no more."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
import resource
import subprocess
from typing import NamedTuple


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Have the kernel refuse to let files grow, as a quota or a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[bool]:
    """Mount a disk of this size on a folder; False where only root may, and nobody is."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, timeout=30)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "-l", str(folder)], check=True, timeout=30)


def fill(folder: Path) -> Path:
    """Take all the space that is left on a disk; remove the file to give it back."""
    filler = folder / "filler"
    with suppress(OSError), filler.open("wb", 0) as file:
        while file.write(bytes(512)):
            pass
    return filler


class Disk(NamedTuple):
    """What `shutil.disk_usage` returns."""

    total: int
    used: int
    free: int


def vanish(folder: Path) -> Path:
    """Leave what an unmounted disk leaves: an empty folder."""
    away = folder.with_name("on the disk")
    folder.rename(away)
    folder.mkdir()
    return away
