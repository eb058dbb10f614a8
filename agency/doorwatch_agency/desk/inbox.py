"""What the intake received, as the desk uses it: in a folder, or in a bucket."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
import re
from typing import Protocol

from ..errors import AgencyError
from ..package.findings import Finding
from ..package.unpack import Opened, Package
from ..times import time_text

_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
SHARE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)

S3 = "s3://"  # how a place in a bucket begins
WAITING = "waiting"
TAKEN = "taken"


@dataclass(frozen=True, kw_only=True)
class Record:
    """What the intake noted of a share."""

    home: str
    ledger: str | None
    size: int
    sha256: str | None
    received_at: str | None

    @classmethod
    def of(cls, noted: dict[str, object], metadata: object) -> "Record":
        """Check what was noted; `ValueError` for what the intake does not write."""
        size, sha256 = noted.get("size"), noted.get("sha256")
        received_at = noted.get("received_at")
        if (
            not isinstance(metadata, dict)
            or type(size) is not int
            or not (sha256 is None or _DIGEST.fullmatch(str(sha256)))
        ):
            raise ValueError("not as the intake writes it")
        return cls(
            home=str(metadata.get("home")),
            ledger=text_in(metadata, "ledger"),
            size=size,
            sha256=text_in(noted, "sha256"),
            received_at=None if received_at is None else _time(str(received_at)),
        )


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A package in the inbox."""

    share_id: str
    state: str  # waiting or taken
    record: Record


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a home asked, what the intake made of it, and what an officer answered."""

    share_id: str
    request: str
    result: str
    text: str
    at: str
    answer: str | None
    record: Record | None


class GoneError(AgencyError):
    """What was asked for is not in the bucket."""


class Stored(Package, Protocol):
    """A package in a bucket. As a text, it is where."""

    def size(self) -> int:
        """Ask how large it is; `GoneError` when it is not there."""


class Inbox(ABC):
    """What the intake received, and what homes asked and are told.

    Whoever has the server can write anything into it.
    """

    @abstractmethod
    def listed(self, odd: list[str], *, taken: bool) -> Iterator[Listed]:
        """Give the packages that wait, the oldest first, maybe also those taken.

        `odd` says of others what is wrong with them.
        """

    @abstractmethod
    def record(self, share_id: str) -> Record | None:
        """Read what the intake noted of a share; None when it does not know it."""

    @abstractmethod
    def package(self, share_id: str) -> Path | Stored | None:
        """Return the package if it is still there, waiting or taken."""

    @abstractmethod
    def to_open(self, share_id: str, *, again: bool) -> tuple[Path | Stored, Record]:
        """Return a package that waits, and what the intake noted of it.

        Refuse one that is not there, and, but for `again`, one that was taken before.
        """

    @abstractmethod
    def taking(self, share_id: str, *, again: bool) -> AbstractContextManager[str]:
        """Take a package out of the inbox, so that a withdrawal waits for an officer.

        Give where it is from then on. It is put back if the block fails. Refuse one that
        its home withdrew, and, but for `again`, one that was taken before. Use it within
        `changing`.
        """

    @abstractmethod
    def has(self, place: str) -> bool:
        """Whether a place in a bucket is one of this inbox."""

    @abstractmethod
    def remove(self, share_id: str) -> None:
        """Delete a package that is in a bucket, for good. What is gone already is no error."""

    @abstractmethod
    def withdrawals(self, odd: list[str], *, waiting: bool) -> Iterator[Asked]:
        """Give what homes ask to delete; `waiting` may leave out answered ones.

        `odd` says of others what is wrong with them.
        """

    @abstractmethod
    def withdrawal(self, share_id: str) -> Asked | None:
        """Read what a home asked."""

    @abstractmethod
    def receipt(self, share_id: str) -> str | None:
        """Read the receipt that the home gets."""

    @abstractmethod
    def changing(self, share_id: str) -> AbstractContextManager[None]:
        """Wait until no one else tells this home anything, at whatever desk.

        What is given in the block is told when the block ends.
        """

    @abstractmethod
    def giving_receipt(self, share_id: str, token: str) -> AbstractContextManager[None]:
        """Give a receipt when the block ends."""

    @abstractmethod
    def giving_answer(
        self, share_id: str, token: str, request_sha256: str, *, replaces: str | None
    ) -> AbstractContextManager[None]:
        """Give an answer when the block ends.

        It is the only one to this request, or takes the place of the one that is named.
        """

    @abstractmethod
    def receipt_place(self, share_id: str) -> str:
        """Say where the receipt is."""


def _time(text: str) -> str:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return time_text(at)


def text_in(noted: dict[str, object], name: str) -> str | None:
    """Return a text; None for anything else."""
    value = noted.get(name)
    return value if isinstance(value, str) else None


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
