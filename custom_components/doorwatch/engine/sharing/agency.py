"""Agencies and groups: what they say of themselves, and what is remembered of it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Self

from .addresses import origin_of
from .signing.jws import CLOCK_LEEWAY


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
    host: str  # punycode, with the port if it isn't the usual one
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
    host: str  # punycode, with the port if it isn't the usual one
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
