"""Sign and verify all documents.

Compact JWS (RFC 7515), ES256 only, with the precautions of RFC 8725; keys are
identified by their RFC 7638 thumbprint. PyJWT encodes documents and verifies
signatures, but accepts several encodings of the same document, so they are decoded
here.
"""

import base64
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
import hashlib
import hmac
import re
from typing import override

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from jwt import PyJWS, PyJWTError
from jwt.algorithms import ECAlgorithm

from .canonical import ObjectHook, canonical_json, strict_json_object

ALGORITHM = "ES256"
CLOCK_LEEWAY = 300  # allowed clock difference in seconds
# Maximum lifetime in seconds after `iat`, even if `exp` is later: a document is not
# trusted much longer than a year after its signature.
LONGEST_LIFE = 400 * 86_400
LONGEST_TOKEN = 4_000_000  # a feed of 500 requests is 342 kB

_COORDINATE = 32  # bytes of a P-256 coordinate
_BASE64URL = re.compile(r"[A-Za-z0-9_-]*", re.ASCII)
_HEADER_NAMES = frozenset({"alg", "jwk", "kid", "typ"})

type PublicKey = ec.EllipticCurvePublicKey
type PrivateKey = ec.EllipticCurvePrivateKey
type KeyLookup = Callable[[Mapping[str, object]], PublicKey]


class DocumentKind(StrEnum):
    """The `typ` of each kind of document."""

    AGENCY = "doorwatch-agency+jwt"
    GROUP = "doorwatch-group+jwt"
    REQUESTS = "doorwatch-requests+jwt"
    SHARE = "doorwatch-share+jwt"
    RECEIPT = "doorwatch-receipt+jwt"
    WITHDRAWAL = "doorwatch-withdrawal+jwt"
    WITHDRAWAL_ANSWER = "doorwatch-withdrawal-answer+jwt"
    CONSENT = "doorwatch-consent+jwt"


# Statements about a share need an audience and an ID; files for all homes must expire.
_ADDRESSED = frozenset(
    {
        DocumentKind.SHARE,
        DocumentKind.RECEIPT,
        DocumentKind.WITHDRAWAL,
        DocumentKind.WITHDRAWAL_ANSWER,
        DocumentKind.CONSENT,
    }
)
_EXPIRING = frozenset({DocumentKind.AGENCY, DocumentKind.GROUP, DocumentKind.REQUESTS})


class DocumentError(Exception):
    """A document was rejected.

    `problem` is one of malformed, wrong_algorithm, wrong_type, unknown_key,
    bad_signature, wrong_issuer, wrong_audience, not_named, not_yet_valid, expired.
    """

    def __init__(self, problem: str) -> None:
        """Initialize with the problem."""
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A document with a valid signature and valid standard claims."""

    claims: Mapping[str, object]
    thumbprint: str  # of the signing key
    issued_at: int
    expires_at: int | None


def encode(data: bytes) -> str:
    """Encode base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Decode base64url; raises `ValueError` unless the encoding is canonical."""
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise ValueError("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    # Only the last group has several encodings.
    if encode(data[len(data) // 3 * 3 :]) != text[len(text) // 4 * 4 :]:
        raise ValueError("not the canonical spelling")
    return data


def jwk_of(key: PublicKey) -> dict[str, str]:
    """Return the four JWK members of a P-256 key that its thumbprint covers."""
    return ECAlgorithm.to_jwk(key, as_dict=True)


def key_from_jwk(jwk: object) -> PublicKey:
    """Parse a public P-256 key; raises `ValueError` for anything else.

    Rejects private keys as well.
    """
    if not isinstance(jwk, Mapping) or "d" in jwk or jwk.get("crv") != "P-256":
        raise ValueError("not a public P-256 key")
    members = {name: jwk.get(name) for name in ("crv", "kty", "x", "y")}
    try:
        key = ECAlgorithm.from_jwk(members)  # rejects points that are not on the curve
    except (PyJWTError, TypeError) as err:
        raise ValueError("not a P-256 key") from err
    if not isinstance(key, ec.EllipticCurvePublicKey) or jwk_of(key) != members:
        raise ValueError("not the canonical spelling")
    return key


def thumbprint(key: PublicKey) -> str:
    """Return the RFC 7638 thumbprint of a key (base64url of SHA-256)."""
    return encode(hashlib.sha256(canonical_json(jwk_of(key))).digest())


def public_pem(key: PublicKey) -> bytes:
    """Return a key as PEM."""
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def fingerprint(print_of_key: str) -> str:
    """Format a thumbprint for people: 13 groups of four letters and digits.

    RFC 4648 base32 of the same 32 bytes: without lower case and 0, 1, 8 and 9, which
    people could misread.
    """
    text = base64.b32encode(decode(print_of_key)).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _plain(typed: str) -> str:
    return re.sub(r"[\s\-]", "", typed).upper()


def matches_last_group(typed: str, print_of_key: str) -> bool:
    """Return whether a person typed the last group or the whole fingerprint."""
    whole = fingerprint(print_of_key)
    return any(
        hmac.compare_digest(_plain(typed).encode(), _plain(expected).encode())
        for expected in (whole.rpartition(" ")[2], whole)
    )


def sign_bytes(data: bytes, key: PrivateKey) -> bytes:
    """Sign bytes for `openssl dgst -sha256 -verify` (DER).

    The signature is deterministic (RFC 6979) if OpenSSL supports it, so that a package
    that is built again after a crash is identical.
    """
    try:
        return key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    except UnsupportedAlgorithm:
        return key.sign(data, ec.ECDSA(hashes.SHA256()))


class _ES256(ECAlgorithm):
    """PyJWT's ES256 with deterministic signatures."""

    def __init__(self) -> None:
        super().__init__(ECAlgorithm.SHA256, ec.SECP256R1)

    @override
    def sign(self, msg: bytes, key: PrivateKey) -> bytes:
        r, s = utils.decode_dss_signature(sign_bytes(msg, key))
        return r.to_bytes(_COORDINATE) + s.to_bytes(_COORDINATE)


