"""A sender that was written from the protocol's page alone delivers acceptable packages."""

from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
import hashlib
from io import BytesIO, StringIO
import json
import os
from pathlib import Path
import subprocess
import tarfile
from typing import Any

import pytest
from pytest_socket import enable_socket

from agency.doorwatch_agency.cli import main
from custom_components.doorwatch.engine.sharing.signing.jws import decode, encode
from tests.age_program import make_identity
from tests.intake import Intake
from tests.repository import ROOT
from tests.schemas import problems

from . import scripts
from .front import Front
from .office import SETTINGS
from .test_described import claims
from .test_feed import request

CODE = "4c9f-2b7a-81de"
REQUEST, CLOSED = "2026-0417", "2026-0418"
NOTE = 'She said: "a café 🚪\\"\nthen left.\t\x7f\u2028'
DOCUMENT = ".well-known/doorwatch-agency"
type Words = list[str | Path]
type Done = subprocess.CompletedProcess[str]


def start(*command: str | Path, **environment: str) -> Done:
    """Run a program in a process."""
    return subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={"PATH": os.environ["PATH"]} | environment,
    )


def agency(*words: str | Path) -> Done:
    """Run the agency's command."""
    with redirect_stdout(StringIO()) as out, redirect_stderr(StringIO()) as error:
        code = main([str(word) for word in words])
    return subprocess.CompletedProcess([], code, out.getvalue(), error.getvalue())


def told_bytes(*command: str | Path) -> bytes:
    """Return the output of a program as bytes."""
    return subprocess.run(command, capture_output=True, timeout=120, check=True).stdout


def told(done: Done) -> str:
    """Return the output of a program that must succeed."""
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@dataclass
class Agency:
    """An agency with an upload code and a request."""

    folder: Path
    front: Front
    recipients: str

    @property
    def document(self) -> Path:
        """Return the path of the published document."""
        return self.front.intake.public / DOCUMENT

    @property
    def fingerprint(self) -> str:
        """Return the printed fingerprint."""
        shown = told(agency("keys", "--root", self.folder / "root.pem"))
        lines = [line.strip() for line in shown.splitlines()]
        return next(line for line in lines if line.count(" ") == 12)

    def publish(self, *more: str | Path, terms: str = "For one case.\n") -> None:
        """Publish the document."""
        (self.folder / "terms.txt").write_text(terms)
        (self.folder / "retention.txt").write_text("Deleted after 30 days.\n")
        settings = SETTINGS.format(origin=self.front.origin, recipient=self.recipients)
        feed = f'requests_uri = "{self.front.origin}/feeds/requests.jws"\n'
        path = self.folder / "agency.toml"
        path.write_text(f"{settings}{feed}upload_code_required = true\n")
        root: Words = ["--root", self.folder / "root.pem"]
        told(agency("publish", path, *root, *self.signing, *more))

    @property
    def signing(self) -> list[str | Path]:
        """Return the options for signing."""
        site = self.front.intake.public
        return ["--online", self.folder / "online.pem", "--site", site]

    @property
    def identity(self) -> Path:
        """Return the path of the age identity."""
        return self.folder / "age.txt"

    def package(self, share: str) -> Path:
        """Return the path of the package in the inbox or among the taken ones."""
        inbox, name = self.front.intake.inbox, f"{share}.tar.age"
        taken = inbox / ".taken" / name
        return taken if taken.exists() else inbox / name

    def opened(self, share: str, folder: Path) -> Path:
        """Open a package at a new desk in that folder, and return the bag."""
        desk: Words = ["--desk", folder / "desk", "--identity", self.identity]
        told(agency("desk", "new", folder / "desk"))
        told(agency("open", self.package(share), folder / "case", *desk))
        return folder / f"case/doorwatch-{share}"

    def verify(self, bag: Path, desk: Path, *more: str | Path) -> str:
        """Verify an opened package."""
        known: Words = ["--desk", desk, "--agency", self.front.origin]
        return told(agency("verify", bag, *known, *more))

    def tell(self, command: str, *words: str | Path, desk: Path) -> None:
        """Run a command that signs a receipt or an answer for the home."""
        inbox: Words = ["--inbox", self.front.intake.inbox, "--desk", desk]
        told(agency(command, *words, *inbox, *self.signing))


