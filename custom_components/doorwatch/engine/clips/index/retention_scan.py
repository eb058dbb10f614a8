"""Find the saved clips to delete: by age, then by total size."""

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

# Freeing a nearly full disk spares clips younger than this, unless they are beyond
# their retention. Clips with only motion go first only when they are older.
SAFE: Final = timedelta(hours=24)
# Held clips use at most this fraction of the size limit, and are kept at most this long
# beyond their retention, even if requests keep coming.
HELD: Final = 0.2
HELD_FOR: Final = timedelta(days=30)
_EVER: Final = 2**62
_MOTION: Final = (EventKind.MOTION.value, "")
# Each label as in the index, without its source.
_ALONE: Final = tuple(f"{label}=" for label in Label)
_BEARS: Final = tuple(f"instr(labels, '{label}')" for label in _ALONE)
_ANY_LABEL: Final = f"(labels != '' AND ({' OR '.join(_BEARS)}))"
# Start time before which a clip is beyond its retention. Values: one for each label,
# then one without labels. A clip is kept for the longest time of its labels, so the
# earliest start time applies.
_END: Final = (
    f"CASE WHEN {_ANY_LABEL} THEN"
    f" min({', '.join(f'iif({bears}, ?, {_EVER})' for bears in _BEARS)}) ELSE ? END"
)


class ExpiredClip(NamedTuple):
    """A clip to delete."""

    started_at: int
    number: int  # rowid
    bytes: int
    reason: str  # the first reason to keep it


@dataclass(frozen=True, slots=True)
class RetentionScan:
    """Find the clips beyond the policy at a time, without protected clips."""

    connection: sqlite3.Connection
    retention: RetentionPolicy
    now: datetime
    _ends: dict[tuple[str, str, str, str], int] = field(default_factory=dict)

    def clips(self) -> Iterator[ExpiredClip]:
        """Yield the clips to delete, first by age, then by size, without held clips."""
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
        """Yield clips to free this many bytes, without kept clips of the last day.

        Held clips come last: without space, nothing can be recorded.
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
        """Return the rows of held clips, the newest up to the size for them."""
        found: dict[int, tuple[int, int]] = {}
        for doorbell_id, begin, end in self.retention.held or ():
            for number, started_at, size in self._ask(
                "SELECT rowid, started_at, size + thumbnail_size FROM clips"
                " INDEXED BY clips_of_doorbell WHERE state = 'saved'"
                " AND doorbell_id = ? AND started_at BETWEEN ? AND ? AND ended_at >= ?"
                " AND protected = 0",
                # Without this lower limit, each request would scan all older clips.
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
        """Yield the clips beyond their retention."""
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
        """Yield clips within their retention that began before a time.

        With `motion_first`, old clips with only motion come first.
        """
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
        """Yield clips before `until`, oldest first, without motion before `first`."""
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
        """Yield a doorbell's clips of these kinds before a time, oldest first."""
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
        """Return the start time before which such clips are beyond their retention."""
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
    """Return the number and size of the clips by reason."""
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
    """Yield clips until they reach this size in bytes."""
    for clip in clips:
        if excess <= 0:
            return
        excess -= clip.bytes
        yield clip
