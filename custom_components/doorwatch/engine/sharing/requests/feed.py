"""The requests that an agency publishes: verify, read, and match at home.

One signed file for everybody. Its claim `feed` is JSON-FG 1.0 (OGC 21-045r1), a superset
of GeoJSON (RFC 7946): a feature for each request, its area in `geometry`, its window in
`time.interval`. Which of them are about this home is found out here; nobody is told.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import cache
from itertools import filterfalse
import marshal
from operator import attrgetter
import re
from sys import intern
from typing import Any, Final, Self

from ...doorbells.base import Label
from ..errors import SharingError
from ..signing.jws import (
    CLOCK_LEEWAY,
    DocumentError,
    DocumentKind,
    PublicKey,
    known_keys,
    thumbprint,
    verify,
)
from ..text import displayable
from .area import (
    Drawn,
    Polygon,
    covers,
    drawn,
    has_too_small_polygon,
    is_outline_too_long,
    is_too_large,
    is_too_spread,
)
from .compact import MOST_REQUESTS, Compactor, read_object
from .times import moment, window_of
from .turns import in_turns

LONGEST_WINDOW: Final = timedelta(hours=12)
LONGEST_OPEN: Final = timedelta(days=90)  # since the feed was signed

_TURN: Final = 3  # items: some tenths of a millisecond
_LONGEST_LINE: Final = 200
_LONGEST_TEXT: Final = 5000
_LABELS: Final = frozenset(label.value for label in Label)
_ID: Final = re.compile(r"[!-~]{1,200}")  # no two of these look the same

# What a feed that fails means to the person at home; all else is document_invalid.
_PROBLEMS: Final = {
    "wrong_issuer": "issuer_mismatch",
    "expired": "document_expired",
    "not_yet_valid": "clock_behind",
}


class Lack(StrEnum):
    """What a request must have before it is shown as a valid one, and has not."""

    CASE_REFERENCE = "case_reference"
    OFFENCE = "offence"
    CONTACT = "contact"
    WINDOW = "window"
    WINDOW_TOO_LONG = "window_too_long"
    WINDOW_IN_FUTURE = "window_in_future"
    UNTIL = "until"
    UNTIL_TOO_LATE = "until_too_late"
    AREA = "area"
    AREA_TOO_LARGE = "area_too_large"
    AREA_TOO_SPREAD = "area_too_spread"
    OUTLINE_TOO_LONG = "outline_too_long"
    POLYGON_TOO_SMALL = "polygon_too_small"


_AREA_RULES: Final[Mapping[Lack, Callable[[Drawn], bool]]] = {
    Lack.AREA_TOO_LARGE: is_too_large,
    Lack.AREA_TOO_SPREAD: is_too_spread,
    Lack.OUTLINE_TOO_LONG: is_outline_too_long,
    Lack.POLYGON_TOO_SMALL: has_too_small_polygon,
}
# The area covers more, or selects more closely, than that of a request may.
AREA_LACKS: Final = frozenset(_AREA_RULES)


@dataclass(frozen=True, slots=True)
class Request:
    """An agency's public ask for footage; not a valid one while it `lacks` something.

    Texts are as they were published: to be shown as text, with no link made of them.
    """

    lacks: frozenset[Lack]
    # What it is about, of the labels that cameras know; empty for all.
    labels: frozenset[str]
    window: tuple[datetime, datetime] | None
    area: tuple[Polygon, ...]
    request_id: str
    title: str | None
    text: str | None
    case_reference: str | None
    offence: str | None
    contact: str | None
    investigation_code: str | None = None
    # What the agency may do with what is sent for this request, besides its terms.
    terms: str | None = None
    # Nobody answers it after `until`, nor once it was closed.
    until: datetime | None = None
    closed: bool = False
    version: int = 1

    def covers(self, latitude: float, longitude: float) -> bool:
        """Whether a place (degrees, WGS 84) lies in the area."""
        return covers(self.area, latitude, longitude)

    def overlaps(self, begin: datetime, end: datetime) -> bool:
        """Whether something that went on from `begin` to `end` touches the window."""
        if self.window is None:
            return False
        return begin <= self.window[1] and end >= self.window[0]


_plain = attrgetter(*(each.name for each in fields(Request)[4:]))


@dataclass(frozen=True, slots=True)
class Requests:
    """All requests of a feed, each held as one tuple of plain values.

    The garbage collector stops the event loop to look at any other object, and there may
    be 100,000 requests.
    """

    rows: tuple[tuple[Any, ...], ...] = ()

    @classmethod
    def of(cls, requests: Iterable[Request]) -> Self:
        """Hold these requests."""
        return cls(tuple(map(_row, requests)))

    def __len__(self) -> int:
        """Count the requests."""
        return len(self.rows)

    def __iter__(self) -> Iterator[Request]:
        """Make the requests, one at a time."""
        for lacks, labels, begins, ends, area, *plain in self.rows:
            window = None if begins is None else (begins, ends)
            sets = _lacks(lacks), frozenset(labels.split())
            yield Request(*sets, window, marshal.loads(area), *plain)


def _row(request: Request) -> tuple[Any, ...]:
    lacks, labels = (" ".join(sorted(each)) for each in (request.lacks, request.labels))
    window, area = request.window or (None, None), marshal.dumps(request.area)
    return (lacks, labels, *window, area, *_plain(request))


@cache
def _lacks(names: str) -> frozenset[Lack]:
    return frozenset(map(Lack, names.split()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Bulletin:
    """What an agency tells the people of an area; nobody can answer it.

    Texts are as they were published: to be shown as text, with no link made of them.
    """

    bulletin_id: str
    title: str | None
    text: str | None
    contact: str | None
    area: tuple[Polygon, ...]
    until: datetime | None
    closed: bool
    version: int

    def covers(self, latitude: float, longitude: float) -> bool:
        """Whether a place (degrees, WGS 84) lies in the area."""
        return covers(self.area, latitude, longitude)


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedPin:
    """What is remembered of an agency's feed, so that it never goes back.

    `signed_by` is the thumbprint of the key: what somebody counted up to with a stolen
    one is forgotten once the agency has taken it out of its document.
    """

    seq: int
    newest_iat: int
    signed_by: str

    @classmethod
    def stored(cls, pin: Mapping[str, object]) -> Self:
        """Read it as it was stored, by a later version too."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: pin[name] for name in known & pin.keys()})  # type: ignore[arg-type] # as stored


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """All requests and bulletins of an agency, as published last."""

    requests: Requests
    bulletins: tuple[Bulletin, ...]
    pin: FeedPin
    expires_at: datetime


