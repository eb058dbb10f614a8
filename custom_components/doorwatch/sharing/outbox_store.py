"""What the outbox remembers: shares, and ledger lines that are still to be written."""

from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
import errno
import json
import os
from pathlib import Path
import shutil
import sqlite3
from typing import Final, Self

from .errors import SharingError
from .files import part_of, private_folder, sha256_file, sync_file, sync_rename
from .intents import intent_from_json
from .model import Intent, Removal, Share, ShareState, StagedFile

ACTIVE: Final = frozenset(
    {ShareState.WAITING, ShareState.PACKAGING, ShareState.UPLOADING}
)
UNFINISHED: Final = ACTIVE | {ShareState.FAILED}
# The agency is yet to say what became of what a stopped share left there.
TO_TAKE_BACK: Final = frozenset({Removal.PENDING, Removal.ASKED})

_SCHEMA_VERSION: Final = 2
_SCHEMA: Final = """
CREATE TABLE shares (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  share_id TEXT NOT NULL UNIQUE,
  clip_id TEXT NOT NULL,
  agency_id TEXT NOT NULL,
  agency_name TEXT NOT NULL,
  user_id TEXT NOT NULL,
  state TEXT NOT NULL,
  intent TEXT,           -- JSON; NULL when finished, since it holds personal details
  created_at REAL NOT NULL,
  cancel_window REAL NOT NULL,
  begun INTEGER NOT NULL DEFAULT 0,
  sent INTEGER NOT NULL DEFAULT 0,
  total INTEGER NOT NULL,
  problem TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  upload_url TEXT,
  package_sha256 TEXT,
  package_size INTEGER,
  delivered_at REAL,
  removal TEXT,
  ended_at REAL,         -- or when it was known what became of what it left
  receipt TEXT           -- the person's own copy of what they agreed to
) STRICT;
CREATE INDEX shares_by_state ON shares (state);
CREATE TABLE lines (
  line_id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind TEXT NOT NULL,
  data TEXT NOT NULL,
  personal TEXT NOT NULL,
  after INTEGER NOT NULL  -- the ledger's last line when this one was noted
) STRICT;
"""
_FROM_VERSION_1: Final = """
ALTER TABLE shares ADD COLUMN removal TEXT;
ALTER TABLE shares ADD COLUMN ended_at REAL;
ALTER TABLE shares ADD COLUMN receipt TEXT;
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One share as it lies on disk. Times are seconds since the epoch.

    `begun`: a byte of the package may have left. `package_sha256` is set once the
    package is on disk. `removal` is set when a stopped share left something at the agency.
    """

    share_id: str
    clip_id: str
    agency_id: str
    agency_name: str
    user_id: str
    state: ShareState
    intent: str | None
    created_at: float
    cancel_window: float
    begun: bool = False
    sent: int = 0
    total: int = 0
    problem: str | None = None
    attempts: int = 0
    upload_url: str | None = None
    package_sha256: str | None = None
    package_size: int | None = None
    delivered_at: float | None = None
    removal: Removal | None = None
    ended_at: float | None = None
    receipt: str | None = field(default=None, repr=False)

    def share(
        self,
        *,
        sent: int | None = None,
        cancel_until: float | None = None,
        next_attempt: float | None = None,
    ) -> Share:
        """Return it as shown to people, with what only a running outbox knows."""
        return Share(
            share_id=self.share_id,
            clip_id=self.clip_id,
            agency_id=self.agency_id,
            agency_name=self.agency_name,
            user_id=self.user_id,
            state=self.state,
            created_at=datetime.fromtimestamp(self.created_at, UTC),
            cancel_until=_moment(cancel_until),
            sent=self.sent if sent is None else sent,
            total=self.total,
            problem=self.problem,
            attempts=self.attempts,
            next_attempt=_moment(next_attempt),
            delivered_at=_moment(self.delivered_at),
            begun=self.begun,
            removal=self.removal,
            ended_at=_moment(self.ended_at),
            has_receipt=self.receipt is not None,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line that the ledger must get; `after` is its last line when this was noted."""

    kind: str
    data: Mapping[str, object]
    personal: Mapping[str, str]
    after: int
    line_id: int = 0


_COLUMNS: Final = tuple(field.name for field in fields(Record))
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM shares"  # noqa: S608 - names of ours
_SAVE: Final = (
    f"INSERT INTO shares ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - names of ours
    " ON CONFLICT (share_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "share_id")
)


def _moment(seconds: float | None) -> datetime | None:
    """Return seconds since the epoch as a time."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _record(row: tuple[object, ...]) -> Record:
    """Read a row."""
    values = dict(zip(_COLUMNS, row, strict=True))
    values["state"] = ShareState(str(values["state"]))
    values["begun"] = bool(values["begun"])
    if values["removal"] is not None:
        values["removal"] = Removal(str(values["removal"]))
    return Record(**values)  # type: ignore[arg-type]  # the table is STRICT


class OutboxStore:
    """The database and the files beside it. Blocking; all calls on one thread."""

    def __init__(self, folder: Path, database: sqlite3.Connection) -> None:
        """Use these."""
        self._folder = folder
        self._database = database

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open or make the folder (0700) and the database (0600)."""
        private_folder(folder)
        path = folder / "outbox.db"
        path.touch(mode=0o600)
        database = sqlite3.connect(path, isolation_level=None)
        try:
            _prepare(database)
        except BaseException:
            database.close()
            raise
        return cls(folder, database)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def save(self, records: list[Record], lines: list[Line]) -> list[Line]:
        """Store shares and lines in one transaction; return the lines with their ids."""
        noted = []
        with closing(self._database.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            try:
                cursor.executemany(
                    _SAVE,
                    [
                        [getattr(record, name) for name in _COLUMNS]
                        for record in records
                    ],
                )
                for line in lines:
                    cursor.execute(
                        "INSERT INTO lines (kind, data, personal, after)"
                        " VALUES (?, ?, ?, ?)",
                        (
                            line.kind,
                            json.dumps(line.data),
                            json.dumps(line.personal),
                            line.after,
                        ),
                    )
                    noted.append(cursor.lastrowid or 0)
                cursor.execute("COMMIT")
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
        return [
            Line(
                kind=line.kind,
                data=line.data,
                personal=line.personal,
                after=line.after,
                line_id=line_id,
            )
            for line, line_id in zip(lines, noted, strict=True)
        ]

    def lines(self) -> list[Line]:
        """Lines that the ledger may not have yet, in order."""
        rows = self._database.execute(
            "SELECT line_id, kind, data, personal, after FROM lines ORDER BY line_id"
        )
        return [
            Line(
                line_id=line_id,
                kind=kind,
                data=json.loads(data),
                personal=json.loads(personal),
                after=after,
            )
            for line_id, kind, data, personal, after in rows
        ]

    def line_written(self, line_id: int) -> None:
        """Forget a line: the ledger has it."""
        self._database.execute("DELETE FROM lines WHERE line_id = ?", (line_id,))

    def unfinished(self) -> list[Record]:
        """Shares that are not over, oldest first."""
        marks = ", ".join("?" * len(UNFINISHED))
        rows = self._database.execute(
            f"{_SELECT} WHERE state IN ({marks}) ORDER BY number", sorted(UNFINISHED)
        )
        return [_record(row) for row in rows]

    def to_take_back(self) -> list[Record]:
        """Shares that were stopped and may have left something, oldest first."""
        marks = ", ".join("?" * len(TO_TAKE_BACK))
        rows = self._database.execute(
            f"{_SELECT} WHERE removal IN ({marks}) ORDER BY number",
            sorted(TO_TAKE_BACK),
        )
        return [_record(row) for row in rows]

    def recent(self, limit: int) -> list[Record]:
        """Shares, newest first."""
        rows = self._database.execute(
            f"{_SELECT} ORDER BY number DESC LIMIT ?", (limit,)
        )
        return [_record(row) for row in rows]

    def get(self, share_id: str) -> Record | None:
        """One share."""
        rows = self._database.execute(f"{_SELECT} WHERE share_id = ?", (share_id,))
        row = rows.fetchone()
        return None if row is None else _record(row)

    # Files

    def staged(self, share_id: str) -> Path:
        """Where the staged file of a share lies."""
        return self._folder / f"{share_id}.mp4"

    def package(self, share_id: str) -> Path:
        """Where its package lies."""
        return self._folder / f"{share_id}.tar"

    def intent(self, record: Record) -> Intent:
        """Return what the person saw, with the staged file where it lies now."""
        if record.intent is None:
            raise ValueError("finished")
        intent = intent_from_json(record.intent)
        return replaced_path(intent, self.staged(record.share_id))

    def take_over(self, staged: StagedFile, share_id: str) -> None:
        """Bring the staged file into the outbox, on disk when this returns.

        The original may still be there (another file system): `taken_over` removes it.
        `SharingError` `staged_changed`, `disk_full`.
        """
        target = self.staged(share_id)
        try:
            if staged.path.stat().st_size != staged.size:
                raise SharingError("staged_changed")
            sync_file(staged.path)
            try:
                staged.path.rename(target)
            except OSError:
                with part_of(target) as part:
                    shutil.copyfile(staged.path, part)
                    part.chmod(0o600)
                    sync_rename(part, target)
        except FileNotFoundError:
            raise SharingError("staged_changed") from None
        sync_file(self._folder)

    def taken_over(self, original: Path) -> None:
        """Remove what `take_over` left of the original."""
        with suppress(OSError):  # staging is emptied at each start
            original.unlink(missing_ok=True)

    def give_back(self, share_id: str, original: Path) -> None:
        """Undo `take_over`."""
        staged = self.staged(share_id)
        if not original.exists():
            with suppress(OSError):
                staged.rename(original)
        staged.unlink(missing_ok=True)

    def package_is_whole(self, record: Record) -> bool:
        """Whether the package is there, byte for byte as it was made; on any thread."""
        path = self.package(record.share_id)
        try:
            return (
                not path.is_symlink()
                and path.stat().st_size == record.package_size
                and sha256_file(path) == record.package_sha256
            )
        except FileNotFoundError:
            return False

    def remove_staged(self, share_id: str) -> None:
        """Remove the staged file: the package is on disk."""
        self.staged(share_id).unlink(missing_ok=True)

    def remove(self, share_id: str) -> None:
        """Remove the files of a share."""
        self.remove_staged(share_id)
        self.package(share_id).unlink(missing_ok=True)

    def clean(self) -> int:
        """Remove what a crash left: files that no unfinished share needs. Returns how many."""
        needed = {"outbox.db", "outbox.db-wal", "outbox.db-shm"}
        for record in self.unfinished():
            needed.add(self.package(record.share_id).name)
            if record.package_sha256 is None:
                needed.add(self.staged(record.share_id).name)
        removed = 0
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name not in needed and entry.is_file(follow_symlinks=False):
                    Path(entry).unlink()
                    removed += 1
        return removed


def _prepare(database: sqlite3.Connection) -> None:
    """Set the database up, and make its tables in a new one."""
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    # What was deleted (personal details) is overwritten, not only unlinked.
    database.execute("PRAGMA secure_delete = ON")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version == 0:
        database.executescript(
            f"BEGIN; {_SCHEMA} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT"
        )
    elif version == 1:
        database.executescript(
            f"BEGIN; {_FROM_VERSION_1} PRAGMA user_version = {_SCHEMA_VERSION}; COMMIT"
        )
    elif version != _SCHEMA_VERSION:
        raise SharingError("outbox_newer")


def replaced_path(intent: Intent, path: Path) -> Intent:
    """Return the intent with its staged file at another place."""
    return replace(intent, staged=replace(intent.staged, path=path))


def disk_problem(error: OSError | sqlite3.Error) -> str:
    """Return the problem that an error of the disk is."""
    if isinstance(error, OSError):
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    else:
        full = getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return "disk_full" if full else "storage_failed"
