"""The agency's word that it has a share: asked for, checked, kept, or said to be missing."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
import logging
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.model import (
    ReceiptState,
    Share,
    ShareState,
)
from custom_components.doorwatch.engine.sharing.signing.canonical import text_digest
from custom_components.doorwatch.engine.sharing.signing.jws import DocumentKind, jwk_of

from .desk import RECEIVED, Desk, new_key
from .home import FakeTime, Home

DAY = 86_400.0


def is_(state: ReceiptState) -> Callable[[Share], bool]:
    """Wait for this."""
    return lambda share: share.receipt is state


async def delivered(home: Home, desk: Desk, **changes: Any) -> Share:
    """Deliver a share."""
    document = desk.document(**changes)
    home.set_agency(document)
    share = await home.add(document)
    share = await home.until(share.share_id, ShareState.DELIVERED)
    await home.settle()
    return share


async def asked(desk: Desk, times: int) -> None:
    """Wait until the home asked so often."""
    async with asyncio.timeout(60):
        while len(desk.asked) < times:
            await asyncio.sleep(0.01)


async def give(home: Home, desk: Desk, **changes: Any) -> None:
    """Have the desk give the receipt of the last share."""
    line = (await home.lines("sent"))[-1]
    desk.receipts[str(line.data["share_id"])] = desk.receipt(line, **changes)


async def test_a_receipt_is_fetched_checked_and_kept(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """With the time at which it arrived there, and a line in the ledger."""
    share = await delivered(home, desk)
    assert share.receipt is ReceiptState.AWAITED
    await give(home, desk)
    passing.advance(5)
    received = await home.when(share.share_id, is_(ReceiptState.RECEIVED))
    assert received.received_at == datetime.fromtimestamp(RECEIVED, UTC)
    assert received.state is ShareState.DELIVERED
    (sent,) = await home.lines("sent")
    (line,) = await home.lines("received")
    assert line.data["sha256"] == sent.data["sha256"]
    assert line.data["opened_at"] is None
    await home.restart()
    (kept,) = await home.outbox.list()
    assert kept.receipt is ReceiptState.RECEIVED
    token = await home.outbox.paper(share.share_id, "delivery_receipt")
    assert token == desk.receipts[share.share_id]
    passing.advance(30 * DAY)
    assert desk.asked == [share.share_id]


async def test_nobody_asks_before_five_seconds_are_over(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The intake may still be writing it."""
    await delivered(home, desk)
    await home.settle()
    assert desk.asked == []
    passing.advance(5)
    await asked(desk, 1)


async def test_pauses_grow_to_six_hours_and_end_after_a_week(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """About 40 questions in all; then it is said that there is none."""
    share = await delivered(home, desk)
    pauses, begun = [], passing.passed
    pause = 5.0
    while (await home.outbox.list())[0].receipt is ReceiptState.AWAITED:
        before = len(desk.asked)
        await home.settle()
        passing.advance(pause * 0.99)
        await home.settle()
        assert len(desk.asked) == before, "asked too early"
        passing.advance(pause * 0.02)
        await asked(desk, before + 1)
        pauses.append(pause)
        pause = min(6 * 3600.0, pause * 2)
        await home.settle()
    assert 7 * DAY < passing.passed - begun < 7.5 * DAY
    assert len(pauses) < 50
    missing = await home.when(share.share_id, is_(ReceiptState.MISSING))
    assert missing.state is ShareState.DELIVERED
    (line,) = await home.lines("receipt_missing")
    assert line.data["share_id"] == share.share_id


async def test_the_week_goes_on_across_restarts(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """A home that was off for long asks once more before it says that there is none."""
    share = await delivered(home, desk)
    passing.advance(5)
    await asked(desk, 1)
    await home.restart()
    await asked(desk, 2)
    await home.close()
    passing.advance(8 * DAY)
    await give_when_closed(home, desk)
    await home.open()
    await home.when(share.share_id, is_(ReceiptState.RECEIVED))
    assert len(desk.asked) == 3


async def give_when_closed(home: Home, desk: Desk) -> None:
    """Give the receipt while the home is off."""
    await home.open(start=False)
    await give(home, desk)
    await home.close()


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": "00" * 32},
        {"size": 5},
        {"ledger": "11" * 32},
    ],
)
async def test_a_receipt_of_something_else_is_wrong_and_said_once(
    home: Home, desk: Desk, passing: FakeTime, changes: dict[str, object]
) -> None:
    """Signed by the agency: it has something else than was sent."""
    share = await delivered(home, desk)
    await give(home, desk, **changes)
    passing.advance(5)
    await home.when(share.share_id, is_(ReceiptState.WRONG))
    (line,) = await home.lines("receipt_wrong")
    assert line.data["agency"] == "https://agency.example"
    assert await home.outbox.paper(share.share_id, "delivery_receipt") is not None
    await home.restart()
    passing.advance(DAY)
    await home.settle()
    assert len(desk.asked) == 1
    assert await home.lines("receipt_wrong") == [line]
    assert await home.lines("received") == []


