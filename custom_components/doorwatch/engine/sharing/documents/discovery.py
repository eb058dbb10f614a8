"""Verify agency documents and update their pins."""

from collections.abc import Mapping
from datetime import UTC, datetime
import re
from typing import Any

from ..addresses import Address, origin_of, parse_address
from ..agency import AgencyDocument, AgencyPin, GroupDocument
from ..errors import SharingError
from ..signing import jws
from ..signing.age import read_recipient
from ..signing.canonical import digest_of, text_digest
from ..text import displayable

WELL_KNOWN = "/.well-known/doorwatch-agency"

_AROUND = ".,;:!?()<>\"'“”„‘’«»"  # punctuation around an address in a text
_LONGEST_NAME = 200
_LONGEST_TEXT = 50_000
_MOST_KEYS = 16
_MOST_MIRRORS = 8
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

# Problems by JWS error; all others are `document_invalid`.
_PROBLEMS = {
    "unknown_key": "unknown_root",
    "wrong_issuer": "issuer_mismatch",
    "expired": "document_expired",
    "not_yet_valid": "clock_behind",
}


def document_url(address: str, *, local: bool = False) -> str:
    """Return the URL of the document for a typed host, origin or URL.

    Also accepts scanned text, which may be in capitals, or have words around one URL.
    Raises `SharingError("invalid_address")` otherwise. Requires https; `local` allows
    plain http for loopback hosts.
    """
    address = _one_of(address.split())
    if "://" not in address:
        address = f"https://{address}"
    parsed = parse_address(address)
    if parsed.scheme != "https" and not (local and parsed.loopback):
        raise SharingError("invalid_address")
    if parsed.path in ("", "/", WELL_KNOWN.upper()) and not parsed.query:
        return parsed.origin + WELL_KNOWN
    return str(parsed)


def _one_of(words: list[str]) -> str:
    """Return the only word, or the only URL among several words."""
    if len(words) > 1:
        words = [word.strip(_AROUND) for word in words if "://" in word]
    if len(words) != 1:
        raise SharingError("invalid_address")
    return words[0]


def read_document(
    token: str, *, url: str, pin: AgencyPin | None, now: float
) -> tuple[AgencyDocument | GroupDocument, AgencyPin]:
    """Verify a document fetched from `url`, and return it with the new pin.

    `pin` is the stored pin, None at first. Raises `SharingError`: `document_invalid`,
    `document_expired`, `issuer_mismatch`, `unknown_root`, `replayed` (seq or iat
    decreased), `clock_behind`, `encryption_missing` (no recipient), `origin_mismatch`
    (an endpoint on another origin), `kind_changed` (a group instead of an agency, or
    the reverse).
    """
    if pin is not None and now < pin.newest_iat - jws.CLOCK_LEEWAY:
        raise SharingError("clock_behind")
    origin, token = origin_of(url), token.strip()
    group = jws.claims_to_be(token, jws.DocumentKind.GROUP)
    try:
        document = jws.verify(
            token,
            jws.DocumentKind.GROUP if group else jws.DocumentKind.AGENCY,
            key=jws.embedded_key(_roots(pin)),
            issuer=origin,
            now=now,
        )
    except jws.DocumentError as err:
        problem = _PROBLEMS.get(err.problem, "document_invalid")
        raise SharingError(problem) from err
    if pin is not None and pin.group is not group:
        raise SharingError("kind_changed")
    found = _group(document, origin) if group else _agency(document, origin)
    return found, _follow(found, document.issued_at, pin)


def _roots(pin: AgencyPin | None) -> set[str] | None:
    if pin is None:
        return None
    roots = (pin.root_thumbprint, pin.next_root_thumbprint)
    return {root for root in roots if root}


def _follow(
    agency: AgencyDocument | GroupDocument, issued_at: int, pin: AgencyPin | None
) -> AgencyPin:
    """Compare the document with the pin and return the new pin."""
    if pin is not None:
        if agency.seq < pin.seq or issued_at < pin.newest_iat:
            raise SharingError("replayed")
        if agency.root_thumbprint != pin.root_thumbprint and agency.seq == pin.seq:
            raise SharingError("replayed")  # a new root key needs a higher seq
    return AgencyPin(
        root_thumbprint=agency.root_thumbprint,
        next_root_thumbprint=agency.next_root_thumbprint,
        seq=agency.seq,
        newest_iat=issued_at,
        group=isinstance(agency, GroupDocument),
    )


def _published(document: jws.Document, origin: str) -> dict[str, Any]:
    """Read the claims that agencies and groups have in common."""
    claims = document.claims
    return {
        "issuer": origin,
        "host": parse_address(origin).netloc,
        "name": _line(claims, "name"),
        "jurisdiction": _line(claims, "jurisdiction"),
        "contact": _line(claims, "contact"),
        "keys": _keys(claims),
        "requests_uri": _requests_uri(claims, origin),
        "requests_mirrors": _mirrors(claims),
        "seq": _count(claims, "seq"),
        "issued_at": datetime.fromtimestamp(document.issued_at, UTC),
        "expires_at": datetime.fromtimestamp(document.expires_at or 0, UTC),
        "root_thumbprint": document.thumbprint,
        "next_root_thumbprint": _next_root(claims),
    }


