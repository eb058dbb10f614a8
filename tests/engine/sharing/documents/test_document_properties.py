"""Test with generated input that a signed document is either refused or read as it was signed."""

from dataclasses import replace
import json

from hypothesis import example, given, strategies as st
import pytest
from yarl import URL as YarlURL

from agency.doorwatch_agency.errors import AgencyError
from agency.doorwatch_agency.signing import jws
from custom_components.doorwatch.engine.sharing.addresses import parse_address
from custom_components.doorwatch.engine.sharing.agency import AgencyDocument, AgencyPin
from custom_components.doorwatch.engine.sharing.documents.discovery import (
    document_url,
    read_document,
)
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.signing.canonical import (
    canonical_json,
    strict_json_object,
)
from custom_components.doorwatch.engine.sharing.signing.jws import (
    LONGEST_TOKEN,
    DocumentError,
    DocumentKind,
    decode,
    embedded_key,
    encode,
    jwk_of,
    key_from_jwk,
    known_keys,
    sign,
    thumbprint,
    verify,
)
from tests.engine.sharing.documents.tokens import outcome, signed_part
from tests.engine.sharing.evidence import NOW, ORIGIN, URL, agency_claims, new_key
from tests.series import examples

from .tokens import Forged, claims_of, fragments, json_values, signature_of, tokens

ROOT = new_key()
PRINT = thumbprint(ROOT.public_key())
PIN = AgencyPin(root_thumbprint=PRINT, seq=1, newest_iat=NOW - 200)
PROBLEMS = {
    "malformed",
    "wrong_algorithm",
    "wrong_type",
    "unknown_key",
    "bad_signature",
    "wrong_issuer",
    "wrong_audience",
    "not_named",
    "not_yet_valid",
    "expired",
}
READING_PROBLEMS = {
    "document_invalid",
    "document_expired",
    "issuer_mismatch",
    "unknown_root",
    "replayed",
    "clock_behind",
    "encryption_missing",
    "origin_mismatch",
}

OPTIONAL_ENDPOINTS = ("receipts_uri", "withdrawals_uri", "requests_uri")

AGENCY_HEADER: dict[str, object] = {
    "alg": "ES256",
    "typ": DocumentKind.AGENCY.value,
    "jwk": jwk_of(ROOT.public_key()),
}
AGENCY_CLAIMS = agency_claims(
    withdrawals_uri=f"{ORIGIN}/withdrawals", next_root_jkt=PRINT
)

RECEIPT_HEADER: dict[str, object] = {
    "alg": "ES256",
    "typ": DocumentKind.RECEIPT.value,
    "kid": PRINT,
}
RECEIPT_CLAIMS: dict[str, object] = {
    "iss": ORIGIN,
    "aud": PRINT,
    "jti": "5eed" * 8,
    "iat": NOW,
    "receipt": {"schema": "doorwatch-receipt/1", "sha256": "ab" * 32, "size": 12},
}


@examples(250)
@given(tokens(RECEIPT_HEADER, RECEIPT_CLAIMS, ROOT))
def test_a_document_is_what_was_signed_or_refused(forged: Forged) -> None:
    """The officer's separate implementation must not read it differently either."""
    document = outcome(
        lambda: verify(
            forged.token,
            DocumentKind.RECEIPT,
            key=known_keys([new_key().public_key(), ROOT.public_key()]),
            issuer=ORIGIN,
            audience=PRINT,
            now=NOW,
        )
    )
    assert not isinstance(document, str) or document in PROBLEMS
    try:
        officer = jws.verify(
            forged.token, DocumentKind.RECEIPT.value, ROOT.public_key()
        )
    except AgencyError:
        officer = None
    if not isinstance(document, str):
        assert signed_part(forged.token) == forged.signed
        assert document.claims == claims_of(forged.token) == officer
        assert document.thumbprint == PRINT
        # Accepted claims can be written as canonical JSON again.
        assert strict_json_object(canonical_json(document.claims))
    if officer is not None:
        assert signed_part(forged.token) == forged.signed


