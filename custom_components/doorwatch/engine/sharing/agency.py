"""Define agencies and groups: their documents and stored pins."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Self

from .addresses import origin_of
from .signing.jws import CLOCK_LEEWAY


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyAsShown:
    """The properties of an agency that a confirmation is bound to.

    If one of them changes before the delivery, the share stops. An agency with an
    upload page has no document: its issuer and `upload_origin` are the origin of the
    page that an administrator typed, which several agencies may share. Earlier versions
    did not bind the fields with a default; their stored value is None.
    """

    issuer: str
    root_thumbprint: str | None  # None: no document
    terms_digest: str | None  # SHA-256 hex over terms and retention
    upload_origin: str
    name: str | None = None
    jurisdiction: str | None = None
    contact: str | None = None
    recipients: tuple[str, ...] | None = None  # sorted; the order has no meaning

    def is_still(self, now: Self) -> bool:
        """Return whether the agency is unchanged; unbound fields may differ."""
        unbound = {
            each.name: None
            for each in fields(self)
            if each.default is None and getattr(self, each.name) is None
        }
        return self == replace(now, **unbound)  # type: ignore[arg-type] # None is valid


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicDocument:
    """A verified discovery document; its format is in docs/protocol.md.

    Claims: iss, name, jurisdiction, contact, keys (JWKS), requests_uri, requests_mirrors,
    seq, iat, exp, next_root_jkt.
    """

    issuer: str
    host: str  # punycode, with a port that is not the default
    name: str
    jurisdiction: str  # for a group: a description of its area
    contact: str
    keys: tuple[Mapping[str, str], ...]
    requests_uri: str | None
    seq: int
    issued_at: datetime
    expires_at: datetime
    root_thumbprint: str
    next_root_thumbprint: str | None
    # Other addresses of the feed; any host will do, because the feed is signed.
    requests_mirrors: tuple[str, ...] = ()

    def holds_at(self, now: datetime) -> bool:
        """Return whether the document is valid at a time.

        Not before its issue, so that setting back the clock does not make an old
        document and outdated terms valid again.
        """
        return self.issued_at - timedelta(seconds=CLOCK_LEEWAY) <= now < self.expires_at


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupDocument(PublicDocument):
    """The document of a group of neighbors, which publishes but receives no clips."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AgencyDocument(PublicDocument):
    """The document of an agency that receives clips.

    Additional claims: age_recipients, upload_endpoint, receipts_uri, withdrawals_uri,
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
        """Return the properties that a confirmation is bound to."""
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
    """An agency with a web page for uploads, as typed by an administrator.

    It publishes no document, so nothing about it is fetched or verified.
    """

    name: str
    origin: str
    host: str  # punycode, with a port that is not the default
    jurisdiction: str = ""
    contact: str = ""

    def holds_at(self, _now: datetime) -> bool:
        """Return True, because an upload page does not expire."""
        return True

    @property
    def as_shown(self) -> AgencyAsShown:
        """Return the properties that a confirmation is bound to."""
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
    """The data about an agency that must survive restarts (JSON-serializable)."""

    root_thumbprint: str
    next_root_thumbprint: str | None = None
    seq: int = 0
    newest_iat: int = 0  # seconds since the epoch
    group: bool = False  # receives no clips; never changes

    @classmethod
    def stored(cls, pin: Mapping[str, object]) -> Self:
        """Load a stored pin, also of an earlier version."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: pin[name] for name in known & pin.keys()})  # type: ignore[arg-type] # as stored
