"""The folders of the intake, as the desk uses them."""

from dataclasses import dataclass
from datetime import datetime
import json
import os
from pathlib import Path
import re
import stat

from ..errors import AgencyError
from ..package.findings import Finding
from ..package.unpack import Opened
from ..times import time_text

_LARGEST = 1 << 20  # bytes of a note of the intake
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
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
    """The folders of the intake, as the officer's command uses them.

    Whoever has the server can write anything into them.
    """

    def __init__(self, folder: Path) -> None:
        """Look into INBOX; it must be there."""
        if not (folder / ".incoming").is_dir():
            raise AgencyError(f"{folder} is not an intake's inbox")
        self.receipts = folder / ".receipts"
        self.withdrawals = folder / ".withdrawals"
        self._records = folder / ".incoming"
        self._folder = folder
        for path in (self.receipts, self.withdrawals, self._records):
            if path.is_symlink():  # it would lead to a folder of the desk's machine
                raise AgencyError(f"{path} is a link. The intake makes no links")

    def package(self, share_id: str) -> Path:
        """Return where a package lies until somebody takes it away."""
        return self._folder / f"{share_id}.tar.age"

    def record(self, share_id: str) -> Record | None:
        """Read what the intake noted of a share; None when it does not know it."""
        noted = read_json(self._records / f"{share_id}.json")
        if noted is None:
            return None
        try:
            return _record(noted)
        except (ValueError, OverflowError) as err:
            raise AgencyError(
                f"the intake's record of {share_id} cannot be read"
            ) from err


def _record(noted: dict[str, object]) -> Record:
    metadata, size = noted.get("metadata"), noted.get("size")
    sha256, received_at = noted.get("sha256"), noted.get("received_at")
    if (
        not isinstance(metadata, dict)
        or type(size) is not int
        or not (sha256 is None or _DIGEST.fullmatch(str(sha256)))
    ):
        raise ValueError("not as the intake writes it")
    return Record(
        home=str(metadata.get("home")),
        ledger=_text(metadata, "ledger"),
        size=size,
        sha256=_text(noted, "sha256"),
        received_at=None if received_at is None else _time(str(received_at)),
    )


def _time(text: str) -> str:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return time_text(at)


def compare_upload(
    record: Record | None, *, home: str, line: object, opened: Opened | None
) -> Finding:
    """Compare a package with what the intake noted of its upload."""
    if record is None or record.home != home:
        raise AgencyError("the upload named a different home than the package")
    if record.ledger not in (None, line):
        raise AgencyError("the upload named a different line of the home's ledger")
    same = ""
    if opened is not None and opened.encrypted and record.sha256 is not None:
        if record.sha256 != opened.sha256:
            raise AgencyError(
                "the intake received a different file under this number than the one"
                " that was opened"
            )
        same = " It is the file that the intake received."
    return Finding(
        title="Upload matches the package",
        passed=True,
        says="The upload named the same home as the package, and no other line of"
        f" its ledger.{same} Receipts and withdrawals are about this home's share.",
        not_proved="who uploaded it. What an upload says is not signed."
        if same
        else "that it is the file that the intake received, or who uploaded it. What"
        " an upload says is not signed.",
    )


def read_json(path: Path) -> dict[str, object] | None:
    """Read an object that the intake wrote; None when there is none."""
    try:
        content = json.loads(_read(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as err:
        raise AgencyError(f"cannot read {path}") from err
    if not isinstance(content, dict):
        raise AgencyError(f"{path} is not a record")
    return content


def _read(path: Path) -> str:
    """Read a plain file, and wait for nothing else."""
    with os.fdopen(
        os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb"
    ) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("not a plain file")
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise ValueError("too large")
    return content.decode()


def _text(noted: dict[str, object], name: str) -> str | None:
    value = noted.get(name)
    return value if isinstance(value, str) else None
