"""Define shares and the confirmations that they are based on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ..clips.model import Clip
from ..clips.video.redaction import Redaction
from .agency import AgencyAsShown


@dataclass(frozen=True, kw_only=True, slots=True)
class Edits:
    """What the shared copy leaves out.

    `start` and `end` are seconds from the clip's first frame, as are the times of
    `redact`, the areas to paint over.
    """

    start: float | None = None
    end: float | None = None
    audio: bool = False
    redact: tuple[Redaction, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonalDetails:
    """Details that the person chose to send, each separately."""

    name: str | None = None
    contact: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedFile:
    """The exact file to send."""

    path: Path
    sha256: str
    size: int
    derived: bool  # False: identical to the clip
    started_at: datetime
    ended_at: datetime
    audio: bool
    reencoded: bool = False  # the video was encoded again, to redact areas

    @property
    def feed(self) -> Path:
        """Return the path of the signed feed with the request that was shown."""
        return self.path.with_suffix(".jws")


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestAsShown:
    """An agency's request as shown to the person who answers it.

    Times are formatted as in a package. `feed_sha256` is the digest of the signed feed
    that had the request.
    """

    request_id: str
    version: int
    title: str | None
    text: str | None
    case_reference: str | None
    offence: str | None
    investigation_code: str | None
    contact: str | None
    terms: str | None
    begins: str | None
    ends: str | None
    until: str | None
    feed_sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Intent:
    """Everything that a person saw before the tap; it confirms every field."""

    user_id: str
    user_name: str
    clip: Clip
    agency_id: str
    agency: AgencyAsShown
    agency_name: str
    agency_compared: bool
    edits: Edits
    staged: StagedFile
    notice: Mapping[str, object]
    notice_digest: str
    personal: PersonalDetails = field(default_factory=PersonalDetails)
    note: str = ""
    case_reference: str = ""
    request: RequestAsShown | None = None
    declaration: str | None = field(default=None, repr=False)  # exact text of the draft
    # The recorded start of the clip, if a person corrected it because the clock was
    # ahead.
    time_before: datetime | None = None

    @property
    def by_hand(self) -> bool:
        """Return whether the person hands over a zip to an agency without document."""
        return self.agency.root_thumbprint is None


@dataclass(frozen=True, slots=True)
class StoppedBy:
    """A person (user ID) stopped a share that had not arrived."""

    person: str


class ShareState(StrEnum):
    """The state of a share."""

    WAITING = "waiting"  # in the cancel window
    PACKAGING = "packaging"
    UPLOADING = "uploading"
    READY = "ready"  # packed for download by the person, who hands it over
    HANDED_OVER = "handed_over"
    EXPIRED = "expired"  # not downloaded in time
    DELIVERED = "delivered"
    FAILED = "failed"  # the agency refused; can be retried
    NEEDS_NEW_TAP = "needs_new_tap"  # for example, because the agency changed
    CANCELLED = "cancelled"


_OVER = frozenset(
    {
        ShareState.CANCELLED,
        ShareState.NEEDS_NEW_TAP,
        ShareState.HANDED_OVER,
        ShareState.EXPIRED,
    }
)


class Removal(StrEnum):
    """The state of removing a stopped share's data at the agency."""

    PENDING = "pending"  # not asked yet
    ASKED = "asked"  # the agency has an incomplete upload and is asked to remove it
    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"  # refused, not answered in time, or not certain


class ReceiptState(StrEnum):
    """The state of the agency's receipt for a delivered share."""

    AWAITED = "awaited"
    RECEIVED = "received"
    WRONG = "wrong"  # a signed receipt for different data
    MISSING = "missing"  # none within the time limit
    NONE = "none"  # the agency does not issue receipts


class Withdrawal(StrEnum):
    """The state of the deletion of a withdrawn share at the agency."""

    REQUESTED = "requested"  # not answered yet
    PENDING = "pending"  # received, but not decided
    DELETED = "deleted"
    REFUSED = "refused"
    UNANSWERED = "unanswered"  # not decided within the time limit


class Outcome(StrEnum):
    """What left this home with a share that did not arrive; selects the text."""

    NOTHING = "nothing"
    UNKNOWN = "unknown"  # restored from a backup; the original may have continued
    PART = "part"  # a part left, and the share is not over
    PART_ASKED = "part_asked"
    PART_REMOVED = "part_removed"
    PART_UNCONFIRMED = "part_unconfirmed"
    PART_DOWNLOADED = "part_downloaded"  # by a person of this home


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A share in the outbox, as shown to people. `problem` is a translation key.

    `begun`: data may have left. `sent` is the maximum number of bytes that left; for a
    stopped share, the number that arrived once the agency has answered. `has_receipt`:
    the person's consent receipt is available. `receipt` is the agency's, or None if the
    share has not arrived, or was delivered by a version without receipts.
    `hand_over_until` is set once the package is ready for download, `file` is the name
    of the download, and `downloads` counts the downloads that began. `can_hand_over`: a
    person can choose this for a share that does not reach its agency.
    """

    share_id: str
    clip_id: str
    agency_id: str
    agency_name: str
    user_id: str
    state: ShareState
    created_at: datetime
    cancel_until: datetime | None  # for display; the monotonic clock decides
    sent: int
    total: int
    problem: str | None
    attempts: int
    next_attempt: datetime | None
    delivered_at: datetime | None
    begun: bool = False
    removal: Removal | None = None
    ended_at: datetime | None = None
    has_receipt: bool = False
    receipt: ReceiptState | None = None
    received_at: datetime | None = None
    opened_at: datetime | None = None  # by an officer, according to the agency
    withdrawal: Withdrawal | None = None
    withdrawal_text: str = ""  # the text of the agency
    withdrawn_at: datetime | None = None
    can_withdraw: bool = False
    hand_over_until: datetime | None = None
    downloads: int = 0
    file: str | None = None
    can_hand_over: bool = False
    home: str | None = None  # thumbprint of the key that signs the package
    request: RequestAsShown | None = None
    has_declaration: bool = False

    @property
    def never_confirmed(self) -> bool:
        """Return whether everything was uploaded, but without a receipt to follow.

        Nothing proves that it arrived intact then, so no text may call it delivered.
        """
        return self.state is ShareState.DELIVERED and self.receipt in (
            None,
            ReceiptState.NONE,
        )

    @property
    def outcome(self) -> Outcome | None:
        """Return what left this home, or None if everything arrived or was handed over."""
        if self.state is ShareState.DELIVERED:
            return None
        if self.problem == "restored":
            return Outcome.UNKNOWN
        if not self.begun:
            if self.state is ShareState.HANDED_OVER:
                return None
            return Outcome.PART_DOWNLOADED if self.downloads else Outcome.NOTHING
        if self.state not in _OVER:
            return Outcome.PART
        match self.removal:
            case Removal.PENDING | Removal.ASKED:
                return Outcome.PART_ASKED
            case Removal.CONFIRMED:
                return Outcome.PART_REMOVED
        return Outcome.PART_UNCONFIRMED