@dataclass
class Sender:
    """The second sender with the data of its home."""

    home: Path

    def __call__(self, command: str, *words: str) -> Done:
        """Run a command of the sender."""
        program = Path(__file__).with_name("second_sender.mjs")
        code = {"UPLOAD_CODE": CODE, "PACE": "0.00001"}
        return start("node", program, command, self.home, *words, **code)

    def share(self, **choices: str) -> str:
        """Make a package, and return its share id."""
        return told(self("share", json.dumps(choices)))


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agency]:
    """Run an agency."""
    enable_socket()
    folder = tmp_path_factory.mktemp("agency")
    keys: Words = ["--root", folder / "root.pem", "--online", folder / "online.pem"]
    told(agency("keys", *keys, "--age", folder / "age.txt"))
    first = told(start("age-keygen", "-y", folder / "age.txt"))
    recipients = f'{first}", "{make_identity().recipient}'
    intake = Intake(folder, upload_code=CODE, signing_key=folder / "online.pem")
    front = Front(intake)
    office = Agency(folder, front, recipients)
    office.publish()
    feed: Words = ["--feed", folder / "feed"]
    for asked in (REQUEST, CLOSED):
        path = request(folder, id=asked, terms="Only for this case.")
        told(agency("request", "new", path, *feed))
    told(agency("request", "close", CLOSED, *feed))
    told(agency("feed", "publish", *feed, *office.signing))
    with front, intake:
        yield office


@pytest.fixture(scope="module")
def sender(office: Agency, tmp_path_factory: pytest.TempPathFactory) -> Sender:
    """Return a sender that has added the agency."""
    sender = Sender(tmp_path_factory.mktemp("home"))
    refused = sender("add", office.front.origin, office.fingerprint[::-1])
    assert "another fingerprint" in refused.stderr
    added = told(sender("add", office.front.origin, office.fingerprint.lower()))
    assert added == f"Example Police\n{office.fingerprint}"
    return sender


@pytest.fixture
def front(office: Agency) -> Front:
    """Return the agency's server without recorded requests and faults."""
    office.front.seen.clear()
    office.front.faults.clear()
    return office.front


@dataclass(frozen=True)
class Delivered:
    """A delivered package, and its opened bag."""

    share: str
    folder: Path
    package: Path
    bag: Path
    requests: list[tuple[str, str | None]]

    @property
    def desk(self) -> Path:
        """Return the desk that opened it."""
        return self.folder / "desk"

    @property
    def statement(self) -> dict[str, Any]:
        """Return the statement."""
        said: dict[str, Any] = json.loads((self.bag / "data/share.json").read_bytes())
        return said


@pytest.fixture(scope="module")
def delivered(
    office: Agency, sender: Sender, tmp_path_factory: pytest.TempPathFactory
) -> Delivered:
    """Answer a request over a connection that breaks in the middle of the video."""
    enable_socket()
    words = {"note": NOTE, "name": "Ada", "case_reference": "2026/117"}
    share = sender.share(request_id=REQUEST, **words)
    office.front.faults = [("PATCH", "cut"), ("PATCH", "mute")]
    office.front.seen.clear()
    assert told(sender("deliver", share)) == "sent"
    seen = [one for one in office.front.seen if one[0] != "GET"]
    folder = tmp_path_factory.mktemp("desk")
    bag = office.opened(share, folder)
    return Delivered(share, folder, office.package(share), bag, seen)


def test_both_readers_accept_its_package(office: Agency, delivered: Delivered) -> None:
    """All checks pass once the owner has read out the fingerprint."""
    owner = delivered.statement["home"]["fingerprint"]
    document: Words = ["--document", office.document]
    inbox: Words = ["--inbox", office.front.intake.inbox, "--fingerprint", owner]
    verified = office.verify(delivered.bag, delivered.desk, *inbox, *document)
    assert "ACCEPTED" in verified
    assert "\n?" not in verified
    known: Words = ["-i", office.identity, "-d", office.document]
    shown = told(scripts.run(*known, delivered.package, office.front.origin, owner))
    assert "this request is yours" in shown
    assert "ACCEPTED" in shown
    assert "not proved" not in shown


