"""Officers tell homes that a package was opened, and answer withdrawals."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from datetime import UTC, datetime, timedelta
import hashlib
import http.client
import json
from pathlib import Path
import shutil
import stat
import subprocess
from unittest.mock import Mock

import pytest
import pytest_socket

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.desk.inbox_folder import FolderInbox
from agency.doorwatch_agency.desk.opened import note_path
from agency.doorwatch_agency.desk.record import Desk, Entry
from agency.doorwatch_agency.signing import jws
from agency.doorwatch_agency.signing.keys import load_key
from agency.doorwatch_agency.times import time_text
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    decode,
    sign,
)
from tests.engine.sharing.evidence import ORIGIN, SHARE_ID, new_key

from .kept import Kept
from .office import ANSWER, LEDGER, RECEIPT, Office, days_from_now
from .officer import deleting, known, new_desk


class Case:
    """An office that received a package, and the officer who works on it."""

    def __init__(self, office: Office, package: bytes) -> None:
        self.office = office
        self.package = package
        self.desk = new_desk(office.folder / "desk")
        self.bag = office.folder / f"case/doorwatch-{SHARE_ID}"
        self.inbox = ["--inbox", str(office.intake.inbox)]
        self.signing = ["--online", str(office.online)]
        self.signing += ["--site", str(office.intake.public)]

    def open(self, package: Path | None = None, *more: str) -> int:
        path = package or self.office.package
        command = ["open", str(path), str(self.bag.parent), "--identity"]
        at = ["--desk", str(self.desk)]
        return main([*command, str(self.office.identity), *at, *more])

    @property
    def taken(self) -> Path:
        """Return the path of the package after it was taken out of the inbox."""
        return self.office.intake.inbox / ".taken" / self.office.package.name

    def copy(self) -> Path:
        """Copy the package, as `mv` does first between file systems."""
        path = self.office.folder / "cases" / self.office.package.name
        path.parent.mkdir(exist_ok=True)
        shutil.copy(self.office.package, path)
        return path

    def withdraw(self) -> str:
        """Withdraw the package, and return the result in the answer to the home."""
        _, answer = self.office.withdraw(self.office.withdrawal(self.package))
        return str(self.office.opened(answer, ANSWER)["answer"]["result"])

    def verify(self, *more: str) -> int:
        command = ["verify", str(self.bag), "--agency", ORIGIN]
        return main([*command, "--desk", str(self.desk), *more])

    def receipt(self, *more: str) -> int:
        command = ["receipt", str(self.bag), "--desk", str(self.desk)]
        return main([*command, *self.signing, *(more or self.inbox)])

    def answer(self, *more: str) -> int:
        command = ["answer", SHARE_ID, *more, "--desk", str(self.desk)]
        return main([*command, *self.inbox, *self.signing])


@pytest.fixture(scope="module")
def received(
    clip: Clip, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Office, bytes, Kept]:
    """Return an office that received a package, the package, and its folder."""
    pytest_socket.enable_socket()
    folder = tmp_path_factory.mktemp("received")
    office = Office(folder / "office")
    package = office.sealed(clip)
    with office.intake:
        office.upload(package)
    return office, package, Kept(office.folder)


@pytest.fixture
def case(received: tuple[Office, bytes, Kept]) -> Iterator[Case]:
    """Return a case; its intake starts with the first request."""
    made, package, kept = received
    kept.restore()
    office = copy(made)
    office.intake = copy(made.intake)
    office.intake.options = list(made.intake.options)

    def connect() -> http.client.HTTPConnection:
        if office.intake.ended:
            office.intake.start()
        return http.client.HTTPConnection("127.0.0.1", office.intake.port, 60)

    office.connect = connect
    try:
        yield Case(office, package)
    finally:
        office.intake.kill()


def test_a_receipt_says_when_the_package_was_opened(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """The officer's receipt replaces the intake's, with the same content and `opened_at`."""
    before = datetime.now(UTC)
    _, first = case.office.receipt()
    plain = case.office.opened(first, RECEIPT)["receipt"]
    assert case.open() == 0
    assert case.verify(*case.inbox) == 0
    assert "Upload matches the package" in capsys.readouterr().out
    assert case.receipt() == 0
    out = capsys.readouterr().out
    assert "Not proved by it" in out
    status, token = case.office.receipt()
    assert status == 200
    claims = case.office.opened(token, RECEIPT)
    assert claims["jti"] == SHARE_ID
    opened_at = datetime.fromisoformat(claims["receipt"].pop("opened_at"))
    assert plain.pop("opened_at") is None
    assert claims["receipt"] == plain
    assert plain["ledger"] == LEDGER
    assert plain["sha256"] == hashlib.sha256(case.package).hexdigest()
    assert before.replace(microsecond=0) <= opened_at <= datetime.now(UTC)
    # A second verification under new terms does not change the receipt.
    (case.office.folder / "retention.txt").write_text("Kept for ever.\n")
    case.office.publish()
    assert case.verify("--again") == 0
    assert case.receipt() == 0
    again = case.office.opened(case.office.receipt()[1], RECEIPT)
    assert datetime.fromisoformat(again["receipt"].pop("opened_at")) == opened_at
    assert again["receipt"] == plain
    case.office.intake.kill()
    case.office.intake.start()
    kept = case.office.opened(case.office.receipt()[1], RECEIPT)
    assert datetime.fromisoformat(kept["receipt"].pop("opened_at")) == opened_at
    assert kept["receipt"] == plain


def test_a_receipt_can_be_made_for_another_server(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the intake, the officer gives the time of arrival and the receipts' folder."""
    case.open()
    case.verify()
    folder = case.office.folder / "cdn/receipts"
    assert case.receipt("--receipts", str(folder)) == 1
    assert "--received-at" in capsys.readouterr().err
    for odd in ("yesterday", "2026-11-03T17:04:09"):
        assert case.receipt("--receipts", str(folder), "--received-at", odd) == 1
    at = "2026-11-03T18:04:09+01:00"
    assert case.receipt("--receipts", str(folder), "--received-at", at) == 0
    # The web server is another user, and needs access to the new folder.
    assert stat.S_IMODE(folder.stat().st_mode) & 0o111 == 0o111
    token = (folder / SHARE_ID).read_text()
    receipt = case.office.opened(token, RECEIPT)["receipt"]
    assert receipt["received_at"] == "2026-11-03T17:04:09.000Z"
    assert (receipt["size"], receipt["ledger"]) == (len(case.package), LEDGER)


