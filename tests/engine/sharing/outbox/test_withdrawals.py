"""Test withdrawing delivered shares."""

import asyncio
from collections.abc import Callable
import json
import logging
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import (
    ReceiptState,
    Share,
    ShareState,
    Withdrawal,
)
from custom_components.doorwatch.engine.sharing.outbox.store import OutboxStore
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    decode,
    embedded_key,
    jwk_of,
    verify,
)
from custom_components.doorwatch.engine.sharing.signing.keys import HomeKeys
from tests import waiting

from .desk import ISSUER, Desk, new_key
from .home import FakeTime, Home
from .old_outbox import make_outbox

DAY = 86_400.0


def is_(state: Withdrawal) -> Callable[[Share], bool]:
    """Return a check for this withdrawal state."""
    return lambda share: share.withdrawal is state


async def delivered(home: Home, desk: Desk, **changes: Any) -> Share:
    """Deliver a share."""
    document = desk.document(**{"receipts_uri": None, **changes})
    home.set_agency(document)
    share = await home.add(document)
    share = await home.until(share.share_id, ShareState.DELIVERED)
    await home.settle()
    return share


async def posted(desk: Desk, times: int) -> None:
    """Wait until the home sent this many requests."""
    await waiting.until(lambda: len(desk.posted) >= times)


@pytest.mark.parametrize(
    ("result", "state"),
    [("deleted", Withdrawal.DELETED), ("refused", Withdrawal.REFUSED)],
)
async def test_what_was_delivered_is_withdrawn(
    home: Home, desk: Desk, passing: FakeTime, result: str, state: Withdrawal
) -> None:
    """The request is signed by the home's key; the answer is stored and gets a ledger line."""
    share = await delivered(home, desk)
    assert share.can_withdraw
    desk.answer_with, desk.words = result, "Case 17.\nÅsa, desk"
    asking = await home.outbox.withdraw(share.share_id, user_id="u1")
    assert asking.withdrawal in (Withdrawal.REQUESTED, state)
    assert not asking.can_withdraw
    answered = await home.when(share.share_id, is_(state))
    assert answered.state is ShareState.DELIVERED
    assert answered.withdrawal_text == "Case 17.\nÅsa, desk"

    (request,) = desk.posted
    home_print = desk.home_of(share.share_id)
    opened = verify(
        request,
        DocumentKind.WITHDRAWAL,
        key=embedded_key({home_print}),
        issuer=home_print,
        audience=ISSUER,
        now=2_000_000_000,
    )
    (sent,) = await home.lines("sent")
    assert opened.claims["jti"] == share.share_id
    asked = opened.claims["withdrawal"]
    assert isinstance(asked, dict)
    assert asked["schema"] == "doorwatch-withdrawal/1"
    assert asked["sha256"] == sent.data["sha256"]
    (requested,) = await home.lines("withdrawal_requested")
    (line,) = await home.lines("withdrawal_answered")
    assert requested.data["sha256"] == sent.data["sha256"]
    assert line.data["result"] == result
    assert line.data["answer_sha256"]
    assert "Case 17" not in str(line.data)
    await home.restart()
    passing.advance(40 * DAY)
    await home.settle()
    assert len(desk.posted) == 1