_ALGORITHM = _ES256()
_JWS = PyJWS(algorithms=())
_JWS.register_algorithm(ALGORITHM, _ALGORITHM)


def sign(
    kind: DocumentKind,
    claims: Mapping[str, object],
    key: PrivateKey,
    *,
    embed_key: bool = False,
) -> str:
    """Sign claims as a document of this kind.

    The header has the thumbprint of the key, or with `embed_key` the key.
    """
    public = key.public_key()
    name = {"jwk": jwk_of(public)} if embed_key else {"kid": thumbprint(public)}
    header = {"typ": kind.value, **name}
    return _JWS.encode(canonical_json(claims), key, ALGORITHM, header)


def known_keys(keys: Iterable[PublicKey]) -> KeyLookup:
    """Accept only these keys, selected by the `kid` of the document."""
    by_name = {thumbprint(key): key for key in keys}

    def lookup(header: Mapping[str, object]) -> PublicKey:
        name = header.get("kid")
        if not isinstance(name, str) or name not in by_name:
            raise DocumentError("unknown_key")
        return by_name[name]

    return lookup


def embedded_key(pinned: Collection[str] | None) -> KeyLookup:
    """Accept the key in the document if its thumbprint is pinned (None: any)."""

    def lookup(header: Mapping[str, object]) -> PublicKey:
        try:
            key = key_from_jwk(header.get("jwk"))
        except ValueError as err:
            raise DocumentError("malformed") from err
        if pinned is not None and thumbprint(key) not in pinned:
            raise DocumentError("unknown_key")
        return key

    return lookup


def claims_to_be(token: str, kind: DocumentKind) -> bool:
    """Return whether the header names this kind, without any verification."""
    try:
        header = strict_json_object(decode(token.partition(".")[0]))
    except ValueError:
        return False
    return header.get("typ") == kind.value


def verify(
    token: str,
    kind: DocumentKind,
    *,
    key: KeyLookup,
    issuer: str,
    now: float,
    audience: str | None = None,
    hook: ObjectHook | None = None,
) -> Document:
    """Verify a document and return it; raises `DocumentError`.

    `issuer` and `audience` are the required values. `hook` is called with each object
    in the claims and returns its replacement.
    """
    claims, name = _open(token, kind, key, hook)
    if claims.get("iss") != issuer:
        raise DocumentError("wrong_issuer")
    if claims.get("aud") != audience:
        raise DocumentError("wrong_audience")
    if kind in _ADDRESSED and (
        audience is None or not isinstance(claims.get("jti"), str) or not claims["jti"]
    ):
        raise DocumentError("not_named")
    issued_at = _time(claims, "iat")
    expires_at = _time(claims, "exp") if "exp" in claims else None
    if expires_at is None and kind in _EXPIRING:
        raise DocumentError("malformed")
    if issued_at > now + CLOCK_LEEWAY:
        raise DocumentError("not_yet_valid")
    if expires_at is not None:
        expires_at = min(expires_at, issued_at + LONGEST_LIFE)
        if now >= expires_at or expires_at <= issued_at:
            raise DocumentError("expired")
    return Document(
        claims=claims, thumbprint=name, issued_at=issued_at, expires_at=expires_at
    )


def _open(
    token: str, kind: DocumentKind, lookup: KeyLookup, hook: ObjectHook | None
) -> tuple[Mapping[str, object], str]:
    """Verify form, algorithm, type and signature; return claims and thumbprint."""
    if len(token) > LONGEST_TOKEN:
        raise DocumentError("malformed")
    try:
        header_text, claims_text, signature_text = token.split(".")
        header = strict_json_object(decode(header_text))
        claims, signature = decode(claims_text), decode(signature_text)
    except ValueError as err:
        raise DocumentError("malformed") from err
    if header.get("alg") != ALGORITHM:
        raise DocumentError("wrong_algorithm")
    if header.get("typ") != kind.value:
        raise DocumentError("wrong_type")
    # Unknown names may change what the signature means (`crit`, `b64`) or where keys
    # come from (`jku`, `x5u`).
    if not header.keys() <= _HEADER_NAMES or len(signature) != 2 * _COORDINATE:
        raise DocumentError("malformed")
    key = lookup(header)
    if not _ALGORITHM.verify(f"{header_text}.{claims_text}".encode(), key, signature):
        raise DocumentError("bad_signature")
    try:
        return strict_json_object(claims, hook=hook), thumbprint(key)
    except ValueError as err:
        raise DocumentError("malformed") from err


def _time(claims: Mapping[str, object], name: str) -> int:
    """Parse a NumericDate in whole seconds."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise DocumentError("malformed")
    if not 0 <= value < 2**37:  # the year 6325, within the range of `datetime`
        raise DocumentError("malformed")
    return value
