"""Requests and bulletins as a home holds them."""

from datetime import UTC, datetime, timedelta

from custom_components.doorwatch.engine.sharing.requests.area import (
    Point,
    Polygon,
    read_area,
)
from custom_components.doorwatch.engine.sharing.requests.feed import (
    Bulletin,
    Feed,
    FeedPin,
    Lack,
    Request,
    Requests,
)

# The start of the hour with the clips of the test home.
BEGINS = datetime(2026, 11, 3, 17, tzinfo=UTC)
WINDOW = (BEGINS, BEGINS + timedelta(hours=1))


def square(
    longitude: float, latitude: float, half: float = 0.001
) -> tuple[Polygon, ...]:
    """Return a square around a place that extends `half` degrees to each side."""
    west, east = longitude - half, longitude + half
    south, north = latitude - half, latitude + half
    return (rectangle((west, south), (east, north)),)


def rectangle(southwest: Point, northeast: Point) -> Polygon:
    """Return a rectangle without holes."""
    (west, south), (east, north) = southwest, northeast
    ring = ((west, south), (east, south), (east, north), (west, north), (west, south))
    coordinates = [[list(corner) for corner in ring]]
    [polygon] = read_area({"type": "Polygon", "coordinates": coordinates})
    return polygon


def request(
    request_id: str,
    area: tuple[Polygon, ...],
    *,
    window: tuple[datetime, datetime] | None = WINDOW,
    lacks: frozenset[Lack] = frozenset(),
    labels: frozenset[str] = frozenset(),
    until: datetime | None = None,
    closed: bool = False,
    version: int = 1,
) -> Request:
    """Return a request for clips of an area."""
    return Request(
        request_id=request_id,
        title=f"Request {request_id}",
        text="A bicycle was stolen.",
        case_reference="HP-2026-1",
        offence="theft",
        contact="desk@agency.example",
        window=window,
        area=area,
        lacks=lacks,
        labels=labels,
        until=until,
        closed=closed,
        version=version,
    )


def bulletin(bulletin_id: str, area: tuple[Polygon, ...]) -> Bulletin:
    """Return a bulletin for an area."""
    return Bulletin(
        bulletin_id=bulletin_id,
        title="Dog found",
        text="Brown, friendly.",
        contact=None,
        area=area,
        until=None,
        closed=False,
        version=1,
    )


def feed(*items: Request | Bulletin, expires: timedelta = timedelta(days=2)) -> Feed:
    """Return a feed of requests and bulletins."""
    return Feed(
        requests=Requests.of(one for one in items if isinstance(one, Request)),
        bulletins=tuple(one for one in items if isinstance(one, Bulletin)),
        pin=FeedPin(seq=1, newest_iat=1, signed_by="x"),
        expires_at=datetime.now(UTC) + expires,
    )
