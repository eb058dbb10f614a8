"""Test that a signed document is only accepted if every part of it is right."""

import base64
from collections.abc import Callable
import hashlib
import json
from pathlib import Path
import subprocess

from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, strategies as st
import jwt
import pytest

from custom_components.doorwatch.engine.sharing.signing.jws import (
    CLOCK_LEEWAY,
    LONGEST_TOKEN,
    Document,
    DocumentError,
    DocumentKind,
    embedded_key,
    encode,
    fingerprint,
    jwk_of,
    key_from_jwk,
    known_keys,
    matches_last_group,
    public_pem,
    sign,
    sign_bytes,
    thumbprint,
    verify,
)
from tests.engine.sharing.evidence import NOW, new_key

KEY = new_key()
HOME = thumbprint(KEY.public_key())
CLAIMS = {
    "iss": HOME,
    "aud": "https://police.example",
    "jti": "a share",
    "iat": NOW,
}

# The key of RFC 7517 A.1; its RFC 7638 thumbprint was made with jose.
RFC_JWK = {
    "kty": "EC",
    "crv": "P-256",
    "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
    "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
}


def check(
    token: str,
    *,
    kind: DocumentKind = DocumentKind.SHARE,
    audience: str | None = "https://police.example",
    issuer: str = HOME,
    now: float = NOW,
) -> None:
    """Verify a token as the agency would."""
    verify(
        token,
        kind,
        key=known_keys([KEY.public_key()]),
        issuer=issuer,
        now=now,
        audience=audience,
    )


def signed(
    header: dict[str, object] | bytes, claims: dict[str, object] | bytes = b""
) -> str:
    """Sign any header and claims with the right key."""
    parts = [
        encode(part if isinstance(part, bytes) else json.dumps(part).encode())
        for part in (header, claims or json.dumps(CLAIMS).encode())
    ]
    algorithm = jwt.get_algorithm_by_name("ES256")
    signature = algorithm.sign(".".join(parts).encode(), KEY)
    return ".".join([*parts, encode(signature)])


def _padded(data: bytes) -> str:
    """Encode as base64url with padding, adding blanks so that padding is needed."""
    return base64.urlsafe_b64encode(data + b" " * ((1 - len(data)) % 3)).decode()


GOOD_HEADER: dict[str, object] = {
    "alg": "ES256",
    "typ": "doorwatch-share+jwt",
    "kid": HOME,
}


def test_a_good_document_is_accepted_and_names_its_key() -> None:
    """The result has the claims and the signer's thumbprint."""
    document = verify(
        sign(DocumentKind.SHARE, CLAIMS | {"exp": NOW + 10}, KEY),
        DocumentKind.SHARE,
        key=known_keys([new_key().public_key(), KEY.public_key()]),
        issuer=HOME,
        audience="https://police.example",
        now=NOW,
    )
    assert document.claims["jti"] == "a share"
    assert (document.thumbprint, document.issued_at, document.expires_at) == (
        HOME,
        NOW,
        NOW + 10,
    )


@pytest.mark.parametrize("typ", list(DocumentKind))
def test_an_end_in_a_hundred_years_is_one_in_400_days(typ: DocumentKind) -> None:
    """No kind of document is valid for longer than 400 days."""
    addressed = typ not in (DocumentKind.AGENCY, DocumentKind.REQUESTS)
    claims = {name: CLAIMS[name] for name in ("iss", "iat")} | {"exp": 2**37 - 1}
    if addressed:
        claims |= {name: CLAIMS[name] for name in ("aud", "jti")}
    token = sign(typ, claims, KEY)
    end = NOW + 400 * 86_400

    def read(now: float) -> Document:
        return verify(
            token,
            typ,
            key=known_keys([KEY.public_key()]),
            issuer=HOME,
            now=now,
            audience="https://police.example" if addressed else None,
        )

    assert read(end - 1).expires_at == end
    with pytest.raises(DocumentError, match="^expired$"):
        read(end)


