"""Ten officers work at one desk at once and are killed; no acknowledged work is lost."""

from collections.abc import Iterator
import hashlib
import json
from pathlib import Path
import subprocess
from typing import Any

import pytest

from agency.doorwatch_agency.desk.record import Desk
from agency.doorwatch_agency.signing.jws import decode
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.signing.jws import thumbprint
from tests.engine.sharing.evidence import ORIGIN, new_key
from tests.repository import ROOT
from tests.series import series, steps

from .office import ANSWER, RECEIPT, Office
from .officer import new_desk, run_officers

OFFICERS = 10
HOMES = 3  # each home shares several times
MANIFESTS = "manifest-sha256.txt tagmanifest-sha256.txt"
NOTED = {
    "open": "opened",
    "verify": "verified",
    "receipt": "receipt_given",
    "answer": "withdrawal_answered",
}


def share_of(number: int) -> str:
    """Return the share of an officer."""
    return f"{number:032x}"


class Work:
    """A desk, and a package with a withdrawal for each officer."""

    def __init__(self, folder: Path, clip: Clip) -> None:
        self.folder = folder
        self.office = Office(folder / "office")
        self.desk = new_desk(folder / "desk")
        self.keys = [new_key() for _ in range(HOMES)]
        self.files: dict[str, dict[str, str]] = {}
        self._clip = clip

    def receive(self, number: int) -> None:
        """Send a package, and withdraw it."""
        share, key, office = share_of(number), self.keys[number % HOMES], self.office
        office.home_key, office.home = key, thumbprint(key.public_key())
        content = office.sealed(self._clip, share)
        office.upload(content, share)
        package = office.intake.inbox / f"{share}.tar.age"
        package.rename(self.folder / package.name)
        assert office.withdraw(office.withdrawal(content, jti=share))[0] == 200

    def job(self, number: int, kill_at: object = None) -> dict[str, object]:
        """Return the commands of an officer, who does not know which of them ran before."""
        share, office, bag = share_of(number), self.office, self.bag(number)
        at = ["--desk", str(self.desk), "--officer", f"Officer {number}"]
        inbox = ["--inbox", str(office.intake.inbox)]
        signing = ["--online", str(office.online), "--site", str(office.intake.public)]
        package = str(self.folder / f"{share}.tar.age")
        label = f"{number % HOMES} Elm Street"
        return {
            "kill_at": kill_at,
            "commands": [
                [
                    *("open", package, str(bag.parent), *at),
                    *("--identity", str(office.identity), *inbox),
                ],
                [
                    *("verify", str(bag), "--agency", ORIGIN, *inbox, *at),
                    *("--again", "--label", label),
                ],
                ["receipt", str(bag), *inbox, *signing, *at],
                [
                    *("answer", share, "refused", "--text", "Evidence."),
                    *(*inbox, *signing, *at),
                ],
            ],
        }

    def bag(self, number: int) -> Path:
        """Return the folder of the officer's opened package; two officers share a case."""
        return self.folder / f"cases/case-{number // 2}/doorwatch-{share_of(number)}"

    def whole(self, number: int) -> bool:
        """Return whether the officer's package is open, and check that it is complete then."""
        bag = self.bag(number)
        if not bag.exists():
            return False
        done = subprocess.run(
            f"sha256sum --quiet -c {MANIFESTS}".split(),
            cwd=bag,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0
        assert bag.with_name(f"{bag.name}.opened.json").exists()
        return True


@pytest.fixture
def work(tmp_path: Path, clip: Clip) -> Iterator[Work]:
    """Return the desk while the intake runs."""
    work = Work(tmp_path, clip)
    with work.office.intake:
        for number in (*range(2 * OFFICERS // steps(2)), 2 * OFFICERS):
            work.receive(number)
        yield work


def points(work: Work) -> list[tuple[str, int, str]]:
    """Run one officer alone, and return the kill points for the others.

    The points are around each write to the record, and around each step that makes a file
    visible.
    """
    told, ends = run_officers([work.job(2 * OFFICERS) | {"tell": True}])
    assert ends == [0]
    assert [one["code"] for one in told[:-1]] == [0, 0, 0, 0], told
    moments = {
        "pwrite": ("before", "half", "after"),
        "rename": ("before", "after"),
        "replace": ("before", "after"),
    }
    calls = told[-1]["calls"]
    return [
        (name, number, moment)
        for name, when in moments.items()
        for number in range(calls.count(name))
        for moment in when
    ]


def acknowledged(told: list[dict[str, Any]], first: int) -> set[tuple[str, str]]:
    """Return the kind and share of the acknowledged record lines."""
    return {
        (NOTED[one["command"]], share_of(first + one["officer"]))
        for one in told
        if one["code"] == 0
    }


def noted(desk: Path) -> set[tuple[str, str]]:
    """Return the kind and share of the record's lines, after a check of the chain."""
    with Desk(desk).changing() as changing:  # removes an unfinished line
        lines = {(one.kind, str(one.data.get("share"))) for one in changing.entries}
    done = subprocess.run(
        [ROOT / "docs/verify-ledger.sh", desk / "record.jsonl"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return lines


@series
def test_ten_officers_killed_at_once_lose_nothing(work: Work) -> None:
    """The record stays valid, each case is complete or absent, and all officers can continue."""
    found = points(work)
    assert len(found) == 2 * OFFICERS, found
    found = found[:: steps(2)]
    rounds = range(0, len(found), OFFICERS)
    relied_on = {(kind, share_of(2 * OFFICERS)) for kind in NOTED.values()}
    for first in rounds:
        ten = range(first, first + OFFICERS)
        told, ends = run_officers([work.job(one, found[one]) for one in ten])
        assert ends == [-9] * OFFICERS
        relied_on |= acknowledged(told, first)
        lines = noted(work.desk)
        assert relied_on <= lines
        for number in ten:
            _nothing_unnoted(work, number, lines)
    for first in rounds:
        ten = range(first, first + OFFICERS)
        told, ends = run_officers([work.job(one) for one in ten])
        assert ends == [0] * OFFICERS
        for one in told:
            before = "exists already" in one["said"] or "already ans" in one["said"]
            assert one["code"] == 0 or before, one
    lines = noted(work.desk)
    for number in range(len(found)):
        _all_done(work, number, lines)
    assert len(Desk(work.desk).reading().homes) == HOMES
    left = [path for path in work.folder.rglob("*") if path.suffix == ".part"]
    left += (work.folder / "cases").rglob(".opening-*")
    assert left == []


def _nothing_unnoted(work: Work, number: int, lines: set[tuple[str, str]]) -> None:
    """Check that the record names all files."""
    share, inbox = share_of(number), work.office.intake.inbox
    if work.whole(number):
        assert ("opened", share) in lines
    for path, kind in (
        (inbox / f".receipts/{share}", "receipt_given"),
        (inbox / f".withdrawals/{share}.answer", "withdrawal_answered"),
    ):
        if path.exists() and _by_an_officer(path):
            assert (kind, share) in lines


def _all_done(work: Work, number: int, lines: set[tuple[str, str]]) -> None:
    """Check that the record, the case, the receipt and the answer agree."""
    share, desk = share_of(number), Desk(work.desk).reading()
    assert work.whole(number)
    assert {(kind, share) for kind in NOTED.values()} <= lines
    home = thumbprint(work.keys[number % HOMES].public_key())
    assert desk.shares[share].home == home
    assert desk.label(home) == f"{number % HOMES} Elm Street"
    assert desk.case(share) == f"case-{number // 2}"
    work.office.home = home
    receipt = work.office.opened(work.office.receipt(share)[1], RECEIPT)["receipt"]
    package = (work.folder / f"{share}.tar.age").read_bytes()
    assert receipt["sha256"] == hashlib.sha256(package).hexdigest()
    assert receipt["opened_at"] == desk.shares[share].verified_at
    answer = work.office.intake.inbox / f".withdrawals/{share}.answer"
    claims = work.office.opened(answer.read_text(), ANSWER)
    assert claims["answer"]["result"] == "refused"


def _by_an_officer(path: Path) -> bool:
    """Return whether an officer instead of the intake wrote a receipt or an answer."""
    claims = json.loads(decode(path.read_text().split(".")[1]))
    return "answer" in claims or claims["receipt"].get("opened_at") is not None
