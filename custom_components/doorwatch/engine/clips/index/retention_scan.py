"""Which saved clips go first: those beyond their days, then those beyond the space."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from heapq import merge
from itertools import chain
import sqlite3
from typing import Any, Final, NamedTuple

from ...doorbells.base import EventKind, Label
from ..model import LONGEST_CLIP, RetentionPolicy, Usage, reasons_of
from .rows import labels_from, to_micros
from .search import classes

# On a disk that is nearly full, clips of this age and younger are never taken, and
# motion alone is first only when it is older.
SAFE: Final = timedelta(hours=24)
# What is held takes at most this part of the space, and stays at most so much longer than
# it is kept, however many requests follow each other.
HELD: Final = 0.2
HELD_FOR: Final = timedelta(days=30)
_EVER: Final = 2**62
_MOTION: Final = (EventKind.MOTION.value, "")
# Each label by itself, as the index has it but for who said it.
_ALONE: Final = tuple(f"{label}=" for label in Label)
_BEARS: Final = tuple(f"instr(labels, '{label}')" for label in _ALONE)
_ANY_LABEL: Final = f"(labels != '' AND ({' OR '.join(_BEARS)}))"
# Before when a clip is older than it is kept, from the values for each label by itself
# and for none: kept for the longest it is older only before the first of them.
_END: Final = (
    f"CASE WHEN {_ANY_LABEL} THEN"
    f" min({', '.join(f'iif({bears}, ?, {_EVER})' for bears in _BEARS)}) ELSE ? END"
)


class ExpiredClip(NamedTuple):
    """A clip that goes."""

    started_at: int
    number: int  # of its row
    bytes: int
    reason: str  # the first of what it was kept for


@dataclass(frozen=True, slots=True)
class RetentionScan:
    """One look at what is beyond the rules at a time; what is protected never is."""

    connection: sqlite3.Connection
    retention: RetentionPolicy
    now: datetime
    _ends: dict[tuple[str, str, str, str], int] = field(default_factory=dict)

    def clips(self) -> Iterator[ExpiredClip]:
        """Yield each clip that goes, those beyond their days first; nothing that is held."""
        held = self._held()
        aged = 0
        for clip in self._aged():
            if clip.number not in held:
                aged += clip.bytes
                yield clip
        if self.retention.bytes is not None:
            (total,) = self.connection.execute(
                "SELECT coalesce(sum(saved_bytes), 0) FROM usage"
            ).fetchone()
            excess = total - aged - self.retention.bytes
            clips = self._first_to_go(_EVER)
            yield from _until(
                excess, (clip for clip in clips if clip.number not in held)
            )

    def making_room(self, room: int) -> Iterator[ExpiredClip]:
        """Yield what goes for so many bytes; nothing of the last day that is kept.

        What is held goes last: without room nothing is recorded any more.
        """
        held, last = self._held(), list[ExpiredClip]()

        def others() -> Iterator[ExpiredClip]:
            for clip in chain(self._aged(), self._first_to_go(self._safe)):
                if clip.number in held:
                    last.append(clip)
                else:
                    yield clip
            yield from last

        yield from _until(room, others())

    def _held(self) -> set[int]:
        """Return the rows of what is held, the newest as far as there is space for it."""
        found: dict[int, tuple[int, int]] = {}
        for doorbell_id, begin, end in self.retention.held or ():
            for number, started_at, size in self._ask(
                "SELECT rowid, started_at, size + thumbnail_size FROM clips"
                " INDEXED BY clips_of_doorbell WHERE state = 'saved'"
                " AND doorbell_id = ? AND started_at BETWEEN ? AND ? AND ended_at >= ?"
                " AND protected = 0",
                # All of before would be looked at else, for each of many requests.
                *(doorbell_id, to_micros(begin - LONGEST_CLIP), to_micros(end)),
                to_micros(begin),
            ):
                found[number] = (started_at, size)
        if found:
            overdue = RetentionScan(
                self.connection, self.retention, self.now - HELD_FOR
            )
            for clip in overdue._aged():
                found.pop(clip.number, None)
        left = None if self.retention.bytes is None else self.retention.bytes * HELD
        held: set[int] = set()
        for number in sorted(found, key=found.__getitem__, reverse=True):
            if left is not None:
                left -= found[number][1]
                if left < 0:
                    break
            held.add(number)
        return held

    @property
    def _safe(self) -> int:
        return to_micros(self.now - SAFE)

    def _aged(self) -> Iterator[ExpiredClip]:
        """Yield what is older than it is kept."""
        for doorbell_id in self._doorbells():
            for event, also in classes():
                bare, *labelled = (
                    self._end(doorbell_id, event, also, labels)
                    for labels in ("", *_ALONE)
                )
                older, values = "", []
                if any(end != bare for end in labelled):
                    older, values = f" AND started_at < {_END}", [*labelled, bare]
                yield from self._of_class(
                    doorbell_id, event, also, max(bare, *labelled), older, values
                )

    def _first_to_go(self, until: int) -> Iterator[ExpiredClip]:
        """Yield what began before this and is not older than it is kept."""
        motion: list[Iterator[ExpiredClip]] = []
        first = -_EVER
        if self.retention.motion_first:
            first = min(until, self._safe)
            motion = [
                self._of_class(
                    *(one, *_MOTION, first),
                    f" AND NOT {_ANY_LABEL} AND started_at >= ?",
                    [self._end(one, *_MOTION)],
                )
                for one in self._doorbells()
            ]
        return chain(merge(*motion), self._by_time(first, until))

    def _by_time(self, first: int, until: int) -> Iterator[ExpiredClip]:
        """Yield all that began before a time but the motion of before the first."""
        for started_at, number, size, doorbell_id, event, also, labels in self._ask(
            "SELECT started_at, rowid, size + thumbnail_size, doorbell_id, event, also,"
            " labels FROM clips INDEXED BY clips_by_start WHERE state = 'saved'"
            " AND protected = 0 AND started_at < ? ORDER BY started_at",
            until,
        ):
            reason = _reasons(event, also, labels)[0]
            if reason == EventKind.MOTION and started_at < first:
                continue
            if started_at >= self._end(doorbell_id, event, also, labels):
                yield ExpiredClip(started_at, number, size, reason)

    def _of_class(
        self,
        doorbell_id: str,
        event: str,
        also: str,
        before: int,
        besides: str,
        values: Sequence[object],
    ) -> Iterator[ExpiredClip]:
        """Yield the clips of one doorbell and of these kinds, the oldest first."""
        for started_at, number, size, labels in self._ask(
            "SELECT started_at, rowid, size + thumbnail_size, labels FROM clips"  # noqa: S608 - our own text
            " INDEXED BY clips_of_kinds WHERE state = 'saved' AND doorbell_id = ?"
            " AND event = ? AND also = ? AND started_at < ? AND protected = 0"
            f"{besides} ORDER BY started_at",
            *(doorbell_id, event, also, before, *values),
        ):
            yield ExpiredClip(
                started_at, number, size, _reasons(event, also, labels)[0]
            )

    def _end(self, doorbell_id: str, event: str, also: str, labels: str = "") -> int:
        """Return before when clips that bear all this are older than they are kept."""
        key = (doorbell_id, event, also, labels)
        if (end := self._ends.get(key)) is None:
            lifetime = self.retention.lifetime(
                doorbell_id, _reasons(event, also, labels)
            )
            end = -_EVER if lifetime is None else to_micros(self.now - lifetime)
            self._ends[key] = end
        return end

    def _doorbells(self) -> list[str]:
        return [row[0] for row in self._ask("SELECT doorbell_id FROM usage")]

    def _ask(self, sql: str, *values: object) -> Iterator[tuple[Any, ...]]:
        cursor = self.connection.cursor()
        cursor.row_factory = None
        return cursor.execute(sql, values)


def summed(going: Iterator[ExpiredClip]) -> dict[str, Usage]:
    """Return how many go and what they take, by what they were kept for."""
    found: dict[str, tuple[int, int]] = {}
    for clip in going:
        clips, size = found.get(clip.reason, (0, 0))
        found[clip.reason] = (clips + 1, size + clip.bytes)
    return {
        reason: Usage(clips=clips, bytes=size)
        for reason, (clips, size) in found.items()
    }


@lru_cache(1024)
def _reasons(event: str, also: str, labels: str) -> tuple[str, ...]:
    return reasons_of((event, *also.split()), labels_from(labels))


def _until(excess: int, clips: Iterator[ExpiredClip]) -> Iterator[ExpiredClip]:
    """Yield clips until they take so many bytes together."""
    for clip in clips:
        if excess <= 0:
            return
        excess -= clip.bytes
        yield clip