def test_a_statement_without_an_end_has_none() -> None:
    """A package may be verified years later."""
    check(sign(DocumentKind.SHARE, CLAIMS, KEY), now=NOW + 5000 * 86_400)


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (GOOD_HEADER | {"alg": "none"}, "wrong_algorithm"),
        (GOOD_HEADER | {"alg": "HS256"}, "wrong_algorithm"),
        (GOOD_HEADER | {"alg": "ES384"}, "wrong_algorithm"),
        (GOOD_HEADER | {"alg": ["ES256"]}, "wrong_algorithm"),
        (GOOD_HEADER | {"typ": "doorwatch-receipt+jwt"}, "wrong_type"),
        (GOOD_HEADER | {"typ": "JWT"}, "wrong_type"),
        ({"alg": "ES256", "kid": HOME}, "wrong_type"),
        (GOOD_HEADER | {"crit": ["b64"], "b64": False}, "malformed"),
        (GOOD_HEADER | {"jku": "https://evil.example/keys"}, "malformed"),
        (GOOD_HEADER | {"kid": thumbprint(new_key().public_key())}, "unknown_key"),
        (GOOD_HEADER | {"kid": 7}, "unknown_key"),
        (b"[]", "malformed"),
        (b"\xff", "malformed"),
        (b'{"alg":"none","alg":"ES256"}', "malformed"),
        (b'{"a":' * 100_000, "malformed"),
    ],
)
def test_a_wrong_header_is_refused(
    header: dict[str, object] | bytes, problem: str
) -> None:
    """The signature is valid."""
    with pytest.raises(DocumentError, match=f"^{problem}$"):
        check(signed(header))


@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        ({"iss": "https://evil.example"}, "wrong_issuer"),
        ({"iss": None}, "wrong_issuer"),
        ({"aud": "https://other.example"}, "wrong_audience"),
        ({"aud": None}, "wrong_audience"),
        ({"aud": ["https://police.example"]}, "wrong_audience"),
        ({"jti": None}, "not_named"),
        ({"jti": ""}, "not_named"),
        ({"jti": 5}, "not_named"),
        ({"iat": None}, "malformed"),
        ({"iat": True}, "malformed"),
        ({"iat": 1.5}, "malformed"),
        ({"iat": -1}, "malformed"),
        ({"iat": 2**70}, "malformed"),
        ({"iat": NOW + CLOCK_LEEWAY + 1}, "not_yet_valid"),
        ({"exp": NOW}, "expired"),
        ({"exp": NOW - 1, "iat": NOW}, "expired"),
        ({"iat": NOW + 100, "exp": NOW + 100}, "expired"),
        ({"exp": "soon"}, "malformed"),
        ({"exp": 2**37}, "malformed"),
    ],
)
def test_wrong_claims_are_refused(claims: dict[str, object], problem: str) -> None:
    """The signature is valid."""
    changed: dict[str, object] = {
        name: value for name, value in (CLAIMS | claims).items() if value is not None
    }
    with pytest.raises(DocumentError, match=f"^{problem}$"):
        check(sign(DocumentKind.SHARE, changed, KEY))


def test_claims_with_two_meanings_are_refused() -> None:
    """Parsers disagree about duplicate names, NaN, invalid UTF-8 and values other than objects."""
    for claims in (b'{"iss":1,"iss":2}', b'{"iat":NaN}', b"\xff\xfe", b"[1]", b"{"):
        with pytest.raises(DocumentError, match="^malformed$"):
            check(signed(GOOD_HEADER, claims))


def test_a_file_for_everybody_must_expire() -> None:
    """Discovery documents and feeds would otherwise be valid forever."""
    claims = {"iss": "https://police.example", "iat": NOW}
    token = sign(DocumentKind.AGENCY, claims, KEY)
    with pytest.raises(DocumentError, match="^malformed$"):
        check(
            token,
            kind=DocumentKind.AGENCY,
            audience=None,
            issuer="https://police.example",
        )


def test_an_addressed_document_needs_an_addressee() -> None:
    """A verifier must pass its own name as the audience."""
    claims: dict[str, object] = {"iss": HOME, "jti": "a", "iat": NOW}
    with pytest.raises(DocumentError, match="^not_named$"):
        check(sign(DocumentKind.SHARE, claims, KEY), audience=None)


def test_clocks_may_differ_a_little() -> None:
    """The time of issue may be up to five minutes in the future."""
    check(sign(DocumentKind.SHARE, CLAIMS | {"iat": NOW + CLOCK_LEEWAY}, KEY))


@given(st.data())
def test_no_changed_character_is_accepted(data: st.DataObject) -> None:
    token = sign(DocumentKind.SHARE, CLAIMS, KEY)
    at = data.draw(st.integers(0, len(token) - 1))
    new = data.draw(
        st.sampled_from("Az09-_.=+/ \n\u00e9").filter(lambda char: char != token[at])
    )
    with pytest.raises(DocumentError):
        check(token[:at] + new + token[at + 1 :])


