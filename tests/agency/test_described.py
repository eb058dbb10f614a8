"""The published schemas describe what a real home and a real agency tell each other."""

from collections.abc import AsyncIterator, Iterator
import json
from pathlib import Path
import time
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.documents.discovery import WELL_KNOWN
from custom_components.doorwatch.engine.sharing.model import Withdrawal
from custom_components.doorwatch.engine.sharing.signing.jws import decode
from tests.engine.sharing.outbox.home import CODE, FakeTime, Home
from tests.schemas import problems

from .office import Office
from .test_feed import call, desk, publish_feed, ready, request
from .test_home_and_intake import delivered, published

__all__ = ["desk", "ready"]


def claims(token: str) -> dict[str, Any]:
    """Read what a document says."""
    found: dict[str, Any] = json.loads(decode(token.strip().split(".")[1]))
    return found


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Give an office whose intake runs and has the online key."""
    office = Office(tmp_path / "office", upload_code=CODE)
    with office.intake:
        yield office


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    """Give a running home."""
    passing = FakeTime()
    passing.wall = time.time() - passing.passed
    home = Home(tmp_path / "home", passing.clock)
    home.time = passing
    await home.open()
    yield home
    await home.close()


async def test_what_home_and_intake_say_about_a_share_is_described(
    home: Home, office: Office
) -> None:
    """Document, receipt, withdrawal and answer, and what the home notes of it."""
    share = await delivered(home, office)
    await home.outbox.withdraw(share.share_id)
    await home.when(share.share_id, lambda one: one.withdrawal is Withdrawal.DELETED)
    other = await home.add(published(office), window=60)
    await home.outbox.cancel(other.share_id)

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
    """From the TOML that an officer writes."""
    path = request(ready, labels=["person"], terms="Only for this case.")
    assert call(ready, "request", "new", str(path)) == 0
    assert publish_feed(ready) == 0

    said = claims((ready / "site/feeds/requests.jws").read_text())
    assert len(said["feed"]["features"]) == 1
    assert problems("requests", said) == []
