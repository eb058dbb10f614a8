"""What can be wrong with the library as a whole."""

import sqlite3

from ..recording.writer import NO_SPACE

# The second: no room for the file beside a database that its readers share.
_FULL_DATABASE = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})


class LibraryError(Exception):
    """The library cannot be used; `problem` is a translation key.

    One of `folder_not_writable`, `disk_full`, `index_newer`, `library_missing` (its
    disk or network folder is not there), `library_unavailable` (closed, or it hangs).
    """

    def __init__(self, problem: str) -> None:
        """Say which problem."""
        super().__init__(problem)
        self.problem = problem


def is_disk_full(error: OSError | sqlite3.Error) -> bool:
    """Whether an error of the disk means that there is no room."""
    if isinstance(error, OSError):
        return error.errno in NO_SPACE
    return getattr(error, "sqlite_errorcode", None) in _FULL_DATABASE


def problem_of(error: OSError | sqlite3.Error) -> str:
    """Say which problem of the library an error of its disk is."""
    return "disk_full" if is_disk_full(error) else "folder_not_writable"