def _group(document: jws.Document, origin: str) -> GroupDocument:
    group = GroupDocument(**_published(document, origin))
    if group.requests_uri is None:
        raise SharingError("document_invalid")  # a group only publishes a feed
    return group


def _agency(document: jws.Document, origin: str) -> AgencyDocument:
    claims = document.claims
    terms = _text_with_digest(claims, "terms")
    retention = _text_with_digest(claims, "retention")
    kept = _object(claims, "retention")
    days = None if kept.get("days") is None else _count(kept, "days")
    return AgencyDocument(
        **_published(document, origin),
        age_recipients=_recipients(claims),
        upload_endpoint=_required_endpoint(claims, "upload_endpoint", origin),
        upload_code_required=_flag(claims, "upload_code_required"),
        receipts_uri=_endpoint(claims, "receipts_uri", origin),
        withdrawals_uri=_endpoint(claims, "withdrawals_uri", origin),
        terms=terms,
        retention=retention,
        retention_days=days,
        terms_digest=digest_of(
            {"retention": {"days": days, "text": retention}, "terms": {"text": terms}}
        ),
    )


def _object(claims: Mapping[str, object], name: str) -> Mapping[str, object]:
    value = claims.get(name)
    if not isinstance(value, Mapping):
        raise SharingError("document_invalid")
    return value


def _line(claims: Mapping[str, object], name: str) -> str:
    line = displayable(claims.get(name), _LONGEST_NAME)
    if line is None:
        raise SharingError("document_invalid")
    return line


def _text_with_digest(claims: Mapping[str, object], name: str) -> str:
    part = _object(claims, name)
    text = displayable(part.get("text"), _LONGEST_TEXT, lines=True)
    if text is None or part.get("digest") != text_digest(text):
        raise SharingError("document_invalid")
    return text


def _count(claims: Mapping[str, object], name: str) -> int:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**53:
        raise SharingError("document_invalid")
    return value


def _flag(claims: Mapping[str, object], name: str) -> bool:
    value = claims.get(name, False)
    if not isinstance(value, bool):
        raise SharingError("document_invalid")
    return value


def _endpoint(claims: Mapping[str, object], name: str, origin: str) -> str | None:
    value = claims.get(name)
    if value is None:
        return None
    address = _address(value)
    if address.origin != origin:
        raise SharingError("origin_mismatch")
    # The parsed address, because other parsers may read the original differently.
    return str(address)


def _address(value: object) -> Address:
    try:
        return parse_address(value if isinstance(value, str) else "")
    except SharingError as err:
        raise SharingError("document_invalid") from err


def _requests_uri(claims: Mapping[str, object], origin: str) -> str | None:
    """Read the address of the feed; any host is valid, because the feed is signed."""
    if claims.get("requests_uri") is None:
        return None
    address = _address(claims["requests_uri"])
    if address.origin != origin and address.scheme != "https":
        raise SharingError("document_invalid")
    return str(address)


def _mirrors(claims: Mapping[str, object]) -> tuple[str, ...]:
    """Read the other addresses of the feed, without duplicates."""
    listed = claims.get("requests_mirrors", [])
    if not isinstance(listed, list) or len(listed) > _MOST_MIRRORS:
        raise SharingError("document_invalid")
    addresses = [_address(each) for each in listed]
    if addresses and claims.get("requests_uri") is None:
        raise SharingError("document_invalid")  # mirrors without a feed
    if any(each.scheme != "https" for each in addresses):
        raise SharingError("document_invalid")
    return tuple(dict.fromkeys(map(str, addresses)))


def _required_endpoint(claims: Mapping[str, object], name: str, origin: str) -> str:
    value = _endpoint(claims, name, origin)
    if value is None:
        raise SharingError("document_invalid")
    return value


def _keys(claims: Mapping[str, object]) -> tuple[Mapping[str, str], ...]:
    listed = _object(claims, "keys").get("keys")
    if not isinstance(listed, list) or not 0 < len(listed) <= _MOST_KEYS:
        raise SharingError("document_invalid")
    try:
        return tuple(jws.jwk_of(jws.key_from_jwk(jwk)) for jwk in listed)
    except ValueError as err:
        raise SharingError("document_invalid") from err


def _recipients(claims: Mapping[str, object]) -> tuple[str, ...]:
    listed = claims.get("age_recipients")
    if listed is None or listed == []:
        raise SharingError("encryption_missing")
    if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
        raise SharingError("document_invalid")
    for one in listed:
        try:
            read_recipient(one if isinstance(one, str) else "")
        except ValueError as err:
            raise SharingError("document_invalid") from err
    return tuple(listed)


def _next_root(claims: Mapping[str, object]) -> str | None:
    value = claims.get("next_root_jkt")
    if value is None:
        return None
    if not isinstance(value, str) or not _THUMBPRINT.fullmatch(value):
        raise SharingError("document_invalid")
    return value
