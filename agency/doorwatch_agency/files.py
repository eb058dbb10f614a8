"""Files that are written whole or not at all, private or for a folder's group."""

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
    """Wait until nobody else changes what lies in a folder, and make it if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder):
        yield


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait until nobody else changes what lies in a folder.

    The lock ends with its process. On a network disk without locks it is none.
    """
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def is_shared(folder: Path) -> bool:
    """Whether a folder is its group's: setgid, and the group may do all in it."""
    mode = folder.stat().st_mode
    return bool(mode & stat.S_ISGID) and mode & stat.S_IRWXG == stat.S_IRWXG


def file_mode(folder: Path) -> int:
    """Return the mode of files in a folder, whatever the umask."""
    return 0o660 if is_shared(folder) else 0o600


def make_folder(folder: Path) -> None:
    """Make a folder and those above it: their group's where the one above is, else private."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    with suppress(FileExistsError):  # somebody else was quicker
        folder.mkdir(mode=0o700)
        if is_shared(folder.parent):
            folder.chmod(0o2770)
        sync_folder(folder.parent)


@contextmanager
def hidden_folder(folder: Path, prefix: str) -> Iterator[Path]:
    """Make a folder with a name that no one can guess, for as long as this process lives.

    A fixed name could be a link that somebody put there. What a dead process left with
    this prefix goes.
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
    """Remove what a process left that is gone, with its lock."""
    with suppress(OSError):
        held = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(held)


@contextmanager
def writing(path: Path, content: bytes, mode: int = 0o600) -> Iterator[None]:
    """Write a file beside its place, synced; it takes its place when the block ends.

    What is then left to do hardly fails, so a block that notes it notes what happens.
    """
    make_folder(path.parent)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)  # of a dead one, maybe another user
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
    """Write a file, synced, in place of the one that is there."""
    with writing(path, content, mode):
        pass


def write_public(path: Path, content: bytes) -> None:
    """Write a file that everyone may read, in folders that everyone may pass."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content, 0o644)


def sync_folder(folder: Path) -> None:
    """Have the disk keep the names in a folder."""
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
