"""The intake signs receipts, and its kills never lead to wrong receipts."""

import hashlib
import json
from pathlib import Path
import re
import subprocess
from typing import Any

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.signing import jws
from agency.doorwatch_agency.signing.keys import load_key
from tests.engine.sharing.evidence import SHARE_ID
from tests.series import series

from .killing import each_kill
from .office import LEDGER, RECEIPT, Office, days_from_now

CONTENT = bytes(range(256)) * 1000


def _check(office: Office, token: str) -> None:
    """Check each part of a receipt."""
    claims = office.opened(token, RECEIPT)
    assert claims.keys() == {"iss", "aud", "jti", "iat", "receipt"}
    assert claims["jti"] == SHARE_ID
    receipt = claims["receipt"]
    at = receipt.pop("received_at")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", at)
    text = "Deleted after 30 days."
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert receipt == {
        "schema": "doorwatch-receipt/1",
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "size": len(CONTENT),
        "retention": {"text": text, "days": 30, "digest": digest},
        "ledger": LEDGER,
        "opened_at": None,
    }


def test_a_receipt_is_there_when_the_package_is_complete(tmp_path: Path) -> None:
    """There is none before, and the receipt stays the same after a restart."""
    office = Office(tmp_path)
    with office.intake:
        assert office.receipt()[0] == 404
        assert office.create(len(CONTENT)) == 201
        assert office.patch(CONTENT[:1000]) == 204
        assert office.receipt()[0] == 404
        assert office.patch(CONTENT[1000:], 1000) == 204
        status, token = office.receipt()
        assert status == 200
        _check(office, token)
        assert office.call("HEAD", f"/receipts/{SHARE_ID}") == (200, b"")
        assert office.receipt("x" * 32)[0] == 404
        for path in ("/receipts/..%2fx", "/receipts/", "/.receipts/" + SHARE_ID):
            assert office.call("GET", path)[0] == 404
    with office.intake:
        assert office.receipt() == (200, token)


def test_jose_verifies_a_receipt(tmp_path: Path) -> None:
    """The published document holds the key."""
    office = Office(tmp_path)
    with office.intake:
        office.upload(CONTENT)
        _, token = office.receipt()
    (tmp_path / "receipt.jws").write_text(token)
    script = """
    cut -d . -f 2 public/.well-known/doorwatch-agency | tr -d '\\n' |
      jose b64 dec -i - | jose fmt -j - -g keys -o online.jwks
    jose jws ver -i receipt.jws -k online.jwks -O -
    """
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout)["jti"] == SHARE_ID


