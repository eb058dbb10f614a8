"""A real home and the real intake: delivery, receipt, withdrawal and answer."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
import time

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.signing import jws
from agency.doorwatch_agency.signing.jws import read_claims
from agency.doorwatch_agency.signing.keys import load_key
from custom_components.doorwatch.engine.sharing.model import (
    ReceiptState,
    Share,
    ShareState,
    Withdrawal,
)
from tests.engine.sharing.outbox.home import CODE, FakeTime, Home

from .office import Office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Return an office whose intake runs and has the online key."""
    office = Office(tmp_path / "office", upload_code=CODE)
    with office.intake:
        yield office


@pytest.fixture
def passing() -> FakeTime:
    """Return a fake clock that starts now, because the intake uses the real time."""
    passing = FakeTime()
    passing.wall = time.time() - passing.passed
    return passing


@pytest.fixture
async def home(tmp_path: Path, passing: FakeTime) -> AsyncIterator[Home]:
    """Return a running home."""
    home = Home(tmp_path / "home", passing.clock)
    home.time = passing
    await home.open()
    yield home
    await home.close()


async def delivered(home: Home, office: Office) -> Share:
    """Deliver a share to the office."""
    document = office.document()
    home.set_agency(document)
    share = await home.add(document, b"video" * 50_000)
    share = await home.until(share.share_id, ShareState.DELIVERED)
    await home.settle()
    return share


async def test_a_home_takes_the_intakes_receipt_and_its_deletion(
    home: Home, office: Office, passing: FakeTime
) -> None:
    """The document's key signed both the receipt and the answer."""
    share = await delivered(home, office)
    (package,) = office.intake.packages()
    passing.advance(5)
    share = await home.when(
        share.share_id, lambda one: one.receipt is not ReceiptState.AWAITED
    )
    assert share.receipt is ReceiptState.RECEIVED
    (line,) = await home.lines("received")
    (sent,) = await home.lines("sent")
    assert line.data["sha256"] == sent.data["sha256"]

    await home.outbox.withdraw(share.share_id, user_id="u1")
    share = await home.when(
        share.share_id, lambda one: one.withdrawal is Withdrawal.DELETED
    )
    assert share.withdrawal_text == "It was still in our inbox and was deleted from it."
    assert not package.exists()


@pytest.mark.usefixtures("a_desk")
async def test_a_home_takes_an_officers_answer_when_it_asks_again(
    home: Home, office: Office, passing: FakeTime, capsys: pytest.CaptureFixture[str]
) -> None:
    """An officer opened the package before the home asks."""
    share = await delivered(home, office)
    (package,) = office.intake.packages()
    case = office.folder / "case"
    command = ["open", str(package), str(case), "--identity", str(office.identity)]
    assert await asyncio.to_thread(main, command) == 0
    bag = case / f"doorwatch-{share.share_id}"
    assert (bag / "data/clip.mp4").read_bytes() == b"video" * 50_000

    await home.outbox.withdraw(share.share_id, user_id="u1")
    await home.when(share.share_id, lambda one: one.withdrawal is Withdrawal.PENDING)
    inbox = ["--inbox", str(office.intake.inbox)]
    assert await asyncio.to_thread(main, ["withdrawals", *inbox]) == 0
    assert f"{share.share_id}  pending" in capsys.readouterr().out
    signing = ["--online", str(office.online), "--site", str(office.intake.public)]
    answer = ["answer", share.share_id, "refused", "--text", "It is evidence."]
    assert await asyncio.to_thread(main, [*answer, *inbox, *signing]) == 0
    # Before the home asks, the agency lists another key, and gives the answer again.
    other = office.folder / "other.pem"
    assert await asyncio.to_thread(main, ["keys", "--online", str(other)]) == 0
    await asyncio.to_thread(office.publish, other)
    home.set_agency(office.document())
    await home.settle()
    passing.advance(60)
    await home.settle()
    (waits,) = await home.outbox.list()
    assert waits.withdrawal is Withdrawal.PENDING
    signing[1] = str(other)
    again = ["answer", share.share_id, "refused"]
    assert await asyncio.to_thread(main, [*again, *inbox, *signing]) == 0
    await home.settle()
    passing.advance(120)
    share = await home.when(
        share.share_id, lambda one: one.withdrawal is Withdrawal.REFUSED
    )
    assert share.withdrawal_text == "It is evidence."
    lines = await home.lines("withdrawal_answered")
    assert lines[-1].data["result"] == "refused"


async def test_a_home_hears_that_an_officer_opened_it(
    home: Home, office: Office, passing: FakeTime
) -> None:
    """The intake serves the officer's receipt instead of the first one."""
    share = await delivered(home, office)
    passing.advance(5)
    await home.when(share.share_id, lambda one: one.receipt is ReceiptState.RECEIVED)
    served = office.intake.inbox / ".receipts" / share.share_id
    claims = read_claims(served.read_text())
    receipt = claims["receipt"]
    assert isinstance(receipt, dict)
    receipt["opened_at"] = "2026-11-27T15:00:00.000Z"
    online = load_key(office.online)
    served.write_text(jws.sign(jws.RECEIPT, claims, online))
    await home.settle()
    passing.advance(3600)
    share = await home.when(share.share_id, lambda one: one.opened_at is not None)
    assert await home.kinds() == ["confirmed", "sent", "received", "opened"]