@examples(250)
@given(
    tokens(AGENCY_HEADER, AGENCY_CLAIMS, ROOT),
    st.sampled_from([PIN, PIN, None]),
)
def test_an_agencys_document_is_what_its_root_signed_or_refused(
    forged: Forged, pin: AgencyPin | None
) -> None:
    """Every field is checked."""
    found = outcome(lambda: read_document(forged.token, url=URL, pin=pin, now=NOW))
    if isinstance(found, str):
        assert found in READING_PROBLEMS
        return
    document, moved = found
    assert document.root_thumbprint == moved.root_thumbprint
    if pin is not None or document.root_thumbprint == PRINT:
        assert document.root_thumbprint == PRINT
        assert signed_part(forged.token.strip()) == forged.signed
    claims = claims_of(forged.token.strip())
    for name in ("name", "jurisdiction", "contact", "seq"):
        assert getattr(document, name) == claims[name]
    for name in ("upload_endpoint", *OPTIONAL_ENDPOINTS):
        said, known = claims.get(name), getattr(document, name)
        assert known == (None if said is None else str(parse_address(said)))
    assert isinstance(document, AgencyDocument)
    assert document.requests_mirrors == tuple(
        dict.fromkeys(
            str(parse_address(each)) for each in claims.get("requests_mirrors", [])
        )
    )
    assert list(document.age_recipients) == claims["age_recipients"]
    assert (document.terms, document.retention, document.retention_days) == (
        claims["terms"]["text"],
        claims["retention"]["text"],
        claims["retention"]["days"],
    )
    assert document.issuer == ORIGIN


_ENDPOINTS = (
    st.tuples(
        st.sampled_from(
            [
                "https://",
                "http://",
                "HTTPS://",
                "https:/",
                "//",
                "",
                "https:\\\\",
                "ftp://",
            ]
        ),
        st.sampled_from(
            ["", "", "user@", "user:word@", "@", "police.example@", "%00@"]
        ),
        st.sampled_from(
            [
                "police.example",
                "POLICE.example",
                "police.example.",
                "police.example..",
                "police\u3002example",
                "\uff50olice.example",
                "p\u00f6lice.example",
                "police.example%2eevil.example",
                "police.example\\.evil.example",
                "police%2eexample",
                "police.example\u200b",
                "evil.example",
                "[::1]",
                "127.1",
                "xn--.example",
                "a" * 70 + ".example",
                "",
            ]
        ),
        st.sampled_from(
            ["", "", ":443", ":0443", ":", ":80", ":0", ":99999", ":x", ":4 4"]
        ),
        st.sampled_from(
            [
                "",
                "/",
                "/files/",
                "?q",
                "#f",
                "/../..",
                "/%2e%2e/%zz",
                "/\u202e",
                "\\@evil",
                "/a b",
                "/\ud800",
            ]
        ),
        st.text(max_size=4),
    ).map("".join)
    | st.text(max_size=30)
    | st.text(max_size=20).map(f"{ORIGIN}/".__add__)
)


@examples(400)
@given(
    _ENDPOINTS, st.sampled_from(["upload_endpoint", "receipts_uri", "withdrawals_uri"])
)
@example("https://police.example\u200b", "upload_endpoint")
@example(f"{ORIGIN}/\ud800", "receipts_uri")
def test_an_endpoint_that_is_accepted_leads_to_the_agency_alone(
    endpoint: str, name: str
) -> None:
    """The HTTP library parses addresses differently, so its result is checked as well."""
    token = sign(
        DocumentKind.AGENCY, AGENCY_CLAIMS | {name: endpoint}, ROOT, embed_key=True
    )
    found = outcome(lambda: read_document(token, url=URL, pin=PIN, now=NOW))
    if isinstance(found, str):
        assert found in ("document_invalid", "origin_mismatch")
        return
    document, _ = found
    connects = YarlURL(getattr(document, name))
    assert (connects.scheme, connects.port) == ("https", 443)
    assert (connects.host or "").removesuffix(".") == "police.example"
    assert connects.user is None
    assert connects.password is None


@examples(300)
@given(_ENDPOINTS, st.booleans())
def test_what_a_person_types_becomes_an_address_or_a_refusal(
    typed: str, local: bool
) -> None:
    """Completing the address again does not change it."""
    try:
        url = document_url(typed, local=local)
    except SharingError:
        return
    assert document_url(url, local=local) == url
    parsed = YarlURL(url)
    assert parsed.scheme == "https" or local
    assert parsed.user is None


