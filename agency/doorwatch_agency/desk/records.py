"""Records of shares that intakes with a bucket keep in PostgreSQL.

The intake owns the tables (agency/intake/bucket/schema.sql). Taking a package,
answering and giving a receipt are each one transaction that locks the row of the share.
A home's withdrawal locks the same row, so the two cannot conflict.
"""

from collections.abc import Iterator
from contextlib import contextmanager
import logging
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row

from ..errors import AgencyError

# It logs to the terminal what its exceptions already say.
logging.getLogger("psycopg").setLevel(logging.CRITICAL)

_URLS = ("postgresql://", "postgres://")
_HOW = {
    "application_name": "doorwatch-agency",
    "connect_timeout": "10",  # seconds, also the next ones
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",  # milliseconds
}


class Records:
    """The records of one inbox."""

    def __init__(self, where: str) -> None:
        """Connect to the database of a URL, or of a file that contains one."""
        try:
            named = make_conninfo(_url(where), **_HOW)
        except (psycopg.Error, ValueError):
            # The error may quote the password.
            raise AgencyError("--records is not the URL of a database") from None
        try:
            self._connection: psycopg.Connection[DictRow] = psycopg.connect(
                named, autocommit=True, row_factory=dict_row
            )
        except psycopg.Error as err:
            raise AgencyError(f"the records cannot be reached: {_first(err)}") from err
        with self._asking():
            self._connection.execute("SET lock_timeout = '30s'")
            self._connection.execute("SET statement_timeout = '60s'")
            self._connection.execute("SET synchronous_commit = on")

    def one(self, query: str, *values: object) -> DictRow | None:
        """Run a query and return its row."""
        with self._asking():
            return self._connection.execute(_sql(query), values).fetchone()

    def run(self, query: str, *values: object) -> None:
        """Run a statement that returns nothing."""
        with self._asking():
            self._connection.execute(_sql(query), values)

    def many(self, query: str, *values: object) -> Iterator[DictRow]:
        """Yield the rows of a query without loading all at once."""
        with (
            self._asking(),
            self._connection.transaction(),
            self._connection.cursor(name="listed") as cursor,
        ):
            cursor.execute(_sql(query), values)
            yield from cursor

    @contextmanager
    def changing(self, share_id: str) -> Iterator[None]:
        """Lock the row of a share and run the block in one transaction."""
        with self._asking(changing=True), self._connection.transaction():
            self.one("SELECT 1 FROM shares WHERE id = %s FOR UPDATE", share_id)
            yield

    @contextmanager
    def _asking(self, *, changing: bool = False) -> Iterator[None]:
        try:
            yield
        except psycopg.errors.LockNotAvailable as err:
            raise AgencyError(
                "someone else has been changing what is noted of this share for"
                " 30 seconds. Try again"
            ) from err
        except psycopg.errors.InsufficientPrivilege as err:
            raise AgencyError(f"your account at the records: {_first(err)}") from err
        except psycopg.errors.UndefinedTable as err:
            raise AgencyError(
                "the records were not prepared yet. Run the intake on its machine with"
                " --prepare-records once"
            ) from err
        except psycopg.OperationalError as err:
            lost = "the connection to the records was lost"
            if changing:
                lost += ", so it is not known whether this was noted. Run it again"
            raise AgencyError(f"{lost}: {_first(err)}") from err
        except psycopg.Error as err:
            raise AgencyError(f"the records: {_first(err)}") from err


def _sql(query: str) -> Any:
    return query  # psycopg's type requires literals, and all queries here are


def _url(where: str) -> str:
    if not where.startswith(_URLS):
        try:
            where = Path(where).read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as err:
            raise AgencyError(
                "--records must be a URL such as postgresql://officer@host/doorwatch, or"
                " a file with one"
            ) from err
    elif _password(where):
        raise AgencyError(
            "other users of this machine can read a password in a command. Put the URL"
            " into a file, and name that, or use PGPASSFILE"
        )
    if not where.startswith(_URLS):
        raise AgencyError("--records does not begin with postgresql://")
    return where


def _password(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.password is not None or "password" in parse_qs(parts.query)


def _first(err: psycopg.Error) -> str:
    return (str(err).strip().splitlines() or [type(err).__name__])[0]
