"""Simulate full and missing disks."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
import resource
import subprocess
from typing import NamedTuple


@contextmanager
def no_file_larger_than(size: int) -> Iterator[None]:
    """Have the kernel refuse larger files, as a quota or a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[bool]:
    """Mount a disk of this size on a folder; yield False if that fails, as without root."""
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    done = subprocess.run(command, check=False, capture_output=True, timeout=30)
    try:
        yield done.returncode == 0
    finally:
        if done.returncode == 0:
            subprocess.run(["umount", "-l", str(folder)], check=True, timeout=30)


def fill(folder: Path) -> Path:
    """Fill the disk; removing the returned file frees the space again."""
    filler = folder / "filler"
    with suppress(OSError), filler.open("wb", 0) as file:
        while file.write(bytes(512)):
            pass
    return filler


class Disk(NamedTuple):
    """The result of `shutil.disk_usage`."""

    total: int
    used: int
    free: int


def vanish(folder: Path) -> Path:
    """Leave an empty folder, as unmounting does; return where the files are now."""
    away = folder.with_name("on the disk")
    folder.rename(away)
    folder.mkdir()
    return away
