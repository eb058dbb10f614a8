"""Signed documents: compact JWS (RFC 7515) with ES256 only, as RFC 8725 recommends."""

import base64
from collections.abc import Iterator, Mapping
from contextlib import suppress
import hashlib
import json
import math
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from ..errors import AgencyError

AGENCY = "doorwatch-agency+jwt"
GROUP = "doorwatch-group+jwt"
REQUESTS = "doorwatch-requests+jwt"
SHARE = "doorwatch-share+jwt"
RECEIPT = "doorwatch-receipt+jwt"
WITHDRAWAL = "doorwatch-withdrawal+jwt"
WITHDRAWAL_ANSWER = "doorwatch-withdrawal-answer+jwt"
REPORT = "doorwatch-report+jwt"

CLOCK_LEEWAY = 300  # seconds by which the clocks of two honest parties may differ
LONGEST_DAYS = 400  # validity of a document, regardless of its `exp`
_SIZE = 32  # bytes of a P-256 coordinate
_DEEPEST = 64  # nesting of a statement
_PARTS = re.compile(r"([\w-]+)\.([\w-]+)\.([\w-]+)", re.ASCII)


def canonical(value: object) -> bytes:
    """Encode JSON on one line: sorted keys, no spaces, UTF-8."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    ).encode()


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decode(text: str) -> bytes:
    """Decode canonical base64url; raise `ValueError` for any other form."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if _encode(data) != text:
        raise ValueError("not the canonical spelling")
    return data


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a name occurs twice")
    return result


def read_object(data: bytes) -> dict[str, object]:
    """Parse an unambiguous JSON object; raise `ValueError` otherwise."""
    try:
        value: object = json.loads(data.decode(), object_pairs_hook=_unique)
    except RecursionError as err:
        raise ValueError("nested too deeply") from err
    if not isinstance(value, dict):
        raise ValueError("not an object")  # noqa: TRY004 - callers handle one type of error
    return value


def read_canonical(data: bytes) -> dict[str, object]:
    """Parse a canonical JSON object that ends with a line feed.

    Raise `ValueError` also for values that some JSON parsers reject: a NUL, an escape
    in a name, a number that does not fit into 64 bits.
    """
    value = read_object(data)
    if canonical(value) + b"\n" != data:
        raise ValueError("not canonical")
    _check_plain(value, _DEEPEST)
    return value


def _check_plain(value: object, deep: int) -> None:
    if deep < 0:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        for name, inner in value.items():
            if canonical(name) != f'"{name}"'.encode():
                raise ValueError("an escape in a name")
            _check_plain(inner, deep - 1)
    elif isinstance(value, list):
        for inner in value:
            _check_plain(inner, deep - 1)
    elif isinstance(value, str) and "\0" in value:
        raise ValueError("NUL")
    elif isinstance(value, float) and not math.isfinite(value):
        raise ValueError("not a number")
    elif isinstance(value, int) and len(str(abs(value))) > 18:
        raise ValueError("too large a number")


def spelt(
    kind: str, claims: Mapping[str, object], key: ec.EllipticCurvePublicKey, token: str
) -> str:
    """Return a document with the signature of `token`, in the form that homes write."""
    header = {"alg": "ES256", "kid": thumbprint(key), "typ": kind}
    parts = _encode(canonical(header)), _encode(canonical(claims))
    return ".".join((*parts, token.rpartition(".")[2]))


def jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    """Return a key as the JWK members that its thumbprint covers."""
    numbers = key.public_numbers()
    return {
        "crv": "P-256",
        "kty": "EC",
        "x": _encode(numbers.x.to_bytes(_SIZE, "big")),
        "y": _encode(numbers.y.to_bytes(_SIZE, "big")),
    }


def thumbprint(key: ec.EllipticCurvePublicKey) -> str:
    """Return the RFC 7638 thumbprint of a key."""
    return _encode(hashlib.sha256(canonical(jwk(key))).digest())


def fingerprint(print_of_key: str) -> str:
    """Return a thumbprint for people: base32 of its bytes in groups of four."""
    text = base64.b32encode(decode(print_of_key)).decode().rstrip("=")
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def same_fingerprint(typed: str, print_of_key: str) -> bool:
    """Return whether a typed fingerprint is this key's; ignore spaces and case."""
    plain = re.sub(r"[\s\-]", "", typed).upper()
    return plain == fingerprint(print_of_key).replace(" ", "")


