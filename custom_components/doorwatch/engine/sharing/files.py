"""Files of this room: private, whole or not there at all."""

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path

from ..clips.errors import is_disk_full
from .errors import SharingError

# Bytes read at once: large enough that hashing, not Python, is the cost.
CHUNK = 1 << 20


def private_folder(folder: Path) -> None:
    """Make a folder for this user only, or make it so."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def sync_file(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_rename(part: Path, target: Path) -> None:
    """Give a finished file its name, durably."""
    sync_file(part)
    part.replace(target)
    sync_file(target.parent)


def _part(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


@contextmanager
def part_of(target: Path) -> Iterator[Path]:
    """Lend a temporary name beside `target`; what is left under it is removed.

    A full disk becomes `SharingError("disk_full")`.
    """
    part = _part(target)
    try:
        yield part
    except OSError as err:
        if is_disk_full(err):
            raise SharingError("disk_full") from err
        raise
    finally:
        part.unlink(missing_ok=True)


def write_private(target: Path, data: bytes) -> None:
    """Write a small file, mode 0600, atomically."""
    with part_of(target) as part:
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        sync_rename(part, target)


def remove_private(target: Path) -> None:
    """Remove such a file, if there is one, and what a crash left of a newer one."""
    target.unlink(missing_ok=True)
    _part(target).unlink(missing_ok=True)
