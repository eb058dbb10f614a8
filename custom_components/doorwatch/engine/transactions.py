"""Run statements of SQLite in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
import sqlite3


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """Commit at the end, or roll back on an error."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        # SQLite rolls back automatically on a full disk; another ROLLBACK would hide
        # the error.
        if database.in_transaction:
            database.execute("ROLLBACK")
        raise
