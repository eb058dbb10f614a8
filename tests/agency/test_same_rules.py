"""The agency's command and a home agree about valid requests and areas.

Both implement the same rules independently, so the tests give both the same input.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
import json
import math
from pathlib import Path
from typing import Any

from hypothesis import given, strategies as st
import pytest

from agency.doorwatch_agency.errors import AgencyError
from agency.doorwatch_agency.publishing.areas import read_area as agency_reads
from agency.doorwatch_agency.publishing.items import BULLETIN, REQUEST, read_item
from custom_components.doorwatch.engine.sharing.requests.area import (
    read_area as home_reads,
)
from custom_components.doorwatch.engine.sharing.requests.feed import (
    Feed,
    broken_rules,
    read_feed,
)
from tests.engine.sharing.evidence import ORIGIN, new_key
from tests.engine.sharing.requests.feeds import covers, feed_token
from tests.engine.sharing.requests.items import request
from tests.series import examples

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ONLINE = new_key()
AREA = "[area]\npolygon = [[52.370, 4.890], [52.370, 4.895], [52.374, 4.895]]\n"

# A small grid, so that corners meet, sides touch and rings repeat.
grids = st.tuples(
    st.sampled_from([(4.9, 52.37), (179.9995, 0.0), (-180.0, -90.0), (0.0, 89.9995)]),
    st.sampled_from([1e-8, 1e-7, 1e-4, 1e-3, 1e-2]),
)
steps = st.tuples(st.integers(0, 4), st.integers(0, 4))


@st.composite
def geometries(draw: st.DrawFn) -> dict[str, Any]:
    """Draw nearly valid GeoJSON of an area."""
    (west, south), width = draw(grids)

    def ring() -> list[list[float]]:
        corners = draw(st.lists(steps, min_size=0, max_size=7))
        found = [[west + x * width, south + y * width] for x, y in corners]
        return [*found, *found[:1]] if draw(st.integers(0, 9)) else found

    polygons = [
        [ring() for _ in range(draw(st.integers(1, 2)))]
        for _ in range(draw(st.integers(1, 2)))
    ] + [[]] * (not draw(st.integers(0, 9)))
    if draw(st.booleans()):
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def valid_at_home(geometry: object) -> bool:
    """Return whether a home accepts an area in a valid request."""
    area = home_reads(json.loads(json.dumps(geometry)))
    return bool(area) and not broken_rules(area)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder for an officer's files."""
    return tmp_path_factory.mktemp("desk")


@examples(600)
@given(geometries())
def test_both_call_the_same_an_area(folder: Path, geometry: dict[str, Any]) -> None:
    (folder / "area.geojson").write_text(json.dumps(geometry))
    try:
        published = agency_reads({"geojson": "area.geojson"}, folder)
    except AgencyError:
        assert not valid_at_home(geometry)
        return
    assert valid_at_home(published)
    assert valid_at_home(geometry)


def strips(*at: float, high: float, wide: float) -> dict[str, Any]:
    """Draw rectangles at these distances (km) to the east of a place."""
    degree = 111.195
    along = degree * math.cos(math.radians(52.37))
    north = 52.37 + high / degree
    sides = [(4.9 + west / along, 4.9 + (west + wide) / along) for west in at]
    rings = [
        [[west, 52.37], [east, 52.37], [east, north], [west, north], [west, 52.37]]
        for west, east in sides
    ]
    return {"type": "MultiPolygon", "coordinates": [[ring] for ring in rings]}


@pytest.mark.parametrize(
    ("geometry", "why"),
    [
        (strips(0, 0.1, 0.2, high=4.9, wide=0.05), None),
        (strips(0, 0.1, 0.2, high=4.96, wide=0.05), "the outline is 30.1"),
        (strips(0, high=4.99, wide=0.05), None),
        (strips(0, high=5.001, wide=0.05), "5.00 kilometers apart"),
        (strips(0, 4.8, high=0.11, wide=0.1), None),
        (strips(0, 4.95, high=0.11, wide=0.1), "apart"),
        (strips(0, high=0.101, wide=0.1), None),
        (strips(0, 1, high=0.099, wide=0.1), "a polygon is 0.0099"),
        (strips(0, high=1.1, wide=1.2), "the area is 1.32"),
    ],
)
def test_both_have_the_same_limits(
    folder: Path, geometry: dict[str, Any], why: str | None
) -> None:
    """The command names the rule with its number."""
    (folder / "strips.geojson").write_text(json.dumps(geometry))
    assert valid_at_home(geometry) is (why is None)
    if why is None:
        assert valid_at_home(agency_reads({"geojson": "strips.geojson"}, folder))
        return
    with pytest.raises(AgencyError, match=why):
        agency_reads({"geojson": "strips.geojson"}, folder)