@given(st.text(max_size=300))
def test_garbage_is_refused_with_a_reason(text: str) -> None:
    """Only `DocumentError` is raised."""
    with pytest.raises(DocumentError):
        check(text)


def test_too_long_a_document_is_not_read() -> None:
    """The length is checked before parsing."""
    with pytest.raises(DocumentError, match="^malformed$"):
        check("a" * LONGEST_TOKEN + "..")


def test_another_key_under_the_right_name_is_refused() -> None:
    """The key is identified by its signature, not by the key id."""
    token = sign(DocumentKind.SHARE, CLAIMS, KEY)
    header, claims, _ = token.split(".")
    other = sign(DocumentKind.SHARE, CLAIMS, new_key())
    with pytest.raises(DocumentError, match="^bad_signature$"):
        check(f"{header}.{claims}.{other.split('.')[2]}")


def test_signature_in_der_is_refused() -> None:
    """JWS requires r and s as raw bytes."""
    header, claims, _ = sign(DocumentKind.SHARE, CLAIMS, KEY).split(".")
    der = encode(sign_bytes(f"{header}.{claims}".encode(), KEY))
    with pytest.raises(DocumentError, match="^malformed$"):
        check(f"{header}.{claims}.{der}")


@pytest.mark.parametrize(
    "jwk",
    [
        None,
        "x",
        {},
        RFC_JWK | {"d": "870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"},
        RFC_JWK | {"crv": "P-384"},
        RFC_JWK | {"kty": "OKP"},
        RFC_JWK | {"x": 5},
        RFC_JWK | {"x": RFC_JWK["x"] + "="},
        RFC_JWK | {"x": RFC_JWK["x"][:-4]},
        RFC_JWK | {"x": RFC_JWK["y"]},
    ],
)
def test_an_embedded_key_must_be_a_public_p256_key(jwk: object) -> None:
    """A private key, another curve and a point that is not on the curve are refused."""
    with pytest.raises(ValueError):
        key_from_jwk(jwk)
    with pytest.raises(DocumentError, match="^malformed$"):
        embedded_key(None)({"jwk": jwk})


def test_an_embedded_key_must_be_pinned() -> None:
    """Only the first use accepts any key."""
    header: dict[str, object] = {"jwk": RFC_JWK}
    key = embedded_key(None)(header)
    assert jwk_of(key) == RFC_JWK
    assert embedded_key({thumbprint(key)})(header) == key
    with pytest.raises(DocumentError, match="^unknown_key$"):
        embedded_key({HOME})(header)


def test_the_same_bytes_get_the_same_signature() -> None:
    """A package that is built again after a crash must be identical."""
    assert sign_bytes(b"bytes", KEY) == sign_bytes(b"bytes", KEY)
    assert sign(DocumentKind.SHARE, CLAIMS, KEY) == sign(
        DocumentKind.SHARE, CLAIMS, KEY
    )


@pytest.mark.parametrize(
    ("embed_key", "digest"),
    [
        (False, "941530592bfe8b0ad8ebe32803265fcc47969d74fc87d46718c157663ae52d25"),
        (True, "bc3149858319313dc72ad558522d694c3b2030581b28aa98d5321393caf03e33"),
    ],
)
def test_a_document_is_written_as_the_first_version_wrote_it(
    embed_key: bool, digest: str
) -> None:
    """A later version must be able to build a package again with identical bytes."""
    claims = {
        "iss": "https://police.example",
        "iat": 1_800_000_000,
        "exp": 1_800_086_400,
        "name": "P\u00f3lice",
    }
    key = ec.derive_private_key(7, ec.SECP256R1())
    token = sign(DocumentKind.AGENCY, claims, key, embed_key=embed_key)
    assert hashlib.sha256(token.encode()).hexdigest() == digest


def test_openssl_accepts_our_signatures(tmp_path: Path) -> None:
    """Officers verify with `openssl dgst -verify`."""
    (tmp_path / "key.pem").write_bytes(public_pem(KEY.public_key()))
    (tmp_path / "data").write_bytes(b"some bytes")
    (tmp_path / "sig").write_bytes(sign_bytes(b"some bytes", KEY))
    command = [
        "openssl",
        "dgst",
        "-sha256",
        "-verify",
        "key.pem",
        "-signature",
        "sig",
        "data",
    ]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=30)
    (tmp_path / "data").write_bytes(b"some Bytes")
    assert subprocess.run(command, cwd=tmp_path, check=False, timeout=30).returncode