def sign(
    kind: str,
    claims: Mapping[str, object],
    key: ec.EllipticCurvePrivateKey,
    *,
    embed_key: bool = False,
) -> str:
    """Sign claims; the header has the key's thumbprint, or with `embed_key` the key."""
    public = key.public_key()
    named = {"jwk": jwk(public)} if embed_key else {"kid": thumbprint(public)}
    header = {"alg": "ES256", "typ": kind} | named
    signed = f"{_encode(canonical(header))}.{_encode(canonical(claims))}"
    der = key.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
    r, s = utils.decode_dss_signature(der)
    return f"{signed}.{_encode(r.to_bytes(_SIZE, 'big') + s.to_bytes(_SIZE, 'big'))}"


def verify_published(token: str) -> tuple[dict[str, object], bool]:
    """Verify a document with its embedded key; return claims and whether it is a group's."""
    key = embedded_key(token)
    try:
        return verify(token, AGENCY, key), False
    except AgencyError:
        return verify(token, GROUP, key), True


def verify(token: str, kind: str, key: ec.EllipticCurvePublicKey) -> dict[str, object]:
    """Check form, algorithm, type and signature; return the claims."""
    match = _PARTS.fullmatch(token)
    if match is None:
        raise AgencyError("it is not a signed document")
    try:
        header = read_object(decode(match[1]))
        claims = read_object(decode(match[2]))
        signature = decode(match[3])
    except ValueError as err:
        raise AgencyError("it is not a signed document") from err
    if header.get("alg") != "ES256" or not header.keys() <= {
        "alg",
        "jwk",
        "kid",
        "typ",
    }:
        raise AgencyError("it is signed in a way that is not allowed")
    if header.get("typ") != kind:
        raise AgencyError(f"it is not a document of the type {kind}")
    _check(f"{match[1]}.{match[2]}", signature, key)
    return claims


def check_signature(token: str, key: ec.EllipticCurvePublicKey) -> None:
    """Check only the signature of a document that was parsed before."""
    signed, _, signature = token.rpartition(".")
    _check(signed, decode(signature), key)


def _check(signed: str, signature: bytes, key: ec.EllipticCurvePublicKey) -> None:
    if len(signature) != 2 * _SIZE:
        raise AgencyError("the signature has the wrong length")
    der = utils.encode_dss_signature(
        int.from_bytes(signature[:_SIZE], "big"),
        int.from_bytes(signature[_SIZE:], "big"),
    )
    try:
        key.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as err:
        raise AgencyError("the signature does not match") from err


def has_ended(claims: Mapping[str, object], now: float) -> bool:
    """Return whether homes consider a document expired; one without times is expired."""
    issued_at, expires_at = claims.get("iat"), claims.get("exp")
    if type(issued_at) is not int or type(expires_at) is not int:
        return True
    return now >= min(expires_at, issued_at + LONGEST_DAYS * 86_400)


def read_claims(token: str) -> dict[str, object]:
    """Read the claims of one of our documents without verification; raise `ValueError`."""
    return read_object(decode(token.strip().split(".")[1] if "." in token else ""))


def named_key(token: str) -> str:
    """Return the key ID in a document's header; raise `ValueError` if there is none."""
    name = read_object(decode(token.strip().partition(".")[0])).get("kid")
    if not isinstance(name, str):
        raise ValueError("names no key")  # noqa: TRY004 - callers handle one type of error
    return name


def embedded_key(token: str) -> ec.EllipticCurvePublicKey:
    """Return the key embedded in a document, which the caller must verify."""
    try:
        header = read_object(decode(token.partition(".")[0]))
        return read_jwk(header["jwk"])
    except (ValueError, KeyError, TypeError) as err:
        raise AgencyError("it contains no key") from err


def vouched(claims: Mapping[str, object]) -> Iterator[ec.EllipticCurvePublicKey]:
    """Yield the valid online keys that a discovery document lists."""
    listed = claims.get("keys")
    keys = listed.get("keys") if isinstance(listed, dict) else None
    for one in keys if isinstance(keys, list) else []:
        with suppress(ValueError, KeyError, TypeError):
            yield read_jwk(one)


def read_jwk(found: object) -> ec.EllipticCurvePublicKey:
    """Parse a JWK; raise `ValueError`, `KeyError` or `TypeError` if it is not valid."""
    found = found if isinstance(found, dict) else {}
    # Keys of another curve or type fail below, because their points are not on P-256.
    x, y = (int.from_bytes(decode(str(found[name])), "big") for name in "xy")
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
