"""Verify and read the requests that an agency publishes.

The feed is one signed file for all homes. Its claim `feed` is JSON-FG 1.0 (OGC
21-045r1), a superset of GeoJSON (RFC 7946): a feature for each request, with the area
in `geometry` and the time window in `time.interval`. The home matches requests locally
and tells nobody.
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
from ..signing import jws
from ..text import displayable
from .area import (
    Drawn,
    Polygon,
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
LONGEST_OPEN: Final = timedelta(days=90)  # after the feed was signed

_TURN: Final = 3  # items; a few tenths of a millisecond
_LONGEST_LINE: Final = 200
_LONGEST_TEXT: Final = 5000
_LABELS: Final = frozenset(label.value for label in Label)
_ID: Final = re.compile(r"[!-~]{1,200}")  # only characters that look different

# Problems by JWS error; all others are `document_invalid`.
_PROBLEMS: Final = {
    "wrong_issuer": "issuer_mismatch",
    "expired": "document_expired",
    "not_yet_valid": "clock_behind",
}


class Lack(StrEnum):
    """A requirement that an invalid request does not meet."""

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
# Rules against areas that are too large or too selective.
AREA_LACKS: Final = frozenset(_AREA_RULES)


@dataclass(frozen=True, slots=True)
class Request:
    """A public request of an agency for footage; invalid while it `lacks` something.

    Texts are as published: show them as plain text, without links.
    """

    lacks: frozenset[Lack]
    # Labels that the request is about; empty for all.
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
    # Terms of this request, in addition to the agency's terms.
    terms: str | None = None
    # The request cannot be answered after `until` or once closed.
    until: datetime | None = None
    closed: bool = False
    version: int = 1

    def overlaps(self, begin: datetime, end: datetime) -> bool:
        """Return whether a time range overlaps the window."""
        if self.window is None:
            return False
        return begin <= self.window[1] and end >= self.window[0]


_plain = attrgetter(*(each.name for each in fields(Request)[4:]))


@dataclass(frozen=True, slots=True)
class Requests:
    """All requests of a feed, each as one tuple of plain values.

    The garbage collector skips tuples of plain values; with 100,000 requests, other
    objects would stall the event loop.
    """

    rows: tuple[tuple[Any, ...], ...] = ()

    @classmethod
    def of(cls, requests: Iterable[Request]) -> Self:
        """Pack these requests."""
        return cls(tuple(map(_row, requests)))

    def __len__(self) -> int:
        """Return the number of requests."""
        return len(self.rows)

    def __iter__(self) -> Iterator[Request]:
        """Yield the requests, created one at a time."""
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
    """An announcement of an agency for an area; it cannot be answered.

    Texts are as published: show them as plain text, without links.
    """

    bulletin_id: str
    title: str | None
    text: str | None
    contact: str | None
    area: tuple[Polygon, ...]
    until: datetime | None
    closed: bool
    version: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedPin:
    """The last accepted state of an agency's feed, to detect replays.

    `signed_by` is the thumbprint of the signing key. `seq` is only compared while the
    agency lists this key, so that a high `seq` from a stolen key can be revoked.
    """

    seq: int
    newest_iat: int
    signed_by: str

    @classmethod
    def stored(cls, pin: Mapping[str, object]) -> Self:
        """Load a stored pin, also of a later version."""
        known = {each.name for each in fields(cls)}
        return cls(**{name: pin[name] for name in known & pin.keys()})  # type: ignore[arg-type] # as stored


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """The requests and bulletins that an agency published last."""

    requests: Requests
    bulletins: tuple[Bulletin, ...]
    pin: FeedPin
    expires_at: datetime


def read_feed(
    token: str,
    *,
    issuer: str,
    keys: Iterable[jws.PublicKey],
    pin: FeedPin | None,
    now: float,
) -> Feed:
    """Verify a feed that is signed with one of the agency's online keys, and read it.

    `pin` is the last accepted state, None at first. Raises `SharingError`:
    `document_invalid`, `document_expired`, `issuer_mismatch`, `replayed` (seq or iat
    decreased), `clock_behind`. An incomplete request does not invalidate the feed; its
    `lacks` names the problems.
    """
    if pin is not None and now < pin.newest_iat - jws.CLOCK_LEEWAY:
        raise SharingError("clock_behind")
    keys = list(keys)
    try:
        document = jws.verify(
            token.strip(),
            jws.DocumentKind.REQUESTS,
            key=jws.known_keys(keys),
            issuer=issuer,
            now=now,
            hook=Compactor(),
        )
    except jws.DocumentError as err:
        raise SharingError(_PROBLEMS.get(err.problem, "document_invalid")) from err
    seq = document.claims.get("seq")
    if isinstance(seq, bool) or not isinstance(seq, int) or not 0 < seq < 2**53:
        raise SharingError("document_invalid")
    if pin is not None and (
        document.issued_at < pin.newest_iat
        or (seq < pin.seq and pin.signed_by in map(jws.thumbprint, keys))
    ):
        raise SharingError("replayed")
    published = document.claims.get("feed")
    ids = [_id(feature) for feature in _features(published)]
    if len(set(ids)) != len(ids):
        raise SharingError("document_invalid")
    signed = datetime.fromtimestamp(document.issued_at + jws.CLOCK_LEEWAY, UTC)
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
    # The ID identifies the request, also in a share.
    found = feature.get("id")
    if not isinstance(found, str) or not _ID.fullmatch(found):
        raise SharingError("document_invalid")
    return found


def _bulletin(feature: Mapping[str, object]) -> Bulletin:
    told = read_object(feature.get("properties"))
    area = _area(feature)
    return Bulletin(
        bulletin_id=_id(feature),
        title=displayable(told.get("title"), _LONGEST_LINE),
        text=displayable(told.get("text"), _LONGEST_TEXT, lines=True),
        contact=_often(told.get("contact"), _LONGEST_LINE),
        area=() if area and broken_rules(area) else area,
        until=moment(told.get("until")),
        closed=told.get("state") == "closed",
        version=_version(told),
    )


def _area(feature: Mapping[str, object]) -> tuple[Polygon, ...]:
    area = feature.get("geometry")
    return area if isinstance(area, tuple) else ()


def broken_rules(area: tuple[Polygon, ...]) -> set[Lack]:
    """Return the rules that a valid area breaks."""
    polygons = drawn(area)
    return {lack for lack, is_broken in _AREA_RULES.items() if is_broken(polygons)}


def _version(told: Mapping[str, object]) -> int:
    version = told.get("version")
    return version if type(version) is int and 0 < version < 2**31 else 1


def _labels(value: object) -> frozenset[str]:
    given = value if isinstance(value, list) else []
    return frozenset(one for one in given if isinstance(one, str) and one in _LABELS)


def _often(value: object, longest: int, *, lines: bool = False) -> str | None:
    """Return a displayable text, interned because agencies repeat it."""
    text = displayable(value, longest, lines=lines)
    return None if text is None else intern(text)


def _request(feature: Mapping[str, object], signed: datetime) -> Request:
    """Read a request; `signed` is the latest possible time of the signature."""
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
