"""Define the errors of the library."""

import sqlite3

from ..recording.writer import NO_SPACE

# `SQLITE_IOERR_SHMSIZE`: there is no space for the shared memory file of the database.
_FULL_DATABASE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})


class LibraryError(Exception):
    """The library cannot be used; `problem` is a translation key.

    One of `folder_not_writable`, `disk_full`, `index_newer`, `library_missing` (its
    disk or network folder is not mounted), `library_unavailable` (closed, or the disk
    hangs).
    """

    def __init__(self, problem: str) -> None:
        """Initialize with the translation key of the problem."""
        super().__init__(problem)
        self.problem = problem


def is_disk_full(error: OSError | sqlite3.Error) -> bool:
    """Return whether an error means that the disk is full."""
    if isinstance(error, OSError):
        return error.errno in NO_SPACE
    return getattr(error, "sqlite_errorcode", None) in _FULL_DATABASE


def storage_problem(error: OSError | sqlite3.Error) -> str:
    """Return the library problem for a disk error."""
    return "disk_full" if is_disk_full(error) else "folder_not_writable"
