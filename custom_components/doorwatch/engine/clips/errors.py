"""What can be wrong with the library as a whole."""

import errno
import sqlite3

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
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


def problem_of(error: OSError | sqlite3.Error) -> str:
    """Say which problem of the library an error of its disk is."""
    if isinstance(error, OSError):
        full = error.errno in _NO_SPACE
    else:
        full = getattr(error, "sqlite_errorcode", None) in _FULL_DATABASE
    return "disk_full" if full else "folder_not_writable"
