"""Store the ledger in SQLite, for a single thread."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
import hashlib
import json
import os
from pathlib import Path
import secrets
import sqlite3
from typing import Final

from ...transactions import transaction
from ..errors import SharingError
from ..signing.canonical import canonical_json, timestamp

GENESIS: Final = "0" * 64  # the `previous` of the first line
REFUSED_WINDOW: Final = 3600.0  # seconds in which equal refusals are merged
PREPARED_TO_SEND: Final = "prepared_to_send"
_VERSION: Final = 3

_SCHEMA: Final = """
CREATE TABLE lines (
    seq INTEGER PRIMARY KEY,
    line TEXT NOT NULL,
    digest TEXT NOT NULL
) STRICT;
CREATE TABLE counts (kind TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT;
CREATE TABLE personal (
    seq INTEGER NOT NULL,
    name TEXT NOT NULL,
    salt TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (seq, name)
) STRICT;
CREATE TABLE refusals (
    caller TEXT NOT NULL,
    reason TEXT NOT NULL,
    began REAL NOT NULL,
    latest REAL NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (caller, reason)
) STRICT;
"""
# Since version 2. A partial index, because most lines are about clips.
_AGENCY: Final = (
    "CASE WHEN json_valid(line) THEN json_extract(line, '$.data.agency_id') END"
)
_BY_AGENCY: Final = f"""
CREATE INDEX lines_by_agency ON lines ({_AGENCY}, seq) WHERE {_AGENCY} IS NOT NULL;
"""
# Since version 3: the lines about what left the home, or may have.
_GOING_OUT: Final = (
    f"({_AGENCY} IS NOT NULL OR CASE WHEN json_valid(line)"
    f" THEN json_extract(line, '$.kind') END = '{PREPARED_TO_SEND}')"
)
_BY_GOING_OUT: Final = f"""
CREATE INDEX lines_going_out ON lines (seq) WHERE {_GOING_OUT};
"""


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A line as exported, and its digest."""

    seq: int
    text: str
    digest: str

    def follows(self, previous: str) -> bool:
        """Return whether the line is intact and has this previous digest."""
        ending = f',"previous":"{previous}","seq":{self.seq}}}'
        return self.text.endswith(ending) and self.digest == _digest(self.text)


def _digest(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()


def salted_digest(salt: str, value: str) -> str:
    """Return the digest of a personal detail: SHA-256 hex, salt first."""
    return hashlib.sha256(f"{salt}{value}".encode("utf-8", "replace")).hexdigest()


class LedgerStore:
    """Access the tables; each method commits before it returns."""

    def __init__(self, path: Path, clock: Callable[[], float]) -> None:
        """Open or create the file, and write the pending refusals of the last run."""
        self._clock = clock
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite uses the mode of this file for its side files.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
        self._db = sqlite3.connect(path, autocommit=True)
        try:
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("PRAGMA secure_delete=ON")  # overwrites deleted details
            self._migrate()
            self._check_end()
            with transaction(self._db):
                self._flush(self._clock(), everything=True)
        except BaseException:
            self._db.close()
            raise

    def _migrate(self) -> None:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > _VERSION:
            raise SharingError("ledger_newer")
        steps = (_SCHEMA, _BY_AGENCY, _BY_GOING_OUT)[version:]
        if steps:
            self._db.executescript(
                f"BEGIN IMMEDIATE; {''.join(steps)} PRAGMA user_version={_VERSION};"
                " COMMIT;"
            )

    def _check_end(self) -> None:
        seq, _ = self.head()
        last = self.lines(max(seq - 2, 0), 2)
        previous = last[0].digest if len(last) == 2 else GENESIS
        if last and not last[-1].follows(previous):
            raise SharingError("ledger_damaged")

    def close(self) -> None:
        """Write pending refusals and close."""
        try:
            with transaction(self._db):
                self._flush(self._clock(), everything=True)
        finally:
            self._db.close()

    def append(
        self, kind: str, data: Mapping[str, object], personal: Mapping[str, str] | None
    ) -> StoredLine:
        """Add a line, after the refusals that are due."""
        now = self._clock()
        with transaction(self._db):
            self._flush(now)
            return self._add(now, kind, data, personal)

    def append_all(self, kind: str, lines: list[Mapping[str, object]]) -> None:
        """Add lines of one kind, all of them or none."""
        now = self._clock()
        with transaction(self._db):
            self._flush(now)
            for data in lines:
                self._add(now, kind, data)

    def _add(
        self,
        now: float,
        kind: str,
        data: Mapping[str, object],
        personal: Mapping[str, str] | None = None,
        number: int = 1,
    ) -> StoredLine:
        seq, previous = self.head()
        seq += 1
        # In sorted order, each line ends with `previous` and `seq`, so that a shell
        # loop can check them without parsing JSON.
        fields: dict[str, object] = {
            "at": timestamp(now),
            "data": data,
            "kind": kind,
            "previous": previous,
            "seq": seq,
        }
        if personal:
            fields["personal"] = {
                name: self._keep_personal(seq, name, value)
                for name, value in personal.items()
            }
        text = canonical_json(fields).decode()
        line = StoredLine(seq, text, _digest(text))
        self._db.execute(
            "INSERT INTO lines VALUES (?, ?, ?)", (seq, line.text, line.digest)
        )
        self._db.execute(
            "INSERT INTO counts VALUES (?, ?)"
            " ON CONFLICT (kind) DO UPDATE SET number = number + excluded.number",
            (kind, number),
        )
        return line

    def _keep_personal(self, seq: int, name: str, value: str) -> str:
        salt = secrets.token_hex(16)
        self._db.execute(
            "INSERT INTO personal VALUES (?, ?, ?, ?)",
            (seq, name, salt, value.encode("utf-8", "replace").decode()),
        )
        return salted_digest(salt, value)

    def personal(self, seq: int) -> dict[str, str]:
        """Return the personal details of a line by name."""
        return dict(
            self._db.execute("SELECT name, value FROM personal WHERE seq = ?", (seq,))
        )

    def delete_personal(self, seq: int, user_id: str) -> bool:
        """Delete the personal details of a line, and add a line about that."""
        with transaction(self._db):
            gone = self._db.execute(
                "DELETE FROM personal WHERE seq = ?", (seq,)
            ).rowcount
            if gone:
                data = {"line": seq, "user_id": user_id}
                self._add(self._clock(), "personal_deleted", data)
        if gone:
            # secure_delete overwrites the page; this removes the copy in the WAL.
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return bool(gone)

    def refused(self, caller: str, reason: str) -> float | None:
        """Count a refusal; return when the next pending line is due, if any."""
        now = self._clock()
        with transaction(self._db):
            self._flush(now)
            counted = self._db.execute(
                "UPDATE refusals SET number = number + 1, latest = ?"
                " WHERE caller = ? AND reason = ?",
                (now, caller, reason),
            )
            if not counted.rowcount:
                self._add(
                    now, "refused", {"caller": caller, "count": 1, "reason": reason}
                )
                self._db.execute(
                    "INSERT INTO refusals VALUES (?, ?, ?, ?, 0)",
                    (caller, reason, now, now),
                )
            return self._next_due()

    def flush_due(self) -> float | None:
        """Write the refusals that are due; return when the next is due, if any."""
        with transaction(self._db):
            self._flush(self._clock())
            return self._next_due()

    def _next_due(self) -> float | None:
        (began,) = self._db.execute("SELECT MIN(began) FROM refusals").fetchone()
        return None if began is None else float(began) + REFUSED_WINDOW

    def _flush(self, now: float, *, everything: bool = False) -> None:
        # If the clock was set back, `began` is in the future; write these as well.
        over = (
            "SELECT caller, reason, began, latest, number FROM refusals"
            " WHERE ? OR began <= ? OR began > ? ORDER BY began, caller, reason"
        )
        rows = self._db.execute(
            over, (everything, now - REFUSED_WINDOW, now)
        ).fetchall()
        for caller, reason, began, latest, number in rows:
            if number:
                data = {
                    "caller": caller,
                    "count": number,
                    "reason": reason,
                    "since": timestamp(began),
                    "until": timestamp(latest),
                }
                self._add(now, "refused", data, number=number)
            self._db.execute(
                "DELETE FROM refusals WHERE caller = ? AND reason = ?", (caller, reason)
            )

    def head(self) -> tuple[int, str]:
        """Return sequence number and digest of the last line."""
        row = self._db.execute(
            "SELECT seq, digest FROM lines ORDER BY seq DESC LIMIT 1"
        ).fetchone()
        return (0, GENESIS) if row is None else (int(row[0]), str(row[1]))

    def lines(self, after: int, limit: int) -> list[StoredLine]:
        """Return lines with seq > after."""
        rows = self._db.execute(
            "SELECT seq, line, digest FROM lines WHERE seq > ? ORDER BY seq LIMIT ?",
            (after, limit),
        )
        return [StoredLine(*row) for row in rows]

    def newest(self, kind: str, member: str, value: str) -> StoredLine | None:
        """Find the newest line of this kind with this value in its data."""
        row = self._db.execute(
            "SELECT seq, line, digest FROM lines WHERE json_extract(line, '$.kind') = ?"
            " AND json_extract(line, ?) = ? ORDER BY seq DESC LIMIT 1",
            (kind, f"$.data.{member}", value),
        ).fetchone()
        return None if row is None else StoredLine(*row)

    def clips(self, kinds: Collection[str]) -> set[str]:
        """Return the IDs of the clips with lines of these kinds."""
        marks = ", ".join("?" * len(kinds))
        rows = self._db.execute(
            "SELECT json_extract(line, '$.data.clip_id') FROM lines"  # noqa: S608 - marks
            f" WHERE json_extract(line, '$.kind') IN ({marks})",
            sorted(kinds),
        )
        return {str(clip_id) for (clip_id,) in rows if clip_id is not None}

    def clip_lines(self, kinds: Collection[str]) -> list[dict[str, object]]:
        """Return the data of all lines of these kinds that are about a clip."""
        marks = ", ".join("?" * len(kinds))
        rows = self._db.execute(
            "SELECT json_extract(line, '$.data') FROM lines"  # noqa: S608 - marks
            f" WHERE json_extract(line, '$.kind') IN ({marks}) ORDER BY seq",
            sorted(kinds),
        )
        found = (json.loads(data) for (data,) in rows)
        return [data for data in found if "clip_id" in data]

    def counts(self) -> dict[str, int]:
        """Count lines by kind, and refusals by attempt, including pending ones."""
        counts: dict[str, int] = dict(
            self._db.execute("SELECT kind, number FROM counts")
        )
        (pending,) = self._db.execute("SELECT SUM(number) FROM refusals").fetchone()
        if pending:
            counts["refused"] = counts.get("refused", 0) + int(pending)
        return counts

    def agency_counts(self) -> list[tuple[str, str, int, int]]:
        """Return agency, kind, number of lines, and seq of the newest."""
        return self._db.execute(
            f"SELECT {_AGENCY}, json_extract(line, '$.kind'), COUNT(*), MAX(seq)"  # noqa: S608 - our own text
            f" FROM lines WHERE {_AGENCY} IS NOT NULL GROUP BY 1, 2"
        ).fetchall()

    def going_out(
        self, agency_id: str | None, before: int, limit: int
    ) -> list[StoredLine]:
        """Return lines with seq < before, newest first: about one agency, or all.

        All lines are those about any agency, and those about copies to send.
        """
        which, values = (_GOING_OUT, [])
        if agency_id is not None:
            which, values = (f"{_AGENCY} = ?", [agency_id])
        rows = self._db.execute(
            f"SELECT seq, line, digest FROM lines WHERE {which} AND seq < ?"  # noqa: S608 - our own text
            " ORDER BY seq DESC LIMIT ?",
            (*values, before, limit),
        )
        return [StoredLine(*row) for row in rows]
