"""Test the person's consent receipt, including with third-party tools."""

import base64
from dataclasses import replace
import json
from pathlib import Path
import subprocess
import tarfile

import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.documents.consent import (
    consent_receipt,
    consent_record,
    make_notice,
)
from custom_components.doorwatch.engine.sharing.model import (
    Edits,
    Intent,
    PersonalDetails,
)
from custom_components.doorwatch.engine.sharing.signing.canonical import digest_of
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentError,
    DocumentKind,
    embedded_key,
    fingerprint,
    thumbprint,
    verify,
)
from tests.engine.sharing.answering import REQUEST
from tests.engine.sharing.evidence import (
    NOW,
    ORIGIN,
    SHARE_ID,
    Made,
    agency_document,
    make_intent,
    make_package,
    new_key,
)
from tests.engine.sharing.packed import DOCUMENT, FACE, FULL, made

__all__ = ["made"]


def _run(*command: str | Path, stdin: bytes | None = None) -> bytes:
    """Run a command that must succeed; return its output."""
    done = subprocess.run(
        [*map(str, command)], input=stdin, capture_output=True, timeout=60, check=True
    )
    return done.stdout


def _part(receipt: str, number: int) -> bytes:
    text = receipt.split(".")[number]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_receipt_is_verified_without_our_code(clip: Clip, tmp_path: Path) -> None:
    """The jose and openssl programs verify it with the same key that the agency receives."""
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
    """It cannot be used as a statement about a share."""
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


def test_the_notice_holds_what_the_dialog_must_show(clip: Clip, tmp_path: Path) -> None:
    """The notice has the agency, the file, the personal details and the sentences."""
    document = agency_document()
    intent = make_intent(clip, tmp_path, document=document, personal=FULL)
    notice = intent.notice
    agency = notice["agency"]
    assert isinstance(agency, dict)
    assert agency["host"] == "police.example"
    assert agency["fingerprint"] == fingerprint(document.root_thumbprint)
    assert agency["retention"] == document.retention
    assert agency["terms"] == document.terms
    assert notice["personal"] == {"name": "Ann Example", "contact": "ann@home.example"}
    assert notice["sentences"] == [
        "internet_address",
        "only_agency_opens",
        "sound_on",
        "labels_go_along",
        "others_visible",
        "cannot_be_recalled",
        "administrators_see",
    ]
    quiet = make_intent(clip, tmp_path, edits=Edits(), compared=False)
    assert quiet.notice["personal"] == {}
    assert quiet.notice["sentences"] == [
        "internet_address",
        "only_agency_opens",
        "sound_off",
        "labels_go_along",
        "others_visible",
        "cannot_be_recalled",
        "administrators_see",
        "not_compared",
    ]
    assert quiet.notice["labels"] == clip.labels
    unseen = make_intent(replace(clip, labels={}), tmp_path)
    assert unseen.notice["labels"] == {}
    assert "labels_go_along" not in str(unseen.notice["sentences"])


def test_every_part_of_the_notice_changes_its_digest(
    clip: Clip, tmp_path: Path
) -> None:
    """A confirmation is bound to everything that was shown."""
    intent = make_intent(clip, tmp_path)

    def digest(**changes: object) -> str:
        given: dict[str, object] = {
            "compared": True,
            "staged": intent.staged,
            "original_sha256": clip.sha256,
            "edits": intent.edits,
            "labels": {},
            "personal": PersonalDetails(),
            "note": "",
            "case_reference": "",
            "request": None,
            "said_to_belong": False,
            "declaration": None,
            "language": "en",
        } | changes
        document = given.pop("document", DOCUMENT)
        return digest_of(make_notice(document, **given))  # type: ignore[arg-type] # by name

    digests = [
        digest(),
        digest(compared=False),
        digest(staged=replace(intent.staged, sha256="ab" * 32)),
        digest(original_sha256="ab" * 32),
        digest(edits=Edits(start=1.0, audio=True)),
        digest(edits=Edits(redact=(FACE,))),
        digest(edits=Edits(redact=(replace(FACE, left=0.25),))),
        digest(edits=Edits(redact=(replace(FACE, end=2.0),))),
        digest(staged=replace(intent.staged, reencoded=True)),
        digest(labels={"person": "onvif"}),
        digest(labels={"person": "reolink"}),
        digest(personal=PersonalDetails(name="A")),
        digest(personal=PersonalDetails(contact="A")),
        digest(note="x"),
        digest(case_reference="x"),
        digest(request=REQUEST),
        digest(request=replace(REQUEST, text="Other")),
        digest(request=replace(REQUEST, version=2)),
        digest(request=REQUEST, said_to_belong=True),
        digest(declaration="x"),
        digest(language="de"),
        digest(document=replace(DOCUMENT, name="Other")),
        digest(document=replace(DOCUMENT, contact="Other")),
    ]
    assert len(set(digests)) == len(digests)
    assert digest() == digests[0]


def test_the_consent_record_uses_the_names_of_the_standard(made: Made) -> None:
    """See ISO/IEC TS 27560: header, processing, parties and event."""
    home = thumbprint(made.key.public_key())
    record = consent_record(
        made.intent, share_id=SHARE_ID, confirmed_at=NOW, principal=home
    )
    assert record == json.loads(json.dumps(record))
    assert record["record_id"] == SHARE_ID
    assert record["pii_principal_id"] == home
    processing = record["pii_processing"]
    assert isinstance(processing, dict)
    assert processing["privacy_notice"]["digest"] == made.intent.notice_digest
    (purpose,) = processing["purposes"]
    kinds = [one["pii_type"] for one in purpose["pii_information"]]
    assert kinds == [
        "video of whoever came to the door",
        "time of the recording",
        "name of the person who shares",
        "contact details of the person who shares",
    ]
    assert purpose["retention_period"] == "Deleted after 30 days."
    assert purpose["jurisdictions"] == ["NL"]
    assert purpose["withdrawal_method"]
    event = record["event"]
    assert isinstance(event, dict)
    assert event["event_time"] == "2025-01-01T00:00:00.000Z"
    parties = record["party_identification"]
    assert isinstance(parties, list)
    (party,) = parties
    assert party["party_url"] == ORIGIN
    assert party["fingerprint_compared"] is False


def test_sound_is_named_when_it_goes_along(clip: Clip, tmp_path: Path) -> None:
    """Sound is listed as a kind of personal information."""
    record = consent_record(
        make_intent(clip, tmp_path), share_id="a", confirmed_at=NOW, principal="p"
    )
    assert "audio from the door" in json.dumps(record)


def test_a_notice_without_an_agency_is_no_error(clip: Clip, tmp_path: Path) -> None:
    """An intent from an older outbox can still be packed."""
    intent: Intent = replace(make_intent(clip, tmp_path), notice={})
    made = make_package(intent, tmp_path / "package.tar", key=new_key())
    assert made.package.size > 0