async def test_asking_twice_is_asking_once(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """Requests are repeated before and after the answer."""
    share = await delivered(home, desk)
    desk.status["POST"] = 503
    await asyncio.gather(
        *(home.outbox.withdraw(share.share_id, user_id="u1") for _ in range(3))
    )
    await posted(desk, 1)
    await home.settle()
    desk.status.clear()
    desk.answer_with = "refused"
    passing.advance(60)
    await home.when(share.share_id, is_(Withdrawal.REFUSED))
    again = await home.outbox.withdraw(share.share_id, user_id="u1")
    assert again.withdrawal is Withdrawal.REFUSED
    assert len(set(desk.posted)) == 1
    assert len(await home.lines("withdrawal_requested")) == 1


async def test_the_very_same_request_is_posted_until_there_is_a_decision(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """Restarts do not change the request; the pauses grow from a minute to a day."""
    share = await delivered(home, desk)
    desk.status["POST"] = 503
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await posted(desk, 1)
    pause = 60.0
    for times in range(2, 16):
        await home.settle()
        passing.advance(pause * 0.99)
        await home.settle()
        assert len(desk.posted) == times - 1, "asked too early"
        passing.advance(pause * 0.02)
        await posted(desk, times)
        pause = min(DAY, pause * 2)
    await home.restart()
    await posted(desk, 16)
    assert len(set(desk.posted)) == 1
    desk.status.clear()
    desk.answer_with = "deleted"
    await home.settle()
    passing.advance(DAY)
    await home.when(share.share_id, is_(Withdrawal.DELETED))


async def test_an_agency_that_took_it_away_decides_later(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The agency accepts it without a signature, then with a signature, then decides."""
    share = await delivered(home, desk)
    await home.outbox.withdraw(share.share_id, user_id="u1")
    pending = await home.when(share.share_id, is_(Withdrawal.PENDING))
    assert pending.withdrawal_text == ""
    await home.settle()
    passing.advance(60)
    await posted(desk, 2)
    await home.settle()
    assert len(await home.lines("withdrawal_answered")) == 1
    desk.answer_with, desk.words = "pending", "An officer looks at it."
    passing.advance(120)
    await home.when(share.share_id, lambda share: share.withdrawal_text == desk.words)
    await home.settle()
    desk.answer_with, desk.words = "refused", "It is evidence in court."
    passing.advance(240)
    await home.when(share.share_id, is_(Withdrawal.REFUSED))
    lines = await home.lines("withdrawal_answered")
    assert [line.data["result"] for line in lines] == ["pending", "pending", "refused"]
    assert lines[0].data["answer_sha256"] is None


async def test_no_answer_in_a_month_is_said_plainly(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The person can ask again, which makes a new request."""
    share = await delivered(home, desk)
    desk.status["POST"] = 404
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await posted(desk, 1)
    await home.settle()
    for _ in range(16):
        passing.advance(2 * DAY)
        await home.settle()
    unanswered = await home.when(share.share_id, is_(Withdrawal.UNANSWERED))
    assert unanswered.state is ShareState.DELIVERED
    assert unanswered.can_withdraw
    (line,) = await home.lines("withdrawal_unanswered")
    assert line.data["agency"] == ISSUER
    desk.status.clear()
    desk.answer_with = "deleted"
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await home.when(share.share_id, is_(Withdrawal.DELETED))
    assert len(set(desk.posted)) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"result": "gone"},
        {"result": None},
        {"schema": "doorwatch-withdrawal-answer/2"},
        {"text": None},
        {"text": "x" * 2001},
        {"text": "deleted\u202e"},
        {"at": "now"},
        {"withdrawal_sha256": "00" * 32},
    ],
)
async def test_what_does_not_answer_this_request_counts_for_nothing(
    home: Home,
    desk: Desk,
    passing: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, object],
) -> None:
    """The withdrawal is not reported as deleted."""
    share = await delivered(home, desk)
    desk.answer_with = "deleted"
    decide = desk.decide
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(desk, "decide", lambda request: decide(request, **changes))
        await home.outbox.withdraw(share.share_id, user_id="u1")
        await posted(desk, 1)
        await home.settle()
        passing.advance(60)
        await posted(desk, 2)
        await home.settle()
    assert (await home.outbox.list())[0].withdrawal is Withdrawal.REQUESTED
    assert await home.lines("withdrawal_answered") == []
    assert len([one for one in caplog.messages if share.share_id in one]) == 1
    passing.advance(120)
    await home.when(share.share_id, is_(Withdrawal.DELETED))


