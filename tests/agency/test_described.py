"""The published schemas match the messages of a real home and a real agency."""

import json
from pathlib import Path
from typing import Any

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.desk.record import NAME
from custom_components.doorwatch.engine.sharing.documents.discovery import WELL_KNOWN
from custom_components.doorwatch.engine.sharing.model import StoppedBy, Withdrawal
from custom_components.doorwatch.engine.sharing.signing.jws import decode
from tests.engine.sharing.evidence import SHARE_ID
from tests.engine.sharing.outbox.home import Home
from tests.schemas import problems

from .office import Office
from .officer import deleting
from .test_feed import call, desk, publish_feed, ready, request
from .test_home_and_intake import delivered, home, office, passing
from .test_officer import Case, case, received

__all__ = ["case", "desk", "home", "office", "passing", "ready", "received"]


def claims(token: str) -> dict[str, Any]:
    """Return the claims of a document."""
    found: dict[str, Any] = json.loads(decode(token.strip().split(".")[1]))
    return found


async def test_what_home_and_intake_say_about_a_share_is_described(
    home: Home, office: Office
) -> None:
    """The schemas cover document, receipt, withdrawal, answer and the home's ledger."""
    share = await delivered(home, office)
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await home.when(share.share_id, lambda one: one.withdrawal is Withdrawal.DELETED)
    other = await home.add(office.document(), window=60)
    await home.outbox.cancel(other.share_id, StoppedBy("u1"))

    document = (office.intake.public / WELL_KNOWN.lstrip("/")).read_text()
    assert problems("agency", claims(document)) == []
    assert problems("receipt", claims(office.receipt(share.share_id)[1])) == []
    note = office.intake.inbox / f".withdrawals/{share.share_id}.json"
    asked = json.loads(note.read_text())["request"]
    assert problems("withdrawal", claims(asked)) == []
    status, answer = office.withdraw(asked)
    assert (status, problems("answer", claims(answer))) == (200, [])
    exported = b"".join([page async for page in home.ledger.export()])
    lines = [json.loads(line) for line in exported.splitlines()]
    assert [line["kind"] for line in lines] == [
        *("confirmed", "sent", "withdrawal_requested", "withdrawal_answered"),
        *("confirmed", "cancelled"),
    ]
    for line in lines:
        assert problems("ledger", line) == []


def test_a_feed_that_an_agency_publishes_is_described(ready: Path) -> None:
    """The feed is made from an officer's TOML file."""
    path = request(ready, labels=["person"], terms="Only for this case.")
    assert call(ready, "request", "new", str(path)) == 0
    assert publish_feed(ready) == 0

    said = claims((ready / "site/feeds/requests.jws").read_text())
    assert len(said["feed"]["features"]) == 1
    assert problems("requests", said) == []


def test_what_a_desk_notes_is_described(case: Case, tmp_path: Path) -> None:
    """The record has lines of each kind, and lines of an earlier record."""
    officer = ["--officer", "Ann Example", "--case", "2026/117"]
    assert case.open() == 0
    assert case.verify("--fingerprint", "AAAA", *case.inbox, *officer) == 1
    assert case.verify("--label", "the yellow house", *case.inbox, *officer) == 0
    assert case.verify(*case.inbox) == 1
    assert case.open() == 1
    assert case.receipt() == 0
    exported, desk = tmp_path / "exported", ["--desk", str(case.desk)]
    signed = [*case.inbox, *case.signing, *desk]
    assert main(["export", str(case.bag), str(exported), *signed]) == 0
    hold = ["--until", "2099-01-01", "--reason", "Court 12/2026"]
    (path,) = exported.rglob("report.jws")
    report = claims(path.read_text())["report"]
    assert main(["hold", SHARE_ID, *hold, *desk]) == 0
    assert case.office.withdraw(case.office.withdrawal(case.package))[0] == 200
    assert case.answer("refused", "--text", "It is evidence.") == 0

    assert (
        main(["hold", SHARE_ID, "--until", "2020-01-01", "--reason", "over", *desk])
        == 0
    )
    more = [*deleting(case.desk, SHARE_ID), *case.inbox, *desk]
    assert main(["delete", SHARE_ID, *more]) == 0

    notes = [json.loads(line) for line in (case.desk / NAME).read_bytes().splitlines()]
    assert [note["kind"] for note in notes] == [
        *("created", "opened", "refused_package", "verified", "verified_before"),
        *("open_failed", "receipt_given"),
        *("exported", "held", "withdrawal_answered", "held", "deleted", "deleted"),
    ]
    assert problems("report", report) == []
    again = tmp_path / "again"
    assert main(["desk", "new", str(again), "--after", str(case.desk / NAME)]) == 0
    notes += [json.loads(line) for line in (again / NAME).read_bytes().splitlines()]
    for note in notes:
        assert problems("record", note) == []


def test_what_a_list_of_homes_brings_to_a_desk_is_described(tmp_path: Path) -> None:
    """Homes and shares from before desks existed are moved into the desk."""
    home, day = "A" * 43, "2026-01-02"
    known = {
        "homes": {home: {"first_seen": day, "proved": day, "label": "yellow"}},
        "shares": {"1": {"home": home, "digest": "ab" * 32, "at": day}},
    }
    (tmp_path / "homes.json").write_text(json.dumps(known))
    desk = tmp_path / "desk"
    command = ["desk", "new", str(desk), "--homes", str(tmp_path / "homes.json")]
    assert main(command) == 0

    notes = [json.loads(line) for line in (desk / NAME).read_bytes().splitlines()]
    assert [note["kind"] for note in notes] == ["created", "imported", "imported"]
    for note in notes:
        assert problems("record", note) == []