def test_what_it_says_is_as_the_schemas_describe(
    sender: Sender, delivered: Delivered
) -> None:
    """The schemas cover the statement with consent and notice, and the ledger's line."""
    share = delivered.statement
    assert problems("share", share) == []
    assert share["note"] == NOTE
    assert share["request"]["request_id"] == REQUEST
    ledger = sender.home / "ledger.jsonl"
    for line in ledger.read_text().splitlines():
        assert problems("ledger", json.loads(line)) == []
    check = ROOT / "docs/verify-ledger.sh"
    assert "digest matches" in told(start(check, ledger, share["ledger"]["digest"]))


def test_it_goes_on_where_the_line_broke(delivered: Delivered) -> None:
    """Bytes that arrived without a response are not sent again."""
    methods, offsets = zip(*delivered.requests, strict=True)
    assert methods == ("POST", "HEAD", "PATCH", "HEAD", "PATCH", "HEAD")
    assert offsets[2] == "0"
    assert 0 < int(offsets[4] or 0) < delivered.package.stat().st_size


def test_a_changed_byte_is_refused_by_both_readers(
    office: Agency, delivered: Delivered, tmp_path: Path
) -> None:
    """The change is in the encrypted package, or in a file of the decrypted package."""
    sealed = delivered.package.read_bytes()
    tar = told_bytes("age", "-d", "-i", office.identity, delivered.package)
    with tarfile.open(fileobj=BytesIO(tar)) as members:
        starts = [member.offset_data for member in members]
    assert len(starts) == 11
    places = [(sealed, ".tar.age", len(sealed) // 2)]
    places += [(tar, ".tar", start + 20) for start in starts]
    for number, (content, ending, place) in enumerate(places):
        changed = tmp_path / f"{number}" / f"{delivered.share}{ending}"
        changed.parent.mkdir()
        flipped = bytes([content[place] ^ 1])
        changed.write_bytes(content[:place] + flipped + content[place + 1 :])
        case = changed.parent / "case"
        identity: Words = ["--identity", office.identity, "--desk", delivered.desk]
        identity = [*identity, "--no-inbox"]
        done = agency("open", changed, case, *identity)
        if done.returncode == 0:
            known: Words = ["--agency", office.front.origin, "--desk", delivered.desk]
            done = agency("verify", case / delivered.bag.name, *known, "--again")
        assert done.returncode == 1, place
        if number in (0, len(starts)):  # the script is slower
            assert scripts.run("-i", office.identity, changed).returncode == 1


def test_receipts_name_what_it_sent(
    office: Agency, sender: Sender, delivered: Delivered
) -> None:
    """The later receipt says that an officer opened the package."""
    said = claims(told(sender("receipt", delivered.share)))
    assert problems("receipt", said) == []
    receipt = said["receipt"]
    content = delivered.package.read_bytes()
    assert receipt["sha256"] == hashlib.sha256(content).hexdigest()
    assert receipt["ledger"] == delivered.statement["ledger"]["digest"]
    assert receipt["opened_at"] is None

    office.verify(delivered.bag, delivered.desk, "--again")
    office.tell("receipt", delivered.bag, desk=delivered.desk)
    again = claims(told(sender("receipt", delivered.share)))["receipt"]
    assert again["opened_at"] is not None
    assert again | {"opened_at": None} == receipt


def test_a_withdrawal_is_answered(office: Agency, sender: Sender) -> None:
    """The package is deleted from the inbox."""
    share = sender.share()
    told(sender("deliver", share))
    office.front.faults = [("POST", 503), ("POST", "mute")]
    answer = claims(told(sender("withdraw", share)))
    assert problems("answer", answer) == []
    assert answer["answer"]["result"] == "deleted"
    assert not office.package(share).exists()
    asked = claims((sender.home / share / "withdrawal.jws").read_text())
    assert problems("withdrawal", asked) == []


def test_a_withdrawal_waits_for_the_officer_who_opened_the_package(
    office: Agency, sender: Sender, tmp_path: Path
) -> None:
    """The sender repeats the same request until then."""
    share = sender.share()
    told(sender("deliver", share))
    desk = tmp_path / "desk"
    bag = office.opened(share, tmp_path)
    office.verify(bag, desk)
    office.tell("receipt", bag, desk=desk)
    pending = claims(told(sender("withdraw", share)))["answer"]
    assert pending["result"] == "pending"
    office.tell("answer", share, "refused", "--text", "Needed.", desk=desk)
    answer = claims(told(sender("withdraw", share)))
    assert problems("answer", answer) == []
    assert answer["answer"]["result"] == "refused"
    assert answer["answer"]["withdrawal_sha256"] == pending["withdrawal_sha256"]


@pytest.mark.parametrize(
    ("asked", "why"), [(CLOSED, "is closed"), ("2026-0419", "no such request")]
)
def test_only_an_open_request_is_answered(sender: Sender, asked: str, why: str) -> None:
    """No package is made for other requests."""
    done = sender("share", json.dumps({"request_id": asked}))
    assert done.returncode == 1
    assert why in done.stderr


def test_a_document_with_another_name_in_it_is_refused(
    office: Agency, sender: Sender
) -> None:
    """The signature does not match, and nothing is sent."""
    share = sender.share()
    good = office.document.read_text()
    header, said, signature = good.split(".")
    bad = decode(said).replace(b"Example Police", b"Example Thieves")
    office.document.write_text(f"{header}.{encode(bad)}.{signature}")
    done = sender("deliver", share)
    office.document.write_text(good)
    assert done.returncode == 1
    assert "the signature doesn't match" in done.stderr
    assert not office.package(share).exists()


def test_it_tries_again_or_stops_as_the_status_says(
    sender: Sender, front: Front
) -> None:
    """Errors that need a person are tried once."""
    share = sender.share()
    for status in (301, 400, 401, 403, 404, 405, 409, 412, 413, 460, 501):
        front.faults = [("POST", status)]
        front.seen.clear()
        done = sender("deliver", share)
        assert done.returncode == 1
        assert f"refused: POST: {status}" in done.stderr
        assert [method for method, _ in front.seen] == ["GET", "POST"]

    later = (408, 423, 425, 429, 500, 502, 503, 504, 507)
    front.faults = [("POST", status) for status in later]
    front.faults += [("HEAD", 404), ("HEAD", 410), ("PATCH", 409), ("PATCH", 404)]
    front.faults += [("PATCH", "cut"), ("GET", 503)]
    assert told(sender("deliver", share)) == "sent"
    assert front.faults == []


def test_what_a_server_loses_is_sent_again_from_the_first_byte(
    office: Agency, sender: Sender, front: Front
) -> None:
    """The sender first removes the partial upload, and gives up after five losses."""
    share = sender.share()
    front.faults = [("PATCH", "cut"), ("HEAD", {})]
    front.faults += [("PATCH", "cut"), ("HEAD", {"Upload-Offset": "7"})]
    assert told(sender("deliver", share)) == "sent"
    sent = [one for one in front.seen if one[0] in ("DELETE", "POST", "PATCH")]
    assert [*sent[-3:]] == [("DELETE", None), ("POST", None), ("PATCH", "0")]
    told(scripts.run("-i", office.identity, office.package(share), front.origin))

    front.faults = [("HEAD", {"Upload-Offset": "7"})] * 6
    done = sender("deliver", sender.share())
    assert "the server loses what was sent" in done.stderr
    assert done.returncode == 1


def test_other_terms_stop_what_was_not_sent(
    office: Agency, sender: Sender, front: Front
) -> None:
    """The sender asks the agency to remove the partial upload."""
    share = sender.share()
    front.faults = [("PATCH", "cut"), *[("GET", 503)] * 20]
    assert "given up" in sender("deliver", share).stderr
    assert front.intake.arrived(share)
    office.publish(terms="For anything.\n")
    front.faults.clear()
    for why in ("isn't as it was confirmed", "was stopped before"):
        done = sender("deliver", share)
        assert done.returncode == 1
        assert why in done.stderr
    assert ("DELETE", None) in front.seen
    assert not front.intake.arrived(share)


def test_a_receipt_by_a_new_key_is_read_with_the_new_document(
    office: Agency, sender: Sender, front: Front
) -> None:
    """The sender fetches the document if it doesn't know the key."""
    share = sender.share()
    told(sender("deliver", share))
    new = office.folder / "new.pem"
    told(agency("keys", "--online", new))
    front.intake.stop()
    front.intake = Intake(office.folder, upload_code=CODE, signing_key=new)
    with front.intake:
        office.publish("--online", new)
        assert claims(told(sender("receipt", share)))["jti"] == share
