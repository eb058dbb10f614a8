"""The private folder: ledger, outbox and keys, for this process only."""

from dataclasses import dataclass
import os
from pathlib import Path


@dataclass(frozen=True, slots=True)
class PrivateFolder:
    """Lies under `.storage`, so a backup holds it. The methods are blocking."""

    path: Path

    @property
    def ledger(self) -> Path:
        """The ledger's file."""
        return self.path / "ledger.db"

    @property
    def outbox(self) -> Path:
        """The outbox's folder."""
        return self.path / "outbox"

    @property
    def keys(self) -> Path:
        """The folder of this home's keys."""
        return self.path / "keys"

    @property
    def _mark(self) -> Path:
        """A file that only a backup sees: it is there while a backup is made."""
        return self.path / "backup-mark"

    def prepare(self) -> None:
        """Make the folder, closed to other users of the machine."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.chmod(0o700)

    def mark(self) -> None:
        """Leave the mark that tells a restored copy from the original."""
        self.prepare()
        with self._mark.open("w") as file:
            file.flush()
            os.fsync(file.fileno())

    def marked(self) -> bool:
        """Whether this folder comes out of a backup."""
        return self._mark.exists()

    def clear_mark(self) -> None:
        """Take the mark away."""
        self._mark.unlink(missing_ok=True)