def read_feed(
    token: str,
    *,
    issuer: str,
    keys: Iterable[PublicKey],
    pin: FeedPin | None,
    now: float,
) -> Feed:
    """Verify a feed that was signed with one of the agency's online keys, and read it.

    `pin` is what is known of this feed, None at first. Raises `SharingError`:
    `document_invalid`, `document_expired`, `issuer_mismatch`, `replayed` (seq or iat
    going back), `clock_behind`. A request that is not complete is no reason to refuse
    the others: it says what it lacks.
    """
    if pin is not None and now < pin.newest_iat - CLOCK_LEEWAY:
        raise SharingError("clock_behind")
    keys = list(keys)
    try:
        document = verify(
            token.strip(),
            DocumentKind.REQUESTS,
            key=known_keys(keys),
            issuer=issuer,
            now=now,
            hook=Compactor(),
        )
    except DocumentError as err:
        raise SharingError(_PROBLEMS.get(err.problem, "document_invalid")) from err
    seq = document.claims.get("seq")
    if isinstance(seq, bool) or not isinstance(seq, int) or not 0 < seq < 2**53:
        raise SharingError("document_invalid")
    if pin is not None and (
        document.issued_at < pin.newest_iat
        or (seq < pin.seq and pin.signed_by in map(thumbprint, keys))
    ):
        raise SharingError("replayed")
    published = document.claims.get("feed")
    ids = [_id(feature) for feature in _features(published)]
    if len(set(ids)) != len(ids):
        raise SharingError("document_invalid")
    signed = datetime.fromtimestamp(document.issued_at + CLOCK_LEEWAY, UTC)
    return Feed(
        requests=Requests.of(
            _request(each, signed)
            for each in in_turns(filterfalse(_is_bulletin, _features(published)), _TURN)
        ),
        bulletins=tuple(
            map(_bulletin, in_turns(filter(_is_bulletin, _features(published)), _TURN))
        ),
        pin=FeedPin(
            seq=seq, newest_iat=document.issued_at, signed_by=document.thumbprint
        ),
        expires_at=datetime.fromtimestamp(document.expires_at or 0, UTC),
    )


