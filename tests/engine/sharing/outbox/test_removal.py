"""Test canceling shares before they arrive, and the reported outcome."""

import asyncio
import errno
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import (
    Outcome,
    Removal,
    Share,
    ShareState,
    StoppedBy,
)
from custom_components.doorwatch.engine.sharing.outbox import removal
from custom_components.doorwatch.engine.sharing.outbox.jobs import Job
from custom_components.doorwatch.engine.sharing.outbox.removal import KEEP_ASKING
from custom_components.doorwatch.engine.sharing.outbox.store import OutboxStore
from custom_components.doorwatch.engine.sharing.outbox.tus import TusClient
from tests import waiting

from .home import FakeTime, Home
from .parts import make_document, other_terms
from .tus_server import Server

CANCELLED = ShareState.CANCELLED
DELIVERED = ShareState.DELIVERED
FAILED = ShareState.FAILED
NEEDS_NEW_TAP = ShareState.NEEDS_NEW_TAP
PART = 700  # bytes


async def _sending(home: Home, server: Server, early: int = PART) -> Share:
    """Return a share of which the agency has a part while the rest is being sent."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.early = early
    server.hold["PATCH"] = asyncio.Event()
    share = await home.add(document)
    await server.reached["PATCH"].wait()
    return share


def _settled(share: Share) -> bool:
    """Return whether the outcome of the sent part is known."""
    return share.outcome not in (Outcome.PART, Outcome.PART_ASKED)


async def test_a_share_on_its_way_is_stopped_and_taken_back(
    home: Home, server: Server
) -> None:
    """The outcome is that the agency confirmed the removal of its part."""
    share = await _sending(home, server)
    server.hold["HEAD"] = asyncio.Event()
    stopped = await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    assert stopped.state is CANCELLED
    assert stopped.outcome is Outcome.PART_ASKED
    await home.emptied()
    server.hold.pop("HEAD").set()

    taken = await home.when(share.share_id, _settled)
    assert taken.outcome is Outcome.PART_REMOVED
    assert taken.sent == PART < taken.total
    assert taken.ended_at is not None
    assert server.received == {}
    confirmed, cancelled, taken_back = await home.lines()
    assert confirmed.kind == "confirmed"
    assert cancelled.kind == "cancelled"
    assert cancelled.data["begun"] is True
    # Everything had been handed to the connection.
    assert cancelled.data["sent"] == taken.total
    assert taken_back.kind == "taken_back"
    assert taken_back.data["removal"] == "confirmed"
    assert taken_back.data["arrived"] == PART
    with pytest.raises(SharingError):
        await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    with pytest.raises(SharingError):
        await home.outbox.retry(share.share_id)


async def test_nothing_leaves_any_more_when_it_is_written_down_how_much_left(
    home: Home, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the ledger would record too few bytes."""
    share = await _sending(home, server)
    finish = home.registry.finish
    going: list[bool] = []

    async def look(job: Job, *details: Any) -> None:
        going.append(job.upload is not None and not job.upload.done())
        await finish(job, *details)

    monkeypatch.setattr(home.registry, "finish", look)
    await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    assert going == [False]


