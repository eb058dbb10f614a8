"""What of all that is asked and told concerns this home, and how much of it does not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..agencies.base import Agency
from ..engine.sharing.requests.feed import Bulletin, Request
from ..engine.sharing.requests.match import Matched


@dataclass(frozen=True, kw_only=True, slots=True)
class Concern:
    """A request or bulletin, the doorbells in its area, and their clips that fit.

    `is_over`: its time, or that of its feed, has passed. Clips are looked for only while
    it can be answered.
    """

    agency_id: str
    item: Request | Bulletin
    is_over: bool = False
    doorbells: frozenset[str] = frozenset()
    clips: Mapping[str, int] = field(default_factory=dict)

    @property
    def item_id(self) -> str:
        """The id that its agency gave it."""
        if isinstance(self.item, Bulletin):
            return self.item.bulletin_id
        return self.item.request_id

    @property
    def is_open(self) -> bool:
        """Whether it can be answered, or holds: a valid one that is neither closed nor over."""
        lacks = isinstance(self.item, Request) and self.item.lacks
        return not (self.is_over or self.item.closed or lacks)


def concerns_of(
    matched: Mapping[str, Matched],
    agencies: Mapping[str, Agency],
    fresh: set[str],
    now: datetime,
) -> list[Concern]:
    """Return what concerns this home; who takes no clips asks for none."""
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
    """Count the requests elsewhere that can be answered; say when the first of them ends."""
    found = [one.open_elsewhere(now) for one in matched]
    ends = (end for _, end in found if end is not None)
    return sum(count for count, _ in found), min(ends, default=None)
