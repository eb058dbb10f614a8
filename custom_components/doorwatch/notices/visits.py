"""Visits: what happens at a door in one go, which people are told of in one notice."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import secrets
from typing import Final

from homeassistant.core import callback

from ..engine.clips.model import Clip
from ..engine.doorbells.base import DoorbellEvent, EventKind
from ..people.wishes import Level

# What comes later than this after the last event is another visit.
_GAP: Final = timedelta(seconds=60)
_LONGEST: Final = timedelta(minutes=10)
# Between the clock of an event and the first or last picture of its clip.
_SLACK: Final = timedelta(seconds=2)
# Of one doorbell: a clip that is fetched from a maker may come minutes later.
_MOST: Final = 20


@dataclass(kw_only=True, slots=True)
class Visit:
    """One visit, and who was told of it how loudly (by the id of the account).

    `alerted` is when that happened which people were told of last. Times are UTC.
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
        """What it is told as: motion only as long as nothing better is known."""
        better = self.kinds - {"motion"}
        return frozenset(better or self.kinds)


class Visits:
    """The last visits at each door."""

    def __init__(self) -> None:
        """Begin without any."""
        self._visits: defaultdict[str, deque[Visit]] = defaultdict(
            lambda: deque(maxlen=_MOST)
        )

    @callback
    def take(self, doorbell_id: str, event: DoorbellEvent) -> Visit | None:
        """Return the visit that an event belongs to; None for what tells of none.

        A label alone begins no visit.
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
        """Return the visit whose notice this clip takes the place of, if any."""
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