async def test_a_receipt_without_the_ledger_is_right(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """An intake need not remember it."""
    share = await delivered(home, desk)
    await give(home, desk, ledger=None, opened_at="2027-01-15T08:00:00.000Z")
    passing.advance(5)
    await home.when(share.share_id, is_(ReceiptState.RECEIVED))
    (line,) = await home.lines("received")
    assert line.data["opened_at"] == "2027-01-15T08:00:00.000Z"


@pytest.mark.parametrize(
    "changes",
    [
        {"key": new_key()},
        {"kind": DocumentKind.WITHDRAWAL_ANSWER},
        {"claims": {"iss": "https://other.example"}},
        {"claims": {"aud": "x" * 43}},
        {"claims": {"jti": "0" * 32}},
        {"claims": {"iat": "now"}},
        {"claims": {"iat": int(RECEIVED) + 4_000_000}},
        {"claims": {"receipt": "all is well"}},
        {"schema": "doorwatch-receipt/2"},
        {"sha256": "AB" * 32},
        {"sha256": 5},
        {"size": -1},
        {"size": True},
        {"size": "5"},
        {"received_at": "yesterday"},
        {"received_at": "2026-13-45T25:61:61.000Z"},
        {"received_at": "2026-11-25T12:00:00+00:00"},
        {"received_at": None},
        {"opened_at": 5},
        {"ledger": "short"},
        {"retention": None},
        {"retention": {"text": "for ever", "days": 30, "digest": text_digest("x")}},
        {"retention": {"text": "x", "days": "30", "digest": text_digest("x")}},
    ],
)
async def test_what_is_no_receipt_of_this_share_counts_for_nothing(
    home: Home,
    desk: Desk,
    passing: FakeTime,
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, Any],
) -> None:
    """It is neither kept nor called wrong; the right one may come yet. Logged once."""
    share = await delivered(home, desk)
    await give(home, desk, **changes)
    with caplog.at_level(logging.WARNING):
        passing.advance(5)
        await asked(desk, 1)
        await home.settle()
        passing.advance(10)
        await asked(desk, 2)
        await home.settle()
    (found,) = await home.outbox.list()
    assert found.receipt is ReceiptState.AWAITED
    assert await home.outbox.paper(share.share_id, "delivery_receipt") is None
    said = [one for one in caplog.messages if share.share_id in one]
    assert len(said) == 1
    await give(home, desk)
    passing.advance(20)
    await home.when(share.share_id, is_(ReceiptState.RECEIVED))


@pytest.mark.parametrize("body", ["", "ä", "<html>", "a.b.c", "x" * 70_000])
async def test_any_other_answer_is_no_receipt(
    home: Home, desk: Desk, passing: FakeTime, body: str
) -> None:
    """Whatever it is, and however long."""
    share = await delivered(home, desk)
    desk.receipts[share.share_id] = body
    passing.advance(5)
    await asked(desk, 1)
    await home.settle()
    await give(home, desk)
    passing.advance(10)
    await home.when(share.share_id, is_(ReceiptState.RECEIVED))


