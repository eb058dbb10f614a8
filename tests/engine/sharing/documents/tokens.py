"""Hypothesis strategies for signed documents with all kinds of errors."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
import hashlib
import hmac
import json
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from hypothesis import strategies as st

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentError,
    encode,
    public_pem,
    sign_bytes,
)
from tests.engine.sharing.evidence import new_key

P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

# Values as JSON text, because Python cannot write all of them.
_HOSTILE: Final = (
    "null",
    "true",
    "0",
    "-1",
    "-0",
    "1.0",
    "1e999",
    "-1e999",
    "1e-999",
    "NaN",
    "Infinity",
    "-Infinity",
    "9" * 400,
    "9" * 5000,
    "1" + "0" * 60 + ".5",
    "[" * 200 + "]" * 200,
    "[" * 200_000 + "]" * 200_000,
    '{"a":' * 100_000 + "1" + "}" * 100_000,
    '{"a":1,"a":2}',
    '"\\ud800"',
    '"\\ud83d\\ude00"',
    '"\\u0000"',
    '"\\u202e"',
    '"\\ufeff"',
    "[]",
    "{}",
    '""',
    '" "',
    "[[]]",
    '{"text":"x","digest":"y","days":1}',
    "01",
    "'x'",
    "",
    "// x",
    "{",
)

_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-5, 5)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
)
json_values = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=8,
)
fragments = st.sampled_from(_HOSTILE) | json_values.map(json.dumps)


@st.composite
def json_texts(draw: st.DrawFn, good: dict[str, object], *, strays: int = 3) -> bytes:
    """Write a JSON object with up to `strays` members changed, missing, duplicated or added."""
    members = [(name, json.dumps(value)) for name, value in good.items()]
    for _ in range(draw(st.sampled_from([0, 1, 1, 2][: strays + 1]))):
        at = draw(st.integers(0, max(len(members) - 1, 0)))
        match draw(st.sampled_from(["change", "inside", "drop", "twice", "add"])):
            case "change" if members:
                members[at] = (members[at][0], draw(fragments))
            case "inside" if members:
                name = members[at][0]
                members[at] = (name, draw(_changed_inside(good.get(name))))
            case "drop" if members:
                del members[at]
            case "twice" if members:
                members.append((members[at][0], draw(fragments)))
            case _:
                name = draw(
                    st.text(max_size=8)
                    | st.sampled_from(["kid", "jwk", "crit", "b64", "jku", "x5c"])
                )
                members.append((name, draw(fragments)))
    space = draw(st.sampled_from([""] * 20 + [" ", "\n", "\t", "\u00a0", "\ufeff"]))
    inner = ",".join(f"{space}{json.dumps(name)}:{value}" for name, value in members)
    text = f"{{{inner}}}"
    return draw(
        st.sampled_from(
            [
                *[text.encode()] * 40,
                b"\xef\xbb\xbf" + text.encode(),
                text.encode("utf-16"),
                text.encode() + b" ",
                text.encode() + b"{}",
                text.encode()[:-1],
                b"[" + text.encode() + b"]",
                text.encode().replace(b'":', b'\xff":', 1),
            ]
        )
    )


@st.composite
def _changed_inside(draw: st.DrawFn, value: object) -> str:
    """Change one thing inside a value."""
    if isinstance(value, dict) and value:
        name = draw(st.sampled_from(sorted(value)))
        inner = draw(_changed_inside(value[name]))
        rest = {key: json.dumps(each) for key, each in value.items()} | {name: inner}
        return "{" + ",".join(f"{json.dumps(key)}:{rest[key]}" for key in rest) + "}"
    if isinstance(value, list) and value:
        at = draw(st.integers(0, len(value) - 1))
        inner = draw(_changed_inside(value[at]))
        parts = [json.dumps(each) for each in value]
        return "[" + ",".join([*parts[:at], inner, *parts[at + 1 :]]) + "]"
    if isinstance(value, str):
        at = draw(st.integers(0, len(value)))
        put = draw(
            st.text(max_size=3) | st.sampled_from(["\u202e", "=", "@", "\\", "/"])
        )
        return json.dumps(value[:at] + put + value[at + draw(st.integers(0, 2)) :])
    return draw(fragments)


@dataclass(frozen=True, kw_only=True)
class Forged:
    """A token and the part of it that the key really signed."""

    token: str
    # Header and payload that the right key signed; empty if it signed nothing.
    signed: str


def _sign(signed: bytes, key: ec.EllipticCurvePrivateKey) -> tuple[int, int]:
    return utils.decode_dss_signature(sign_bytes(signed, key))


def _raw(r: int, s: int) -> bytes:
    return r.to_bytes(32) + s.to_bytes(32)


def claims_of(token: str) -> Any:
    """Decode the claims without verification."""
    text = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def signature_of(signed: str, key: ec.EllipticCurvePrivateKey) -> str:
    """Sign the header and payload of a token without checking them."""
    return encode(_raw(*_sign(signed.encode(), key)))


_OTHER = new_key()
_OTHER_CURVE = ec.generate_private_key(ec.SECP384R1())


@st.composite
def tokens(
    draw: st.DrawFn,
    header: dict[str, object],
    claims: dict[str, object],
    key: ec.EllipticCurvePrivateKey,
) -> Forged:
    """Make a token of this header and these claims, mostly with an error."""
    parts = [
        encode(
            draw(json_texts(header, strays=draw(st.sampled_from([0] * 8 + [1, 2]))))
        ),
        encode(draw(json_texts(claims))),
    ]
    signed = ".".join(parts)
    r, s = _sign(signed.encode(), key)
    honest = signed
    match draw(
        st.sampled_from(
            ["right"] * 24
            + ["other", "curve", "der", "hmac", "none", "zero", "huge", "mirror"]
            + ["swapped", "cut", "long", "again"]
        )
    ):
        case "right":
            signature = _raw(r, s)
        case "other":
            honest, signature = "", _raw(*_sign(signed.encode(), _OTHER))
        case "curve":
            der = _OTHER_CURVE.sign(signed.encode(), ec.ECDSA(hashes.SHA256()))
            honest, signature = "", der[:64]
        case "der":
            signature = utils.encode_dss_signature(r, s)
        case "hmac":
            secret = public_pem(key.public_key())
            digest = hmac.digest(secret, signed.encode(), hashlib.sha512)
            honest, signature = "", digest
        case "none":
            honest, signature = "", b""
        case "zero":
            honest, signature = (
                "",
                draw(st.sampled_from([bytes(64), _raw(r, 0), _raw(0, s)])),
            )
        case "huge":
            honest, signature = (
                "",
                draw(
                    st.sampled_from(
                        [b"\xff" * 64, _raw(r, P256_ORDER), _raw(P256_ORDER, s)]
                    )
                ),
            )
        case "mirror":
            # The other valid signature of the same bytes, which cannot be distinguished.
            signature = _raw(r, P256_ORDER - s)
        case "swapped":
            honest, signature = "", _raw(s, r)
        case "cut":
            honest, signature = "", _raw(r, s)[: draw(st.integers(0, 63))]
        case "long":
            honest, signature = "", _raw(r, s) + b"\0"
        case _:
            # A valid signature of another payload.
            signature = _raw(r, s)
            signed = ".".join([parts[0], encode(draw(json_texts(claims)))])
    token = f"{signed}.{encode(signature)}"
    return Forged(token=draw(_respelled(token)), signed=honest)


@st.composite
def _respelled(draw: st.DrawFn, token: str) -> str:
    """Sometimes spell a token differently, or damage it."""
    at = draw(st.integers(0, len(token)))
    match draw(
        st.sampled_from(["as is"] * 24 + ["put", "drop", "swap", "pad", "last"])
    ):
        case "put":
            put = draw(
                st.sampled_from(
                    [".", "=", "\n", " ", "+", "/", "\u00e9", "\0", "A", "\u212a"]
                )
            )
            return token[:at] + put + token[at:]
        case "drop":
            return token[:at] + token[at + 1 :]
        case "swap":
            return token[:at] + draw(st.text(max_size=2)) + token[at + 1 :]
        case "pad":
            head, _, tail = token.partition(".")
            return f"{head}={'=' * draw(st.integers(0, 1))}.{tail}"
        case "last":
            # A non-canonical spelling of the same bytes, which lenient decoders accept.
            head, dot, tail = token.rpartition(".")
            data = (
                base64.urlsafe_b64decode(tail + "=" * (-len(tail) % 4)) if tail else b""
            )
            for letter in "BCDEFGHIJKLMNOP":
                other = tail[:-1] + letter
                padded = other + "=" * (-len(other) % 4)
                if tail and len(tail) % 4 and other != tail:
                    if base64.urlsafe_b64decode(padded) == data:
                        return head + dot + other
    return token


def outcome[T](read: Callable[[], T]) -> T | str:
    """Return the result, or the problem of the expected error; other errors are raised."""
    try:
        return read()
    except (DocumentError, SharingError) as err:
        return err.problem


def signed_part(token: str) -> str:
    """Return the signed part of a token."""
    return token.rpartition(".")[0]
