"""Write private files atomically."""

from collections.abc import Iterator
from contextlib import contextmanager
import os
from pathlib import Path

from ..clips.errors import is_disk_full
from .errors import SharingError

# Bytes read at once, large enough that most of the time is spent on hashing.
CHUNK = 1 << 20


def private_folder(folder: Path) -> None:
    """Create a folder for this user only, or correct its mode."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)


def sync_file(path: Path) -> None:
    """Sync a file, or the names in a folder, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_rename(part: Path, target: Path) -> None:
    """Sync a finished file and rename it to its final name."""
    sync_file(part)
    part.replace(target)
    sync_file(target.parent)


def _part(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


@contextmanager
def part_of(target: Path) -> Iterator[Path]:
    """Yield a temporary path beside `target`, and remove what remains there.

    A full disk raises `SharingError("disk_full")`.
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
    """Write a small file atomically, with mode 0600."""
    with part_of(target) as part:
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        sync_rename(part, target)


def remove_private(target: Path) -> None:
    """Remove such a file, and the temporary file of an interrupted write."""
    target.unlink(missing_ok=True)
    _part(target).unlink(missing_ok=True)