@pytest.mark.parametrize("status", [500, 503, 301, 403, 204])
async def test_an_agency_in_trouble_is_asked_again(
    home: Home, desk: Desk, passing: FakeTime, status: int
) -> None:
    """As one that has none yet."""
    share = await delivered(home, desk)
    await give(home, desk)
    desk.status["GET"] = status
    passing.advance(5)
    await asked(desk, 1)
    await home.settle()
    desk.status.clear()
    passing.advance(10)
    await home.when(share.share_id, is_(ReceiptState.RECEIVED))


async def test_an_agency_that_gives_none_is_not_asked(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The share says so: nobody may call it delivered."""
    share = await delivered(home, desk, receipts_uri=None)
    assert share.receipt is ReceiptState.NONE
    assert share.never_confirmed
    passing.advance(8 * DAY)
    await home.restart()
    await home.settle()
    assert desk.asked == []
    assert (await home.outbox.list())[0].receipt is ReceiptState.NONE
    assert await home.kinds() == ["confirmed", "sent"]


async def test_a_receipt_by_a_new_online_key_waits_for_the_document(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """Then it is asked for at once: the root vouches for the key by then."""
    share = await delivered(home, desk)
    desk.key = new_key()
    await give(home, desk)
    passing.advance(5)
    await asked(desk, 1)
    await home.settle()
    assert (await home.outbox.list())[0].receipt is ReceiptState.AWAITED
    home.set_agency(desk.document(seq=2))
    home.outbox.agency_changed("agency")
    await home.when(share.share_id, is_(ReceiptState.RECEIVED))


async def test_a_receipt_by_a_key_that_is_announced_no_more_does_not_count(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """Taking a stolen key out of the document must help; both may stand there a while."""
    share = await delivered(home, desk)
    old, desk.key = desk.key, new_key()
    await give(home, desk, key=old)
    home.set_agency(desk.document(seq=2))
    home.outbox.agency_changed("agency")
    await asked(desk, 1)
    await home.settle()
    assert (await home.outbox.list())[0].receipt is ReceiptState.AWAITED
    both = tuple(jwk_of(key.public_key()) for key in (old, desk.key))
    home.set_agency(desk.document(seq=3, keys=both))
    home.outbox.agency_changed("agency")
    await home.when(share.share_id, is_(ReceiptState.RECEIVED))


async def test_an_agency_that_cannot_be_verified_now_is_asked_later(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """Its keys are not known to hold."""
    share = await delivered(home, desk)
    await give(home, desk)
    home.agencies["agency"] = None
    passing.advance(5)
    await home.settle()
    assert desk.asked == []
    home.set_agency(desk.document())
    home.outbox.agency_changed("agency")
    await home.when(share.share_id, is_(ReceiptState.RECEIVED))


async def test_a_removed_agency_gives_no_receipt(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """There is nobody left to ask."""
    share = await delivered(home, desk)
    home.removed.add("agency")
    home.agencies["agency"] = None
    home.outbox.agency_changed("agency")
    await home.when(share.share_id, is_(ReceiptState.MISSING))
    assert desk.asked == []


async def test_a_clock_that_is_set_back_or_ahead_ends_nothing_early(
    home: Home, desk: Desk, passing: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home that woke with a wrong clock asks at least once more before it gives up."""
    share = await delivered(home, desk)
    passing.wall -= 400 * DAY  # what it says while the network is away
    passing.advance(5)
    await home.settle()  # the document is not valid by this clock: nobody asks
    assert desk.asked == []
    passing.wall += 430 * DAY
    await give(home, desk)
    home.outbox.agency_changed("agency")
    await home.when(share.share_id, is_(ReceiptState.RECEIVED))


async def test_deliveries_do_not_wait_for_answers(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """An agency whose desk is slow still takes shares."""
    share = await delivered(home, desk)
    desk.hold = asyncio.Event()
    passing.advance(5)
    await asked(desk, 1)
    other = await home.add(desk.document())
    await home.until(other.share_id, ShareState.DELIVERED)
    await give(home, desk)
    desk.receipts[share.share_id] = desk.receipt((await home.lines("sent"))[0])
    desk.hold.set()
    await home.when(share.share_id, is_(ReceiptState.RECEIVED))
