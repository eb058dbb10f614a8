"""Test that an answer refers to the request that the person read in the signed feed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import hashlib
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import RequestAsShown
from custom_components.doorwatch.engine.sharing.requests.answer import (
    find_request,
    what_changed,
)
from custom_components.doorwatch.engine.sharing.requests.feed import Feed, read_feed
from tests.engine.sharing.answering import ONLINE, REQUEST, REQUEST_ID
from tests.engine.sharing.evidence import NOW, ORIGIN, new_key

from .feeds import SQUARE, feature, feed_token

KEYS = [ONLINE.public_key()]
MOMENT = datetime.fromtimestamp(NOW, UTC)
UNTIL = "2025-01-02T00:00:00Z"
WIDE = [[x * 3 - 9.8, y] for x, y in SQUARE]  # the area after a change of the request


def find(token: str, request_id: str = REQUEST_ID) -> RequestAsShown:
    """Find a request in the feed."""
    request, shown = find_request(token, request_id, issuer=ORIGIN, keys=KEYS, now=NOW)
    assert request.request_id == shown.request_id
    return shown


def feed(*features: object) -> Feed:
    """Return the feed that the home holds."""
    token = feed_token(ONLINE, *features)
    return read_feed(token, issuer=ORIGIN, keys=KEYS, pin=None, now=NOW)


def test_a_request_is_found_with_all_that_a_person_reads() -> None:
    """The digest is that of the feed the request is in."""
    token = feed_token(
        ONLINE,
        feature("other"),
        feature(investigation_code="INV-7", terms="This case only.", until=UNTIL),
    )
    assert find(token) == RequestAsShown(
        request_id=REQUEST_ID,
        version=1,
        title="A bicycle was stolen",
        text="Somebody took a red bicycle.\nWho saw a van?",
        case_reference="PL1300-2025-0001",
        offence="Theft, article 310",
        investigation_code="INV-7",
        contact="desk@police.example",
        terms="This case only.",
        begins="2024-12-31T01:00:00.000Z",
        ends="2024-12-31T03:30:00.500Z",
        until="2025-01-02T00:00:00.000Z",
        feed_sha256=hashlib.sha256(token.encode()).hexdigest(),
    )


@pytest.mark.parametrize(
    ("properties", "problem"),
    [
        ({"state": "closed"}, "request_closed"),
        ({"until": "2024-12-31T00:00:00Z"}, "request_closed"),
        ({"offence": None}, "request_invalid"),
        ({"case_reference": "\u202e"}, "request_invalid"),
    ],
)
def test_what_nobody_can_answer_is_refused(
    properties: dict[str, Any], problem: str
) -> None:
    """The request is closed, over or incomplete."""
    with pytest.raises(SharingError) as err:
        find(feed_token(ONLINE, feature(**properties)))
    assert err.value.problem == problem


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        (feed_token(ONLINE, feature("another")), "request_unknown"),
        (
            feed_token(ONLINE, {**feature(), "featureType": "bulletin"}),
            "request_unknown",
        ),
        (feed_token(new_key(), feature()), "request_unknown"),
        (feed_token(ONLINE, feature(), iss="https://x.example"), "request_unknown"),
        (feed_token(ONLINE, feature(), exp=NOW - 1), "request_closed"),
        ("no feed at all", "request_unknown"),
    ],
    # Tokens are signed again in each process, so they cannot be part of a test id.
    ids=["another", "a bulletin", "another key", "another agency", "over", "nonsense"],
)
def test_what_no_feed_of_the_agency_asks_is_unknown(token: str, problem: str) -> None:
    """An expired feed is refused as well."""
    with pytest.raises(SharingError) as err:
        find(token)
    assert err.value.problem == problem


def test_a_request_that_stays_as_it_was_can_be_answered() -> None:
    """Without a feed, the request is assumed to be unchanged."""
    assert what_changed(REQUEST, feed(feature(), feature("new")), MOMENT) is None
    assert what_changed(REQUEST, None, MOMENT) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"title": "Two bicycles were stolen"},
        {"text": "Another text."},
        {"case_reference": "PL1300-2025-0002"},
        {"offence": "Robbery"},
        {"investigation_code": "INV-8"},
        {"contact": "another@police.example"},
        {"terms": "Kept for ever."},
        {"until": UNTIL},
        {"version": 2},
        {"offence": None},
        {"geometry": {"type": "Polygon", "coordinates": [WIDE]}},
    ],
)
def test_another_text_is_not_what_the_person_read(changed: dict[str, Any]) -> None:
    """A new version counts as a change, whatever it changes."""
    assert what_changed(REQUEST, feed(feature(**changed)), MOMENT) == "request_changed"


def test_another_window_is_not_what_the_person_read() -> None:
    """The person chose a clip from the first window."""
    moved = feature() | {
        "time": {"interval": ["2024-12-31T01:00:00Z", "2024-12-31T04:00:00Z"]}
    }
    assert what_changed(REQUEST, feed(moved), MOMENT) == "request_changed"


def test_a_request_that_is_over_is_answered_no_more() -> None:
    """The request is closed, missing or past its end; the end is checked without a feed."""
    ending = replace(REQUEST, until="2025-01-02T00:00:00.000Z")
    assert what_changed(REQUEST, feed(feature(state="closed")), MOMENT) == (
        "request_closed"
    )
    assert what_changed(REQUEST, feed(feature("another")), MOMENT) == "request_closed"
    assert what_changed(ending, None, MOMENT) is None
    later = MOMENT + timedelta(days=1)
    assert what_changed(ending, None, later) == "request_closed"
