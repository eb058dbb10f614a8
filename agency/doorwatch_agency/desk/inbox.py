"""The interface of an intake's inbox as the desk uses it: a folder or a bucket."""

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

S3 = "s3://"  # prefix of a location in a bucket
WAITING = "waiting"
TAKEN = "taken"


@dataclass(frozen=True, kw_only=True)
class Record:
    """The intake's record of a share."""

    home: str
    ledger: str | None
    size: int
    sha256: str | None
    received_at: str | None

    @classmethod
    def of(cls, noted: dict[str, object], metadata: object) -> "Record":
        """Validate a record; raise `ValueError` if the intake would not write it."""
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
    """A withdrawal: the home's request, the intake's result, and the officer's answer."""

    share_id: str
    request: str
    result: str
    text: str
    at: str
    answer: str | None
    record: Record | None


class GoneError(AgencyError):
    """The object is not in the bucket."""


class Stored(Package, Protocol):
    """A package in a bucket; `str` returns its URL."""

    def size(self) -> int:
        """Return its size; raise `GoneError` if it does not exist."""


class Inbox(ABC):
    """The packages and withdrawals that the intake received, and its answers.

    All contents are untrusted: anyone with access to the server can write them.
    """

    @abstractmethod
    def listed(self, odd: list[str], *, taken: bool) -> Iterator[Listed]:
        """Yield the waiting packages, oldest first; with `taken`, also those taken.

        Problems of invalid entries are added to `odd`.
        """

    @abstractmethod
    def record(self, share_id: str) -> Record | None:
        """Return the intake's record of a share, or None."""

    @abstractmethod
    def package(self, share_id: str) -> Path | Stored | None:
        """Return the package, waiting or taken, or None if it was deleted."""

    @abstractmethod
    def to_open(self, share_id: str, *, again: bool) -> tuple[Path | Stored, Record]:
        """Return a waiting package and its record.

        Raise if it does not exist, or if it was taken before and `again` is not set.
        """

    @abstractmethod
    def taking(self, share_id: str, *, again: bool) -> AbstractContextManager[str]:
        """Take a package out of the inbox and yield its new location.

        From then on, withdrawals wait for an officer. The package is put back if the
        block fails. Raise if its home withdrew it, or if it was taken before and
        `again` is not set. Call it within `changing`.
        """

    @abstractmethod
    def has(self, place: str) -> bool:
        """Return whether a URL is below the bucket and prefix of this inbox."""

    @abstractmethod
    def remove(self, share_id: str) -> None:
        """Delete a package and all its versions from the bucket, if it still exists."""

    @abstractmethod
    def withdrawals(self, odd: list[str], *, waiting: bool) -> Iterator[Asked]:
        """Yield the withdrawals; with `waiting`, answered ones may be left out.

        Problems of invalid entries are added to `odd`.
        """

    @abstractmethod
    def withdrawal(self, share_id: str) -> Asked | None:
        """Return the withdrawal of a share, or None."""

    @abstractmethod
    def receipt(self, share_id: str) -> str | None:
        """Return the receipt that the home gets."""

    @abstractmethod
    def changing(self, share_id: str) -> AbstractContextManager[None]:
        """Lock the answers to a home against other desks.

        What the block gives is stored when the block ends.
        """

    @abstractmethod
    def giving_receipt(self, share_id: str, token: str) -> AbstractContextManager[None]:
        """Store a receipt when the block ends."""

    @abstractmethod
    def giving_answer(
        self, share_id: str, token: str, request_sha256: str, *, replaces: str | None
    ) -> AbstractContextManager[None]:
        """Store an answer when the block ends.

        A request has only one answer; `replaces` names an earlier one to replace.
        """

    @abstractmethod
    def receipt_place(self, share_id: str) -> str:
        """Return the location of the receipt."""


def _time(text: str) -> str:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("no time zone")
    return time_text(at)


def text_in(noted: dict[str, object], name: str) -> str | None:
    """Return a string value; None for any other type."""
    value = noted.get(name)
    return value if isinstance(value, str) else None


def compare_upload(
    record: Record | None, *, home: str, line: object, opened: Opened | None
) -> Finding:
    """Compare a package with the intake's record of its upload."""
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