def test_jose_reads_when_a_package_arrived(tmp_path: Path) -> None:
    """A manual receipt needs the recorded time of arrival, not the file's time."""
    office = Office(tmp_path)
    with office.intake:
        office.upload(CONTENT)
        receipt = office.opened(office.receipt()[1], RECEIPT)["receipt"]
    record = tmp_path / f"inbox/.incoming/{SHARE_ID}.json"
    done = subprocess.run(
        ["jose", "fmt", "-j", str(record), "-g", "received_at", "-u-"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.decode().strip() == receipt["received_at"]


def test_without_the_key_there_is_no_receipt_until_it_has_it(tmp_path: Path) -> None:
    """Packages that arrived without the key get receipts at the next start."""
    office = Office(tmp_path, signs=False)
    with office.intake:
        office.upload(CONTENT)
        assert office.receipt()[0] == 404
    office.intake.add_options("--signing-key", str(office.online))
    with office.intake:
        status, token = office.receipt()
        assert status == 200
        _check(office, token)


def test_nothing_is_signed_that_no_home_would_trust(tmp_path: Path) -> None:
    """The document lists another key, is missing, or is unreadable; then it is restored."""
    office = Office(tmp_path)
    document = office.intake.public / ".well-known/doorwatch-agency"
    other = tmp_path / "other.pem"
    main(["keys", "--online", str(other)])
    office.publish(other)
    with office.intake:
        office.upload(CONTENT)
        assert office.package.read_bytes() == CONTENT
        assert office.receipt()[0] == 404
        office.publish()
        kept = document.read_text()
        document.unlink()
        assert office.receipt()[0] == 404
        document.write_text("spoilt")
        assert office.receipt()[0] == 404
        document.write_text(kept)
        status, token = office.receipt()
        assert status == 200
        _check(office, token)


def test_a_receipt_by_a_key_that_was_taken_back_is_signed_by_the_new_one(
    tmp_path: Path,
) -> None:
    """The new receipt has the same content, for homes that have not fetched the first one."""
    office = Office(tmp_path)
    with office.intake:
        office.upload(CONTENT)
        _, first = office.receipt()
    before = office.opened(first, RECEIPT)["receipt"]
    office.online = tmp_path / "other.pem"
    assert main(["keys", "--online", str(office.online)]) == 0
    with office.intake:
        # The document lists the old key, and not the intake's new one.
        assert office.receipt() == (200, first)
    office.publish()
    office.intake.add_options("--signing-key", str(office.online))
    with office.intake:
        status, token = office.receipt()
    assert status == 200
    assert office.opened(token, RECEIPT)["receipt"] == before


def test_a_forged_receipt_is_not_signed_by_the_intake(tmp_path: Path) -> None:
    """Anyone with write access gets only a signature of the intake's own record."""
    office = Office(tmp_path)
    other = tmp_path / "other.pem"
    assert main(["keys", "--online", str(other)]) == 0
    opened = "2026-11-27T12:00:00Z"
    with office.intake:
        office.upload(CONTENT)
        claims: dict[str, Any] = dict(jws.read_claims(office.receipt()[1]))
        said = claims["receipt"]
        file = office.intake.inbox / ".receipts" / SHARE_ID
        for forged in (
            {"aud": "another home"},
            {"jti": "another share"},
            {"receipt": said | {"sha256": "0" * 64}},
            {"receipt": said | {"size": 1}},
            {"receipt": said | {"received_at": "2020-01-01T00:00:00.000Z"}},
            {"receipt": said | {"retention": {"text": "For ever."}}},
            {"receipt": said | {"ledger": "0" * 64}},
            {"receipt": said | {"more": "words"}},
            {"more": "words"},
            {"receipt": said | {"opened_at": opened}},
        ):
            file.write_text(jws.sign(RECEIPT, claims | forged, load_key(other)))
            told = office.opened(office.receipt()[1], RECEIPT)
            at = forged.get("receipt", said)["opened_at"]
            assert told == claims | {
                "iat": told["iat"],
                "receipt": said | {"opened_at": at},
            }
        odd = said | {"opened_at": "when I like"}
        token = jws.sign(RECEIPT, claims | {"receipt": odd}, load_key(other))
        file.write_text(token)
        assert office.receipt() == (200, token)  # unchanged: no home accepts it


def test_nothing_is_signed_in_the_name_of_a_document_that_has_ended(
    tmp_path: Path,
) -> None:
    """A document ends at `exp`, or 400 days after `iat`; a newer document allows receipts again."""
    office = Office(tmp_path)
    with office.intake:
        office.restate(exp=days_from_now(-1))
        office.upload(CONTENT)
        assert office.receipt()[0] == 404
        office.restate(iat=days_from_now(-400), exp=days_from_now(36_500))
        assert office.receipt()[0] == 404
        office.restate(iat=days_from_now(-399), exp=days_from_now(36_500))
        status, token = office.receipt()
        assert status == 200
        _check(office, token)


@series
def test_a_kill_at_any_point_leaves_no_receipt_or_the_right_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kills are before each change of a file after the last byte's arrival."""
    killed = 0
    for kill in each_kill(tmp_path, monkeypatch):
        office = Office(kill.folder)
        with office.intake:
            assert office.create(len(CONTENT)) == 201
            kill.armed.touch()
            try:
                assert office.patch(CONTENT) == 204
            except OSError:
                killed = kill.at
            else:
                break
        written = kill.folder / "inbox/.receipts" / SHARE_ID
        before = written.read_text() if written.exists() else None
        if before is not None:
            _check(office, before)
        if office.package.exists():
            assert before is not None, "a receipt comes before the package"
        kill.armed.unlink()
        with office.intake:
            arrived = office.intake.arrived(SHARE_ID)
            if arrived or not office.package.exists():
                assert office.patch(CONTENT[arrived:], arrived) == 204
            status, token = office.receipt()
            assert status == 200
            assert before in (None, token), "a receipt is never replaced"
            _check(office, token)
            assert office.package.read_bytes() == CONTENT
        left = [path.name for path in (kill.folder / "inbox").rglob("*.tmp")]
        assert left == []
    # Record, receipt, move, record: each in several steps.
    assert killed >= 8


@pytest.mark.parametrize("content", [b"", b"nothing", "ed25519", "secp384r1", "public"])
def test_a_key_that_cannot_sign_is_named_at_the_start(
    tmp_path: Path, content: bytes | str
) -> None:
    path = tmp_path / "key.pem"
    script = {
        "ed25519": "openssl genpkey -algorithm ed25519 -out key.pem",
        "secp384r1": "openssl ecparam -name secp384r1 -genkey -noout -out key.pem",
        "public": "openssl ecparam -name prime256v1 -genkey -noout | openssl ec -pubout"
        " -out key.pem",
    }
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        subprocess.run(
            ["sh", "-c", script[content]], cwd=tmp_path, check=True, timeout=60
        )
    office = Office(tmp_path / "office")
    office.intake.options[-1] = str(path)
    with pytest.raises(RuntimeError, match="signing key cannot be used"):
        office.intake.start()
