"""Manage the private folder with ledger, outbox and keys."""

from dataclasses import dataclass
from datetime import UTC, datetime
import json
import os
from pathlib import Path
from typing import Self

from ..const import DOMAIN
from ..engine.clips.errors import LibraryError
from ..engine.sharing.files import write_private


@dataclass(frozen=True, slots=True)
class PrivateFolder:
    """The private folder in `.storage`, which backups include; all methods are blocking."""

    path: Path

    @classmethod
    def of(cls, config_folder: str) -> Self:
        """Return the private folder of this configuration."""
        return cls(Path(config_folder) / ".storage" / DOMAIN)

    @property
    def ledger(self) -> Path:
        """Return the ledger's file."""
        return self.path / "ledger.db"

    @property
    def outbox(self) -> Path:
        """Return the outbox's folder."""
        return self.path / "outbox"

    @property
    def keys(self) -> Path:
        """Return the folder of this home's keys."""
        return self.path / "keys"

    @property
    def fetch_queues(self) -> Path:
        """Return the folder of the events that wait for their recording."""
        return self.path / "kept"

    @property
    def switches(self) -> Path:
        """Return the folder with the switches that people turned off, by doorbell."""
        return self.path / "switches"

    @property
    def clock(self) -> Path:
        """Return the file with the last time, to notice that the clock jumped."""
        return self.path / "clock.json"

    @property
    def _mark(self) -> Path:
        """Return the file that exists while a backup is made, and so only in a backup."""
        return self.path / "backup-mark"

    def prepare(self) -> None:
        """Make the folder, without access for other users of the machine."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)

    def open(self) -> bool:
        """Prepare the folder, and return whether it was restored from a backup.

        Raises `LibraryError`.
        """
        try:
            self.prepare()
        except OSError as err:
            raise LibraryError("folder_not_writable") from err
        return self.marked()

    def mark(self) -> None:
        """Leave the mark that tells a restored copy from the original."""
        self.prepare()
        with self._mark.open("w") as file:
            file.flush()
            os.fsync(file.fileno())

    @property
    def _library(self) -> Path:
        """Return the file with each folder's library, to notice that a disk is missing."""
        return self.path / "library.json"

    def library_in(self, folder: Path) -> str | None:
        """Return the ID of the library that was last in this folder, if known."""
        return self._noted().get(str(folder))

    def note_library(self, folder: Path, identity: str | None) -> None:
        """Store which library is in use, in this folder; None removes it.

        Other stored libraries were in use before, and their clips move to this one.
        """
        noted = self._noted()
        before = dict(noted)
        noted.pop(str(folder), None)
        if identity is not None:
            noted[str(folder)] = identity
        self._note(before, noted, str(folder))

    def sources(self) -> dict[Path, str]:
        """Return the folders, with library IDs, whose clips must move to the one in use."""
        noted, current = self._noted(), self._current()
        return {Path(each): noted[each] for each in noted if each != current}

    def forget(self, folder: Path) -> None:
        """Stop looking for clips in a folder that was used before."""
        noted = self._noted()
        before = dict(noted)
        noted.pop(str(folder), None)
        self._note(before, noted, self._current())

    def _read_libraries(self) -> dict[str, object]:
        try:
            content = json.loads(self._library.read_text())
        except OSError, ValueError:
            return {}
        return content if isinstance(content, dict) else {}

    def _noted(self) -> dict[str, str]:
        """Return the library IDs by folder."""
        found = self._read_libraries().get("ids")
        if not isinstance(found, dict):
            return {}
        return {str(folder): str(identity) for folder, identity in found.items()}

    def _current(self) -> str | None:
        found = self._read_libraries().get("folder")
        return found if isinstance(found, str) else None

    def _note(
        self, before: dict[str, str], ids: dict[str, str], current: str | None
    ) -> None:
        if before != ids or self._current() != current:
            content = json.dumps({"folder": current, "ids": ids})
            write_private(self._library, content.encode())

    def set_ledger_aside(self) -> None:
        """Rename a ledger that can't be read, so that a new one begins."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        for ending in ("", "-wal", "-shm"):
            file = self.ledger.with_name(self.ledger.name + ending)
            if file.exists():
                file.rename(file.with_name(f"ledger-{stamp}.db{ending}"))

    def marked(self) -> bool:
        """Return whether this folder was restored from a backup."""
        return self._mark.exists()

    def clear_mark(self) -> None:
        """Remove the mark."""
        self._mark.unlink(missing_ok=True)
