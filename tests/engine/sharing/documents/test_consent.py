"""The person's own copy of what they agreed to, checked with tools of others."""

import base64
import json
from pathlib import Path
import subprocess
import tarfile

import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.documents.consent import consent_receipt
from custom_components.doorwatch.engine.sharing.model import PersonalDetails
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentError,
    DocumentKind,
    embedded_key,
    thumbprint,
    verify,
)
from tests.engine.sharing.evidence import (
    NOW,
    ORIGIN,
    SHARE_ID,
    make_intent,
    make_package,
)


def _run(*command: str | Path, stdin: bytes | None = None) -> bytes:
    """Run a tool; it must succeed."""
    done = subprocess.run(
        [*map(str, command)], input=stdin, capture_output=True, timeout=60, check=True
    )
    return done.stdout


def _part(receipt: str, number: int) -> bytes:
    text = receipt.split(".")[number]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_receipt_is_verified_without_our_code(clip: Clip, tmp_path: Path) -> None:
    """By jose and openssl, with the key that the agency has of this home too."""
    intent = make_intent(clip, tmp_path, personal=PersonalDetails(name="Sam Jansen"))
    made = make_package(intent, tmp_path / "package.tar")
    receipt = consent_receipt(
        intent, share_id=SHARE_ID, confirmed_at=made.context.confirmed_at, key=made.key
    )
    file, jwk = tmp_path / "receipt.jws", tmp_path / "home.jwk"
    file.write_text(receipt)
    header = json.loads(_part(receipt, 0))
    assert header["typ"] == "doorwatch-consent+jwt"
    assert header["alg"] == "ES256"
    jwk.write_text(json.dumps(header["jwk"]))

    claims = json.loads(_run("jose", "jws", "ver", "-i", file, "-k", jwk, "-O", "-"))
    name = _run("jose", "jwk", "thp", "-i", jwk).decode().strip()
    assert name == claims["iss"] == thumbprint(made.key.public_key())
    assert claims["aud"] == ORIGIN
    assert claims["jti"] == SHARE_ID
    with tarfile.open(made.package.path) as tar:
        folder = tar.getnames()[0].split("/")[0]
        statement = tar.extractfile(f"{folder}/data/share.json")
        pem = tar.extractfile(f"{folder}/home.pem")
        assert statement is not None and pem is not None
        assert claims["consent"] == json.load(statement)["consent"]
        (tmp_path / "home.pem").write_bytes(pem.read())
    assert "Sam Jansen" in json.dumps(claims)

    raw = _part(receipt, 2)
    der = _run(
        *("openssl", "asn1parse", "-genconf", "-", "-noout", "-out", "/dev/stdout"),
        stdin=(
            "asn1=SEQUENCE:both\n[both]\n"
            f"r=INTEGER:0x{raw[:32].hex()}\ns=INTEGER:0x{raw[32:].hex()}\n"
        ).encode(),
    )
    (tmp_path / "signature").write_bytes(der)
    signed = receipt.rpartition(".")[0].encode()
    _run(
        *("openssl", "dgst", "-sha256", "-verify", tmp_path / "home.pem"),
        *("-signature", tmp_path / "signature"),
        stdin=signed,
    )

    other = tmp_path / "other.jws"
    body = receipt.split(".")[1]
    other.write_text(
        receipt.replace(body, body[:-2] + ("AA" if body[-2:] != "AA" else "BB"))
    )
    with pytest.raises(subprocess.CalledProcessError):
        _run("jose", "jws", "ver", "-i", other, "-k", jwk, "-O", "-")


def test_a_receipt_is_no_other_document(clip: Clip, tmp_path: Path) -> None:
    """It cannot be handed in as a statement about a share."""
    intent = make_intent(clip, tmp_path)
    made = make_package(intent, tmp_path / "package.tar")
    receipt = consent_receipt(
        intent, share_id=SHARE_ID, confirmed_at=made.context.confirmed_at, key=made.key
    )
    home = thumbprint(made.key.public_key())

    def check(kind: DocumentKind) -> object:
        return verify(
            receipt,
            kind,
            key=embedded_key({home}),
            issuer=home,
            audience=ORIGIN,
            now=NOW + 60,
        ).claims["consent"]

    assert check(DocumentKind.CONSENT)
    with pytest.raises(DocumentError, match="wrong_type"):
        check(DocumentKind.SHARE)
