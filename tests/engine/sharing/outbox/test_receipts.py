"""Test requesting, checking and keeping an agency's receipts."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
import logging
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.model import (
    ReceiptState,
    Share,
    ShareState,
    Withdrawal,
)
from custom_components.doorwatch.engine.sharing.outbox.lookups import Renewal
from custom_components.doorwatch.engine.sharing.signing.canonical import text_digest
from custom_components.doorwatch.engine.sharing.signing.jws import DocumentKind, jwk_of
from tests import waiting

from .desk import RECEIVED, Desk, new_key
from .home import FakeTime, Home

DAY = 86_400.0


def is_(state: ReceiptState) -> Callable[[Share], bool]:
    """Return a check for this receipt state."""
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
    """Wait until the home asked this many times."""
    await waiting.until(lambda: len(desk.asked) >= times)


async def give(home: Home, desk: Desk, **changes: Any) -> None:
    """Let the desk return the receipt of the last share."""
    line = (await home.lines("sent"))[-1]
    desk.receipts[str(line.data["share_id"])] = desk.receipt(line, **changes)


async def test_a_receipt_is_fetched_checked_and_kept(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The time of arrival is stored, and the ledger gets a line."""
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
    """After about 40 requests the receipt is reported as missing."""
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
    """A home that was off for long asks once more before it reports a missing receipt."""
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
    """Provide the receipt while the home is off."""
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
    """The receipt is signed by the agency but is about something other than the sent package."""
    share = await delivered(home, desk)
    await give(home, desk, opened_at="2027-01-15T08:00:00.000Z", **changes)
    passing.advance(5)
    share = await home.when(share.share_id, is_(ReceiptState.WRONG))
    assert share.opened_at is None  # the receipt is not about the sent package
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
    """An intake does not have to keep the ledger's digest."""
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
    """The receipt is ignored and logged once; a valid one is accepted later."""
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
    """The share is never reported as confirmed."""
    share = await delivered(home, desk, receipts_uri=None)
    assert share.receipt is ReceiptState.NONE
    assert share.never_confirmed
    passing.advance(8 * DAY)
    await home.restart()
    await home.settle()
    assert desk.asked == []
    assert (await home.outbox.list())[0].receipt is ReceiptState.NONE
    assert await home.kinds() == ["confirmed", "sent"]


