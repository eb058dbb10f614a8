"""Write files atomically, private or shared with the folder's group."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
import fcntl
import os
from pathlib import Path
import secrets
import shutil
import stat


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Create the folder if necessary and lock it."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        yield


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a folder against other processes.

    The lock ends with the process. It has no effect on network disks without locks.
    """
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def is_shared(folder: Path) -> bool:
    """Return whether a folder is shared with its group: setgid and group-writable."""
    mode = folder.stat().st_mode
    return bool(mode & stat.S_ISGID) and mode & stat.S_IRWXG == stat.S_IRWXG


def file_mode(folder: Path) -> int:
    """Return the mode for files in a folder, regardless of the umask."""
    return 0o660 if is_shared(folder) else 0o600


def make_folder(folder: Path) -> None:
    """Create a folder and its parents: shared if the parent folder is, else private."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):  # another process created it
        folder.mkdir(mode=0o700)
        if is_shared(folder.parent):
            folder.chmod(0o2770)
        sync_folder(folder.parent)


@contextmanager
def hidden_folder(folder: Path, prefix: str) -> Iterator[Path]:
    """Create a folder with an unpredictable name; remove it when the block ends.

    A predictable name could be a link that someone else created. Folders with the same
    prefix that a dead process left are removed.
    """
    hidden = folder / f"{prefix}{secrets.token_hex(8)}"
    with locked(folder):
        for path in folder.iterdir():
            if path.name.startswith(prefix):
                _clear_if_dead(path)
        make_folder(hidden)
        held = os.open(hidden, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(held, fcntl.LOCK_EX)
    try:
        yield hidden
    finally:
        shutil.rmtree(hidden, ignore_errors=True)
        os.close(held)


def _clear_if_dead(left: Path) -> None:
    """Remove a folder whose process no longer holds the lock."""
    with suppress(OSError):
        held = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(held)


@contextmanager
def writing(path: Path, content: bytes, mode: int = 0o600) -> Iterator[None]:
    """Write and sync a temporary file; rename it when the block ends.

    The rename rarely fails, so the block can record the file as written.
    """
    make_folder(path.parent)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)  # left by a dead process, maybe of another user
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        with os.fdopen(os.open(part, flags, 0o600), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    part.replace(path)
    sync_folder(path.parent)


def write_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Write and sync a file, replacing an existing one."""
    with writing(path, content, mode):
        pass


def write_public(path: Path, content: bytes) -> None:
    """Write a file, and create its folders, readable for everyone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content, 0o644)


def sync_folder(folder: Path) -> None:
    """Sync the directory entries of a folder to disk."""
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
