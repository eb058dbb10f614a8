"""Test the checks of the person, the agency and the request before the first byte."""

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.agency import AgencyDocument, UploadPage
from custom_components.doorwatch.engine.sharing.model import (
    Removal,
    Share,
    ShareState,
    StoppedBy,
    Withdrawal,
)
from custom_components.doorwatch.engine.sharing.outbox.lookups import Renewal
from custom_components.doorwatch.engine.sharing.outbox.share_upload import LOOK_EVERY
from tests import waiting
from tests.engine.sharing.answering import REQUEST
from tests.intake import Intake

from .desk import Desk
from .home import FakeTime, Home
from .old_outbox import STAGED, make_outbox, old_intent, old_page_intent
from .parts import PAGE, make_document, other_terms
from .tus_server import Server

DELIVERED = ShareState.DELIVERED
NEEDS_NEW_TAP = ShareState.NEEDS_NEW_TAP
READY = ShareState.READY
UPLOADING = ShareState.UPLOADING
WAITING = ShareState.WAITING

MAY_NOT = "sharer_not_allowed"


async def stopped(home: Home, problem: str) -> dict[str, object]:
    """Return the ledger line of the share that was stopped."""
    (line,) = await home.lines("stopped")
    assert line.data["problem"] == problem
    return dict(line.data)


def tried(attempts: int, share: Share) -> bool:
    """Return whether a share was tried this many times."""
    return share.attempts == attempts


# The agency


@pytest.mark.parametrize(
    "changed",
    [
        {"terms_digest": "other"},
        {"name": "Metropolitan Police"},
        {"jurisdiction": "UK"},
        {"contact": "another@agency.example"},
        {"age_recipients": ("age1one", "age1two")},
        {"root_thumbprint": "other"},
    ],
)
async def test_what_changed_since_the_last_fetch_stops_it_before_the_first_byte(
    home: Home, server: Server, passing: FakeTime, changed: dict[str, Any]
) -> None:
    """The stored document may be half a day old."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    home.publish = lambda: home.set_agency(replace(document, **changed))
    share = await home.add(document, window=10)
    passing.advance(9)
    await home.settle()
    assert home.renewed == []  # nothing is fetched in the cancel window
    passing.advance(1)
    await home.until(share.share_id, NEEDS_NEW_TAP, problem="agency_changed")
    assert home.renewed == ["agency"]
    assert server.requests == []
    assert (await stopped(home, "agency_changed"))["sent"] == 0


async def test_nothing_leaves_on_an_old_word_when_nobody_answers(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """The share waits as after a failed upload, and fetches the document before each try."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    home.renewal = Renewal.LATER
    share = await home.add(document)
    for attempt in range(1, 4):
        waiting = await home.when(share.share_id, partial(tried, attempt))
        assert (waiting.state, waiting.problem) == (UPLOADING, "agency_unavailable")
        await home.settle()
        assert home.renewed == ["agency"] * attempt
        if attempt < 3:
            passing.advance(3600)
    assert server.requests == []
    assert home.files() == {f"{share.share_id}.tar.age"}  # no clear copy waits here
    home.renewal = Renewal.TRUSTED
    passing.advance(3600)
    await home.until(share.share_id, DELIVERED)


async def test_a_document_that_is_not_trusted_stops_it(
    home: Home, server: Server
) -> None:
    """The recipient can no longer be verified."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    home.renewal = Renewal.REFUSED
    share = await home.add(document)
    await home.until(share.share_id, NEEDS_NEW_TAP, problem="agency_unverified")
    assert server.requests == []
    assert (await stopped(home, "agency_unverified"))["begun"] is False
    await home.emptied()


async def test_an_agency_of_which_nothing_known_holds_is_asked(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """A home that was off for long does not wait for its schedule."""
    document = make_document(server.endpoint)
    home.set_agency(replace(document, expires_at=document.issued_at))
    home.publish = lambda: home.set_agency(document)
    share = await home.add(document)
    await home.until(share.share_id, DELIVERED)


async def test_each_attempt_asks_anew_also_after_a_restart_and_a_week(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """Terms that changed in a week without network are found before the upload resumes."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.early = 100
    server.status["PATCH"] = 503
    share = await home.add(document, bytes(5000))
    await home.until(share.share_id, UPLOADING, problem="agency_unavailable")
    assert home.renewed == ["agency"]
    passing.advance(7 * 86_400)
    await home.when(share.share_id, lambda share: share.attempts == 2)
    await home.close()
    home.renewed.clear()
    patches = server.requests.count("PATCH")
    home.publish = lambda: home.set_agency(other_terms(document))
    await home.open()
    await home.until(share.share_id, NEEDS_NEW_TAP, problem="agency_changed")
    assert home.renewed == ["agency"]
    assert server.requests.count("PATCH") == patches


