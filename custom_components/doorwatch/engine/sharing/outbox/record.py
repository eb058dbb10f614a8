"""One share as the outbox remembers it, and a line that the ledger must get."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Literal

from ..model import ReceiptState, Removal, Share, ShareState, Withdrawal
from .intents import request_from_json

ACTIVE: Final = frozenset(
    {ShareState.WAITING, ShareState.PACKAGING, ShareState.UPLOADING}
)
UNFINISHED: Final = ACTIVE | {ShareState.READY, ShareState.FAILED}
# The agency is yet to say what became of what a stopped share left there.
TO_TAKE_BACK: Final = frozenset({Removal.PENDING, Removal.ASKED})
# It is yet to answer for good whether it deletes what it has.
TO_ANSWER: Final = frozenset({Withdrawal.REQUESTED, Withdrawal.PENDING})

# What of a share a person takes home: the signed copy of what they agreed to, the
# agency's signed word that it has it, the draft that goes along.
type Paper = Literal["receipt", "delivery_receipt", "declaration"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One share as it lies on disk. Times are seconds since the epoch.

    `begun`: a byte of the package may have left. `package_sha256` is set once the
    package is on disk, and with it `issuer`, `home` (thumbprint of this home's key) and
    `ledger` (digest of the line that it names). `removal` is set when a stopped share
    left something at the agency. `receipt` is the person's own copy of what they agreed
    to, `delivery_receipt` the agency's word that it has the package. `hand_over_until` is
    set when a person hands it over instead of this home. `acknowledged` is how many
    bytes of `upload_url` the agency said that it has, `begun_anew` how often it took that
    back, and `left_behind`: it may have more of the share than that upload. `request` is
    the request that it answers, as it was shown (JSON), `declaration` the draft that goes
    along; both stay when the share is over. `receipt_due` is when the agency is asked for
    another receipt, one that says when an officer opened it (`opened_at`).
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
    issuer: str | None = None
    home: str | None = None
    ledger: str | None = None
    receipt_state: ReceiptState | None = None
    delivery_receipt: str | None = field(default=None, repr=False)
    received_at: float | None = None
    withdrawal: Withdrawal | None = None
    withdrawal_request: str | None = field(default=None, repr=False)
    withdrawal_answer: str | None = field(default=None, repr=False)
    withdrawal_text: str = ""
    withdrawn_at: float | None = None
    hand_over_until: float | None = None
    downloads: int = 0
    acknowledged: int = 0
    begun_anew: int = 0
    left_behind: bool = False
    request: str | None = None
    declaration: str | None = field(default=None, repr=False)
    opened_at: float | None = None
    receipt_due: float | None = None

    @property
    def awaits_receipt(self) -> bool:
        """Whether the agency is to be asked for its receipt.

        Nobody gives one for what is deleted.
        """
        return (
            self.receipt_state is ReceiptState.AWAITED
            and self.withdrawal is not Withdrawal.DELETED
        )

    @property
    def awaits_opening(self) -> bool:
        """Whether the agency is to be asked for one that says when it was opened."""
        return (
            self.receipt_due is not None and self.withdrawal is not Withdrawal.DELETED
        )

    @property
    def is_asked_about(self) -> bool:
        """Whether the agency is yet to say something about a share that is over."""
        return (
            self.removal in TO_TAKE_BACK
            or self.withdrawal in TO_ANSWER
            or self.awaits_receipt
            or self.awaits_opening
        )

    @property
    def can_withdraw(self) -> bool:
        """Whether the agency can be asked to delete it, for the first time or again."""
        return (
            self.state is ShareState.DELIVERED
            and self.home is not None  # it was packed before agencies could tell homes
            and self.withdrawal in (None, Withdrawal.UNANSWERED)
        )

    def paper(self, which: Paper) -> str | None:
        """Return it once it was made."""
        match which:
            case "receipt":
                return self.receipt
            case "delivery_receipt":
                return self.delivery_receipt
            case "declaration":
                return self.declaration

    def upload_metadata(self) -> dict[str, str]:
        """Return what the creation of an upload tells, all of which the package says too."""
        return {
            # Servers ask for these two; they are the same for every home.
            "filename": f"{self.share_id}.tar.age",
            "filetype": "application/octet-stream",
            "share_id": self.share_id,
            "home": self.home or "",
            "ledger": self.ledger or "",
        }

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
            receipt=self.receipt_state,
            received_at=_moment(self.received_at),
            opened_at=_moment(self.opened_at),
            withdrawal=self.withdrawal,
            withdrawal_text=self.withdrawal_text,
            withdrawn_at=_moment(self.withdrawn_at),
            can_withdraw=self.can_withdraw,
            hand_over_until=_moment(self.hand_over_until),
            downloads=self.downloads,
            home=self.home,
            request=request_from_json(self.request),
            has_declaration=self.declaration is not None,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line that the ledger must get; `after` is its last line when this was noted."""

    kind: str
    data: Mapping[str, object]
    personal: Mapping[str, str]
    after: int
    line_id: int = 0


def _moment(seconds: float | None) -> datetime | None:
    """Return seconds since the epoch as a time."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
