"""Run the manual steps of docs/agency/standard-tools.md with stock programs."""

from datetime import datetime
import hashlib
import json
import os
from pathlib import Path
import subprocess

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.signing.keys import load_key
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.model import Intent
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    decode,
    fingerprint,
    sign,
    thumbprint,
)
from tests.engine.sharing.answering import make_answer
from tests.engine.sharing.evidence import (
    SHARE_ID,
    make_intent,
    make_package,
    make_zip,
    new_key,
)
from tests.engine.sharing.requests.feeds import feature, feed_token

from .office import ANSWER, LEDGER, RECEIPT, Office
from .pages import blocks_of
from .scripts import run_blocks
from .tarballs import change

BY_HAND = [
    block for block in blocks_of("standard-tools.md") if block.language == "bash"
]
(KEYS,) = (block.text for block in BY_HAND if block.heading == "Keys")
(ZIP,) = (block.text for block in BY_HAND if block.heading == "A zip")
STEPS = [block.text for block in BY_HAND if block.heading not in {"Keys", "A zip"}]
# From "Every file is the one that was listed" to the fingerprint.
CHECKS = [block.text for block in BY_HAND if block.heading == "Check what is in it"]


def receive(office: Office, intent: Intent) -> Path:
    """Receive a package, encrypted to the office, and take it out of the inbox."""
    made = make_package(intent, office.folder / "made.tar", key=office.home_key)
    package = office.folder / f"{SHARE_ID}.tar.age"
    command = ["age", "-r", office.recipient, "-o", str(package)]
    package.unlink(missing_ok=True)
    subprocess.run([*command, str(made.package.path)], check=True, timeout=60)
    if not office.package.parent.exists():
        with office.intake:
            office.upload(package.read_bytes())
        office.package.rename(package)
    return package


@pytest.fixture
def office(clip: Clip, tmp_path: Path) -> Office:
    """Return an office whose keys were made by hand, with a package and a withdrawal."""
    done = run_blocks(KEYS, tmp_path)
    assert done.returncode == 0, done.stderr
    office = Office(tmp_path)
    (tmp_path / "site").symlink_to(office.intake.public)
    package = receive(office, make_intent(clip, tmp_path / "staging"))
    (tmp_path / "request.jws").write_text(office.withdrawal(package.read_bytes()))
    return office