@examples(150)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "kty": st.just("EC") | json_values,
            "crv": st.just("P-256") | json_values,
            "x": st.just(jwk_of(ROOT.public_key())["x"])
            | st.binary(min_size=30, max_size=34).map(encode)
            | json_values,
            "y": st.just(jwk_of(ROOT.public_key())["y"])
            | st.binary(min_size=30, max_size=34).map(encode)
            | json_values,
            "d": st.just("AAAA") | json_values,
            "k": json_values,
        },
    )
    | json_values
)
def test_a_key_is_a_point_on_the_curve_or_refused(jwk: object) -> None:
    try:
        key = key_from_jwk(jwk)
    except ValueError:
        return
    assert key.public_numbers() == ROOT.public_key().public_numbers() or (
        isinstance(jwk, dict) and jwk_of(key).items() <= jwk.items()
    )


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "claims",
    [
        b"[" * 2_900_000,
        b'{"a":' * 580_000,
        b'{"iat":' + b"9" * 2_900_000 + b"}",
        b'{"iat":' + b"9" * 4_299 + b"}",
        b'{"iat":1e' + b"9" * 2_900_000 + b"}",
        b'{"iss":"' + b"\\ud800" * 480_000 + b'"}',
        b'{"iss":"' + b"x" * 2_900_000,
        b"{" + b",".join(b'"%d":0' % each for each in range(270_000)) + b"}",
        b" " * 2_900_000,
        b"\xff" * 2_900_000,
    ],
    ids=lambda claims: claims[:8],
)
def test_a_document_of_the_largest_size_ends_soon(claims: bytes) -> None:
    """The document is signed correctly by a malicious sender."""
    header = encode(canonical_json(RECEIPT_HEADER))
    signed = f"{header}.{encode(claims)}"
    key_token = sign(DocumentKind.RECEIPT, RECEIPT_CLAIMS, ROOT)
    assert len(signed) < LONGEST_TOKEN
    for token in (
        f"{signed}.{key_token.rpartition('.')[2]}",
        f"{signed}.{signature_of(signed, ROOT)}",
    ):
        with pytest.raises(DocumentError):
            verify(
                token,
                DocumentKind.RECEIPT,
                key=known_keys([ROOT.public_key()]),
                issuer=ORIGIN,
                audience=PRINT,
                now=NOW,
            )


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "endpoint",
    [
        "https://" + "a" * 2_800_000 + ".example/",
        "https://" + "a." * 1_400_000 + "example/",
        "https://" + "\u00e9" * 450_000 + ".example/",
        "https://" + "\u0300" * 450_000 + "/",
        "https://" + "\uac00\u11a8\u0323\u0307" * 100_000 + "/",
        "https://police.example:" + "0" * 2_800_000 + "443/",
        "https://police.example/" + "%" * 2_800_000,
        "https://[" + "0:" * 1_400_000 + "]/",
        "https://" + "@" * 2_800_000 + "/",
        "https://xn--" + "a" * 2_800_000 + "/",
    ],
    ids=lambda endpoint: ascii(endpoint[8:14]),
)
def test_an_endpoint_of_the_largest_size_ends_soon(endpoint: str) -> None:
    """The document is signed correctly by a malicious agency."""
    token = sign(
        DocumentKind.AGENCY,
        AGENCY_CLAIMS | {"receipts_uri": endpoint},
        ROOT,
        embed_key=True,
    )
    assert len(token) < LONGEST_TOKEN
    with pytest.raises(SharingError):
        read_document(token, url=URL, pin=PIN, now=NOW)


@examples(100)
@given(
    fragments,
)
@example("1e999")
def test_json_that_means_two_things_means_nothing(text: str) -> None:
    """JSON that is accepted can be written again and then has the same value."""
    try:
        found = strict_json_object(f'{{"a":{text}}}'.encode())
    except ValueError:
        return
    assert strict_json_object(canonical_json(found)) == json.loads(
        canonical_json(found)
    )


@examples(60)
@given(
    st.integers(-(2**70), 2**70),
    st.integers(-(2**70), 2**70),
    st.integers(0, 2**53),
    st.integers(0, 2**42),
)
def test_time_only_goes_forward(iat: int, exp: int, seq: int, now: int) -> None:
    """The document may have any times, and the home any clock."""
    pin = replace(PIN, seq=5, newest_iat=NOW)
    claims = AGENCY_CLAIMS | {"iat": iat, "exp": exp, "seq": seq}
    token = sign(DocumentKind.AGENCY, claims, ROOT, embed_key=True)
    found = outcome(lambda: read_document(token, url=URL, pin=pin, now=now))
    if isinstance(found, str):
        assert found in READING_PROBLEMS
        return
    _, moved = found
    assert moved.seq >= pin.seq
    assert moved.newest_iat >= pin.newest_iat
    assert iat <= now + 300
    assert now < min(exp, iat + 400 * 86_400)


@examples(60)
@given(st.text(max_size=40) | st.binary(max_size=40).map(encode))
def test_a_spelling_is_the_only_one(text: str) -> None:
    try:
        data = decode(text)
    except ValueError:
        return
    assert encode(data) == text


def test_an_embedded_key_proves_nothing_by_itself() -> None:
    """It must be pinned, whatever else the header has."""
    other = new_key()
    for more in ({}, {"kid": PRINT}):
        header = {**AGENCY_HEADER, "jwk": jwk_of(other.public_key()), **more}
        parts = (
            f"{encode(canonical_json(header))}.{encode(canonical_json(AGENCY_CLAIMS))}"
        )
        token = f"{parts}.{signature_of(parts, other)}"
        with pytest.raises(DocumentError, match="unknown_key"):
            verify(
                token,
                DocumentKind.AGENCY,
                key=embedded_key({PRINT}),
                issuer=ORIGIN,
                now=NOW,
            )
