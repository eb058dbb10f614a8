"""Test that an agency's requests are verified, not rolled back, and checked for missing parts."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
import gc
import math
from typing import Any

import pytest

from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.requests.area import LARGEST_AREA
from custom_components.doorwatch.engine.sharing.requests.compact import MOST_REQUESTS
from custom_components.doorwatch.engine.sharing.requests.feed import (
    Feed,
    FeedPin,
    Lack,
    Request,
    read_feed,
)
from custom_components.doorwatch.engine.sharing.signing.jws import (
    CLOCK_LEEWAY,
    DocumentKind,
    PrivateKey,
    sign,
    thumbprint,
)
from tests.engine.sharing.evidence import NOW, ORIGIN, new_key

from .feeds import INSIDE, OUTSIDE, SQUARE, covers, feature, feed_claims, feed_token

ONLINE = new_key()


def read(token: str, pin: FeedPin | None = None, now: float = NOW) -> Feed:
    """Read a feed of this agency."""
    keys = [new_key().public_key(), ONLINE.public_key()]
    return read_feed(token, issuer=ORIGIN, keys=keys, pin=pin, now=now)


def pinned(seq: int, newest_iat: int, key: PrivateKey = ONLINE) -> FeedPin:
    """Return the pin of a feed."""
    signed_by = thumbprint(key.public_key())
    return FeedPin(seq=seq, newest_iat=newest_iat, signed_by=signed_by)


def refused(token: str, pin: FeedPin | None = None, now: float = NOW) -> str:
    """Return the problem for which the feed is refused."""
    with pytest.raises(SharingError) as caught:
        read(token, pin, now)
    return caught.value.problem


def request(feature: object) -> Request:
    """Read a feed with one request."""
    (found,) = read(feed_token(ONLINE, feature)).requests
    return found


def area(*rings: object) -> Request:
    """Read a request for an area of these rings."""
    return request(feature(geometry={"type": "Polygon", "coordinates": list(rings)}))


def rectangle(north: float, west: float, kilometres: float, wide: float) -> Any:
    """Return a ring of this height and width in km."""
    degree = math.radians(1) * 6371.0088
    south = north - kilometres / degree
    east = west + wide / degree / math.cos(math.radians(north))
    corners = [[west, south], [east, south], [east, north], [west, north]]
    return [*corners, corners[0]]


def test_a_request_is_read_as_it_was_published() -> None:
    found = request(feature())
    assert not found.lacks
    assert found.request_id == "2025-0001"
    assert found.title == "A bicycle was stolen"
    assert found.text == "Somebody took a red bicycle.\nWho saw a van?"
    assert found.case_reference == "PL1300-2025-0001"
    assert found.offence == "Theft, article 310"
    assert found.contact == "desk@police.example"
    assert found.window == (
        datetime(2024, 12, 31, 1, tzinfo=UTC),
        datetime(2024, 12, 31, 3, 30, 0, 500_000, tzinfo=UTC),
    )
    assert found.until == datetime(2025, 1, 20, tzinfo=UTC)
    assert covers(found, *INSIDE)
    assert not covers(found, *OUTSIDE)


def test_what_an_agency_says_in_each_request_is_held_once() -> None:
    """An agency may publish a thousand requests, and there may be many agencies."""
    told = {"labels": ["person"], "terms": "We keep it for a month."}
    features = [feature(str(number), **told) for number in range(2)]
    one, other = read(feed_token(ONLINE, *features)).requests
    assert one.contact is other.contact
    assert one.offence is other.offence
    assert one.terms is other.terms
    assert one.lacks is other.lacks


def test_the_garbage_collector_looks_at_no_request_that_is_held() -> None:
    """A collection blocks the event loop, and there may be 100,000 requests."""
    count = 200
    token = feed_token(ONLINE, *(feature(str(number)) for number in range(count)))
    gc.collect(1)
    before = len(gc.get_objects())
    feed = read(token)
    gc.collect(1)
    assert len(gc.get_objects()) - before < count / 2
    assert len(feed.requests) == count


def test_reading_leaves_little_for_the_garbage_collector() -> None:
    """A collection runs after 2,000 new objects, and each position of an area is an object."""
    area = {"type": "Polygon", "coordinates": [SQUARE * 12]}
    features = [feature(str(number), geometry=area) for number in range(100)]
    token = feed_token(ONLINE, *features)
    found: list[int] = []

    def count(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            found.append(info["generation"])

    gc.collect(1)
    threshold = gc.get_threshold()
    gc.set_threshold(2_000)  # the default; tests have a higher one
    gc.callbacks.append(count)
    try:
        read(token)
    finally:
        gc.callbacks.remove(count)
        gc.set_threshold(*threshold)
    assert len(found) <= 1


def test_a_feed_without_requests_is_one() -> None:
    feed = read(feed_token(ONLINE))
    assert not list(feed.requests)
    assert feed.pin == pinned(7, NOW - 100)
    assert feed.expires_at == datetime.fromtimestamp(NOW + 86_400, UTC)


def test_what_is_remembered_never_goes_back() -> None:
    pin = pinned(7, NOW - 100)
    assert read(feed_token(ONLINE), pin).pin == pin
    assert read(feed_token(ONLINE, seq=8, iat=NOW), pin).pin == pinned(8, NOW)
    assert refused(feed_token(ONLINE, seq=6), pin) == "replayed"
    assert refused(feed_token(ONLINE, seq=8, iat=NOW - 101), pin) == "replayed"
    ahead = pinned(1, NOW + CLOCK_LEEWAY + 1)
    assert refused(feed_token(ONLINE), ahead) == "clock_behind"


def test_a_stolen_key_that_was_replaced_has_no_say_any_more() -> None:
    """It could have used a sequence number that no later feed can exceed."""
    stolen = pinned(2**53 - 1, NOW - 200, new_key())
    assert read(feed_token(ONLINE), stolen).pin == pinned(7, NOW - 100)
    assert refused(feed_token(ONLINE, iat=NOW - 201), stolen) == "replayed"


def test_only_the_agencys_online_keys_sign_for_it_and_only_in_time() -> None:
    assert refused(feed_token(new_key())) == "document_invalid"
    assert refused(feed_token(ONLINE, iss="https://other.example")) == "issuer_mismatch"
    assert refused(feed_token(ONLINE, exp=NOW)) == "document_expired"
    assert refused(feed_token(ONLINE, exp=2**37)) == "document_invalid"
    endless = feed_token(ONLINE, exp=2**37 - 1)
    assert read(endless).expires_at == datetime.fromtimestamp(
        NOW - 100 + 400 * 86_400, UTC
    )
    assert refused(endless, now=NOW - 100 + 400 * 86_400) == "document_expired"
    assert refused(feed_token(ONLINE, iat=NOW + 1000)) == "clock_behind"
    other = sign(DocumentKind.RECEIPT, feed_claims([feature()]), ONLINE)
    assert refused(other) == "document_invalid"


@pytest.mark.parametrize("seq", [None, True, 0, -1, 1.5, "7", 2**53])
def test_a_feed_has_a_number(seq: object) -> None:
    assert refused(feed_token(ONLINE, seq=seq)) == "document_invalid"


@pytest.mark.parametrize(
    "feed",
    [
        None,
        [],
        {},
        {"type": "Feature", "features": []},
        {"type": "FeatureCollection"},
        {"type": "FeatureCollection", "features": {}},
        {"type": "FeatureCollection", "features": [None]},
        {"type": "FeatureCollection", "features": [{"type": "Polygon", "id": "1"}]},
        {"type": "FeatureCollection", "features": [feature(None)]},
        {"type": "FeatureCollection", "features": [feature(1)]},
        {"type": "FeatureCollection", "features": [feature("a\u202eb")]},
        {"type": "FeatureCollection", "features": [feature("a\u200db"), feature("ab")]},
        {"type": "FeatureCollection", "features": [feature("é"), feature("e\u0301")]},
        {"type": "FeatureCollection", "features": [feature("1 "), feature("1")]},
        {"type": "FeatureCollection", "features": [feature("a"), feature("a")]},
        {
            "type": "FeatureCollection",
            "features": [feature(str(each)) for each in range(MOST_REQUESTS + 1)],
        },
    ],
    ids=str,
)
def test_what_is_no_feed_is_refused(feed: object) -> None:
    assert refused(feed_token(ONLINE, feed=feed)) == "document_invalid"


@pytest.mark.parametrize("lack", [Lack.CASE_REFERENCE, Lack.OFFENCE, Lack.CONTACT])
@pytest.mark.parametrize(
    "value",
    [
        *(None, "", " ", 7, [], "x" * 201, "a\nb", "\u202ea"),
        *(
            "\u200d",
            "\ufe0f",
            "\u17b4",
            "\U0001d159",
            "\U00013441",
            "\u0301",
            "-",
            " . ",
        ),
    ],
)
def test_a_request_says_which_line_it_lacks(lack: Lack, value: object) -> None:
    found = request(feature(**{lack.value: value}))
    assert found.lacks == {lack}
    assert getattr(found, lack.value) is None


def test_a_request_may_lack_everything_and_spoils_no_other() -> None:
    empty = {"type": "Feature", "id": "empty", "geometry": None, "properties": None}
    found, other = read(feed_token(ONLINE, empty, feature())).requests
    assert found.lacks == {
        Lack.CASE_REFERENCE,
        Lack.OFFENCE,
        Lack.CONTACT,
        Lack.WINDOW,
        Lack.UNTIL,
        Lack.AREA,
    }
    assert not covers(found, *INSIDE)
    assert not found.overlaps(datetime.min.replace(tzinfo=UTC), datetime.now(UTC))
    assert not other.lacks


@pytest.mark.parametrize(
    ("interval", "lack"),
    [
        (["2024-12-31T01:00:00Z", "2024-12-31T13:00:00Z"], None),
        (["2024-12-31T01:00:00Z", "2024-12-31T13:00:00.000001Z"], "window_too_long"),
        # The feed was signed at 23:58:20, and clocks may differ by five minutes.
        (["2024-12-31T23:00:00Z", "2025-01-01T00:03:20Z"], None),
        (["2024-12-31T23:00:00Z", "2025-01-01T00:03:20.000001Z"], "window_in_future"),
        (["2025-01-02T18:54:00Z", "2025-01-03T06:54:00Z"], "window_in_future"),
        (["2999-01-01T01:00:00Z", "2999-01-01T02:00:00Z"], "window_in_future"),
        (["2025-01-01T01:00:00Z", ".."], "window"),
        (["..", "2025-01-01T01:00:00Z"], "window"),
        (["2025-01-01", "2025-01-02"], "window"),
        (["2025-01-01T20:00:00Z", "2025-01-01T24:00:00Z"], "window"),
        # In some time zones these days would be before year 1 or after year 9999.
        (["0001-01-01T00:00:00Z", "0001-01-01T01:00:00Z"], "window"),
        (["9999-12-31T22:00:00Z", "9999-12-31T23:00:00Z"], "window"),
        (["2025-01-01T01:00:00+01:00", "2025-01-01T02:00:00+01:00"], "window"),
        (["2025-01-01T02:00:00Z", "2025-01-01T01:00:00Z"], "window"),
        (["2025-01-01T02:00:00Z", "2025-01-01T02:00:00Z"], "window"),
        (["2025-02-30T02:00:00Z", "2025-03-01T02:00:00Z"], "window"),
        (["2025-01-01T01:00:00Z"], "window"),
        ("2025-01-01T01:00:00Z", "window"),
        ([1, 2], "window"),
        (None, "window"),
    ],
)
def test_a_window_has_two_ends_within_twelve_hours(
    interval: object, lack: str | None
) -> None:
    found = request(feature() | {"time": {"interval": interval}})
    assert found.lacks == ({lack} if lack else set())


@pytest.mark.parametrize(
    ("until", "lack"),
    [
        ("2025-04-01T00:03:20Z", None),
        ("2024-12-01T00:00:00Z", None),  # the request is over
        ("2025-04-01T00:03:20.000001Z", "until_too_late"),
        ("2999-01-01T00:00:00Z", "until_too_late"),
        (None, "until"),
        ("tomorrow", "until"),
    ],
)
def test_a_request_ends_within_ninety_days_of_its_feed(
    until: str | None, lack: str | None
) -> None:
    found, other = read(feed_token(ONLINE, feature(until=until), feature("2"))).requests
    assert found.lacks == ({lack} if lack else set())
    assert not other.lacks


def test_a_clip_touches_a_window_or_not() -> None:
    found = request(feature())
    assert found.window
    begin, end = found.window
    second = timedelta(seconds=1)
    assert found.overlaps(begin - second, begin)
    assert found.overlaps(end, end + second)
    assert found.overlaps(begin + second, begin + second)
    assert found.overlaps(begin - second, end + second)
    assert not found.overlaps(begin - 2 * second, begin - second)
    assert not found.overlaps(end + second, end + 2 * second)


@pytest.mark.parametrize("north", [52.4, 0.001, -33.9, 69.6])
@pytest.mark.parametrize("west", [4.9, -179.9])
def test_an_area_of_half_a_square_mile_is_small_enough(
    north: float, west: float
) -> None:
    for kilometres, wide in ((1.1, 1.15), (4.99, 0.2), (0.101, 0.1)):
        ring = rectangle(north, west, kilometres, wide)
        assert not area(ring).lacks, (kilometres, wide)
        assert not area(ring[::-1]).lacks
    for kilometres, wide, lacks in (
        (1.1, 1.2, {Lack.AREA_TOO_LARGE}),
        (4.9, 0.27, {Lack.AREA_TOO_LARGE}),
        (4.99, 0.5, {Lack.AREA_TOO_LARGE, Lack.AREA_TOO_SPREAD}),
        (5, 0.05, {Lack.AREA_TOO_SPREAD}),
        (13, 0.05, {Lack.AREA_TOO_SPREAD}),
        (15, 0.05, {Lack.AREA_TOO_SPREAD, Lack.OUTLINE_TOO_LONG}),
        (0.099, 0.1, {Lack.POLYGON_TOO_SMALL}),
    ):
        ring = rectangle(north, west, kilometres, wide)
        assert area(ring).lacks == lacks, (kilometres, wide)


def test_many_small_areas_are_as_large_as_all_of_them() -> None:
    one = rectangle(52.4, 4.9, 1, 1)
    two = rectangle(52.4, 4.93, 0.5, 0.5)
    found = request(
        feature(geometry={"type": "MultiPolygon", "coordinates": [[one], [two]]})
    )
    assert not found.lacks
    assert covers(found, 52.399, 4.901)
    assert covers(found, 52.399, 4.931)
    assert not covers(found, 52.399, 4.92)
    both = request(
        feature(geometry={"type": "MultiPolygon", "coordinates": [[one], [one]]})
    )
    assert both.lacks == {Lack.AREA_TOO_LARGE}


def test_a_hole_is_left_out_but_makes_no_area_smaller() -> None:
    outer, hole = rectangle(52.4, 4.9, 1, 1), rectangle(52.398, 4.903, 0.3, 0.3)
    found = area(outer, hole)
    assert not found.lacks
    assert covers(found, 52.3995, 4.901)
    assert not covers(found, 52.397, 4.905)
    # A hole outside of the outer ring counts toward the size, and nothing in it is covered.
    outside = area(outer, rectangle(52.41, 4.9, 0.9, 0.9))
    assert outside.lacks == {Lack.AREA_TOO_LARGE}
    assert not covers(outside, 52.409, 4.901)


def test_no_single_house_is_selected() -> None:
    """Neither many distant polygons, a small one, nor small remains between holes are accepted."""
    here = [rectangle(52.4, 4.9, 1, 1)]
    houses = [[rectangle(0, 10 * n, 0.01, 0.01)] for n in range(-7, 8)]

    def lacks(*polygons: object) -> frozenset[Lack]:
        geometry = {"type": "MultiPolygon", "coordinates": list(polygons)}
        return request(feature(geometry=geometry)).lacks

    assert lacks(here, *houses) == {Lack.AREA_TOO_SPREAD, Lack.POLYGON_TOO_SMALL}
    near, far = [rectangle(52.4, 4.93, 0.1, 0.2)], [rectangle(52.4, 4.98, 0.1, 0.2)]
    assert not lacks(here, near)
    assert lacks(here, far) == {Lack.AREA_TOO_SPREAD}
    assert lacks(here, [rectangle(52.4, 4.93, 0.09, 0.1)]) == {Lack.POLYGON_TOO_SMALL}
    # The hole leaves a strip of 5 m.
    left = [rectangle(52.4, 4.9, 0.5, 0.5), rectangle(52.4, 4.9, 0.5, 0.495)]
    assert lacks(left) == {Lack.POLYGON_TOO_SMALL}
    # Where holes overlap, nothing is covered.
    twice = area(
        rectangle(52.4, 4.9, 0.7, 0.7),
        rectangle(52.399, 4.902, 0.2, 0.2),
        rectangle(52.398, 4.903, 0.2, 0.2),
    )
    assert not twice.lacks
    assert not covers(twice, 52.3975, 4.904)


def test_corners_are_near_each_other_across_the_antimeridian() -> None:
    """The area must be cut at the antimeridian; otherwise it is invalid."""
    west, east = rectangle(10, 179.99, 1, 1), rectangle(10, -180, 0.5, 0.5)
    both = {"type": "MultiPolygon", "coordinates": [[west], [east]]}
    assert not request(feature(geometry=both)).lacks
    uncut = [[179.999, 10], [-179.999, 10], [-179.999, 10.01], [179.999, 10.01]]
    assert area([*uncut, uncut[0]]).lacks == {Lack.AREA}


@pytest.mark.parametrize(
    "ring",
    [
        # A figure eight, whose signed area is zero.
        [[4, 52], [5, 53], [5, 52], [4, 53], [4, 52]],
        # Two halves that touch at a corner.
        [[4, 52], [4.5, 52.5], [5, 52], [5, 53], [4.5, 52.5], [4, 53], [4, 52]],
        # A corner is on another edge.
        [[4, 52], [5, 52], [5, 53], [4.5, 52], [4, 53], [4, 52]],
        # An edge goes back over the previous one.
        [[4, 52], [5, 52], [6, 52], [5.5, 52], [5.5, 53], [4, 53], [4, 52]],
        [[4, 52], [5, 52], [4, 52], [4, 52]],
        [[4, 52], [5, 52], [6, 52], [4, 52]],
        # A figure eight whose edges cross so closely that floats do not detect it.
        [
            [0.49634948796373246, 0.05893101415601723],
            [-0.0001573028046493452, -6.904280058501562e-05],
            [-0.4966640935730312, -0.05906909975718726],
            [-0.4786825214727265, -0.1450297792041676],
            [-0.0001573028046493453, -6.904280058501566e-05],
            [0.47836791586342775, 0.14489169360299758],
            [0.49634948796373246, 0.05893101415601723],
        ],
        # The first edge goes back over the last one.
        [[4, 52], [5, 52], [5, 53], [4, 53], [4, 51], [4, 52]],
    ],
    ids=str,
)
def test_an_area_that_crosses_itself_is_none(ring: object) -> None:
    found = area(ring)
    assert found.lacks == {Lack.AREA}
    assert not covers(found, 52.4, 4.6)


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [4.9, 52.37]},
        {"type": "Polygon"},
        {"type": "Polygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[]]},
        {"type": "Polygon", "coordinates": [SQUARE[:-1]]},
        {"type": "Polygon", "coordinates": [[[4.9]] * 5]},
        {"type": "Polygon", "coordinates": [[[4.9, 52.37, 0, 0]] * 5]},
        {"type": "Polygon", "coordinates": [[["4.9", 52.37]] * 5]},
        {"type": "Polygon", "coordinates": [[[True, False]] * 5]},
        {"type": "Polygon", "coordinates": [[[181, 0], [182, 0], [182, 1], [181, 0]]]},
        {"type": "Polygon", "coordinates": [[[0, 91], [1, 91], [1, 90], [0, 91]]]},
        {"type": "Polygon", "coordinates": [[[10**400, 0], *SQUARE]]},
        {"type": "MultiPolygon", "coordinates": []},
        {"type": "MultiPolygon", "coordinates": [[]]},
        {"type": "MultiPolygon", "coordinates": [SQUARE]},
        {"type": "GeometryCollection", "geometries": []},
        {
            "type": "Polygon",
            "coordinates": [
                [[4.9 + each / 1e6, 52 + each % 2 / 1e4] for each in range(70)]
            ],
        },
        {"type": "MultiPolygon", "coordinates": [[SQUARE]] * 17},
        7,
        [SQUARE],
    ],
    ids=lambda geometry: str(geometry)[:60],
)
def test_what_bounds_no_area_is_none(geometry: object) -> None:
    assert request(feature(geometry=geometry)).lacks == {Lack.AREA}


def test_a_height_and_a_corner_twice_in_a_row_change_nothing() -> None:
    plain = area(SQUARE)
    high = area([[*position, 12.5] for position in SQUARE])
    twice = area([position for position in SQUARE for _ in range(2)])
    assert plain.area == high.area == twice.area
    assert not high.lacks


def test_half_a_square_mile_is_what_the_house_rules_say() -> None:
    assert pytest.approx(0.5 * 1.609344**2, abs=0.01) == LARGEST_AREA


def test_nothing_of_a_request_is_an_address_to_follow() -> None:
    """No link or picture of a request is read, because fetching it would reveal the home."""
    linked = feature(image="https://police.example/pixel.png")
    linked["links"] = [{"rel": "icon", "href": "https://police.example/pixel.png"}]
    found = request(linked)
    assert "pixel" not in str([getattr(found, each.name) for each in fields(found)])


def test_a_pin_of_a_later_version_is_read() -> None:
    """The known fields are kept after a downgrade."""
    stored = {"seq": 7, "newest_iat": 3, "signed_by": "key", "later": True}
    assert FeedPin.stored(stored) == FeedPin(seq=7, newest_iat=3, signed_by="key")