def test_keys_made_by_hand_are_taken(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    """The office uses the keys, and the command doesn't replace them."""
    capsys.readouterr()
    command = ["keys", "--online", str(office.online), "--age", str(office.identity)]
    assert main(command) == 0
    assert capsys.readouterr().out.count("already exists") == 2


def test_every_step_by_hand_does_what_the_command_does(office: Office) -> None:
    """Homes accept the receipt and the answer that stock programs made."""
    path = office.folder / f"{SHARE_ID}.tar.age"
    package = path.read_bytes()
    os.utime(path, (0, 0))  # a copy may have lost its time
    noted = json.loads((office.intake.inbox / f".incoming/{SHARE_ID}.json").read_text())
    request = (office.folder / "request.jws").read_text()
    done = run_blocks("\n".join(STEPS), office.folder)
    assert done.returncode == 0, done.stderr
    assert "Verified OK" in done.stdout
    assert fingerprint(office.home) in done.stdout
    root = load_key(office.folder / "root.pem").public_key()
    assert fingerprint(thumbprint(root)) in done.stdout

    token = (office.folder / "site/receipts" / SHARE_ID).read_text()
    claims = office.opened(token.strip(), RECEIPT)
    receipt = claims["receipt"]
    assert receipt.pop("received_at") == noted["received_at"]
    assert datetime.fromisoformat(receipt.pop("opened_at")).tzinfo is not None
    text = "Deleted after 30 days."
    assert claims["jti"] == SHARE_ID
    assert receipt == {
        "schema": "doorwatch-receipt/1",
        "sha256": hashlib.sha256(package).hexdigest(),
        "size": len(package),
        "retention": {
            "text": text,
            "days": 30,
            "digest": hashlib.sha256(text.encode()).hexdigest(),
        },
        "ledger": LEDGER,
    }

    answer = office.opened((office.folder / "answer.jws").read_text().strip(), ANSWER)
    assert answer["jti"] == SHARE_ID
    assert answer["answer"].pop("at").endswith("Z")
    assert answer["answer"] == {
        "schema": "doorwatch-withdrawal-answer/1",
        "result": "deleted",
        "text": "",
        "withdrawal_sha256": hashlib.sha256(request.encode()).hexdigest(),
    }
    assert not path.exists()


@pytest.mark.parametrize("whose", ["the office's", "somebody else's"])
def test_whose_request_was_answered_is_seen_by_hand(
    office: Office, clip: Clip, whose: str
) -> None:
    """The agency finds the answered request with the keys of its published document."""
    key = load_key(office.online) if whose == "the office's" else new_key()
    token = feed_token(key, feature())
    receive(office, make_answer(clip, office.folder / "answer", token, key=key))
    done = run_blocks("\n".join(STEPS[:6]), office.folder)
    if whose == "the office's":
        assert done.returncode == 0, done.stderr
        assert '"request_id":"2025-0001"' in done.stdout
        assert fingerprint(office.home) in done.stdout
    else:
        assert done.returncode != 0
        assert "Verified OK" in done.stdout


@pytest.mark.parametrize("what", ["document", "package", "withdrawal", "digest"])
def test_a_step_by_hand_stops_at_what_is_wrong(office: Office, what: str) -> None:
    """The steps stop before the answer is signed, and before the package is deleted."""
    path = office.folder / f"{SHARE_ID}.tar.age"
    package = path.read_bytes()
    request = office.folder / "request.jws"
    if what == "document":  # replace the root key in the header
        published = office.intake.public / ".well-known/doorwatch-agency"
        claims = json.loads(decode(published.read_text().split(".")[1]))
        other = sign(DocumentKind.AGENCY, claims, new_key(), embed_key=True)
        rest = published.read_text().partition(".")[2]
        published.write_text(f"{other.partition('.')[0]}.{rest}")
    elif what == "package":
        path.write_bytes(package[:-1])
    elif what == "withdrawal":
        signed, _, signature = request.read_text().rpartition(".")
        request.write_text(f"{signed}.{signature[::-1]}")
    else:
        request.write_text(office.withdrawal(package + b"x"))
    done = run_blocks("\n".join(STEPS), office.folder)
    assert done.returncode != 0
    assert path.exists()
    assert not (office.folder / "answer.jws").exists()
    begun = what in ("withdrawal", "digest")
    assert (office.folder / "site/receipts").exists() is begun


def test_a_zip_that_a_person_handed_over_is_checked_by_the_same_steps(
    clip: Clip, tmp_path: Path
) -> None:
    """A changed zip is refused even if its CRC was corrected."""
    name = f"doorwatch-{SHARE_ID}.zip"
    made = make_zip(make_intent(clip, tmp_path / "staging"), tmp_path / name)
    done = run_blocks("\n".join([ZIP, *CHECKS]), tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("stor") == 10
    assert "Verified OK" in done.stdout
    assert fingerprint(thumbprint(made.key.public_key())) in done.stdout
    video = (tmp_path / "case" / f"doorwatch-{SHARE_ID}/data/clip.mp4").read_bytes()
    assert video == clip.path.read_bytes()
    other = tmp_path / "other"
    other.mkdir()
    change(made.package.path, other / name, "data/clip.mp4", 1000)
    done = run_blocks("\n".join([ZIP, *CHECKS]), other)
    assert done.returncode != 0
    assert "data/clip.mp4: FAILED" in done.stdout


def test_the_programs_that_windows_has_open_a_package(office: Office) -> None:
    """Windows' tar is bsdtar.

    No Windows shell is available, so the test runs only the program lines.
    """
    shell, signature = (
        block.text
        for block in blocks_of("standard-tools.md")
        if block.language == "powershell"
    )
    programs = {".\\age.exe": "age", "tar.exe": "bsdtar", "mkdir": "mkdir", "cd": "cd"}
    lines = [
        " ".join([programs[name], rest.replace("\\", "/")])
        for line in shell.splitlines()
        for name, _, rest in [line.partition(" ")]
        if name in programs
    ]
    assert len(lines) == 5
    openssl = signature.partition('openssl.exe" ')[2]
    done = run_blocks(
        "\n".join([f"share={SHARE_ID}", *lines, f"openssl {openssl}"]), office.folder
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("doorwatch-") == 10
    assert "Verified OK" in done.stdout
