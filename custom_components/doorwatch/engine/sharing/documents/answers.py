"""What an agency says, signed, about one share: read strictly or not at all."""

from collections.abc import Mapping
from datetime import datetime
import re
from typing import Final

from ..model import AgencyDocument
from ..signing.canonical import timestamp
from ..signing.jws import DocumentError, DocumentKind, key_from_jwk, known_keys, verify

LONGEST_ANSWER: Final = 64_000  # bytes, of any document about one share

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
    """Return the part of the claims that a kind is about; `DocumentError` otherwise.

    Signed by one of the agency's online keys as they are now, for this home and share.
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
    """Return a text."""
    value = claims.get(name)
    if not isinstance(value, str):
        raise DocumentError("malformed")
    return value


def digest(claims: Mapping[str, object], name: str) -> str:
    """Return a SHA-256 in hex."""
    value = text(claims, name)
    if not _DIGEST.fullmatch(value):
        raise DocumentError("malformed")
    return value


def number(claims: Mapping[str, object], name: str) -> int:
    """Return a whole number that is not negative."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise DocumentError("malformed")
    return value


def moment(claims: Mapping[str, object], name: str) -> datetime:
    """Return a time in UTC with milliseconds."""
    value = text(claims, name)
    if not _TIME.fullmatch(value):
        raise DocumentError("malformed")
    try:
        found = datetime.fromisoformat(value)
    except ValueError as err:
        raise DocumentError("malformed") from err
    if timestamp(found) != value:  # 24:00, which is the next day
        raise DocumentError("malformed")
    return found
