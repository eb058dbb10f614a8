"""Store the shares, their files and the pending ledger lines."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from enum import StrEnum
import json
import os
from pathlib import Path
import shutil
import sqlite3
from typing import Final, Self

from ...clips.errors import is_disk_full
from ...clips.files.names import digest
from ...transactions import transaction
from ..errors import SharingError
from ..files import part_of, private_folder, sync_file, sync_rename
from ..model import Intent, ReceiptState, Removal, ShareState, StagedFile, Withdrawal
from .intents import intent_from_json
from .record import ACTIVE, TO_ANSWER, TO_TAKE_BACK, UNFINISHED, Line, Record
from .schema import prepare

_COLUMNS: Final = tuple(field.name for field in fields(Record))
_KINDS: Final[Mapping[str, type[StrEnum]]] = {
    "removal": Removal,
    "receipt_state": ReceiptState,
    "withdrawal": Withdrawal,
}
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM shares"  # noqa: S608 - own column names
_SAVE: Final = (
    f"INSERT INTO shares ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"  # noqa: S608 - own column names
    " ON CONFLICT (share_id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS if name != "share_id")
)


def _record(row: tuple[object, ...]) -> Record:
    """Convert a row."""
    values = dict(zip(_COLUMNS, row, strict=True))
    values["state"] = ShareState(str(values["state"]))
    values["begun"] = bool(values["begun"])
    values["left_behind"] = bool(values["left_behind"])
    for name, kind in _KINDS.items():
        if values[name] is not None:
            values[name] = kind(str(values[name]))
    return Record(**values)  # type: ignore[arg-type]  # the table is STRICT


@dataclass(eq=False, repr=False)
class OutboxStore:
    """The database and the files beside it. Blocking; all calls on one thread."""

    _folder: Path
    _database: sqlite3.Connection

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open or create the folder (0700) and the database (0600)."""
        private_folder(folder)
        path = folder / "outbox.db"
        path.touch(mode=0o600)
        database = sqlite3.connect(path, isolation_level=None)
        try:
            prepare(database)
        except BaseException:
            database.close()
            raise
        return cls(folder, database)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def save(self, records: list[Record], lines: list[Line]) -> list[Line]:
        """Store shares and lines in one transaction; return the lines with IDs."""
        noted = []
        with transaction(self._database):
            self._database.executemany(
                _SAVE,
                [[getattr(record, name) for name in _COLUMNS] for record in records],
            )
            for line in lines:
                cursor = self._database.execute(
                    "INSERT INTO lines (kind, data, personal, after)"
                    " VALUES (?, ?, ?, ?)",
                    (
                        line.kind,
                        json.dumps(line.data),
                        json.dumps(line.personal),
                        line.after,
                    ),
                )
                noted.append(replace(line, line_id=cursor.lastrowid or 0))
        return noted

    def lines(self) -> list[Line]:
        """Return the lines that the ledger may not have yet, in order."""
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
        """Delete a line that the ledger has."""
        self._database.execute("DELETE FROM lines WHERE line_id = ?", (line_id,))

    def unfinished(self) -> list[Record]:
        """Return the shares that are not over, oldest first."""
        marks = ", ".join("?" * len(UNFINISHED))
        rows = self._database.execute(
            f"{_SELECT} WHERE state IN ({marks}) ORDER BY number", sorted(UNFINISHED)
        )
        return [_record(row) for row in rows]

    def to_ask_about(self) -> list[Record]:
        """Return the shares that are over, with something to ask the agency.

        The removal of a stopped share, the receipts of a delivered share, or the answer
        to its withdrawal; oldest first.
        """
        removals, answers = sorted(TO_TAKE_BACK), sorted(TO_ANSWER)
        rows = self._database.execute(
            f"{_SELECT} WHERE removal IN ({', '.join('?' * len(removals))})"
            f" OR withdrawal IN ({', '.join('?' * len(answers))})"
            " OR receipt_state = ? OR receipt_due IS NOT NULL ORDER BY number",
            [*removals, *answers, ReceiptState.AWAITED],
        )
        return [_record(row) for row in rows]

    def open_shares(self) -> list[Record]:
        """Return the shares that are not over, or have something to ask or to write."""
        records = [*self.unfinished(), *self.to_ask_about()]
        found = {record.share_id: record for record in records}
        for share_id in {str(line.data.get("share_id")) for line in self.lines()}:
            if share_id not in found and (record := self.get(share_id)):
                found[share_id] = record
        return list(found.values())

    def recent(self, limit: int) -> list[Record]:
        """Return shares, newest first."""
        rows = self._database.execute(
            f"{_SELECT} ORDER BY number DESC LIMIT ?", (limit,)
        )
        return [_record(row) for row in rows]

    def get(self, share_id: str) -> Record | None:
        """Return a share."""
        rows = self._database.execute(f"{_SELECT} WHERE share_id = ?", (share_id,))
        row = rows.fetchone()
        return None if row is None else _record(row)

    def ended(self) -> list[str]:
        """Return the IDs of the shares that ended, oldest first."""
        marks = ", ".join("?" * len(ACTIVE))
        rows = self._database.execute(
            f"SELECT share_id FROM shares WHERE state NOT IN ({marks}) ORDER BY number",  # noqa: S608 - question marks only
            sorted(ACTIVE),
        )
        return [share_id for (share_id,) in rows]

    def note_end(self, share_id: str, told: str, attempts: int) -> bool:
        """Store the result of a share; return False if it is the stored one."""
        cursor = self._database.execute(
            "INSERT INTO ends VALUES (?, ?, ?) ON CONFLICT (share_id) DO UPDATE"
            " SET told = excluded.told, attempts = excluded.attempts"
            " WHERE told != excluded.told OR attempts != excluded.attempts",
            (share_id, told, attempts),
        )
        return cursor.rowcount > 0

    # Files

    def staged(self, share_id: str) -> Path:
        """Return the path of the staged file."""
        return self._folder / f"{share_id}.mp4"

    def package(self, share_id: str, *, by_hand: bool = False) -> Path:
        """Return the path of the package; by hand, it is an unencrypted zip."""
        return self._folder / f"{share_id}{'.zip' if by_hand else '.tar.age'}"

    def intent(self, record: Record) -> Intent:
        """Return what the person saw, with the current path of the staged file."""
        if record.intent is None:
            raise ValueError("finished")
        intent = intent_from_json(record.intent)
        path = self.staged(record.share_id)
        return replace(intent, staged=replace(intent.staged, path=path))

    def _feed(self, share_id: str) -> Path:
        """Return the path of the staged feed with the answered request."""
        return self.staged(share_id).with_suffix(".jws")

    def take_over(self, staged: StagedFile, share_id: str) -> None:
        """Move the staged files to the outbox; they are on disk on return.

        On another file system, the originals remain until `taken_over`. Raises
        `SharingError` `staged_changed`, `disk_full`.
        """
        try:
            if staged.path.stat().st_size != staged.size:
                raise SharingError("staged_changed")
            if staged.feed.exists():
                _bring(staged.feed, self._feed(share_id))
            _bring(staged.path, self.staged(share_id))
        except FileNotFoundError:
            raise SharingError("staged_changed") from None
        sync_file(self._folder)

    def taken_over(self, staged: StagedFile) -> None:
        """Remove the originals that `take_over` left."""
        with suppress(OSError):  # staging is emptied at each start
            staged.path.unlink(missing_ok=True)
            staged.feed.unlink(missing_ok=True)

    def give_back(self, share_id: str, staged: StagedFile) -> None:
        """Undo `take_over`."""
        for ours, original in (
            (self.staged(share_id), staged.path),
            (self._feed(share_id), staged.feed),
        ):
            if not original.exists():
                with suppress(OSError):
                    ours.rename(original)
            ours.unlink(missing_ok=True)

    def package_is_whole(self, record: Record) -> bool:
        """Return whether the package exists unchanged; on any thread."""
        path = self.package(record.share_id)
        try:
            return (
                not path.is_symlink()
                and path.stat().st_size == record.package_size
                and digest(path) == record.package_sha256
            )
        except FileNotFoundError:
            return False

    def remove_staged(self, share_id: str) -> None:
        """Remove the staged files once the package is on disk."""
        self.staged(share_id).unlink(missing_ok=True)
        self._feed(share_id).unlink(missing_ok=True)

    def remove(self, share_id: str) -> None:
        """Remove the files of a share."""
        self.remove_staged(share_id)
        self.package(share_id).unlink(missing_ok=True)
        self.package(share_id, by_hand=True).unlink(missing_ok=True)

    def clean(self) -> int:
        """Remove files that no unfinished share needs, and return how many."""
        needed = {"outbox.db", "outbox.db-wal", "outbox.db-shm"}
        for record in self.unfinished():
            needed.add(self.package(record.share_id).name)
            needed.add(self.package(record.share_id, by_hand=True).name)
            if record.package_sha256 is None:
                needed.add(self.staged(record.share_id).name)
                needed.add(self._feed(record.share_id).name)
        removed = 0
        with os.scandir(self._folder) as entries:
            for entry in entries:
                if entry.name not in needed and entry.is_file(follow_symlinks=False):
                    Path(entry).unlink()
                    removed += 1
        return removed


def _bring(original: Path, target: Path) -> None:
    """Move a file, or copy it to another file system."""
    sync_file(original)
    try:
        original.rename(target)
    except OSError:
        with part_of(target) as part:
            shutil.copyfile(original, part)
            part.chmod(0o600)
            sync_rename(part, target)


@contextmanager
def storing() -> Iterator[None]:
    """Convert disk errors to `SharingError`: `disk_full` or `storage_failed`."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise SharingError(disk_problem(error)) from None


def disk_problem(error: OSError | sqlite3.Error) -> str:
    """Return the problem for a disk error."""
    return "disk_full" if is_disk_full(error) else "storage_failed"