async def test_an_answer_by_another_key_counts_for_nothing(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The document is fetched once to look for the key."""
    share = await delivered(home, desk)
    home.renewed.clear()
    desk.answer_with, desk.key = "deleted", new_key()
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await posted(desk, 1)
    await home.settle()
    assert (await home.outbox.list())[0].withdrawal is Withdrawal.REQUESTED
    assert home.renewed == ["agency"]
    home.set_agency(desk.document(seq=2, keys=(jwk_of(desk.key.public_key()),)))
    passing.advance(60)
    await home.when(share.share_id, is_(Withdrawal.DELETED))
    assert home.renewed == ["agency"]


async def test_an_answer_by_a_new_online_key_counts_at_once(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The document with the new key is fetched."""
    share = await delivered(home, desk)
    desk.answer_with, desk.key = "deleted", new_key()
    home.publish = lambda: home.set_agency(desk.document(seq=2))
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await home.when(share.share_id, is_(Withdrawal.DELETED))
    assert len(desk.posted) == 1


@pytest.mark.parametrize("status", [403, 404, 500, 301, 429])
async def test_an_agency_that_does_not_take_it_is_asked_again(
    home: Home, desk: Desk, passing: FakeTime, status: int
) -> None:
    """The error may be temporary."""
    share = await delivered(home, desk)
    desk.status["POST"] = status
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await posted(desk, 1)
    await home.settle()
    desk.status.clear()
    desk.answer_with = "deleted"
    passing.advance(60)
    await home.when(share.share_id, is_(Withdrawal.DELETED))


async def test_a_deleted_share_gets_no_receipt(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """It is not reported as missing either."""
    share = await delivered(home, desk, receipts_uri=f"{desk.root}/receipts")
    desk.answer_with = "deleted"
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await home.when(share.share_id, is_(Withdrawal.DELETED))
    for _ in range(2):
        passing.advance(8 * DAY)
        await home.settle()
        await home.restart()
    assert desk.asked == []
    assert await home.lines("receipt_missing") == []
    (found,) = await home.outbox.list()
    assert found.receipt is ReceiptState.AWAITED


async def test_what_has_not_arrived_is_stopped(home: Home, desk: Desk) -> None:
    """The existing removal is used."""
    document = desk.document()
    home.set_agency(document)
    desk.tus.hold["PATCH"] = asyncio.Event()
    share = await home.add(document, bytes(3_000_000))
    await desk.tus.reached["PATCH"].wait()
    stopped = await home.outbox.withdraw(share.share_id, user_id="u1")
    assert stopped.state is ShareState.CANCELLED
    assert stopped.withdrawal is None
    await asyncio.wait_for(desk.tus.reached["DELETE"].wait(), 30)
    with pytest.raises(SharingError, match="too_late"):
        await home.outbox.withdraw(share.share_id, user_id="u1")
    with pytest.raises(SharingError, match="share_unknown"):
        await home.outbox.withdraw("nothing", user_id="u1")
    assert desk.posted == []


async def test_an_agency_that_takes_none_is_told_at_once(
    home: Home, desk: Desk
) -> None:
    share = await delivered(home, desk, withdrawals_uri=None)
    with pytest.raises(SharingError, match="no_withdrawals"):
        await home.outbox.withdraw(share.share_id, user_id="u1")
    assert (await home.outbox.list())[0].withdrawal is None
    assert await home.kinds() == ["confirmed", "sent"]


async def test_a_request_is_kept_while_the_agency_cannot_be_verified(
    home: Home, desk: Desk
) -> None:
    """It is sent as soon as the agency can be verified."""
    share = await delivered(home, desk)
    home.agencies["agency"] = None
    asking = await home.outbox.withdraw(share.share_id, user_id="u1")
    assert asking.withdrawal is Withdrawal.REQUESTED
    await home.settle()
    assert desk.posted == []
    desk.answer_with = "deleted"
    home.set_agency(desk.document())
    home.outbox.agency_changed("agency")
    await home.when(share.share_id, is_(Withdrawal.DELETED))


async def test_without_the_key_of_the_package_nothing_is_asked(
    home: Home, desk: Desk
) -> None:
    """The agency could not verify the sender, and no new key is created."""
    share = await delivered(home, desk)
    keys = HomeKeys(home.folder / "keys")
    keys.forget("agency")
    with pytest.raises(SharingError, match="cannot_withdraw"):
        await home.outbox.withdraw(share.share_id, user_id="u1")
    assert keys.known("agency") is None
    keys.for_agency("agency")
    with pytest.raises(SharingError, match="cannot_withdraw"):
        await home.outbox.withdraw(share.share_id, user_id="u1")
    assert desk.posted == []


async def test_a_share_of_an_earlier_version_cannot_be_withdrawn_over_the_network(
    home: Home,
) -> None:
    """The agency does not know which home sent it."""
    await home.close()
    (home.outbox_folder / "outbox.db").unlink()
    make_outbox(home.outbox_folder, 2, package_sha256="ab" * 32)
    await home.open()
    (share,) = await home.outbox.list()
    assert not share.can_withdraw
    with pytest.raises(SharingError, match="cannot_withdraw"):
        await home.outbox.withdraw(share.share_id, user_id="u1")


async def test_a_removed_agency_never_answers(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The withdrawal is reported as unanswered."""
    share = await delivered(home, desk)
    desk.status["POST"] = 503
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await posted(desk, 1)
    await home.settle()
    home.removed.add("agency")
    home.agencies["agency"] = None
    home.outbox.agency_changed("agency")
    await home.when(share.share_id, is_(Withdrawal.UNANSWERED))


async def test_a_withdrawal_that_cannot_be_stored_was_not_made(
    home: Home, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error is raised, and the person can ask again."""
    share = await delivered(home, desk)
    desk.answer_with = "deleted"

    def full(*_arguments: object) -> None:
        raise OSError(28, "full")

    with monkeypatch.context() as patch:
        patch.setattr(OutboxStore, "save", full)
        with pytest.raises(SharingError, match="disk_full"):
            await home.outbox.withdraw(share.share_id, user_id="u1")
    await home.settle()
    assert desk.posted == []
    assert (await home.outbox.list())[0].withdrawal is None
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await home.when(share.share_id, is_(Withdrawal.DELETED))


async def test_a_request_names_nothing_but_the_share(home: Home, desk: Desk) -> None:
    """It has no data about the person."""
    share = await delivered(home, desk)
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await posted(desk, 1)
    claims = json.loads(decode(desk.posted[0].split(".")[1]))
    assert set(claims) == {"aud", "iat", "iss", "jti", "withdrawal"}
    assert set(claims["withdrawal"]) == {"requested_at", "schema", "sha256"}