def test_jose_accepts_our_documents_and_agrees_on_the_thumbprint(
    tmp_path: Path,
) -> None:
    (tmp_path / "key.jwk").write_text(json.dumps(jwk_of(KEY.public_key())))
    (tmp_path / "doc").write_text(sign(DocumentKind.SHARE, CLAIMS, KEY))
    run = subprocess.run(
        ["jose", "jws", "ver", "-i", "doc", "-k", "key.jwk", "-O", "-"],
        cwd=tmp_path,
        check=True,
        timeout=30,
        capture_output=True,
    )
    assert json.loads(run.stdout) == CLAIMS
    named = subprocess.run(
        ["jose", "jwk", "thp", "-i", "key.jwk", "-a", "S256"],
        cwd=tmp_path,
        check=True,
        timeout=30,
        capture_output=True,
        text=True,
    )
    assert named.stdout.strip() == HOME


def test_we_accept_what_jose_signs(tmp_path: Path) -> None:
    """Agencies may use other software."""
    (tmp_path / "claims").write_text(json.dumps(CLAIMS))
    template = json.dumps({"protected": GOOD_HEADER})
    script = (
        'jose jwk gen -i \'{"alg":"ES256"}\' -o key.jwk && '
        f"jose jws sig -c -I claims -k key.jwk -s '{template}' -o doc"
    )
    subprocess.run(["sh", "-c", script], cwd=tmp_path, check=True, timeout=30)
    jwk = json.loads((tmp_path / "key.jwk").read_text())
    key = key_from_jwk({name: jwk[name] for name in ("kty", "crv", "x", "y")})

    def lookup(_header: object) -> ec.EllipticCurvePublicKey:
        return key

    document = verify(
        (tmp_path / "doc").read_text().strip(),
        DocumentKind.SHARE,
        key=lookup,
        issuer=HOME,
        audience="https://police.example",
        now=NOW,
    )
    assert document.claims == CLAIMS


def test_the_fingerprint_is_base32_in_groups_of_four() -> None:
    """It can be computed from the thumbprint with coreutils."""
    groups = fingerprint(HOME).split()
    assert len(groups) == 13
    assert {len(group) for group in groups} == {4}
    digest = base64.urlsafe_b64decode(HOME + "=")
    assert "".join(groups) == base64.b32encode(digest).decode().rstrip("=")


@pytest.mark.parametrize(
    "typing",
    [
        str,
        str.lower,
        lambda text: text.replace(" ", ""),
        lambda text: text.replace(" ", "-"),
        lambda text: f"  {text}\n",
    ],
)
def test_a_typed_fingerprint_may_be_spaced_as_one_likes(
    typing: Callable[[str], str],
) -> None:
    shown = fingerprint(HOME)
    assert matches_last_group(typing(shown), HOME)
    assert matches_last_group(typing(shown[-4:]), HOME)


def test_another_fingerprint_does_not_match() -> None:
    """Neither part of the right fingerprint nor an empty text matches."""
    other = fingerprint(thumbprint(new_key().public_key()))
    shown = fingerprint(HOME)
    for typed in (other, "", shown[:-5], "ÄÖÜß", shown[-3:]):
        assert not matches_last_group(typed, HOME)


@pytest.mark.parametrize(
    ("header", "spell"),
    [
        (b'{"alg":"none","alg":"ES256","typ":"doorwatch-share+jwt"}', encode),
        (json.dumps(GOOD_HEADER).encode(), _padded),
    ],
    ids=["a name twice", "padding"],
)
def test_a_second_way_to_write_a_document_is_refused(
    header: bytes, spell: Callable[[bytes], str]
) -> None:
    """PyJWT accepts these, so its parsing is not relied on (decision 20)."""
    start = f"{spell(header)}.{encode(json.dumps(CLAIMS).encode())}"
    signature = jwt.get_algorithm_by_name("ES256").sign(start.encode(), KEY)
    token = f"{start}.{encode(signature)}"

    assert json.loads(jwt.PyJWS().decode(token, KEY.public_key(), ["ES256"])) == CLAIMS
    with pytest.raises(DocumentError, match="^malformed$"):
        check(token)
