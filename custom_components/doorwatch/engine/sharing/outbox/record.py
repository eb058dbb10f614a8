"""Define the stored data of a share, and a pending ledger line."""

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
# The agency has not confirmed the removal of a stopped share yet.
TO_TAKE_BACK: Final = frozenset({Removal.PENDING, Removal.ASKED})
# The agency has not decided about the withdrawal yet.
TO_ANSWER: Final = frozenset({Withdrawal.REQUESTED, Withdrawal.PENDING})

# Documents of a record that a person can download: the signed consent, the agency's
# signed receipt, the draft declaration.
type Paper = Literal["receipt", "delivery_receipt", "declaration"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A share as stored. Times are seconds since the epoch.

    `begun`: a byte of the package may have left. `package_sha256` is set once the
    package is on disk, together with `issuer`, `home` (thumbprint of this home's key)
    and `ledger` (digest of the ledger line in the package). `removal` is set if a
    stopped share left data at the agency. `receipt` is the person's signed consent,
    `delivery_receipt` the agency's receipt. `hand_over_until` is set if a person hands
    over the package. `acknowledged` is the number of bytes of `upload_url` that the
    agency confirmed, `begun_anew` how often it contradicted that, and `left_behind`: it
    may have more of the share than this upload. `request` is the answered request as
    shown (JSON), `declaration` the draft declaration; both are kept when the share is
    over. `receipt_due` is when to ask for another receipt, with the time when an
    officer opened the package (`opened_at`).
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
        """Return whether to ask the agency for its receipt.

        There is none for a deleted share.
        """
        return (
            self.receipt_state is ReceiptState.AWAITED
            and self.withdrawal is not Withdrawal.DELETED
        )

    @property
    def awaits_opening(self) -> bool:
        """Return whether to ask for a receipt with the time of opening."""
        return (
            self.receipt_due is not None and self.withdrawal is not Withdrawal.DELETED
        )

    @property
    def is_asked_about(self) -> bool:
        """Return whether there is something to ask about a share that is over."""
        return (
            self.removal in TO_TAKE_BACK
            or self.withdrawal in TO_ANSWER
            or self.awaits_receipt
            or self.awaits_opening
        )

    @property
    def can_withdraw(self) -> bool:
        """Return whether to offer a withdrawal, for the first time or again."""
        return (
            self.state is ShareState.DELIVERED
            and self.home is not None  # None if packed by an early version
            and self.withdrawal in (None, Withdrawal.UNANSWERED)
        )

    def upload_metadata(self) -> dict[str, str]:
        """Return the metadata of the upload, all of which is also in the package."""
        return {
            # Servers expect these two; they are the same for every home.
            "filename": f"{self.share_id}.tar.age",
            "filetype": "application/octet-stream",
            "share_id": self.share_id,
            "home": self.home or "",
            "ledger": self.ledger or "",
        }

    def share(self) -> Share:
        """Return the share as shown to people, without the state of its job."""
        return Share(
            share_id=self.share_id,
            clip_id=self.clip_id,
            agency_id=self.agency_id,
            agency_name=self.agency_name,
            user_id=self.user_id,
            state=self.state,
            created_at=datetime.fromtimestamp(self.created_at, UTC),
            cancel_until=None,
            sent=self.sent,
            total=self.total,
            problem=self.problem,
            attempts=self.attempts,
            next_attempt=None,
            delivered_at=moment(self.delivered_at),
            begun=self.begun,
            removal=self.removal,
            ended_at=moment(self.ended_at),
            has_receipt=self.receipt is not None,
            receipt=self.receipt_state,
            received_at=moment(self.received_at),
            opened_at=moment(self.opened_at),
            withdrawal=self.withdrawal,
            withdrawal_text=self.withdrawal_text,
            withdrawn_at=moment(self.withdrawn_at),
            can_withdraw=self.can_withdraw,
            hand_over_until=moment(self.hand_over_until),
            downloads=self.downloads,
            home=self.home,
            request=request_from_json(self.request),
            has_declaration=self.declaration is not None,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A line to write to the ledger; `after` is the ledger's last seq before it."""

    kind: str
    data: Mapping[str, object]
    personal: Mapping[str, str]
    after: int
    line_id: int = 0


def moment(seconds: float | None) -> datetime | None:
    """Convert seconds since the epoch to a time."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