def _is_bulletin(feature: Mapping[str, object]) -> bool:
    return feature.get("featureType") == "bulletin"


def _features(feed: object) -> Iterator[Mapping[str, object]]:
    feed = read_object(feed)
    features = feed.get("features")
    if (
        feed.get("type") != "FeatureCollection"
        or not isinstance(features, list)
        or len(features) > MOST_REQUESTS
    ):
        raise SharingError("document_invalid")
    for each in features:
        feature = read_object(each)
        if feature.get("type") != "Feature":
            raise SharingError("document_invalid")
        yield feature


def _id(feature: Mapping[str, object]) -> str:
    # Without a name of its own it could not be told from others, nor shared for.
    found = feature.get("id")
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise SharingError("document_invalid")
    return found


def _bulletin(feature: Mapping[str, object]) -> Bulletin:
    told = read_object(feature.get("properties"))
    return Bulletin(
        bulletin_id=_id(feature),
        title=displayable(told.get("title"), _LONGEST_LINE),
        text=displayable(told.get("text"), _LONGEST_TEXT, lines=True),
        contact=_often(told.get("contact"), _LONGEST_LINE),
        area=_bounded(_area(feature)),
        until=moment(told.get("until")),
        closed=told.get("state") == "closed",
        version=_version(told),
    )


def _area(feature: Mapping[str, object]) -> tuple[Polygon, ...]:
    area = feature.get("geometry")
    return area if isinstance(area, tuple) else ()


def _bounded(area: tuple[Polygon, ...]) -> tuple[Polygon, ...]:
    """Return the area, none when it breaks a rule for areas."""
    return () if area and broken_rules(area) else area


def broken_rules(area: tuple[Polygon, ...]) -> set[Lack]:
    """Return what is wrong with an area that can be drawn."""
    polygons = drawn(area)
    return {lack for lack, is_broken in _AREA_RULES.items() if is_broken(polygons)}


def _version(told: Mapping[str, object]) -> int:
    version = told.get("version")
    return version if type(version) is int and 0 < version < 2**31 else 1


def _labels(value: object) -> frozenset[str]:
    given = value if isinstance(value, list) else []
    return frozenset(one for one in given if isinstance(one, str) and one in _LABELS)


def _often(value: object, longest: int, *, lines: bool = False) -> str | None:
    """Return a text that an agency repeats: all items hold the one."""
    text = displayable(value, longest, lines=lines)
    return None if text is None else intern(text)


def _request(feature: Mapping[str, object], signed: datetime) -> Request:
    """Read a request; `signed` is the latest time at which its feed was signed."""
    told = read_object(feature.get("properties"))
    lines = {
        lack: _often(told.get(lack.value), _LONGEST_LINE)
        for lack in (Lack.CASE_REFERENCE, Lack.OFFENCE, Lack.CONTACT)
    }
    window = window_of(read_object(feature.get("time")).get("interval"))
    until = moment(told.get("until"))
    area = _area(feature)
    lacks = {lack for lack, line in lines.items() if line is None}
    if window is None:
        lacks.add(Lack.WINDOW)
    else:
        if window[1] - window[0] > LONGEST_WINDOW:
            lacks.add(Lack.WINDOW_TOO_LONG)
        if window[1] > signed:
            lacks.add(Lack.WINDOW_IN_FUTURE)
    if until is None:
        lacks.add(Lack.UNTIL)
    elif until - signed > LONGEST_OPEN:
        lacks.add(Lack.UNTIL_TOO_LATE)
    lacks |= broken_rules(area) if area else {Lack.AREA}
    return Request(
        request_id=_id(feature),
        title=displayable(told.get("title"), _LONGEST_LINE),
        text=displayable(told.get("text"), _LONGEST_TEXT, lines=True),
        case_reference=lines[Lack.CASE_REFERENCE],
        offence=lines[Lack.OFFENCE],
        contact=lines[Lack.CONTACT],
        window=window,
        area=area,
        lacks=frozenset(lacks),
        investigation_code=displayable(told.get("investigation_code"), _LONGEST_LINE),
        terms=_often(told.get("terms"), _LONGEST_TEXT, lines=True),
        labels=_labels(told.get("labels")),
        until=until,
        closed=told.get("state") == "closed",
        version=_version(told),
    )