async def test_a_receipt_by_a_new_online_key_has_the_document_fetched(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The document is fetched once, and its root confirms the key."""
    share = await delivered(home, desk)
    home.renewed.clear()
    desk.key = new_key()
    home.publish = lambda: home.set_agency(desk.document(seq=2))
    await give(home, desk)
    passing.advance(5)
    await home.when(share.share_id, is_(ReceiptState.RECEIVED))
    assert (home.renewed, desk.asked) == (["agency"], [share.share_id])


@pytest.mark.parametrize("renewal", list(Renewal))
async def test_ever_new_keys_do_not_have_the_document_fetched_for_ever(
    home: Home, desk: Desk, passing: FakeTime, renewal: Renewal
) -> None:
    """It is fetched at most once in ten minutes, even for several shares."""
    for _ in range(3):
        await delivered(home, desk)
    home.renewed.clear()
    home.renewal = renewal
    seq = iter(range(2, 1000))

    def another() -> None:
        """Publish an unrelated key and notify the outbox, as a coordinator does."""
        home.set_agency(desk.document(seq=next(seq)))
        home.outbox.agency_changed("agency")

    home.publish = another
    for times in range(1, 8):
        for line in await home.lines("sent"):
            share_id = str(line.data["share_id"])
            desk.receipts[share_id] = desk.receipt(line, key=new_key())
        passing.advance(5 * 2.0 ** (times - 1))
        await asked(desk, 3 * times)
        await home.settle()
    assert len(desk.asked) == 21
    assert home.renewed == ["agency", "agency"]  # the first time, and after 635 seconds
    assert {one.receipt for one in await home.outbox.list()} == {ReceiptState.AWAITED}


async def test_a_receipt_by_a_key_that_is_announced_no_more_does_not_count(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """A stolen key must be revocable; during a rotation both keys may be listed."""
    share = await delivered(home, desk)
    old, desk.key = desk.key, new_key()
    await give(home, desk, key=old)
    home.set_agency(desk.document(seq=2))
    passing.advance(5)
    await asked(desk, 1)
    await home.settle()
    assert (await home.outbox.list())[0].receipt is ReceiptState.AWAITED
    both = tuple(jwk_of(key.public_key()) for key in (old, desk.key))
    home.set_agency(desk.document(seq=3, keys=both))
    passing.advance(10)
    await home.when(share.share_id, is_(ReceiptState.RECEIVED))


async def test_an_agency_that_cannot_be_verified_now_is_asked_later(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The agency's keys may be out of date."""
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
    """The agency is not asked any more."""
    share = await delivered(home, desk)
    home.removed.add("agency")
    home.agencies["agency"] = None
    home.outbox.agency_changed("agency")
    await home.when(share.share_id, is_(ReceiptState.MISSING))
    assert desk.asked == []


async def test_a_clock_that_is_set_back_or_ahead_ends_nothing_early(
    home: Home, desk: Desk, passing: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home that starts with a wrong clock asks again before it gives up."""
    share = await delivered(home, desk)
    passing.wall -= 400 * DAY  # the wall clock while the network is down
    passing.advance(5)
    # The document is not valid at this time, so the agency is not asked.
    await home.settle()
    assert desk.asked == []
    passing.wall += 430 * DAY
    await give(home, desk)
    home.outbox.agency_changed("agency")
    await home.when(share.share_id, is_(ReceiptState.RECEIVED))


async def test_deliveries_do_not_wait_for_answers(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """An agency with a slow desk still gets shares."""
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


# Receipts with the time of opening


OPENED = "2027-01-16T09:30:00.000Z"


async def received(home: Home, desk: Desk, passing: FakeTime) -> Share:
    """Deliver a share and get its first receipt."""
    share = await delivered(home, desk)
    await give(home, desk)
    passing.advance(5)
    share = await home.when(share.share_id, is_(ReceiptState.RECEIVED))
    await home.settle()
    return share


async def pass_days(home: Home, passing: FakeTime, days: float) -> None:
    """Advance the time in steps of an hour."""
    for _ in range(round(days * 24)):
        passing.advance(3600)
        await home.settle()


def opened(share: Share) -> bool:
    """Return whether the home knows that an officer opened the share."""
    return share.opened_at is not None


async def test_a_receipt_that_says_when_it_was_opened_replaces_the_first(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The ledger gets a line, and the agency is not asked any more."""
    share = await received(home, desk, passing)
    first = desk.receipts[share.share_id]
    assert share.opened_at is None
    await pass_days(home, passing, 3)
    before = len(desk.asked)
    assert 4 < before < 9
    await give(home, desk, opened_at=OPENED)
    await pass_days(home, passing, 3)
    found = await home.when(share.share_id, opened)
    assert found.opened_at == datetime(2027, 1, 16, 9, 30, tzinfo=UTC)
    assert found.received_at == share.received_at
    assert found.receipt is ReceiptState.RECEIVED
    token = await home.outbox.paper(share.share_id, "delivery_receipt")
    assert token == desk.receipts[share.share_id] != first
    assert await home.kinds() == ["confirmed", "sent", "received", "opened"]
    (line,) = await home.lines("opened")
    assert line.data["opened_at"] == OPENED
    asked = len(desk.asked)
    await home.restart()
    await pass_days(home, passing, 5)
    assert len(desk.asked) == asked


async def test_who_opens_nothing_is_asked_less_and_less_for_a_month(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """About 20 requests are sent, and unopened shares are not reported as a problem."""
    share = await received(home, desk, passing)
    asked: list[int] = []
    for _ in range(40):
        before = len(desk.asked)
        await pass_days(home, passing, 1)
        asked.append(len(desk.asked) - before)
    assert asked[0] <= 6
    assert sum(asked[7:14]) <= 5
    assert sum(asked[30:]) == 0
    assert 12 < len(desk.asked) < 30
    assert home.registry.ended == {}
    assert await home.kinds() == ["confirmed", "sent", "received"]
    assert (await home.outbox.get(share.share_id)) == share


async def test_restarts_show_nothing(home: Home, desk: Desk, passing: FakeTime) -> None:
    """A restart sends no request, even if requests were due while the home was off."""
    await received(home, desk, passing)
    await pass_days(home, passing, 3)
    before = len(desk.asked)
    for _ in range(5):
        await home.restart()
        home.outbox.agency_changed("agency")
        await home.settle()
    assert len(desk.asked) == before
    await home.close()
    passing.advance(5 * DAY)
    await home.open()
    home.outbox.agency_changed("agency")
    await home.settle()
    assert len(desk.asked) == before
    await pass_days(home, passing, 2.1)
    assert len(desk.asked) == before + 1


async def test_a_home_that_restarts_each_night_still_hears(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The random time of the next request is stored."""
    share = await received(home, desk, passing)
    for day in range(12):
        if day == 6:
            await give(home, desk, opened_at=OPENED)
        await pass_days(home, passing, 1)
        await home.restart()
    await home.when(share.share_id, opened)


async def test_a_home_that_is_off_each_night_still_hears(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """Requests that were due at night are sent later, not at the start."""
    share = await received(home, desk, passing)
    await pass_days(home, passing, 10)
    await give(home, desk, opened_at=OPENED)
    (due,) = home.registry.ended.values()
    assert due.record.receipt_due is not None
    left = due.record.receipt_due - passing.clock.now()
    await pass_days(home, passing, left / DAY - 1 / 12)
    before = len(desk.asked)
    # Without this, the next request is always due at night.
    home.clock = replace(passing.clock, jitter=lambda: 0.7)
    for _ in range(4):
        await home.close()
        passing.advance(8 * 3600)
        await home.open()
        await home.settle()
        assert len(desk.asked) == before
        await pass_days(home, passing, 16 / 24)
        if len(desk.asked) > before:
            break
    await home.when(share.share_id, opened)


async def test_a_first_receipt_that_is_late_is_taken(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The receipt was reported as missing after a week."""
    share = await delivered(home, desk)
    await pass_days(home, passing, 8)
    await home.when(share.share_id, is_(ReceiptState.MISSING))
    await give(home, desk)
    await pass_days(home, passing, 3)
    await home.when(share.share_id, is_(ReceiptState.RECEIVED))
    await give(home, desk, opened_at=OPENED)
    await pass_days(home, passing, 3)
    await home.when(share.share_id, opened)
    kinds = await home.kinds()
    assert kinds[2:] == ["receipt_missing", "received", "opened"]


@pytest.mark.parametrize(
    "changes",
    [
        {"sha256": "00" * 32},
        {"size": 5},
        {"ledger": None},
        {"received_at": "2027-01-15T09:30:00.000Z"},
        {"retention": {"text": "x", "days": 900, "digest": text_digest("x")}},
        {"remarks": "none"},
    ],
)
async def test_another_receipt_that_says_something_else_is_not_taken(
    home: Home,
    desk: Desk,
    passing: FakeTime,
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, Any],
) -> None:
    """The first receipt is kept, and the other is logged once; a valid one is accepted later."""
    share = await received(home, desk, passing)
    first = desk.receipts[share.share_id]
    await give(home, desk, opened_at=OPENED, **changes)
    with caplog.at_level(logging.WARNING):
        await pass_days(home, passing, 2)
    assert len([one for one in caplog.messages if share.share_id in one]) == 1
    assert await home.outbox.get(share.share_id) == share
    assert await home.outbox.paper(share.share_id, "delivery_receipt") == first
    await give(home, desk, opened_at=OPENED)
    await pass_days(home, passing, 2.5)
    await home.when(share.share_id, opened)


async def test_what_is_deleted_is_not_asked_about(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The agency is not asked after a restart either."""
    share = await received(home, desk, passing)
    desk.answer_with = "deleted"
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await home.when(
        share.share_id, lambda share: share.withdrawal is Withdrawal.DELETED
    )
    await home.settle()
    asked = len(desk.asked)
    await home.restart()
    await pass_days(home, passing, 4)
    assert len(desk.asked) == asked


async def test_what_is_deleted_while_another_is_asked_about_is_not(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """A slow answer about one share delays the requests about others."""
    await received(home, desk, passing)
    share = await received(home, desk, passing)
    before, desk.hold = len(desk.asked), asyncio.Event()
    passing.advance(3600)
    await asked(desk, before + 1)
    assert desk.asked[-1] != share.share_id
    desk.answer_with = "deleted"
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await home.when(
        share.share_id, lambda share: share.withdrawal is Withdrawal.DELETED
    )
    desk.hold.set()
    await home.settle()
    assert len(desk.asked) == before + 1


async def test_a_removed_agency_is_not_asked_on(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """Nothing is remembered about the share's agency."""
    await received(home, desk, passing)
    asked = len(desk.asked)
    home.removed.add("agency")
    home.agencies["agency"] = None
    home.outbox.agency_changed("agency")
    await home.settle()
    assert home.registry.ended == {}
    await home.restart()
    await home.settle()
    assert len(desk.asked) == asked


@pytest.mark.parametrize("by", [-400 * DAY, 20 * DAY])
async def test_a_clock_that_is_set_puts_nothing_off_for_long(
    home: Home, desk: Desk, passing: FakeTime, by: float
) -> None:
    """The agency is not asked more often either."""
    share = await received(home, desk, passing)
    await pass_days(home, passing, 2)
    asked = len(desk.asked)
    passing.wall += by
    await home.restart()
    await home.settle()
    passing.wall -= by  # the time was synchronized over the network
    await home.settle()
    assert len(desk.asked) == asked
    await give(home, desk, opened_at=OPENED)
    await pass_days(home, passing, 2.1)
    await home.when(share.share_id, opened)
