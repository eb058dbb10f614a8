"""Manage the private folder with ledger, outbox and keys."""

from datetime import UTC, datetime
import json
import os
from pathlib import Path

from ..const import DOMAIN
from ..engine.clips.errors import LibraryError
from ..engine.sharing.files import private_folder, write_private


class PrivateFolder:
    """The private folder in `.storage`, which backups include; all methods are blocking."""

    def __init__(self, config_folder: str) -> None:
        """Name the files and folders in the private folder of a configuration."""
        self.path = Path(config_folder) / ".storage" / DOMAIN
        self.ledger = self.path / "ledger.db"
        self.outbox = self.path / "outbox"
        self.keys = self.path / "keys"
        # The events that wait for their recording.
        self.fetch_queues = self.path / "kept"
        # The switches that people turned off, by doorbell.
        self.switches = self.path / "switches"
        # The last time, to notice that the clock jumped.
        self.clock = self.path / "clock.json"
        # Exists while a backup is made, and so only in a backup.
        self._mark = self.path / "backup-mark"
        # The library of each folder, to notice that a disk is missing.
        self._library = self.path / "library.json"

    def open(self) -> bool:
        """Prepare the folder, and return whether it was restored from a backup.

        Raises `LibraryError`.
        """
        try:
            private_folder(self.path)
        except OSError as err:
            raise LibraryError("folder_not_writable") from err
        return self.marked()

    def mark(self) -> None:
        """Leave the mark that tells a restored copy from the original."""
        private_folder(self.path)
        with self._mark.open("w") as file:
            file.flush()
            os.fsync(file.fileno())

    def library_in(self, folder: Path) -> str | None:
        """Return the ID of the library that was last in this folder, if known."""
        return self._noted().get(str(folder))

    def note_library(self, folder: Path, identity: str | None) -> None:
        """Store which library is in use, in this folder; None removes it.

        Other stored libraries were in use before, and their clips move to this one.
        """
        self._note(str(folder), identity, current=str(folder))

    def sources(self) -> dict[Path, str]:
        """Return the folders, with library IDs, whose clips must move to the one in use."""
        noted, current = self._noted(), self._current()
        return {Path(each): noted[each] for each in noted if each != current}

    def forget(self, folder: Path) -> None:
        """Stop looking for clips in a folder that was used before."""
        self._note(str(folder), None, current=self._current())

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

    def _note(self, folder: str, identity: str | None, *, current: str | None) -> None:
        before = self._noted()
        ids = {each: before[each] for each in before if each != folder}
        if identity is not None:
            ids[folder] = identity
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
