"""An inbox in a bucket, with its records in PostgreSQL, as the desk uses it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import override

from ..errors import AgencyError
from ..times import time_text
from .bucket import Bucket, Object
from .inbox import SHARE_ID, TAKEN, WAITING, Inbox, Listed, Record
from .records import Records

# What the intake, or an officer, noted of where a share is. `taken` is an officer's:
# whoever takes a package out of a folder moves its file.
_STATES = {"finished": WAITING, "taken": TAKEN}
_ARRIVED = (*_STATES, "deleted")  # and maybe not gone yet
_ONE = """
SELECT home, ledger, size, sha256, received_at, state, object, touched_at
FROM shares WHERE id = %s
"""
_LISTED = """
SELECT id, home, ledger, size, sha256, received_at, state FROM shares
WHERE state = ANY(%s) AND object IS NOT NULL
ORDER BY received_at, id
"""
_TAKE = """
UPDATE shares SET state = 'taken', touched_at = now()
WHERE id = %s AND state = 'finished' AND object IS NOT NULL RETURNING id
"""
_REMOVED = """
UPDATE shares SET state = 'deleted', object = NULL, touched_at = now()
WHERE id = %s AND state IN ('finished', 'taken', 'deleted')
"""
_ALL_ASKED = "SELECT id FROM withdrawals ORDER BY at, id"
_ASKED = """
SELECT id FROM withdrawals WHERE result <> 'deleted' AND NOT EXISTS (
  SELECT FROM answers
  WHERE answers.id = withdrawals.id
  AND answers.request_sha256 = withdrawals.request_sha256
) ORDER BY at, id
"""
_RECEIPT = """
INSERT INTO receipts (id, token, opened) VALUES (%s, %s, true)
ON CONFLICT (id) DO UPDATE SET token = excluded.token, opened = true
"""
_ANSWER = """
INSERT INTO answers (id, token, request_sha256) VALUES (%s, %s, %s)
ON CONFLICT (id) DO UPDATE
SET token = excluded.token, request_sha256 = excluded.request_sha256
WHERE answers.request_sha256 <> excluded.request_sha256 RETURNING id
"""


class BucketInbox(Inbox):
    """The inbox of any number of intakes."""

    def __init__(self, bucket: Bucket, records: Records) -> None:
        """Use a bucket, and what is noted of the packages in it."""
        self._bucket = bucket
        self._records = records

    @override
    def listed(self, odd: list[str], *, taken: bool) -> Iterator[Listed]:
        states = ["finished", "taken"] if taken else ["finished"]
        for row in self._records.many(_LISTED, states):
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
        if row is None:
            return None
        try:
            return _record(row)
        except ValueError as err:
            raise AgencyError(
                f"the intake's record of {share_id} cannot be read"
            ) from err

    def take(self, share_id: str, *, again: bool) -> tuple[Object, Record]:
        """Take a package out of the inbox, so that a withdrawal waits for an officer."""
        if self._records.one(_TAKE, share_id) is None:
            self._refuse_taking(share_id, again=again)
        package, record = self.package(share_id), self.record(share_id)
        if package is None or record is None:
            raise AgencyError(f"{share_id} was deleted just now")
        return package, record

    def _refuse_taking(self, share_id: str, *, again: bool) -> None:
        row = self._row(share_id)
        if row is None:
            raise AgencyError(f"the intake has no share {share_id}")
        if row["state"] == "deleted":
            raise AgencyError(
                f"{share_id} was deleted: its home withdrew it, or an officer deleted it"
            )
        if row["state"] != "taken":
            raise AgencyError(f"{share_id} has not arrived completely yet")
        if not again:
            raise AgencyError(
                f"someone took {share_id} out of the inbox on {_time(row['touched_at'])}"
                " (--again opens it again)"
            )

    @override
    def package(self, share_id: str) -> Object | None:
        row = self._row(share_id)
        if row is None or row["state"] not in _ARRIVED or row["object"] is None:
            return None
        return self._bucket.object(str(row["object"]))

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
    def withdrawals(self, *, waiting: bool) -> list[str]:
        rows = self._records.many(_ASKED if waiting else _ALL_ASKED)
        return [str(row["id"]) for row in rows if SHARE_ID.fullmatch(str(row["id"]))]

    @override
    def withdrawal(self, share_id: str) -> dict[str, object] | None:
        row = self._records.one(
            "SELECT request, result, says, at FROM withdrawals WHERE id = %s", share_id
        )
        if row is None:
            return None
        return {
            "request": row["request"],
            "result": row["result"],
            "text": row["says"],
            "at": _time(row["at"]),
        }

    @override
    def answer(self, share_id: str) -> str | None:
        return self._token("SELECT token FROM answers WHERE id = %s", share_id)

    @override
    def receipt(self, share_id: str) -> str | None:
        return self._token("SELECT token FROM receipts WHERE id = %s", share_id)

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
        self, share_id: str, token: str, request_sha256: str
    ) -> Iterator[None]:
        if self._records.one(_ANSWER, share_id, token, request_sha256) is None:
            raise AgencyError("it is already answered")
        yield

    @override
    def receipt_place(self, share_id: str) -> str:
        return f"{share_id}, in the intake's records"

    def _row(self, share_id: str) -> Mapping[str, object] | None:
        return self._records.one(_ONE, share_id)

    def _token(self, query: str, share_id: str) -> str | None:
        row = self._records.one(query, share_id)
        return None if row is None else str(row["token"])


def _record(row: Mapping[str, object]) -> Record:
    received_at = row["received_at"]
    noted = {
        "size": row["size"],
        "sha256": row["sha256"],
        "received_at": None if received_at is None else _time(received_at),
    }
    return Record.of(noted, {"home": row["home"], "ledger": row["ledger"]})


def _time(at: object) -> str:
    """Write a time of the database as the intake does."""
    if not isinstance(at, datetime):
        raise ValueError("not a time")  # noqa: TRY004 - callers want one kind
    return time_text(at.astimezone(UTC))
