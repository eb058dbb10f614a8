"""What is shared, with whom, and on whose word."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Self

from ..clips.model import Clip
from ..clips.video.redaction import Redaction
from .addresses import origin_of
from .errors import SharingError
from .signing.jws import CLOCK_LEEWAY

__all__ = [
    "AgencyAsShown",
    "AgencyDocument",
    "AgencyPin",
    "Edits",
    "Intent",
    "Outcome",
    "PersonalDetails",
    "ReceiptState",
    "Redaction",
    "Removal",
    "RequestAsShown",
    "Share",
    "ShareState",
    "SharingError",
    "StagedFile",
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
class AgencyAsShown:
    """What of an agency a confirmation is bound to; any change before delivery stops the share.

    An agency that takes only what a person hands over has published no document. Its
    issuer is the origin of the page that the person typed, as is `upload_origin`; many
    use the same one.

    What has a default was not bound by earlier versions: None in what they stored.
    """

    issuer: str
    root_thumbprint: str | None  # None: there is no document
    terms_digest: str | None  # SHA-256 hex over terms and retention
    upload_origin: str
    name: str | None = None
    jurisdiction: str | None = None
    contact: str | None = None
    recipients: tuple[str, ...] | None = None  # sorted: their order says nothing

    def is_still(self, now: Self) -> bool:
        """Whether an agency is what was shown; what was not bound then may be anything."""
        unbound = {
            each.name: None
            for each in fields(self)
            if each.default is None and getattr(self, each.name) is None
        }
        return self == replace(now, **unbound)  # type: ignore[arg-type] # None may be


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicDocument:
    """A verified discovery document; its format is in docs/protocol.md.

    Claims: iss, name, jurisdiction, contact, keys (JWKS), requests_uri, requests_mirrors,
    seq, iat, exp, next_root_jkt.
    """

    issuer: str
    host: str  # punycode
    name: str
    jurisdiction: str  # of a group: the area, in words
    contact: str
    keys: tuple[Mapping[str, str], ...]
    requests_uri: str | None
    seq: int
    issued_at: datetime
    expires_at: datetime
    root_thumbprint: str
    next_root_thumbprint: str | None
    # Where else the feed is; anybody may host it, since it is signed.
    requests_mirrors: tuple[str, ...] = ()

    def holds_at(self, now: datetime) -> bool:
        """Whether it is valid at this time.

        Not before it was made, either: a clock that was set back must not bring an old
        document, and terms that nobody stands for any more, to life again.
        """
        return self.issued_at - timedelta(seconds=CLOCK_LEEWAY) <= now < self.expires_at


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupDocument(PublicDocument):
    """Of neighbours who tell things and take nothing: there is nowhere to send to."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyDocument(PublicDocument):
    """Of an agency that clips can be shared with.

    Claims besides: age_recipients, upload_endpoint, receipts_uri, withdrawals_uri,
    upload_code_required, terms{text,digest}, retention{text,days,digest}.
    """

    age_recipients: tuple[str, ...]
    upload_endpoint: str
    upload_code_required: bool
    receipts_uri: str | None
    withdrawals_uri: str | None
    terms: str
    retention: str
    retention_days: int | None
    terms_digest: str

    @property
    def as_shown(self) -> AgencyAsShown:
        """What a confirmation is bound to."""
        return AgencyAsShown(
            issuer=self.issuer,
            root_thumbprint=self.root_thumbprint,
            terms_digest=self.terms_digest,
            upload_origin=origin_of(self.upload_endpoint),
            name=self.name,
            jurisdiction=self.jurisdiction,
            contact=self.contact,
            recipients=tuple(sorted(set(self.age_recipients))),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class UploadPage:
    """An agency that sends links to a page for uploads, as an administrator typed it.

    It publishes nothing, so nothing of it is verified, and nothing is fetched from it.
    """

    name: str
    origin: str
    host: str  # punycode
    jurisdiction: str = ""
    contact: str = ""

    def holds_at(self, _now: datetime) -> bool:
        """Whether it is valid at this time: nobody said until when."""
        return True

    @property
    def as_shown(self) -> AgencyAsShown:
        """What a confirmation is bound to."""
        return AgencyAsShown(
            issuer=self.origin,
            root_thumbprint=None,
            terms_digest=None,
            upload_origin=self.origin,
            name=self.name,
            jurisdiction=self.jurisdiction,
            contact=self.contact,
            recipients=(),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyPin:
    """What must survive restarts about one agency (stored by the caller, JSON-able)."""

    root_thumbprint: str
    next_root_thumbprint: str | None = None
    seq: int = 0
    newest_iat: int = 0  # seconds since the epoch
    group: bool = False  # one takes no clips, and never becomes one that does

    @classmethod
    def stored(cls, pin: Mapping[str, object]) -> Self:
        """Read it as it was stored, by an earlier version too."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: pin[name] for name in known & pin.keys()})  # type: ignore[arg-type] # as stored


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

    @property
    def by_hand(self) -> bool:
        """Whether the person hands it over, in a zip: the agency takes nothing itself."""
        return self.agency.root_thumbprint is None


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
