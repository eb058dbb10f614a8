"""Test with generated input that a feed is either refused or read as it was published."""

from datetime import UTC, datetime, timedelta
import json
import math
from typing import Any

from hypothesis import assume, given, strategies as st
import pytest

from custom_components.doorwatch.engine.sharing.requests.area import LARGEST_AREA
from custom_components.doorwatch.engine.sharing.requests.compact import MOST_REQUESTS
from custom_components.doorwatch.engine.sharing.requests.feed import (
    LONGEST_OPEN,
    LONGEST_WINDOW,
    FeedPin,
    Lack,
    Request,
    read_feed,
)
from custom_components.doorwatch.engine.sharing.requests.match import Door, Matcher
from custom_components.doorwatch.engine.sharing.signing.canonical import canonical_json
from custom_components.doorwatch.engine.sharing.signing.jws import (
    CLOCK_LEEWAY,
    LONGEST_TOKEN,
    DocumentKind,
    encode,
    thumbprint,
)
from custom_components.doorwatch.engine.sharing.text import unseen
from tests.engine.sharing.documents.tokens import (
    Forged,
    claims_of,
    json_texts,
    outcome,
    signature_of,
    signed_part,
    tokens,
)
from tests.engine.sharing.evidence import NOW, ORIGIN, new_key
from tests.series import examples

from .feeds import SQUARE, feature, feed_claims, feed_token

ONLINE = new_key()
HEADER: dict[str, object] = {
    "alg": "ES256",
    "typ": DocumentKind.REQUESTS.value,
    "kid": thumbprint(ONLINE.public_key()),
}
HOLE = [[4.902, 52.372], [4.904, 52.372], [4.904, 52.374], [4.902, 52.372]]
CLAIMS = feed_claims(
    [
        feature(),
        feature(
            "2", geometry={"type": "MultiPolygon", "coordinates": [[SQUARE, HOLE]]}
        ),
    ]
)
PIN = FeedPin(seq=5, newest_iat=NOW - 200, signed_by=thumbprint(ONLINE.public_key()))
PROBLEMS = {
    "document_invalid",
    "document_expired",
    "issuer_mismatch",
    "replayed",
    "clock_behind",
}
DEGREE = math.radians(1) * 6371.0088  # km


def read(token: str) -> Any:
    """Read a feed; return the problem if it is refused."""
    keys = [ONLINE.public_key()]
    return outcome(lambda: read_feed(token, issuer=ORIGIN, keys=keys, pin=PIN, now=NOW))


def is_honest(request: Request) -> bool:
    """Check what a request lacks and that its text is visible; return whether it is valid."""
    lines = {
        Lack.CASE_REFERENCE: request.case_reference,
        Lack.OFFENCE: request.offence,
        Lack.CONTACT: request.contact,
    }
    for lack, line in lines.items():
        assert (line is None) == (lack in request.lacks)
    for line in (request.request_id, request.title, *lines.values()):
        assert line is None or (line.strip() and not any(map(unseen, line)))
    assert request.text is None or len(request.text) <= 5000
    assert (request.window is None) == (Lack.WINDOW in request.lacks)
    if request.window and Lack.WINDOW_TOO_LONG not in request.lacks:
        assert timedelta() < request.window[1] - request.window[0] <= LONGEST_WINDOW
    # The feed may be signed later than the clock by the leeway, and its times by the leeway again.
    latest = datetime.fromtimestamp(NOW + 2 * CLOCK_LEEWAY, UTC)
    if request.window and Lack.WINDOW_IN_FUTURE not in request.lacks:
        assert request.window[1] <= latest
    assert (request.until is None) == (Lack.UNTIL in request.lacks)
    if request.until and Lack.UNTIL_TOO_LATE not in request.lacks:
        assert request.until <= latest + LONGEST_OPEN
    assert bool(request.area) != (Lack.AREA in request.lacks)
    return not request.lacks


@examples(250)
@given(tokens(HEADER, CLAIMS, ONLINE))
def test_a_feed_is_what_was_signed_or_refused(forged: Forged) -> None:
    feed = read(forged.token)
    if isinstance(feed, str):
        assert feed in PROBLEMS
        return
    assert signed_part(forged.token.strip()) == forged.signed
    published = claims_of(forged.token)["feed"]["features"]
    assert [each.request_id for each in feed.requests] == [f["id"] for f in published]
    for request in feed.requests:
        is_honest(request)