async def long_upload(home: Home, server: Server) -> Share:
    """Begin an upload that takes as long as the test wants."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.early, server.hold["PATCH"] = 100, asyncio.Event()
    share = await home.add(document, bytes(5_000_000))
    await asyncio.wait_for(server.reached["PATCH"].wait(), 30)
    assert home.renewed == ["agency"]
    return share


async def looked(home: Home, times: int) -> None:
    """Wait until the document was fetched this many times."""
    await waiting.until(lambda: len(home.renewed) >= times)


async def test_new_terms_stop_an_upload_that_takes_long(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """The document is checked every ten minutes, and the agency is asked to remove the part."""
    share = await long_upload(home, server)
    for times in range(2, 5):
        passing.advance(LOOK_EVERY)
        await looked(home, times)
    document = make_document(server.endpoint)
    home.publish = lambda: home.set_agency(other_terms(document))
    passing.advance(LOOK_EVERY - 1)
    assert len(home.renewed) == 4
    passing.advance(1)
    await home.until(share.share_id, NEEDS_NEW_TAP, problem="agency_changed")
    server.hold.pop("PATCH").set()
    await home.when(share.share_id, lambda share: share.removal is Removal.CONFIRMED)
    assert server.requests.count("PATCH") == 1
    assert (await stopped(home, "agency_changed"))["begun"] is True


async def test_a_document_that_is_not_trusted_any_more_stops_a_long_upload(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """The change would have stopped the share before the first byte, too."""
    share = await long_upload(home, server)
    home.renewal = Renewal.REFUSED
    passing.advance(LOOK_EVERY)
    await home.until(share.share_id, NEEDS_NEW_TAP, problem="agency_unverified")


async def test_silence_stops_no_upload_and_one_that_hangs_does_not_hold_it(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """The upload usually goes to the same machine as the fetch."""
    share = await long_upload(home, server)
    home.renewal = Renewal.LATER
    passing.advance(LOOK_EVERY)
    await looked(home, 2)
    fetching = asyncio.Event()

    async def for_ever(agency_id: str) -> Renewal:
        fetching.set()
        await asyncio.Event().wait()
        return Renewal.LATER

    home.renew = for_ever  # type: ignore[method-assign]  # until the end of the test

    def fetches() -> bool:
        passing.advance(LOOK_EVERY)
        return fetching.is_set()

    await waiting.until(fetches)
    server.hold.pop("PATCH").set()
    await home.until(share.share_id, DELIVERED)


async def test_a_right_that_is_taken_away_stops_a_long_upload(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """The checks continue while the website of the agency does not answer."""
    share = await long_upload(home, server)
    home.renewal = Renewal.LATER
    home.may_share = False
    passing.advance(LOOK_EVERY)
    await home.until(share.share_id, NEEDS_NEW_TAP, problem=MAY_NOT)


async def test_undo_while_the_document_is_fetched_reaches_nobody(
    home: Home, server: Server
) -> None:
    """No upload is created."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    fetching, go_on = asyncio.Event(), asyncio.Event()
    renew = home.renew

    async def slowly(agency_id: str) -> Renewal:
        fetching.set()
        await go_on.wait()
        return await renew(agency_id)

    home.renew = slowly  # type: ignore[method-assign]  # until the end of the test
    share = await home.add(document)
    await fetching.wait()
    await home.outbox.cancel(share.share_id, StoppedBy("u1"))
    go_on.set()
    other = await home.add(document)
    await home.until(other.share_id, DELIVERED)
    assert server.requests.count("POST") == 1


async def test_a_page_is_never_asked(home: Home) -> None:
    """An agency with only an upload page publishes no document."""
    home.set_agency(PAGE)
    share = await home.add(PAGE)
    await home.until(share.share_id, READY)
    assert home.renewed == []


@pytest.mark.parametrize("changed", [{"contact": "x"}, {"jurisdiction": "UK"}])
async def test_another_contact_of_a_page_needs_a_new_tap(
    home: Home, changed: dict[str, str]
) -> None:
    """The dialog shows the contact and the jurisdiction."""
    home.set_agency(PAGE)
    share = await home.add(PAGE, window=10)
    home.set_agency(replace(PAGE, **changed))
    home.outbox.agency_changed("agency")
    await home.until(share.share_id, NEEDS_NEW_TAP, problem="agency_changed")


# Queued by the version before


