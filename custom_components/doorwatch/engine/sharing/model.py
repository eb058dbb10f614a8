"""What is shared, with whom, and on whose word."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from ..clips.model import Clip
from ..clips.video.redaction import Redaction
from .agency import (
    AgencyAsShown,
    AgencyDocument,
    AgencyPin,
    GroupDocument,
    PublicDocument,
    UploadPage,
)
from .errors import SharingError

__all__ = [
    "AgencyAsShown",
    "AgencyDocument",
    "AgencyPin",
    "Edits",
    "GroupDocument",
    "Intent",
    "Outcome",
    "PersonalDetails",
    "PublicDocument",
    "ReceiptState",
    "Redaction",
    "Removal",
    "RequestAsShown",
    "Share",
    "ShareState",
    "SharingError",
    "StagedFile",
    "StoppedBy",
    "UploadPage",
    "Withdrawal",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Edits:
    """What the copy that is sent leaves out.

    `start` and `end` are seconds from the clip's first frame, as are the times of
    `redact`, the areas of the picture that are painted over.
    """

    start: float | None = None
    end: float | None = None
    audio: bool = False
    redact: tuple[Redaction, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonalDetails:
    """Sent only when the person ticked them, one by one."""

    name: str | None = None
    contact: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StagedFile:
    """The exact file that would be sent."""

    path: Path
    sha256: str
    size: int
    derived: bool  # False: byte for byte the clip
    started_at: datetime
    ended_at: datetime
    audio: bool
    reencoded: bool = False  # the picture was made anew, to cover areas of it

    @property
    def feed(self) -> Path:
        """Where the signed feed lies that a request was shown from."""
        return self.path.with_suffix(".jws")


@dataclass(frozen=True, kw_only=True, slots=True)
class RequestAsShown:
    """An agency's request that a person answers, as they read it.

    Times are written as a package states them. `feed_sha256` is the digest of the signed
    feed that it stood in then.
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
    """All that a person saw before the tap; the confirmation is bound to every field."""

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
    declaration: str | None = field(default=None, repr=False)  # a draft, word for word
    # When the clip began by a clock that was ahead, before a person corrected its time.
    time_before: datetime | None = None

    @property
    def by_hand(self) -> bool:
        """Whether the person hands it over, in a zip: the agency takes nothing itself."""
        return self.agency.root_thumbprint is None


@dataclass(frozen=True, slots=True)
class StoppedBy:
    """A person (user ID) stopped a share that had not arrived."""

    person: str


class ShareState(StrEnum):
    """Where a share is."""

    WAITING = "waiting"  # the cancel window
    PACKAGING = "packaging"
    UPLOADING = "uploading"
    READY = "ready"  # packed; the person downloads it and hands it over
    HANDED_OVER = "handed_over"
    EXPIRED = "expired"  # nobody downloaded it in time
    DELIVERED = "delivered"
    FAILED = "failed"  # the agency refused; a person can retry
    NEEDS_NEW_TAP = "needs_new_tap"  # the agency is not as shown, or the person may not any more ...
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
    """How far the agency is with removing what a stopped share left there."""

    PENDING = "pending"  # nobody asked it yet
    ASKED = "asked"  # it has a part, and no more, and is being asked to remove it
    CONFIRMED = "confirmed"
    UNCONFIRMED = "unconfirmed"  # it said no, or nothing, for as long as we ask


class ReceiptState(StrEnum):
    """What is known of the agency's word that it has a delivered share."""

    AWAITED = "awaited"
    RECEIVED = "received"
    WRONG = "wrong"  # it says, signed, that it has something else
    MISSING = "missing"  # there was none for as long as we ask
    NONE = "none"  # this agency gives none


class Withdrawal(StrEnum):
    """How far the agency is with deleting a delivered share that a person withdrew."""

    REQUESTED = "requested"  # it has not answered yet
    PENDING = "pending"  # it has the request, and has not decided
    DELETED = "deleted"
    REFUSED = "refused"
    UNANSWERED = "unanswered"  # nothing was decided for as long as we ask


class Outcome(StrEnum):
    """What left this home with a share that has not arrived; words are chosen by it."""

    NOTHING = "nothing"
    UNKNOWN = "unknown"  # restored from a backup: the original may have gone on
    PART = "part"  # it is still on its way, or may be
    PART_ASKED = "part_asked"
    PART_REMOVED = "part_removed"
    PART_UNCONFIRMED = "part_unconfirmed"
    PART_DOWNLOADED = "part_downloaded"  # by somebody of this home


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """One share in the outbox, as shown to people. `problem` is a translation key.

    `begun`: a byte may have left. `sent` is how many bytes left at most, and of a stopped
    share how many arrived, as soon as the agency was asked. `has_receipt`: the person's
    consent receipt can be had. `receipt` is about the agency's; None when the share has
    not arrived, or was delivered by a version that asked for none. `hand_over_until` is set once
    it is to be downloaded and handed over, `file` names what is downloaded, and
    `downloads` counts how often one began. `can_hand_over`: a person can choose that for a
    share that does not reach its agency.
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
    opened_at: datetime | None = None  # by an officer, the agency says
    withdrawal: Withdrawal | None = None
    withdrawal_text: str = ""  # the agency's own words
    withdrawn_at: datetime | None = None
    can_withdraw: bool = False
    hand_over_until: datetime | None = None
    downloads: int = 0
    file: str | None = None
    can_hand_over: bool = False
    home: str | None = None  # thumbprint of the key that its package is signed with
    request: RequestAsShown | None = None
    has_declaration: bool = False

    @property
    def never_confirmed(self) -> bool:
        """Whether all of it was uploaded, and the agency gives no word that it has it.

        Then nothing shows that it arrived as it left: nobody may call it delivered.
        """
        return self.state is ShareState.DELIVERED and self.receipt in (
            None,
            ReceiptState.NONE,
        )

    @property
    def outcome(self) -> Outcome | None:
        """What left this home; None once all of it arrived, or was handed over."""
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