@examples(200)
@given(
    st.floats(-90, 90), st.floats(-180, 180), st.floats(0, 700, allow_subnormal=False)
)
def test_a_circle_is_an_area_at_home(
    folder: Path, latitude: float, longitude: float, radius: float
) -> None:
    """The circle may be anywhere on Earth."""
    circle = {"latitude": latitude, "longitude": longitude, "radius": radius}
    try:
        published = agency_reads({"circle": circle}, folder)
    except AgencyError:
        return
    assert valid_at_home(published)
    asked = request("circle", home_reads(json.loads(json.dumps(published))))
    # A home does not match beside a pole.
    assert covers(asked, latitude, longitude) or abs(latitude) > 89


words = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("aZ09 \n\t\u0301\u0489\u200d\u202e\u3164\u2028\ufe0f\u00a0"),
    ),
    max_size=30,
)
moments = st.datetimes(
    datetime(1990, 1, 1), datetime(3100, 1, 1), timezones=st.just(UTC)
) | st.datetimes(datetime(2026, 11, 23), datetime(2027, 3, 1), timezones=st.just(UTC))


def text_of(value: object) -> str:
    """Write a value as TOML."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list):
        return f"[{', '.join(map(text_of, value))}]"
    # JSON does not escape DEL, which TOML forbids in strings.
    return json.dumps(value).replace("\x7f", "\\u007f")


@examples(600)
@given(
    st.sampled_from([REQUEST, BULLETIN]),
    st.fixed_dictionaries(
        {},
        optional={
            "id": words | st.just("x-1"),
            "title": words,
            "text": words,
            "case_reference": words,
            "offence": words,
            "contact": words,
            "investigation_code": words,
            "terms": words,
            "labels": st.lists(st.sampled_from(["person", "animal", "face"])),
            "until": moments,
            "begins": moments,
        },
    ),
    st.integers(-10, 44_000_000_000),
)
def test_what_is_published_is_valid_at_home(
    folder: Path, kind: str, told: dict[str, Any], microseconds: int
) -> None:
    settings: dict[str, Any] = {
        "id": "x-1",
        "title": "Seen?",
        "text": "Who saw it?",
        "contact": "desk@police.example",
        "until": NOW + timedelta(days=3),
    }
    if kind == REQUEST:
        settings |= {"case_reference": "1", "offence": "Theft"}
    begins = told.pop("begins", NOW - timedelta(days=1))
    settings |= told
    if kind == REQUEST:
        settings["window"] = [begins, begins + timedelta(microseconds=microseconds)]
    path = folder / "request.toml"
    lines = [f"{name} = {text_of(value)}" for name, value in settings.items()]
    path.write_text("\n".join([*lines, AREA]), encoding="utf-8")
    try:
        _, feature = read_item(kind, path, NOW)
    except AgencyError:
        return
    feed = read(feature)
    if kind == BULLETIN:
        [bulletin] = feed.bulletins
        assert None not in (bulletin.title, bulletin.text, bulletin.until)
        assert bulletin.area
        return
    [request] = feed.requests
    assert not request.lacks
    assert request.until is not None
    assert request.title == settings["title"].strip()
    assert request.text == settings["text"].strip()
    assert (request.terms is None) == ("terms" not in settings)
    assert request.labels == set(settings.get("labels", []))


def read(feature: Mapping[str, object]) -> Feed:
    """Read the published feed as a home does."""
    now = int(NOW.timestamp())
    return read_feed(
        feed_token(ONLINE, feature, iat=now, exp=now + 900),
        issuer=ORIGIN,
        keys=[ONLINE.public_key()],
        pin=None,
        now=now,
    )