async def queued_before(home: Home, intent: str, **share: object) -> None:
    """Write an outbox of the previous version, with a waiting share."""
    await home.close()
    (home.outbox_folder / "outbox.db").unlink()
    make_outbox(
        home.outbox_folder,
        4,
        share_id="a" * 32,
        state="waiting",
        cancel_window=0,
        intent=intent,
        created_at=2_000_000_000,
        total=len(STAGED),
        **share,
    )
    (home.outbox_folder / f"{'a' * 32}.mp4").write_bytes(STAGED)
    await home.open()


def unlike(document: AgencyDocument) -> AgencyDocument:
    """Change everything that the previous version did not bind."""
    return replace(
        document, name="Police", jurisdiction="UK", contact="x", seq=2, keys=()
    )


async def test_a_share_queued_before_keeps_its_comparison(
    home: Home, intake: Intake
) -> None:
    """The version bound issuer, root, terms and the origin of the upload."""
    document = make_document(intake.endpoint)
    home.set_agency(unlike(document))
    origin = intake.endpoint.removesuffix("/uploads")
    await queued_before(home, old_intent(origin))
    await home.until("a" * 32, DELIVERED)


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://other.example"},
        {"root_thumbprint": "other"},
        {"terms_digest": "other"},
        {"upload_endpoint": "https://other.example/uploads"},
    ],
)
async def test_a_share_queued_before_stops_at_what_it_is_bound_to(
    home: Home, server: Server, changed: dict[str, Any]
) -> None:
    """The share would also have stopped in the version that queued it."""
    document = make_document(server.endpoint)
    home.set_agency(replace(document, **changed))
    origin = server.endpoint.removesuffix("/uploads")
    await queued_before(home, old_intent(origin))
    await home.until("a" * 32, NEEDS_NEW_TAP, problem="agency_changed")
    assert server.requests == []


@pytest.mark.parametrize(
    ("page", "state"),
    [
        (replace(PAGE, contact="new", jurisdiction="UK"), READY),
        (replace(PAGE, name="Another"), NEEDS_NEW_TAP),
        (replace(PAGE, origin="https://other.example"), NEEDS_NEW_TAP),
    ],
)
async def test_a_share_for_a_page_queued_before_keeps_its_comparison(
    home: Home, page: UploadPage, state: ShareState
) -> None:
    """The version bound the origin and the name of the page."""
    home.set_agency(page)
    await queued_before(home, old_page_intent(), hand_over_until=2_000_000_000.0)
    await home.until("a" * 32, state)


# The person


