"""Group events at a doorbell into visits, each with one notification."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import secrets
from typing import Final

from homeassistant.core import callback

from ..engine.clips.model import Clip
from ..engine.doorbells.base import DoorbellEvent, EventKind
from ..people.wishes import Level

# A later event starts another visit.
_GAP: Final = timedelta(seconds=60)
_LONGEST: Final = timedelta(minutes=10)
# Tolerance between an event's clock and the first or last picture of its clip.
_SLACK: Final = timedelta(seconds=2)
# Kept for each doorbell, because a clip from the manufacturer may come minutes later.
_MOST: Final = 20


@dataclass(kw_only=True, slots=True)
class Visit:
    """A visit, and the level at which each user was notified of it.

    `alerted` is the time of the event of the last notification. Times are in UTC.
    """

    doorbell_id: str
    began: datetime
    last: datetime
    alerted: datetime
    kinds: set[str] = field(default_factory=set)
    told: dict[str, Level] = field(default_factory=dict)
    over: bool = False
    key: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def told_as(self) -> frozenset[str]:
        """The kinds of the visit, with "motion" only if there is no other."""
        better = self.kinds - {"motion"}
        return frozenset(better or self.kinds)


class Visits:
    """The last visits at each doorbell."""

    def __init__(self) -> None:
        """Start without visits."""
        self._visits: defaultdict[str, deque[Visit]] = defaultdict(
            lambda: deque(maxlen=_MOST)
        )

    @callback
    def take(self, doorbell_id: str, event: DoorbellEvent) -> Visit | None:
        """Return the visit of an event, or None if the event concerns no visit.

        A label alone starts no visit.
        """
        visit = self._open(doorbell_id, event.at)
        if event.kind is EventKind.RING:
            kinds = {"ring", *event.labels}
        elif event.kind is EventKind.MOTION:
            kinds = {"motion", *event.labels}
        elif event.kind is EventKind.SEEN and visit is not None:
            kinds = set(event.labels)
        else:
            return None
        if visit is None:
            visit = Visit(
                doorbell_id=doorbell_id,
                began=event.at,
                last=event.at,
                alerted=event.at,
            )
            self._visits[doorbell_id].append(visit)
        visit.kinds |= kinds
        visit.last = max(visit.last, event.at)
        return visit

    @callback
    def of_clip(self, clip: Clip) -> Visit | None:
        """Return the visit whose notification this clip replaces, if any."""
        for visit in reversed(self._visits[clip.doorbell_id]):
            if not (
                clip.started_at - _SLACK <= visit.alerted <= clip.ended_at + _SLACK
            ):
                continue
            visit.kinds |= {*clip.kinds, *clip.labels} - {"manual"}
            visit.over = visit.last <= clip.ended_at + _SLACK
            return visit
        return None

    def _open(self, doorbell_id: str, at: datetime) -> Visit | None:
        visits = self._visits[doorbell_id]
        if not visits or (visit := visits[-1]).over:
            return None
        if at - visit.last > _GAP or at - visit.began > _LONGEST:
            return None
        return visit
