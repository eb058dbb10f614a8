"""Read an agency's signed answers about one share, strictly."""

from collections.abc import Mapping
from datetime import datetime
import re
from typing import Final

from ..agency import AgencyDocument
from ..signing.canonical import timestamp
from ..signing.jws import DocumentError, DocumentKind, key_from_jwk, known_keys, verify

LONGEST_ANSWER: Final = 64_000  # bytes of a document about one share

_DIGEST: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)


def open_answer(
    token: str,
    kind: DocumentKind,
    *,
    document: AgencyDocument,
    home: str,
    share_id: str,
    part: str,
    now: float,
) -> Mapping[str, object]:
    """Return the part of the claims for a kind; raises `DocumentError`.

    The answer must be signed by a current online key of the agency, for this home and
    share.
    """
    opened = verify(
        token,
        kind,
        key=known_keys(key_from_jwk(jwk) for jwk in document.keys),
        issuer=document.issuer,
        audience=home,
        now=now,
    )
    if opened.claims["jti"] != share_id:
        raise DocumentError("not_named")
    claims = opened.claims.get(part)
    if not isinstance(claims, Mapping):
        raise DocumentError("malformed")
    return claims


def text(claims: Mapping[str, object], name: str) -> str:
    """Return a string; raises `DocumentError`."""
    value = claims.get(name)
    if not isinstance(value, str):
        raise DocumentError("malformed")
    return value


def digest(claims: Mapping[str, object], name: str) -> str:
    """Return a SHA-256 hex digest; raises `DocumentError`."""
    value = text(claims, name)
    if not _DIGEST.fullmatch(value):
        raise DocumentError("malformed")
    return value


def number(claims: Mapping[str, object], name: str) -> int:
    """Return a non-negative integer; raises `DocumentError`."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise DocumentError("malformed")
    return value


def moment(claims: Mapping[str, object], name: str) -> datetime:
    """Return a time in UTC with milliseconds; raises `DocumentError`."""
    value = text(claims, name)
    if not _TIME.fullmatch(value):
        raise DocumentError("malformed")
    try:
        found = datetime.fromisoformat(value)
    except ValueError as err:
        raise DocumentError("malformed") from err
    if timestamp(found) != value:  # such as 24:00
        raise DocumentError("malformed")
    return found