@examples(250)
@given(st.data())
def test_one_bad_request_spoils_no_other(data: st.DataObject) -> None:
    """Otherwise the whole feed is refused."""
    bad = data.draw(json_texts(feature("bad")))
    features = bad + b"," + json.dumps(feature("good")).encode()
    claims = json.dumps(feed_claims(["HERE"])).encode().replace(b'"HERE"', features)
    signed = f"{encode(canonical_json(HEADER))}.{encode(claims)}"
    feed = read(f"{signed}.{signature_of(signed, ONLINE)}")
    if isinstance(feed, str):
        assert feed in PROBLEMS
        return
    *others, last = feed.requests
    assert is_honest(last)
    assert last.request_id == "good"
    for other in others:
        is_honest(other)


corners = st.tuples(st.floats(-0.02, 0.02), st.floats(-0.02, 0.02))


@examples(300)
@given(
    st.lists(corners, min_size=3, max_size=7),
    st.tuples(st.floats(-170, 170), st.floats(-80, 80)),
)
def test_an_area_never_covers_more_than_it_is_said_to(
    ring: list[tuple[float, float]],
    at: tuple[float, float],
) -> None:
    """The covered area is counted on a grid, independently of the geometry code."""
    moved = [[x + at[0], y + at[1]] for x, y in ring]
    polygon = {"type": "Polygon", "coordinates": [[*moved, moved[0]]]}
    feed = read(feed_token(ONLINE, feature(geometry=polygon)))
    (request,) = feed.requests
    assume(Lack.AREA not in request.lacks)
    cells = 40
    width = 0.04 / cells
    doors = [
        Door(
            f"{row} {column}",
            at[0] - 0.02 + (column + 0.5) * width,
            at[1] - 0.02 + (row + 0.5) * width,
        )
        for row in range(cells)
        for column in range(cells)
    ]
    covered = len(Matcher(doors, 0.0).covering(request))
    size = covered * (width * DEGREE) ** 2 * math.cos(math.radians(abs(at[1])))
    # The error of the 110 m grid is at most the cells on the border.
    along = sum(
        abs(a[0] - b[0]) + abs(a[1] - b[1])
        for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)
    )
    border = (along / width + 2 * len(ring)) * (width * DEGREE) ** 2
    if Lack.AREA_TOO_LARGE not in request.lacks:
        assert size <= LARGEST_AREA + border
    else:
        assert size >= LARGEST_AREA - border


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Polygon", "coordinates": [[[4.9, 52.37]] * 300_000]},
        {"type": "MultiPolygon", "coordinates": [[[[4.9, 52.37]]]] * 200_000},
        {"type": "Polygon", "coordinates": [[[4.9] * 500_000]]},
        {"type": "Polygon", "coordinates": "x" * 2_500_000},
    ],
    ids=["corners", "polygons", "numbers", "text"],
)
def test_an_area_of_the_largest_size_ends_soon(geometry: object) -> None:
    """The feed is signed correctly by a malicious agency."""
    token = feed_token(ONLINE, feature(geometry=geometry))
    assert 1_000_000 < len(token) < LONGEST_TOKEN * 2
    feed = read(token)
    assert feed == "document_invalid" or all(
        Lack.AREA in request.lacks for request in feed.requests
    )


@pytest.mark.timeout(60)
def test_as_many_requests_as_there_may_be_end_soon() -> None:
    """Each request has the maximum number of corners."""
    circle = [
        [
            round(4.9 + math.sin(math.tau * n / 63) / 100, 5),
            round(52 + math.cos(math.tau * n / 63) / 200, 5),
        ]
        for n in range(63)
    ]
    polygon = {"type": "Polygon", "coordinates": [[*circle, circle[0]]]}
    features = [
        feature(str(n), geometry=polygon, text=None, title=None)
        for n in range(MOST_REQUESTS)
    ]
    token = feed_token(ONLINE, *features)
    assert len(token) < LONGEST_TOKEN
    feed = read(token)
    assert len(feed.requests) == MOST_REQUESTS
    assert all(request.area for request in feed.requests)