async def test_a_right_that_is_taken_away_in_the_window_stops_it(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """Nothing is sent, and no file remains."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10)
    home.may_share = False
    passing.advance(10)
    await home.until(share.share_id, NEEDS_NEW_TAP, problem=MAY_NOT)
    assert (server.requests, home.renewed) == ([], [])
    assert home.asked == [("user", "front")]
    line = await stopped(home, MAY_NOT)
    assert (line["begun"], line["sent"]) == (False, 0)
    await home.emptied()


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_right_that_is_taken_away_days_later_stops_what_is_tried_again(
    home: Home, server: Server, passing: FakeTime, restarted: bool
) -> None:
    """The share also stops after a restart; the agency is asked to remove the part."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.early = 100
    server.status["PATCH"] = 503
    share = await home.add(document, bytes(5000))
    await home.until(share.share_id, UPLOADING, problem="agency_unavailable")
    home.may_share = False
    server.status.clear()
    patches = server.requests.count("PATCH")
    if restarted:
        await home.restart()
    passing.advance(3 * 86_400)
    await home.until(share.share_id, NEEDS_NEW_TAP, problem=MAY_NOT)
    await home.when(share.share_id, lambda share: share.removal is Removal.CONFIRMED)
    assert server.requests.count("PATCH") == patches
    assert server.received == {}


async def test_a_right_that_is_taken_away_while_the_document_is_fetched_stops_it(
    home: Home, server: Server
) -> None:
    """No upload is created."""
    document = make_document(server.endpoint)
    home.set_agency(document)

    def meanwhile() -> None:
        home.may_share = False

    home.publish = meanwhile
    share = await home.add(document)
    await home.until(share.share_id, NEEDS_NEW_TAP, problem=MAY_NOT)
    assert server.requests == []


@pytest.mark.parametrize(
    ("what", "so", "problem"),
    [
        ("may_share", False, MAY_NOT),
        ("request_problem", "request_changed", "request_changed"),
    ],
)
async def test_what_changes_while_the_upload_is_made_stops_it(
    home: Home, server: Server, what: str, so: object, problem: str
) -> None:
    """No byte is sent, and the empty upload is removed."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.hold["HEAD"] = asyncio.Event()
    share = await home.add(document, answers=True)
    await server.reached["HEAD"].wait()
    setattr(home, what, so)
    server.hold.pop("HEAD").set()
    await home.until(share.share_id, NEEDS_NEW_TAP, problem=problem)
    await asyncio.wait_for(server.reached["DELETE"].wait(), 30)
    assert "PATCH" not in server.requests


async def test_an_upload_under_way_may_finish(home: Home, server: Server) -> None:
    """The person is checked before the first byte, and again in a long attempt."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.hold["PATCH"] = asyncio.Event()
    share = await home.add(document, bytes(5_000_000))
    await server.reached["PATCH"].wait()
    home.may_share = False
    server.hold.pop("PATCH").set()
    await home.until(share.share_id, DELIVERED)


async def test_a_package_to_hand_over_is_not_made_for_who_may_not(home: Home) -> None:
    """The package would be readable on the disk."""
    home.set_agency(PAGE)
    home.may_share = False
    share = await home.add(PAGE)
    await home.until(share.share_id, NEEDS_NEW_TAP, problem=MAY_NOT)
    await home.emptied()


# Who reloads an agency


async def test_a_reload_shortens_no_pause_of_a_share(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """An automation could reload at each visit, which would show the visits to the agency."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["POST"] = 503
    share = await home.add(document)
    await home.until(share.share_id, UPLOADING, problem="agency_unavailable")
    for _ in range(3):
        home.outbox.agency_changed("agency")
        await home.settle()
    assert server.requests == ["POST"]
    assert home.renewed == ["agency"]
    passing.advance(5)
    await home.when(share.share_id, lambda share: share.attempts == 2)


async def test_a_reload_shortens_no_pause_of_what_is_asked_afterwards(
    home: Home, desk: Desk, passing: FakeTime
) -> None:
    """The home asks for a month about a withdrawal that is not decided."""
    document = desk.document()
    home.set_agency(document)
    share = await home.add(document)
    await home.until(share.share_id, DELIVERED)
    await home.outbox.withdraw(share.share_id, user_id="u1")
    await home.when(
        share.share_id, lambda share: share.withdrawal is Withdrawal.PENDING
    )
    passing.advance(5)
    await home.settle()
    asked = len(desk.posted), len(desk.asked)
    assert asked == (1, 1)
    for _ in range(3):
        home.outbox.agency_changed("agency")
        await home.settle()
    assert (len(desk.posted), len(desk.asked)) == asked
    desk.answer_with = "deleted"
    passing.advance(60)
    await home.when(
        share.share_id, lambda share: share.withdrawal is Withdrawal.DELETED
    )


# The request


@pytest.mark.parametrize("problem", ["request_changed", "request_closed"])
async def test_a_request_that_is_not_as_shown_stops_it_before_the_first_byte(
    home: Home, server: Server, passing: FakeTime, problem: str
) -> None:
    """The share stops in the cancel window, and the request that the person read is kept."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, window=10, answers=True)
    home.request_problem = problem
    passing.advance(10)
    ended = await home.until(share.share_id, NEEDS_NEW_TAP, problem=problem)
    assert server.requests == []
    assert (await stopped(home, problem))["sent"] == 0
    assert ended.request == REQUEST
    await home.emptied()


async def test_a_request_that_changes_while_it_waits_stops_it(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """The request is checked before each attempt, without a fetch."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    home.renewal = Renewal.LATER
    share = await home.add(document, answers=True)
    await home.when(share.share_id, partial(tried, 1))
    home.renewal = Renewal.TRUSTED
    home.request_problem = "request_changed"
    await home.settle()
    passing.advance(3600)
    await home.until(share.share_id, NEEDS_NEW_TAP, problem="request_changed")
    assert server.requests == []


async def test_a_request_that_changes_after_the_first_byte_stops_nothing(
    home: Home, server: Server, passing: FakeTime
) -> None:
    """The agency already has a part of the file."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.status["PATCH"] = 503
    share = await home.add(document, answers=True)
    tried_once = await home.when(share.share_id, partial(tried, 1))
    assert tried_once.begun
    home.request_problem = "request_closed"
    server.status.clear()
    await home.settle()
    passing.advance(3600)
    ended = await home.until(share.share_id, DELIVERED)
    assert ended.request == REQUEST


async def test_a_share_that_answers_nothing_goes_whatever_is_asked(
    home: Home, server: Server
) -> None:
    """Nothing is compared."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    home.request_problem = "request_closed"
    share = await home.add(document)
    await home.until(share.share_id, DELIVERED)
