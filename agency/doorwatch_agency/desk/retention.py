"""What the desk holds of each share according to its record, and for how long."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from .homes import CLAIMS
from .record import Desk, Entry

_LONGEST_DAYS = 36_500


@dataclass(kw_only=True)
class Kept:
    """A share in the record."""

    share: str
    home: str | None = None
    case: str | None = None
    label: str | None = None
    verified: bool = False
    days: int | None = None  # from the terms that the person agreed to
    received_at: str | None = None
    opened: list[Mapping[str, object]] = field(default_factory=list)
    exported: list[Mapping[str, object]] = field(default_factory=list)
    held_until: date | None = None
    held_for: str | None = None
    begun: Mapping[str, object] | None = None  # a deletion that was not finished
    incomplete: bool = False  # a deletion that left files
    went: set[str] = field(default_factory=set)  # deleted paths
    gone: bool = False
    answered: str | None = None  # the answer to its withdrawal
    told_deleted: bool = False  # by the desk or the intake
    unopened: str | None = None  # state in an inbox, if not opened here
    receipt_days: int | None = None
    _first: str | None = None  # its first line in the record

    @property
    def since(self) -> datetime | None:
        """When it was received, or first recorded at the desk if that is earlier.

        The intake's clock is not trusted: it may be wrong, or set by an attacker.
        """
        known = (moment(self.received_at), moment(self._first))
        return min((at for at in known if at is not None), default=None)

    @property
    def counts_from_arrival(self) -> bool:
        """Whether the retention time starts with the intake's time of receipt."""
        return self.since is not None and self.since == moment(self.received_at)

    @property
    def term(self) -> int | None:
        """The retention time in days: as agreed, else from the receipt."""
        return self.days if self.days is not None else self.receipt_days

    @property
    def due_at(self) -> datetime | None:
        """When to delete it, or None if the terms have no number of days."""
        if self.since is None or self.term is None:
            return None
        with suppress(OverflowError):
            return self.since + timedelta(days=self.term)
        return None

    @property
    def is_here(self) -> bool:
        """Whether the desk or the inbox may still hold any of it."""
        if self.unopened is not None:
            return True
        return not self.gone and bool(self.opened or self.verified or self.begun)

    def is_held(self, now: datetime) -> bool:
        """Whether it is kept longer, with a recorded reason."""
        return self.held_until is not None and now.date() < self.held_until

    def take(self, entry: Entry) -> None:
        """Apply one line of the record."""
        data = entry.data
        self._first = self._first or _text(data, "received") or entry.at
        self.home = _text(data, "home") or self.home
        self.case = _text(data, "case") or self.case
        self.label = _text(data, "label") or self.label
        match entry.kind:
            case "opened":
                self.opened.append(data)
                self.gone = False
            case "verified" | "imported":
                self.verified = True
                self.days = days_in(data) or self.days
                self.received_at = self.received_at or _text(data, "received_at")
                self.gone = self.gone and entry.imported  # it exists again
            case "receipt_given":
                self.receipt_days = days_in(data) or self.receipt_days
                self.received_at = self.received_at or _text(data, "received_at")
            case "exported":
                self.exported.append(data)
                self.gone = False
            case "withdrawal_answered":
                self.answered = _text(data, "result")
            case "held":
                self.held_until = _day(data.get("until"))
                self.held_for = _text(data, "reason")
            case "deleted":
                self._deleted(data)

    def _deleted(self, data: Mapping[str, object]) -> None:
        if data.get("stage") != "done":
            self.begun = data
            return
        self.begun = None
        self.incomplete = bool(data.get("left"))
        files = data.get("files")
        for file in files if isinstance(files, list) else []:
            self.went |= {str(file.get("path"))} if isinstance(file, dict) else set()
        if not self.incomplete:
            self.gone = True
            self.opened, self.exported, self.went = [], [], set()


def shares_of(desk: Desk) -> dict[str, Kept]:
    """Return the shares of the record, in order of their first line."""
    found: dict[str, Kept] = {}
    for entry in desk.entries:
        share = entry.data.get("share")
        if isinstance(share, str) and entry.kind not in CLAIMS:
            found.setdefault(share, Kept(share=share)).take(entry)
    return found


def kept_at(desk: Desk, share_id: str) -> Kept:
    """Return one share of the record."""
    return shares_of(desk).get(share_id) or Kept(share=share_id)


def _text(data: Mapping[str, object], name: str) -> str | None:
    value = data.get(name)
    return value if isinstance(value, str) else None


def days_in(data: Mapping[str, object], name: str = "retention_days") -> int | None:
    """Return a number of days, or None if the value is anything else."""
    value = data.get(name)
    return value if type(value) is int and 0 < value <= _LONGEST_DAYS else None


def moment(text: str | None) -> datetime | None:
    """Parse a time of the record, or None if it is not valid."""
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