def test_no_receipt_for_what_was_not_verified_from_the_encrypted_file(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """A receipt confirms the encrypted file, so an officer must have verified that file."""
    case.open()
    assert case.receipt() == 1
    assert "not verified yet" in capsys.readouterr().err
    case.verify()
    shutil.rmtree(case.bag.parent)
    tar = case.office.folder / "by-hand.tar"
    command = ["age", "-d", "-i", str(case.office.identity), "-o", str(tar)]
    subprocess.run([*command, str(case.taken)], check=True, timeout=60)
    assert case.open(tar, *case.inbox) == 0
    assert case.verify("--again") == 0
    assert case.receipt() == 1
    assert "a receipt states the digest" in capsys.readouterr().err
    note_path(case.bag).unlink()
    assert case.receipt() == 1
    assert "does not say how" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("home", "h" * 42 + "A", "Its home is"),
        ("ledger", "0" * 64, "Its line of the home's ledger is"),
        ("sha256", "0" * 64, "Its digest is"),
        ("size", 5, "Its size is"),
    ],
)
def test_a_package_that_is_not_the_one_received_gets_no_receipt(
    case: Case, capsys: pytest.CaptureFixture[str], name: str, value: object, says: str
) -> None:
    """The package must match the intake's record."""
    case.open()
    case.verify()
    path = case.office.intake.inbox / f".incoming/{SHARE_ID}.json"
    record = json.loads(path.read_text())
    where = record["metadata"] if name in record["metadata"] else record
    assert name in where
    where[name] = value
    path.write_text(json.dumps(record))
    assert case.receipt() == 1
    assert says in capsys.readouterr().err
    verified = case.verify("--again", *case.inbox)
    out = capsys.readouterr().out
    if name != "size":
        assert verified == 1
        assert "BAD  Upload matches the package" in out
    else:
        assert verified == 0


