"""An inbox in a bucket, with its records in PostgreSQL."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import override

from ..errors import AgencyError
from ..times import time_text
from .bucket import Bucket, Object
from .inbox import SHARE_ID, TAKEN, WAITING, Asked, Inbox, Listed, Record
from .records import Records

# States of a package in the database; `taken` is set by officers only.
_STATES = {"finished": WAITING, "taken": TAKEN}
_ARRIVED = (*_STATES, "deleted")  # a deleted one may not be removed from the bucket yet
_SHARES = """
SELECT id, home, ledger, size, sha256, received_at, state, object, touched_at FROM shares
"""
_ONE = f"{_SHARES} WHERE id = %s"
_LISTED = f"{_SHARES} WHERE state = 'finished' AND object IS NOT NULL"
_LISTED_ALL = f"{_SHARES} WHERE state IN ('finished', 'taken') AND object IS NOT NULL"
_OLDEST_FIRST = "ORDER BY received_at, id"
_TAKE = """
UPDATE shares SET state = 'taken', touched_at = now()
WHERE id = %s AND state = 'finished' AND object IS NOT NULL
RETURNING id, object
"""
_REMOVED = """
UPDATE shares SET state = 'deleted', object = NULL, touched_at = now()
WHERE id = %s AND state IN ('finished', 'taken', 'deleted')
"""
_ASKED = """
SELECT id, request, result, says, at, token, home, ledger, size, sha256, received_at
FROM withdrawals JOIN shares USING (id) LEFT JOIN answers USING (id)
"""
_ALL_ASKED = f"{_ASKED} ORDER BY at, id"
_WAITING = f"""{_ASKED} WHERE result <> 'deleted'
AND answers.request_sha256 IS DISTINCT FROM withdrawals.request_sha256 ORDER BY at, id
"""
_ONE_ASKED = f"{_ASKED} WHERE id = %s"
_RECEIPT = """
WITH given AS (
  INSERT INTO receipts (id, token, opened) VALUES (%s, %s, true)
  ON CONFLICT (id) DO UPDATE SET token = excluded.token, opened = true
  RETURNING id
)
UPDATE shares SET receipted = true FROM given WHERE shares.id = given.id
"""
_ANSWER = """
INSERT INTO answers (id, token, request_sha256) VALUES (%s, %s, %s)
ON CONFLICT (id) DO UPDATE
SET token = excluded.token, request_sha256 = excluded.request_sha256
WHERE answers.request_sha256 <> excluded.request_sha256 OR answers.token = %s RETURNING id
"""


class BucketInbox(Inbox):
    """The inbox of any number of intakes."""

    def __init__(self, bucket: Bucket, records: Records) -> None:
        """Use a bucket and its records; raise if they are of another bucket."""
        self._bucket = bucket
        self._records = records
        # Another bucket does not contain the packages that these records name.
        row = records.one("SELECT bucket FROM doorwatch_schema")
        if row is not None and row["bucket"] not in (None, bucket.name):
            raise AgencyError(f"the records are of the bucket {row['bucket']}")

    @override
    def listed(self, odd: list[str], *, taken: bool) -> Iterator[Listed]:
        wanted = _LISTED_ALL if taken else _LISTED
        for row in self._records.many(f"{wanted} {_OLDEST_FIRST}"):
            try:
                record = _record(row)
            except ValueError:
                odd.append(f"{row['id']}: its record cannot be read")
                continue
            state = _STATES[str(row["state"])]
            yield Listed(share_id=str(row["id"]), state=state, record=record)

    @override
    def record(self, share_id: str) -> Record | None:
        row = self._row(share_id)
        return None if row is None else _readable(row)

    @override
    def to_open(self, share_id: str, *, again: bool) -> tuple[Object, Record]:
        row = self._arrived(share_id, again=again)
        return self._object(row), _readable(row)

    @override
    @contextmanager
    def taking(self, share_id: str, *, again: bool) -> Iterator[str]:
        row = self._records.one(_TAKE, share_id) or self._arrived(share_id, again=again)
        yield str(self._object(row))

    def _arrived(self, share_id: str, *, again: bool) -> Mapping[str, object]:
        """Return the row of a share whose package exists; raise if it cannot be taken."""
        row = self._row(share_id)
        if row is None:
            raise AgencyError(f"the intake has no share {share_id}")
        if row["state"] not in _ARRIVED:
            raise AgencyError(f"{share_id} has not arrived completely yet")
        if row["state"] == "deleted" or row["object"] is None:
            raise AgencyError(
                f"{share_id} was deleted: its home withdrew it, or an officer deleted it"
            )
        if row["state"] == "taken" and not again:
            raise AgencyError(
                f"someone took {share_id} out of the inbox on {_time(row['touched_at'])}"
                " (--again opens it again)"
            )
        return row

    @override
    def package(self, share_id: str) -> Object | None:
        row = self._row(share_id)
        if row is None or row["state"] not in _ARRIVED or row["object"] is None:
            return None
        return self._object(row)

    def _object(self, row: Mapping[str, object]) -> Object:
        """Return the object of a share, whose key always starts with the share number."""
        key = str(row["object"])
        if key.split("/")[-2:-1] != [row["id"]]:
            raise AgencyError(
                f"the intake's record of {row['id']} names what is not its package"
            )
        return self._bucket.object(key)

    @override
    def has(self, place: str) -> bool:
        return place.startswith(self._bucket.place)

    @override
    def remove(self, share_id: str) -> None:
        with self._records.changing(share_id):
            package = self.package(share_id)
            if package is not None:
                self._bucket.delete(package.key)
            self._records.run(_REMOVED, share_id)

    @override
    def withdrawals(self, odd: list[str], *, waiting: bool) -> Iterator[Asked]:
        for row in self._records.many(_WAITING if waiting else _ALL_ASKED):
            try:
                yield _asked(row)
            except ValueError:
                odd.append(f"{row['id']}: what is noted of it cannot be read")

    @override
    def withdrawal(self, share_id: str) -> Asked | None:
        row = self._records.one(_ONE_ASKED, share_id)
        if row is None:
            return None
        try:
            return _asked(row)
        except ValueError as err:
            raise AgencyError(f"what is noted of {share_id} cannot be read") from err

    @override
    def receipt(self, share_id: str) -> str | None:
        row = self._records.one("SELECT token FROM receipts WHERE id = %s", share_id)
        return None if row is None else str(row["token"])

    @override
    @contextmanager
    def changing(self, share_id: str) -> Iterator[None]:
        with self._records.changing(share_id):
            yield

    @override
    @contextmanager
    def giving_receipt(self, share_id: str, token: str) -> Iterator[None]:
        self._records.run(_RECEIPT, share_id, token)
        yield

    @override
    @contextmanager
    def giving_answer(
        self, share_id: str, token: str, request_sha256: str, *, replaces: str | None
    ) -> Iterator[None]:
        given = (share_id, token, request_sha256, replaces)
        if self._records.one(_ANSWER, *given) is None:
            raise AgencyError("it is already answered")
        yield

    @override
    def receipt_place(self, share_id: str) -> str:
        return f"{share_id}, in the intake's records"

    def _row(self, share_id: str) -> Mapping[str, object] | None:
        return self._records.one(_ONE, share_id)


def _record(row: Mapping[str, object]) -> Record:
    if not SHARE_ID.fullmatch(str(row["id"])):
        raise ValueError("not a number of a share")
    received_at = row["received_at"]
    noted = {
        "size": row["size"],
        "sha256": row["sha256"],
        "received_at": None if received_at is None else _time(received_at),
    }
    return Record.of(noted, {"home": row["home"], "ledger": row["ledger"]})


def _readable(row: Mapping[str, object]) -> Record:
    try:
        return _record(row)
    except ValueError as err:
        raise AgencyError(f"the intake's record of {row['id']} cannot be read") from err


def _asked(row: Mapping[str, object]) -> Asked:
    token = row["token"]
    return Asked(
        share_id=str(row["id"]),
        request=str(row["request"]),
        result=str(row["result"]),
        text=str(row["says"]),
        at=_time(row["at"]),
        answer=None if token is None else str(token),
        record=_record(row),
    )


def _time(at: object) -> str:
    """Format a time of the database as the intake does."""
    if not isinstance(at, datetime):
        raise ValueError("not a time")  # noqa: TRY004 - callers handle one type of error
    return time_text(at.astimezone(UTC))
