"""Agency discovery documents: verify, pin, follow."""

from .model import AgencyDocument, AgencyPin

WELL_KNOWN = "/.well-known/doorwatch-agency"


def document_url(address: str, *, local: bool = False) -> str:
    """The full address of the document for what a person typed (a host, an origin, or a full address).

    `SharingError("invalid_address")` otherwise. https only; plain http only for loopback hosts.
    """
    raise NotImplementedError


def origin_of(url: str) -> str:
    """scheme://host[:port], lower case, punycode, default port left out."""
    raise NotImplementedError


def read_document(token: str, *, url: str, pin: AgencyPin | None, now: float) -> tuple[AgencyDocument, AgencyPin]:
    """Verify a document fetched from `url` against the pin (None: first use) and return it with the new pin.

    Raises `SharingError` with `document_invalid`, `document_expired`, `issuer_mismatch`, `unknown_root`, `replayed`
    (seq or iat going back), `clock_behind`, `encryption_required` (age recipients published: this version cannot yet
    encrypt), `encryption_missing` (recipients vanished), `origin_mismatch` (an endpoint on another origin).
    """
    raise NotImplementedError
