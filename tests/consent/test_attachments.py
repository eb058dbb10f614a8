"""Test that attachments of a clip are verified, shown, and bound to the tap."""

import hashlib
import stat
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.consent import prepare as preparing
from custom_components.doorwatch.engine.sharing.documents.consent import consent_record
from custom_components.doorwatch.engine.sharing.signing.jws import (
    fingerprint,
    thumbprint,
)
from tests.agencies.pages import PAGE, page
from tests.consent.asking import REQUEST_ID, UNTIL, Asking, request
from tests.consent.preparing import staged, try_prepare
from tests.engine.sharing.evidence import new_key
from tests.engine.sharing.requests.feeds import SQUARE
from tests.sharing_fixtures import Home, command, prepare, tap

__all__ = ["page"]


LATER = "2026-11-03T18:30:00Z"


@pytest.fixture
def asking(home: Home) -> Asking:
    """Set up the home's agency with requests."""
    return Asking(home)


async def test_the_person_reads_the_request_and_answers_that_very_one(
    home: Home, asking: Asking
) -> None:
    """The dialog shows its text, the feed is attached, and the ledger has its id."""
    token = await asking.publish(request(terms="This case only."))
    client = await home.connect()

    ready = await prepare(client, home, request_id=REQUEST_ID, case_reference="PL-1")

    shown = ready["notice"]["request"]
    assert shown == {
        "request_id": REQUEST_ID,
        "version": 1,
        "title": "A bicycle was stolen",
        "text": "Somebody took a red bicycle.\nWho saw a van?",
        "case_reference": "PL1300-2025-0001",
        "offence": "Theft, article 310",
        "investigation_code": None,
        "contact": "desk@police.example",
        "terms": "This case only.",
        "begins": "2026-11-03T17:00:00.000Z",
        "ends": "2026-11-03T18:00:00.000Z",
        "until": UNTIL.replace("Z", ".000Z"),
    }
    assert ready["notice"]["case_reference"] == "PL-1"  # as entered by the person
    assert ready["declaration"] is ready["notice"]["declaration_sha256"] is None
    (feed,) = (path for path in staged(home) if path.suffix == ".jws")
    assert feed.read_text() == token
    assert stat.S_IMODE(feed.stat().st_mode) == 0o600
    assert (await tap(client, home, ready["confirmation"]))["success"]
    (share,) = await home.data.outbox.list()
    assert share.request is not None
    assert share.request.feed_sha256 == hashlib.sha256(token.encode()).hexdigest()
    line = await home.data.ledger.of_share("confirmed", share.share_id)
    assert line is not None
    assert line.data["request_id"] == REQUEST_ID
    assert "bicycle" not in str(line)
    proof = await command(client, type="doorwatch/share/proof", share_id=share.share_id)
    assert proof["result"]["request"] == shown
    assert proof["result"]["declaration"] is None


@pytest.mark.parametrize(
    ("published", "problem"),
    [
        (None, "request_unknown"),
        ([request() | {"id": "another"}], "request_unknown"),
        ([request(state="closed")], "request_closed"),
        ([request(until="2025-02-01T00:00:00Z")], "request_closed"),
        ([request(contact=None)], "request_invalid"),
    ],
)
async def test_what_cannot_be_answered_is_refused(
    home: Home, asking: Asking, published: list[Any] | None, problem: str
) -> None:
    """The error has a message, and nothing stays staged."""
    if published is not None:
        await asking.publish(*published)
    client = await home.connect()

    error = await try_prepare(client, home, request_id=REQUEST_ID)

    assert error["code"] == problem
    assert not [path for path in staged(home) if path.is_file()]


@pytest.mark.parametrize(
    "asked",
    [
        # On the other side of the world, at another hour.
        request(geometry={"type": "Polygon", "coordinates": [SQUARE]}),
        request() | {"time": {"interval": [LATER, LATER.replace("18", "19")]}},
    ],
    ids=["place", "time"],
)
async def test_a_clip_that_does_not_match_needs_the_word_of_a_person(
    home: Home, asking: Asking, asked: dict[str, Any]
) -> None:
    """The consent record contains the person's confirmation."""
    await asking.publish(asked)
    client = await home.connect()
    error = await try_prepare(client, home, request_id=REQUEST_ID)
    assert error["code"] == "clip_does_not_match"
    assert not [path for path in staged(home) if path.is_file()]

    ready = await prepare(client, home, request_id=REQUEST_ID, still_belongs=True)

    assert "said_to_belong" in ready["notice"]["sentences"]
    answer = await tap(client, home, ready["confirmation"])
    share_id = answer["result"]["response"]["share_id"]
    registry = home.registry
    record = await registry.on_thread(registry.store.get, share_id)
    assert record is not None
    intent = await registry.on_thread(registry.store.intent, record)
    consent = consent_record(
        intent, share_id=share_id, confirmed_at=0.0, principal="home"
    )
    assert "said_to_belong" in str(consent["pii_processing"])


async def test_nothing_is_said_of_a_clip_that_matches(
    home: Home, asking: Asking
) -> None:
    """A confirmation from the page is ignored."""
    await asking.publish(request())
    client = await home.connect()
    ready = await prepare(client, home, request_id=REQUEST_ID, still_belongs=True)
    assert "said_to_belong" not in ready["notice"]["sentences"]