async def test_a_share_whose_end_cannot_be_written_stays_stopped(
    home: Home,
    server: Server,
    passing: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing more is sent while the disk is full, and the end is stored later."""
    share = await _sending(home, server)

    def full(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    with monkeypatch.context() as patch:
        patch.setattr(OutboxStore, "save", full)
        for _ in range(2):
            with pytest.raises(SharingError, match="stop_not_stored"):
                await home.outbox.cancel(share.share_id, StoppedBy("u1"))
        server.hold.pop("PATCH").set()
        stopped = await home.outbox.get(share.share_id)
        assert stopped is not None
        assert stopped.problem == "stop_not_stored"
        assert stopped.next_attempt is None
        requests = list(server.requests)
        with pytest.raises(SharingError, match="cannot_retry"):
            await home.outbox.retry(share.share_id)
        home.outbox.agency_changed("agency")
        for _ in range(3):
            passing.advance(100)
            await home.settle()
        assert server.requests == requests
    passing.advance(100)
    await home.until(share.share_id, CANCELLED)
    await asyncio.wait_for(server.reached["DELETE"].wait(), 30)
    assert server.requests.count("PATCH") == 1
    await home.emptied()


@pytest.mark.parametrize("state", [ShareState.WAITING, FAILED])
async def test_an_undo_that_cannot_be_written_lets_nothing_leave(
    home: Home,
    server: Server,
    passing: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    state: ShareState,
) -> None:
    """The share is in its window, or has failed; other shares are still sent."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    if state is FAILED:
        server.status["POST"] = 413
    share = await home.add(document, window=0 if state is FAILED else 10)
    await home.until(share.share_id, state)
    server.status.clear()
    save = OutboxStore.save

    def full_for_it(store: OutboxStore, records: list[Any], lines: list[Any]) -> Any:
        if records[0].state is CANCELLED:
            raise OSError(errno.ENOSPC, "full")
        return save(store, records, lines)

    with monkeypatch.context() as patch:
        patch.setattr(OutboxStore, "save", full_for_it)
        with pytest.raises(SharingError, match="stop_not_stored"):
            await home.outbox.cancel(share.share_id, StoppedBy("u1"))
        passing.advance(3600)
        other = await home.add(document)
        await home.until(other.share_id, DELIVERED)
        found = await home.outbox.get(share.share_id)
        assert found is not None
        assert found.problem == "stop_not_stored"
    # With space on the disk, it can be canceled.
    assert (
        await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    ).state is CANCELLED
    assert len(server.received) == 1


async def test_undo_in_the_window_left_nothing(home: Home, server: Server) -> None:
    """The agency is not asked to remove anything."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10)
    cancelled = await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    assert cancelled.outcome is Outcome.NOTHING
    assert cancelled.removal is None
    (line,) = await home.lines("cancelled")
    assert line.data["begun"] is False
    assert line.data["sent"] == 0
    other = await home.add(document)
    await home.until(other.share_id, DELIVERED)
    assert "DELETE" not in server.requests


async def test_a_share_that_had_arrived_was_delivered(
    home: Home, server: Server
) -> None:
    """The last byte was sent but not acknowledged, so it was too late to stop the share."""
    share = await _sending(home, server, early=-1)
    assert (
        await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    ).outcome is Outcome.PART_ASKED
    delivered = await home.until(share.share_id, DELIVERED)
    assert delivered.problem == "arrived_anyway"
    assert delivered.outcome is None
    assert delivered.sent == delivered.total
    assert "DELETE" not in server.requests
    assert await home.kinds() == ["confirmed", "cancelled", "sent"]
    (line,) = await home.lines("sent")
    assert line.data["stopped_too_late"] is True
    with pytest.raises(SharingError, match="too_late"):
        await home.outbox.cancel(share.share_id, StoppedBy("u1"))


async def test_an_agency_that_never_answers_has_confirmed_nothing(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """The agency is asked for a week."""
    share = await _sending(home, server)
    server.status["HEAD"] = 503
    await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    server.reached["HEAD"].clear()
    await asyncio.wait_for(server.reached["HEAD"].wait(), 60)
    again = await home.outbox.get(share.share_id)
    assert again is not None and again.outcome is Outcome.PART_ASKED
    passing.advance(KEEP_ASKING)

    async def later() -> Share | None:
        passing.advance(60)  # past the pause after the current attempt
        now = await home.outbox.get(share.share_id)
        return None if now == again else now

    settled = await waiting.until(later)
    assert settled.outcome is Outcome.PART_UNCONFIRMED
    (line,) = await waiting.until(lambda: home.lines("taken_back"))
    assert line.data["removal"] == "unconfirmed"
    assert line.data["arrived"] is None


async def test_an_agency_that_refuses_to_remove_it_is_asked_once(
    home: Home, server: Server
) -> None:
    """The number of bytes that the agency has is known."""
    share = await _sending(home, server)
    server.status["DELETE"] = 403
    await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    settled = await home.when(share.share_id, _settled)
    assert settled.outcome is Outcome.PART_UNCONFIRMED
    assert settled.sent == PART
    assert server.requests.count("DELETE") == 1


async def test_an_upload_that_the_agency_knows_nothing_of_is_not_called_removed(
    home: Home, server: Server
) -> None:
    """The agency may have received everything and moved it elsewhere."""
    share = await _sending(home, server)
    server.received.clear()
    await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    settled = await home.when(share.share_id, _settled)
    assert settled.outcome is Outcome.PART_UNCONFIRMED


async def test_an_answer_that_got_lost_is_asked_for_again(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """The agency had removed its part, which is confirmed by the next request."""
    share = await _sending(home, server)
    server.lost.add("DELETE")
    await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    asked = await home.when(
        share.share_id, lambda share: share.removal is Removal.ASKED
    )
    assert asked.outcome is Outcome.PART_ASKED
    await asyncio.wait_for(server.reached["DELETE"].wait(), 60)
    await home.restart()  # drops the pause before the retry
    settled = await home.when(share.share_id, _settled)
    assert settled.outcome is Outcome.PART_REMOVED
    assert (await home.kinds()).count("taken_back") == 1


async def test_taking_back_goes_on_after_a_restart(home: Home, server: Server) -> None:
    """The agency was not reachable when the share was canceled."""
    share = await _sending(home, server)
    server.status["HEAD"] = 503
    await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    await home.close()
    del server.status["HEAD"]
    await home.open()
    settled = await home.when(share.share_id, _settled)
    assert settled.outcome is Outcome.PART_REMOVED
    assert server.received == {}


async def test_an_agency_that_is_back_is_asked_at_once(
    home: Home, server: Server
) -> None:
    """The pause is skipped."""
    share = await _sending(home, server)
    document = make_document(server.endpoint)
    home.agencies["agency"] = None
    await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    home.set_agency(document)
    home.outbox.agency_changed("agency")
    assert (await home.when(share.share_id, _settled)).removal is Removal.CONFIRMED


async def test_a_removed_agency_confirms_nothing(home: Home, server: Server) -> None:
    """The agency is not asked any more."""
    share = await _sending(home, server)
    home.removed.add("agency")
    home.agencies["agency"] = None
    home.outbox.agency_changed("agency")
    settled = await home.when(
        share.share_id, lambda share: share.removal is Removal.UNCONFIRMED
    )
    assert settled.state is NEEDS_NEW_TAP
    assert settled.outcome is Outcome.PART_UNCONFIRMED


async def test_a_failed_share_of_which_a_part_left_is_given_up(
    home: Home, server: Server
) -> None:
    """The package is deleted immediately, not after a month."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.early = PART
    server.status["PATCH"] = 413
    share = await home.add(document)
    failed = await home.until(share.share_id, FAILED)
    assert failed.outcome is Outcome.PART
    assert home.files() == {f"{share.share_id}.tar.age"}
    await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    await home.emptied()
    settled = await home.when(share.share_id, _settled)
    assert settled.outcome is Outcome.PART_REMOVED


async def test_a_share_that_waits_for_the_agency_is_given_up(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """No further attempt is made."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.early = PART
    server.status["PATCH"] = 503
    share = await home.add(document)
    await home.when(share.share_id, lambda share: share.problem is not None)
    await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    await home.when(share.share_id, _settled)
    server.status.clear()
    server.early = 0
    tried = server.requests.count("PATCH")
    passing.advance(1e5)
    other = await home.add(document)
    await home.until(other.share_id, DELIVERED)
    assert server.requests.count("PATCH") == tried + 1


async def test_new_terms_tell_what_became_of_the_part_that_was_sent(
    home: Home, server: Server
) -> None:
    share = await _sending(home, server)
    home.set_agency(other_terms(make_document(server.endpoint)))
    home.outbox.agency_changed("agency")
    settled = await home.when(
        share.share_id, lambda share: share.removal is Removal.CONFIRMED
    )
    assert settled.state is NEEDS_NEW_TAP
    assert settled.outcome is Outcome.PART_REMOVED
    (line,) = await home.lines("stopped")
    assert line.data["begun"] is True


async def test_what_was_sent_before_a_backup_is_not_known_after_it(
    home: Home, server: Server
) -> None:
    """The original home may have delivered the share, so it is not taken back."""
    share = await _sending(home, server)
    await home.restart(restored=True)
    restored = await home.until(share.share_id, NEEDS_NEW_TAP)
    assert restored.outcome is Outcome.UNKNOWN
    other = await home.add(make_document(server.endpoint), agency_id="agency")
    server.hold.pop("PATCH").set()
    server.early = 0
    await home.until(other.share_id, DELIVERED)
    assert "DELETE" not in server.requests


async def test_a_share_that_needs_a_new_tap_can_be_put_away(
    home: Home, server: Server
) -> None:
    """It can be dismissed once."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=300)
    home.set_agency(other_terms(document))
    home.outbox.agency_changed("agency")
    await home.until(share.share_id, NEEDS_NEW_TAP)
    put_away = await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    assert put_away.state is CANCELLED
    assert put_away.outcome is Outcome.NOTHING
    assert home.changes[-1].state is CANCELLED
    with pytest.raises(SharingError, match="too_late"):
        await home.outbox.cancel(share.share_id, StoppedBy("u1"))


@pytest.mark.parametrize("moment", ["POST", "HEAD"])
async def test_undo_before_the_first_byte_leaves_no_upload_at_the_agency(
    home: Home, server: Server, moment: str
) -> None:
    """The address of the upload may be known or not."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.hold[moment] = asyncio.Event()
    share = await home.add(document)
    await server.reached[moment].wait()
    cancelled = await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    assert cancelled.outcome is Outcome.NOTHING
    server.hold.pop(moment).set()
    await home.when(share.share_id, lambda share: share.removal is Removal.CONFIRMED)
    assert server.received == {}
    assert "PATCH" not in server.requests
    (line,) = await home.lines("taken_back")
    assert line.data["begun"] is False


# The cancel window


async def test_an_agency_that_is_back_does_not_shorten_a_fresh_window(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """A restart starts a new window, even for a share that had a problem before."""
    document = make_document(server.endpoint)
    share = await home.add(document, window=10)
    passing.advance(10)
    await home.until(share.share_id, ShareState.WAITING, problem="agency_unavailable")
    await home.restart()
    home.set_agency(document)
    home.outbox.agency_changed("agency")  # as at every start of an agency
    waiting = await home.until(share.share_id, ShareState.WAITING)
    assert waiting.cancel_until is not None
    with pytest.raises(SharingError, match="cannot_retry"):
        await home.outbox.retry(share.share_id)
    passing.advance(9)
    # A share of another agency passes the same steps, so this one would have been sent by now.
    other = await home.add(document, agency_id="other")
    home.set_agency(document, "other")
    home.outbox.agency_changed("other")
    await home.until(other.share_id, DELIVERED)
    assert (await home.until(share.share_id, ShareState.WAITING)).sent == 0
    assert server.requests.count("POST") == 1
    passing.advance(1)
    await home.until(share.share_id, DELIVERED)


# Follow-ups and deliveries


async def test_a_mistake_while_taking_back_holds_nothing_and_is_logged_once(
    home: Home,
    server: Server,
    passing: FakeTime,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Shares are delivered, and the removal is retried later."""
    calls: list[str] = []

    async def mistaken(_client: TusClient, url: str, *_: object) -> None:
        calls.append(url)
        raise RuntimeError("nobody thought of that")

    share = await _sending(home, server)
    with monkeypatch.context() as patch:
        patch.setattr(removal, "take_back", mistaken)
        await home.outbox.cancel(share.share_id, StoppedBy("u1"))
        server.hold.pop("PATCH").set()
        other = await home.add(make_document(server.endpoint))
        await home.until(other.share_id, DELIVERED)
        assert len(calls) == 1
        passing.advance(3600)
        third = await home.add(make_document(server.endpoint))
        await home.until(third.share_id, DELIVERED)
        await waiting.until(lambda: len(calls) >= 2)
    assert caplog.text.count("Unexpected error after sharing") == 1
    passing.advance(7200)
    settled = await home.when(share.share_id, _settled)
    assert settled.removal is Removal.CONFIRMED


async def test_taking_back_from_a_slow_agency_delays_no_delivery(
    home: Home, server: Server
) -> None:
    """Each removal may take a minute."""
    share = await _sending(home, server)
    server.hold["DELETE"] = asyncio.Event()
    await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    await asyncio.wait_for(server.reached["DELETE"].wait(), 30)
    server.hold.pop("PATCH").set()
    other = await home.add(make_document(server.endpoint))
    await home.until(other.share_id, DELIVERED)
    found = await home.outbox.get(share.share_id)
    assert found is not None
    assert found.removal is Removal.ASKED
    server.hold["DELETE"].set()
    await home.when(share.share_id, _settled)
