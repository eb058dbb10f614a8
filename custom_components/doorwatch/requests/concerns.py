"""Requests and bulletins that concern this home, and the number of other requests."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..agencies.base import Agency
from ..engine.sharing.requests.feed import Bulletin, Request
from ..engine.sharing.requests.match import Matched


@dataclass(frozen=True, kw_only=True, slots=True)
class Concern:
    """A request or bulletin, the doorbells in its area, and their matching clips.

    `is_over` is set when its time or its feed has expired. Clips are counted only while
    it is open.
    """

    agency_id: str
    item: Request | Bulletin
    is_over: bool = False
    doorbells: frozenset[str] = frozenset()
    clips: Mapping[str, int] = field(default_factory=dict)

    @property
    def item_id(self) -> str:
        """The ID that its agency assigned."""
        if isinstance(self.item, Bulletin):
            return self.item.bulletin_id
        return self.item.request_id

    @property
    def is_open(self) -> bool:
        """Whether it is valid, not closed and not over."""
        lacks = isinstance(self.item, Request) and self.item.lacks
        return not (self.is_over or self.item.closed or lacks)


def concerns_of(
    matched: Mapping[str, Matched],
    agencies: Mapping[str, Agency],
    fresh: set[str],
    now: datetime,
) -> list[Concern]:
    """Return the items that concern this home; ignore requests of groups."""
    return [
        Concern(
            agency_id=agency_id,
            item=each.item,
            is_over=agency_id not in fresh
            or (each.item.until is not None and each.item.until <= now),
            doorbells=each.doorbells,
        )
        for agency_id, found in matched.items()
        for each in found.covered
        if agencies[agency_id].takes_clips or isinstance(each.item, Bulletin)
    ]


def still_open(
    matched: Iterable[Matched], now: datetime
) -> tuple[int, datetime | None]:
    """Count the open requests about other places; return the first end among them, too."""
    found = [one.open_elsewhere(now) for one in matched]
    ends = (end for _, end in found if end is not None)
    return sum(count for count, _ in found), min(ends, default=None)