def test_an_inbox_that_is_none_and_a_share_that_is_unknown_are_named(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    case.open()
    assert case.verify("--inbox", str(case.office.folder)) == 1
    assert "not an intake's inbox" in capsys.readouterr().err
    (case.office.intake.inbox / f".incoming/{SHARE_ID}.json").unlink()
    assert case.verify(*case.inbox) == 1
    assert "has no share" in capsys.readouterr().err
    assert case.verify() == 0
    assert case.receipt() == 1
    assert "has no share" in capsys.readouterr().err
    assert case.answer("deleted") == 1
    assert "no one asked" in capsys.readouterr().err


def test_nothing_is_signed_with_a_key_that_the_document_does_not_name(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """A missing document is an error too."""
    case.open()
    case.verify()
    other = case.office.folder / "other.pem"
    main(["keys", "--online", str(other)])
    case.office.publish(other)
    assert case.receipt() == 1
    assert "does not vouch" in capsys.readouterr().err
    shutil.rmtree(case.office.intake.public)
    assert case.receipt() == 1
    assert "cannot read the published document" in capsys.readouterr().err


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": days_from_now(-1)},
        {"iat": days_from_now(-400), "exp": days_from_now(36_500)},
        {"exp": "soon"},
        {"iat": None},
    ],
)
def test_nothing_is_signed_in_the_name_of_a_document_that_has_ended(
    case: Case, capsys: pytest.CaptureFixture[str], claims: dict[str, object]
) -> None:
    """A document ends at `exp`, or 400 days after `iat`; homes no longer ask for receipts then."""
    case.open()
    case.verify()
    case.office.restate(**claims)
    assert case.receipt() == 1
    assert "has expired. Publish it again" in capsys.readouterr().err
    case.office.restate(iat=days_from_now(-399), exp=days_from_now(36_500))
    assert case.receipt() == 0