async def test_a_feed_that_no_key_of_the_document_signed_asks_nothing(
    home: Home, asking: Asking
) -> None:
    """Attachments must be verifiable, even if the agency did publish the feed."""
    await asking.publish(request(), key=new_key())
    client = await home.connect()
    error = await try_prepare(client, home, request_id=REQUEST_ID)
    assert error["code"] == "request_unknown"


@pytest.mark.parametrize(
    ("now", "problem"),
    [
        ({"text": "Another text."}, "request_changed"),
        ({"version": 2}, "request_changed"),
        ({"state": "closed"}, "request_closed"),
    ],
)
async def test_a_request_that_changed_since_the_look_takes_no_tap(
    home: Home,
    asking: Asking,
    now: dict[str, Any],
    problem: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The person accepted the old text; when it is restored, the tap is valid."""
    await asking.publish(request())
    client = await home.connect()
    ready = await prepare(client, home, request_id=REQUEST_ID)
    await asking.publish(request(**now))

    answer = await tap(client, home, ready["confirmation"])

    assert answer["error"]["translation_key"] == problem
    assert await home.refusals() == [("dashboard", problem)]
    assert await home.shares() == []
    await asking.publish(request(), seq=8)
    assert (await tap(client, home, ready["confirmation"]))["success"]

    # A change while the file is being made is refused, too.
    async def changes_meanwhile(*_: object) -> None:
        await asking.publish(request(**now), seq=9)

    monkeypatch.setattr(preparing, "time_before", changes_meanwhile)
    error = await try_prepare(client, home, request_id=REQUEST_ID)
    assert error["code"] == problem


async def test_a_draft_of_a_declaration_is_shown_whole_and_goes_along(
    home: Home,
) -> None:
    """The notice has its digest; the draft has no unticked name."""
    client = await home.connect()

    ready = await prepare(client, home, declaration=True)

    text = ready["declaration"]
    assert (
        ready["notice"]["declaration_sha256"]
        == hashlib.sha256(text.encode()).hexdigest()
    )
    assert "declaration_goes_along" in ready["notice"]["sentences"]
    assert "I, ____" in text
    said = " ".join(text.split())
    key = home.data.keys.for_agency(home.agency.entry_id)
    assert (
        f"fingerprint of that key is {fingerprint(thumbprint(key.public_key()))}."
        in said
    )
    assert f"SHA-256 digest is {home.clip.sha256}." in said
    assert (await tap(client, home, ready["confirmation"]))["success"]
    (share,) = await home.data.outbox.list()
    proof = await command(client, type="doorwatch/share/proof", share_id=share.share_id)
    got = await (await home.client()).get(proof["result"]["declaration"])
    assert got.content_type == "text/plain"
    assert await got.text() == text


async def test_a_name_that_was_ticked_stands_in_the_draft(home: Home) -> None:
    """The ledger's lines about the recording are included, too."""
    line = await home.data.ledger.append(
        "recorded", {"clip_id": home.clip.clip_id, "sha256": home.clip.sha256}
    )
    client = await home.connect()
    ready = await prepare(
        client, home, declaration=True, personal={"name": "Sam Jansen"}
    )
    assert "I, Sam Jansen, declare:" in ready["declaration"]
    assert line.digest in ready["declaration"]


async def test_a_page_for_uploads_asks_nothing_and_takes_a_declaration(
    home: Home, page: MockConfigEntry
) -> None:
    """It publishes no feed."""
    client = await home.connect()
    given = {"link_origin": PAGE, "request_id": REQUEST_ID}
    error = await try_prepare(client, home, **given)
    assert error["code"] == "request_by_link"
    ready = await prepare(client, home, link_origin=PAGE, declaration=True)
    assert "for Harbour Police. Not signed" in ready["declaration"]


async def test_a_confirmation_answers_the_one_request_that_was_read(
    home: Home, asking: Asking
) -> None:
    """Neither another id in the tap nor an id that no feed can contain is accepted."""
    await asking.publish(request(), request() | {"id": "another"})
    client = await home.connect()
    error = await try_prepare(client, home, request_id=REQUEST_ID + "\x00")
    assert error["code"] == "request_unknown"
    answer = await command(
        client,
        type="doorwatch/share/prepare",
        clip_id=home.clip.clip_id,
        agency_id=home.agency.entry_id,
        request_id="x" * 10_000,
    )
    assert answer["error"]["code"] == "invalid_format"
    ready = await prepare(client, home, request_id=REQUEST_ID)
    answer = await tap(client, home, ready["confirmation"], request_id="another")
    assert not answer["success"]
    assert await home.shares() == []
    # Preparing the other request replaces the first look.
    second = await prepare(client, home, request_id="another")
    assert not (await tap(client, home, ready["confirmation"]))["success"]
    assert (await tap(client, home, second["confirmation"]))["success"]
    (share,) = await home.data.outbox.list()
    assert share.request is not None
    assert share.request.request_id == "another"


async def test_no_tap_counts_for_a_request_of_an_agency_that_was_removed(
    home: Home, asking: Asking
) -> None:
    """The agency's requests are deleted, too."""
    await asking.publish(request())
    client = await home.connect()
    ready = await prepare(client, home, request_id=REQUEST_ID)
    await home.hass.config_entries.async_remove(home.agency.entry_id)
    assert not (await tap(client, home, ready["confirmation"]))["success"]
    assert await home.shares() == []
    error = await try_prepare(client, home, request_id=REQUEST_ID)
    assert error["code"] == "agency_unavailable"
