"""The folders of the intake, as the desk uses them."""

from dataclasses import dataclass
import json
from pathlib import Path
import re

from ..errors import AgencyError

SHARE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the intake noted of a share."""

    home: str
    ledger: str | None
    size: int
    sha256: str | None
    received_at: str | None


class Inbox:
    """The folders of the intake, as the officer's command uses them."""

    def __init__(self, folder: Path) -> None:
        """Look into INBOX; it must be there."""
        if not (folder / ".incoming").is_dir():
            raise AgencyError(f"{folder} is not an intake's inbox")
        self.receipts = folder / ".receipts"
        self.withdrawals = folder / ".withdrawals"
        self._records = folder / ".incoming"
        self._folder = folder

    def package(self, share_id: str) -> Path:
        """Return where a package lies until somebody takes it away."""
        return self._folder / f"{share_id}.tar.age"

    def record(self, share_id: str) -> Record | None:
        """Read what the intake noted of a share; None when it does not know it."""
        noted = read_json(self._records / f"{share_id}.json")
        if noted is None:
            return None
        metadata, size = noted.get("metadata"), noted.get("size")
        if not isinstance(metadata, dict) or not isinstance(size, int):
            raise AgencyError(f"the intake's record of {share_id} cannot be read")
        ledger = metadata.get("ledger")
        return Record(
            home=str(metadata.get("home")),
            ledger=None if ledger is None else str(ledger),
            size=size,
            sha256=_text(noted, "sha256"),
            received_at=_text(noted, "received_at"),
        )


def read_json(path: Path) -> dict[str, object] | None:
    """Read an object that the intake wrote; None when there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as err:
        raise AgencyError(f"cannot read {path}") from err
    if not isinstance(content, dict):
        raise AgencyError(f"{path} is not a record")
    return content


def _text(noted: dict[str, object], name: str) -> str | None:
    value = noted.get(name)
    return value if isinstance(value, str) else None