def test_nothing_is_signed_by_a_document_that_someone_put_on_the_server(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """The document lists the real keys, but another root key signed it."""
    case.open()
    case.verify()
    published = case.office.intake.public / ".well-known/doorwatch-agency"
    real = published.read_text()
    claims = json.loads(decode(real.split(".")[1]))
    published.write_text(
        sign(DocumentKind.AGENCY, claims, new_key(), embed_key=True), encoding="ascii"
    )
    assert case.receipt() == 1
    assert "is none of the documents in" in capsys.readouterr().err
    published.write_text(real)
    assert case.receipt() == 0


def test_an_officer_answers_what_an_officer_took(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """The withdrawal is listed and answered once, and the home fetches the answer."""
    token = case.office.withdrawal(case.package)
    case.office.package.rename(case.office.folder / "taken.tar.age")
    assert main(["withdrawals", *case.inbox]) == 0
    assert "No withdrawals are waiting" in capsys.readouterr().out
    status, answer = case.office.withdraw(token)
    said = case.office.opened(answer, ANSWER)["answer"]
    assert (status, said["result"]) == (200, "pending")
    assert main(["withdrawals", *case.inbox]) == 0
    out = capsys.readouterr().out
    assert f"{SHARE_ID}  pending" in out
    assert "cannot recall copies" in out

    assert case.answer("deleted", "--text", "x" * 2001) == 1
    assert case.answer("deleted", "--text", "a\u202eb") == 1
    assert case.answer("refused", "--text", "It is evidence in a case.") == 0
    noted = Desk(case.desk).reading().entries[-1]
    assert noted.kind == "withdrawal_answered"
    assert noted.data["home"] == case.office.home  # without a verification here
    assert case.answer("deleted") == 1
    assert "already answered: refused" in capsys.readouterr().err

    status, answer = case.office.withdraw(token)
    claims = case.office.opened(answer, ANSWER)
    assert claims["jti"] == SHARE_ID
    said = claims["answer"]
    assert said.pop("at").endswith("Z")
    assert said == {
        "schema": "doorwatch-withdrawal-answer/1",
        "result": "refused",
        "text": "It is evidence in a case.",
        "withdrawal_sha256": hashlib.sha256(token.encode()).hexdigest(),
    }
    assert case.office.withdraw(token) == (200, answer)
    main(["withdrawals", *case.inbox])
    assert "No withdrawals are waiting" in capsys.readouterr().out
    main(["withdrawals", "--all", *case.inbox])
    assert "It is evidence in a case." in capsys.readouterr().out


def test_an_answer_of_a_removed_key_is_signed_again(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """The text stays the same, because a home may have the first answer."""
    assert case.open() == 0
    assert case.withdraw() == "pending"
    assert case.answer("refused", "--text", "It is evidence.") == 0
    served = case.office.intake.inbox / f".withdrawals/{SHARE_ID}.answer"
    first = served.read_text()
    assert case.answer("refused") == 1
    assert "already answered: refused" in capsys.readouterr().err
    other = case.office.folder / "other.pem"
    assert main(["keys", "--online", str(other)]) == 0
    case.office.publish(other)
    assert "give answers of the last 30 days again" in capsys.readouterr().out
    case.signing[1] = str(other)
    assert case.answer("deleted") == 1
    assert "already answered: refused" in capsys.readouterr().err
    assert served.read_text() == first
    assert case.answer("refused", "--text", "Other words.") == 0
    assert "words that stay: It is evidence." in capsys.readouterr().out
    claims = jws.verify(served.read_text(), ANSWER, load_key(other).public_key())
    assert claims["answer"] == jws.read_claims(first)["answer"]
    # An attacker on the server wrote this answer.
    forged = jws.sign(ANSWER, claims, new_key())
    served.write_text(forged)
    for more in ([], ["--replace"]):
        assert served.read_text() == forged
        code = case.answer("refused", "--text", "Ours.", *more)
        assert code == (0 if more else 1)
    assert "--replace replaces it" in capsys.readouterr().err
    claims = jws.verify(served.read_text(), ANSWER, load_key(other).public_key())
    answer = claims["answer"]
    assert isinstance(answer, dict)
    assert answer["text"] == "Ours."
    assert case.answer("refused", "--replace") == 1


def test_an_answer_of_the_officer_is_served_without_the_intakes_key(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """The online key may be only at the officer's desk."""
    case.office.package.rename(case.office.folder / "taken.tar.age")
    intake = case.office.intake
    intake.stop()
    del intake.options[-2:]
    intake.start()
    token = case.office.withdrawal(case.package)
    assert case.office.withdraw(token) == (202, "")
    assert case.answer("deleted") == 0
    assert "This command deleted nothing" in capsys.readouterr().out
    status, answer = case.office.withdraw(token)
    assert status == 200
    said = case.office.opened(answer, ANSWER)["answer"]
    assert (said["result"], said["text"]) == ("deleted", "")
    # Another request by the same home needs another answer.
    second = case.office.withdrawal(case.package, iat=1_700_000_000)
    assert case.office.withdraw(second) == (202, "")
    main(["withdrawals", *case.inbox])
    assert f"{SHARE_ID}  pending" in capsys.readouterr().out
    assert case.answer("deleted", "--text", "As we said.") == 0
    assert case.office.withdraw(second)[0] == 200


def test_what_was_opened_is_not_deleted_under_the_officers_eyes(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """`open` takes the package out of the inbox, so the officer answers."""
    assert case.open() == 0
    assert f"The file as it arrived: {case.taken}" in capsys.readouterr().out
    assert not case.office.package.exists()
    assert case.open() == 1
    assert "--again opens it again" in capsys.readouterr().err
    listing = ["list", *case.inbox]
    assert main(listing) == 0
    assert "Nothing is waiting" in capsys.readouterr().out
    assert main([*listing, "--taken"]) == 0
    assert f"{SHARE_ID}  {len(case.package)} bytes, taken" in capsys.readouterr().out
    assert case.withdraw() == "pending"
    assert case.taken.exists()
    assert case.verify(*case.inbox) == 0
    assert "waits for your answer" in capsys.readouterr().out
    assert case.answer("deleted") == 1
    assert f"{case.taken} still exists" in capsys.readouterr().err
    case.taken.unlink()
    assert case.answer("deleted") == 1
    assert f"{case.bag} still exists" in capsys.readouterr().err
    delete = ["delete", SHARE_ID, "--desk", str(case.desk), *case.inbox]
    assert main([*delete, *deleting(case.desk, SHARE_ID)]) == 0
    assert not case.bag.exists()
    assert case.answer("deleted") == 0
    assert case.withdraw() == "deleted"


def test_a_copy_is_opened_only_if_the_withdrawal_then_waits(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """The intake deletes packages in its inbox, so `open` also takes the original."""
    copy = case.copy()
    assert case.open(copy) == 1
    assert "add the intake's inbox with --inbox" in capsys.readouterr().err
    assert case.open(copy, *case.inbox) == 0
    assert case.taken.exists()
    (opened,) = (one for one in reading(case) if one.kind == "opened")
    assert opened.data["package"] == str(copy)
    assert case.withdraw() == "pending"
    delete = ["delete", SHARE_ID, "--desk", str(case.desk), *case.inbox]
    assert main([*delete, *deleting(case.desk, SHARE_ID)]) == 0
    assert not copy.exists()
    assert not case.taken.exists()


@pytest.mark.parametrize("when", ["before", "at once", "half"])
def test_a_copy_of_what_was_withdrawn_is_not_opened(
    case: Case,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    when: str,
) -> None:
    """The copy was made over a network before the intake deleted the original."""
    copy = case.copy()
    changing = FolderInbox.changing
    withdrawals = case.office.intake.inbox / ".withdrawals"

    @contextmanager
    def withdrawn(inbox: FolderInbox, share_id: str) -> Iterator[None]:
        if when == "at once":
            assert case.withdraw() == "deleted"
        with changing(inbox, share_id):
            yield

    if when == "before":
        assert case.withdraw() == "deleted"
    if when == "half":  # the intake moved the package, and has not recorded that yet
        case.office.package.rename(withdrawals / f"{SHARE_ID}.removed")
        request = case.office.withdrawal(case.package)
        noted = {"request": request, "result": "pending", "at": "2026-11-03T17:04:09Z"}
        (withdrawals / f"{SHARE_ID}.json").write_text(json.dumps(noted))
    monkeypatch.setattr(FolderInbox, "changing", withdrawn)
    assert case.open(copy, *case.inbox) == 1
    assert "was deleted: its home withdrew it" in capsys.readouterr().err
    assert not case.bag.parent.exists()
    (failed,) = reading(case)[1:]
    assert failed.kind == "open_failed"
    assert failed.data["share"] == SHARE_ID
    assert "its home withdrew it" in str(failed.data["reason"])


def test_an_opening_that_cannot_be_noted_takes_nothing(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a record, a withdrawal would wait for an unknown officer."""
    with monkeypatch.context() as patch:
        patch.setattr(Desk, "append", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            case.open()
    assert case.office.package.exists()
    assert not case.bag.parent.exists()
    assert case.withdraw() == "deleted"


def test_what_the_home_was_told_is_deleted_is_only_deleted(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next command tells an officer who opened a copy with `--no-inbox`."""
    assert case.open(case.copy(), "--no-inbox") == 0
    assert case.verify(*case.inbox) == 0
    assert case.withdraw() == "deleted"
    capsys.readouterr()
    assert case.verify("--again", *case.inbox) == 1
    assert "BAD  Withdrawal" in capsys.readouterr().out
    target = str(case.office.folder / "export")
    for command in (
        ["receipt", str(case.bag), *case.signing],
        ["export", str(case.bag), target],
    ):
        assert main([*command, *case.inbox, "--desk", str(case.desk)]) == 1
        assert "was told that it is deleted" in capsys.readouterr().err
    assert not Path(target).exists()
    assert main(["due", *case.inbox, "--desk", str(case.desk)]) == 0
    said = f"{SHARE_ID}  the home was told that it is deleted"
    assert said in capsys.readouterr().out
    # The desk's own answers are in its record.
    with Desk(case.desk).changing() as desk:
        told = {"share": SHARE_ID, "result": "deleted", "text": ""}
        desk.append("withdrawal_answered", told)
    assert case.verify("--again") == 1
    assert "BAD  Withdrawal" in capsys.readouterr().out


def test_an_opening_that_failed_is_noted(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """The record has the officer, the package and the reason."""
    wrong = case.office.folder / "wrong.txt"
    assert main(["keys", "--age", str(wrong)]) == 0
    target, at = str(case.bag.parent), ["--desk", str(case.desk)]
    for package, why in (
        (case.office.package, "others"),
        (case.office.folder / "none.tar", "No such file"),
    ):
        command = ["open", str(package), target, "--identity", str(wrong)]
        assert main([*command, *at, "--officer", "Ann"]) == 1
        line = reading(case)[-1]
        assert line.kind == "open_failed"
        assert (line.data["name"], line.data["officer"]) == (str(package), "Ann")
        assert why in str(line.data["reason"])
    capsys.readouterr()
    assert main(["log", "--share", SHARE_ID, *at]) == 0
    assert f"could not open: {case.office.package}" in capsys.readouterr().out
    assert case.office.package.exists()


def test_a_second_look_is_no_refusal(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """The record says that the package was received before."""
    case.open()
    assert case.verify() == 0
    assert case.verify() == 1
    line = reading(case)[-1]
    assert (line.kind, line.data["share"]) == ("verified_before", SHARE_ID)
    capsys.readouterr()
    assert main(["log", "--desk", str(case.desk)]) == 0
    assert "REFUSED" not in capsys.readouterr().out
    assert case.receipt() == 0


def test_a_folder_that_verify_refused_gets_no_receipt(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """A receipt needs a new acceptance, and files without changes since then."""
    case.open()
    assert case.verify() == 0
    assert case.verify("--again", "--fingerprint", "AAAA") == 1
    for command in (
        ["receipt", str(case.bag), *case.signing, *case.inbox],
        ["export", str(case.bag), str(case.office.folder / "export")],
    ):
        assert main([*command, "--desk", str(case.desk)]) == 1
        assert "`verify` refused" in capsys.readouterr().err
    assert case.verify("--again") == 0
    sheet = case.bag / "data/cover-sheet.txt"
    content = sheet.read_bytes()
    sheet.write_bytes(content + b"x")
    assert case.receipt() == 1
    assert "is not as it was verified: Digests match" in capsys.readouterr().err
    sheet.write_bytes(content)
    assert case.receipt() == 0


def test_a_package_that_no_one_opened_is_due_held_and_deleted(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """The days are those in the receipt of the home."""
    at = ["--desk", str(case.desk)]

    def said(*command: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main([*command, *at])
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    assert f"{SHARE_ID}  kept until" in said("due", "--all", *case.inbox)[1]
    note = case.office.intake.inbox / f".incoming/{SHARE_ID}.json"
    told = json.loads(note.read_text())
    long_ago = time_text(datetime.now(UTC) - timedelta(days=31))
    note.write_text(json.dumps(told | {"received_at": long_ago}))
    out = said("due", *case.inbox)[1]
    assert f"{SHARE_ID}  due" in out
    assert "Never opened: it is in the inbox" in out
    assert "Not looked at: the inbox" in said("due")[1]
    until = ["--until", "2999-01-01", "--reason", "Court"]
    day = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    delete = ["delete", SHARE_ID, "--yes", "--reason", "Over", "--due", day]
    for command in (["hold", SHARE_ID, *until], delete):
        code, out = said(*command)
        assert (code, "this desk has no share" in out) == (1, True)
        assert "add --inbox" in out
    code, out = said("hold", SHARE_ID, *until, *case.inbox)
    assert (code, "a withdrawal waits for you" in out) == (0, True)
    assert case.withdraw() == "pending"
    assert case.taken.exists()
    assert "the home asks you to delete it" in said("due", *case.inbox)[1]
    assert said(*delete, *case.inbox)[0] == 1
    today = ["--until", datetime.now(UTC).date().isoformat(), "--reason", "Over"]
    assert said("hold", SHARE_ID, *today)[0] == 0
    code, out = said(*delete, *case.inbox)
    assert (code, f"     {case.taken.resolve()}" in out) == (0, True), out
    assert not case.taken.exists()
    assert case.answer("deleted") == 0
    assert "Nothing is due" in said("due", "--all", *case.inbox)[1]
    code, out = said(*delete, *case.inbox)
    assert (code, "was deleted already" in out) == (1, True)


def test_a_package_in_the_inbox_is_not_only_decrypted(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """The home could otherwise be told that the package is deleted."""
    target = case.office.folder / "plain.tar"
    command = ["decrypt", str(case.office.package), str(target), "--identity"]
    assert main([*command, str(case.office.identity)]) == 1
    assert "its home can withdraw it" in capsys.readouterr().err
    assert not target.exists()


def reading(case: Case) -> list[Entry]:
    """Return the entries of the record."""
    return Desk(case.desk).reading().entries


def test_a_spoilt_or_forged_withdrawal_is_not_listed_as_one(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """The officer's command checks the signature again."""
    folder = case.office.intake.inbox / ".withdrawals"
    path = folder / f"{SHARE_ID}.json"
    stranger = case.office.withdrawal(case.package, key=new_key())
    for content in (
        "spoilt",
        "[]",
        "{}",
        json.dumps({"request": stranger, "result": "pending"}),
        json.dumps({"request": case.office.withdrawal(b"x"), "result": "pending"}),
    ):
        path.write_text(content)
        assert main(["withdrawals", *case.inbox]) == 1
        assert case.answer("deleted") == 1
        err = capsys.readouterr().err
        assert "Traceback" not in err


def test_a_withdrawal_by_whoever_has_the_server_is_not_the_homes(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """An attacker on the server can write the intake's records, but not the desk's."""
    assert case.open() == 0
    assert case.verify() == 0
    stranger = new_key()
    for folder, told in (
        (
            ".incoming",
            {
                "metadata": {"home": jws.thumbprint(stranger.public_key())},
                "size": len(case.package),
                "sha256": hashlib.sha256(case.package).hexdigest(),
            },
        ),
        (
            ".withdrawals",
            {
                "at": "2026-11-03T17:04:09.250Z",
                "request": case.office.withdrawal(
                    case.package,
                    key=stranger,
                    iss=jws.thumbprint(stranger.public_key()),
                ),
                "result": "pending",
            },
        ),
    ):
        path = case.office.intake.inbox / folder / f"{SHARE_ID}.json"
        path.write_text(json.dumps(told))
    at = ["--desk", str(case.desk)]
    for command in (["withdrawals", *case.inbox, *at], ["due", *case.inbox, *at]):
        capsys.readouterr()
        assert main(command) == 1
        said = capsys.readouterr()
        assert "is not from the home that sent the share" in said.err
        assert f"{SHARE_ID}  " not in said.out
    assert case.answer("refused") == 1


def test_a_spoilt_withdrawal_does_not_hide_the_others(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """Valid withdrawals are listed, and invalid files are reported."""
    case.office.package.rename(case.office.folder / "taken")
    token = case.office.withdrawal(case.package)
    assert case.office.withdraw(token)[0] in (200, 202)
    (case.office.intake.inbox / ".withdrawals" / "0.json").write_text("[" * 200_000)
    for command in ("withdrawals", "due"):
        capsys.readouterr()
        assert main([command, *case.inbox, "--desk", str(case.desk)]) == 1
        said = capsys.readouterr()
        assert f"{SHARE_ID}  " in said.out
        assert "Not a withdrawal: 0: " in said.err


@pytest.mark.parametrize("folder", [".incoming", ".receipts", ".withdrawals"])
def test_a_link_in_the_inbox_is_named(
    case: Case, capsys: pytest.CaptureFixture[str], folder: str
) -> None:
    """On a network disk, the link would lead to a folder of the officer's machine."""
    path = case.office.intake.inbox / folder
    path.rename(path.with_name("moved"))
    path.symlink_to(path.with_name("moved"))
    assert main(["withdrawals", *case.inbox]) == 1
    assert "is a link" in capsys.readouterr().err


def test_what_lies_where_receipts_are_served_is_only_signed_again_if_it_was_signed(
    case: Case,
) -> None:
    """An attacker on the server can write receipts there that the agency never signed."""
    assert case.open() == 0
    assert case.verify() == 0
    path = case.office.intake.inbox / ".receipts" / SHARE_ID
    right = case.office.opened(path.read_text(), RECEIPT)
    said = right["receipt"]
    for change in (
        {"retention": {"text": "For ever.", "days": None, "digest": "0" * 64}},
        {"retention": "For ever."},
        {"received_at": 7},
        {"received_at": "9999-12-31T23:59:59-14:00"},
    ):
        forged = right | {"receipt": said | change}
        path.write_text(jws.sign(RECEIPT, forged, new_key()))
        assert case.receipt() == 0
        assert case.office.opened(path.read_text(), RECEIPT)["receipt"] == {
            **said,
            "opened_at": known(case.desk).shares[SHARE_ID].verified_at,
        }
