"""Build the SQL to search for saved clips."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import combinations
import json
import sqlite3
from typing import Final, NamedTuple

from ...doorbells.base import KINDS, EventKind, Label
from ..model import ClipQuery, Facets
from .rows import to_micros

# The exact expression of the indexes; otherwise SQLite would read the rows.
_MOMENT: Final = "substr(path, -60, 16)"
# SQLite's limit for the terms of a compound SELECT.
_MOST_SCANS: Final = 500
_EVER: Final = (-(2**62), 2**62)


class _Values(list[object]):
    """The values of a query, in the order of their placeholders."""

    def one_of(self, expression: str, allowed: Collection[str]) -> str:
        """Add the values and return the condition that the expression is in them."""
        if len(allowed) == 1:
            self.extend(allowed)
            return f"{expression} = ?"
        self.append(json.dumps(sorted(allowed)))
        return f"{expression} IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own text


def matching(
    doorbell_ids: Collection[str],
    query: ClipQuery,
    limit: int,
    offset: int = 0,
    *,
    oldest: bool = False,
) -> tuple[str, Sequence[object]]:
    """Return the query for matching clips, newest first.

    `oldest` selects the oldest of them instead of the newest. `query.but` is not
    applied: see `Index.find`.
    """
    values = _Values()
    doorbells = list(dict.fromkeys(doorbell_ids))
    if query.among is not None:
        scans = [_among(query.among, doorbells, query, values)]
    else:
        scans = list(_scans(doorbells, query, values))
    if not scans:
        return "SELECT * FROM clips WHERE 0", ()
    order = " ORDER BY started_at DESC, rowid DESC"
    if len(scans) == 1 and not oldest:
        return f"SELECT * {scans[0]}{order} LIMIT ? OFFSET ?", [*values, limit, offset]
    merged = " UNION ALL ".join(
        f"SELECT started_at, rowid AS number {scan}" for scan in scans
    )
    sql = (
        "SELECT * FROM clips WHERE rowid IN"  # noqa: S608 - our own text
        # SQLite merges the sorted scans; for an IN over doorbells, it would sort all
        # clips. The order is by time alone, as in the indexes: a second column would
        # need a sorter for each scan, which costs more than everything else.
        f" (SELECT number FROM ({merged}"
        f" ORDER BY started_at{'' if oldest else ' DESC'} LIMIT ? OFFSET ?)){order}"
    )
    return sql, [*values, limit, offset]


def facets(connection: sqlite3.Connection, doorbell_id: str) -> Facets:
    """Check for each kind and label whether a clip has it, by one index lookup."""

    def is_there(index: str, condition: str, *values: str) -> bool:
        found = connection.execute(
            f"SELECT 1 FROM clips INDEXED BY {index}"  # noqa: S608 - our own text
            f" WHERE state = 'saved' AND doorbell_id = ? AND {condition} LIMIT 1",
            (doorbell_id, *values),
        )
        return found.fetchone() is not None

    kinds: set[str] = set()
    for event, also in classes():
        borne = {event, *also.split()}
        if not borne <= kinds and is_there(
            "clips_of_kinds", "event = ? AND also = ?", event, also
        ):
            kinds |= borne
    return Facets(
        kinds=tuple(kind.value for kind in KINDS if kind in kinds),
        labels=tuple(
            label.value
            for label in Label
            if is_there(f"clips_with_{label}", _with(label))
        ),
        protected=is_there("clips_protected", "protected = 1"),
    )


class _IndexRange(NamedTuple):
    """A range of an index in chronological order.

    `kinds` and `labels` tell whether the query still has to check these.
    """

    name: str
    condition: str = ""
    values: tuple[str, ...] = ()
    kinds: bool = True
    labels: bool = True


def _parts(query: ClipQuery, doorbells: int) -> list[_IndexRange]:
    """Return the index ranges to search for each doorbell; they do not overlap."""
    wanted, seen = _kinds(query), _labels(query)
    of_kinds = list(classes(wanted))
    if not all(seen):
        return []
    if query.protected:
        return [_IndexRange("clips_protected")]
    # Most clips have only motion, so the index by label is faster then.
    alone = (EventKind.MOTION.value, "") in of_kinds
    if seen and (alone or not wanted):
        return [
            _IndexRange(
                f"clips_with_{label}",
                f" AND {_with(label)}"
                + "".join(f" AND NOT {_with(other)}" for other in seen[0][:number]),
                labels=len(seen) > 1,
            )
            for number, label in enumerate(seen[0])
        ]
    if wanted and len(of_kinds) * doorbells <= _MOST_SCANS:
        return [
            _IndexRange(
                "clips_of_kinds", " AND event = ? AND also = ?", each, kinds=False
            )
            for each in of_kinds
        ]
    if wanted or not (query.days or query.times or query.protected is False):
        return [_IndexRange("clips_of_doorbell")]
    return [_IndexRange("clips_by_moment")]


def _scans(
    doorbells: Collection[str], query: ClipQuery, values: _Values
) -> Iterator[str]:
    """Yield the scans of an index, each in chronological order."""
    parts = _parts(query, len(doorbells))
    for doorbell in doorbells:
        for part in parts:
            values += [doorbell, *part.values, *_span(query, doorbell)]
            yield (
                f"FROM clips INDEXED BY {part.name}"
                f" WHERE state = 'saved' AND doorbell_id = ?{part.condition}"
                " AND started_at > ? AND started_at < ?"
                + _conditions(query, values, kinds=part.kinds, labels=part.labels)
            )


def _among(
    clip_ids: Collection[str],
    doorbells: Collection[str],
    query: ClipQuery,
    values: _Values,
) -> str:
    """Return the scan that looks up clips by ID."""
    one_of = values.one_of("clip_id", clip_ids)
    at_doorbells = values.one_of("doorbell_id", doorbells)
    values += _span(query)
    sql = (
        "FROM clips"
        f" WHERE {one_of} AND state = 'saved' AND {at_doorbells}"
        " AND started_at > ? AND started_at < ?"
    )
    # Doorbells that are not searched need no condition.
    for doorbell in doorbells:
        if doorbell not in query.since:
            continue
        values += [doorbell, _span(query, doorbell)[0]]
        sql += " AND (doorbell_id != ? OR started_at > ?)"
    return sql + _conditions(query, values)


def _conditions(
    query: ClipQuery, values: _Values, *, kinds: bool = True, labels: bool = True
) -> str:
    """Return the conditions besides doorbell and time; `kinds`, `labels` add those."""
    conditions: list[str] = []
    if query.protected is not None:
        conditions.append(f"protected = {query.protected:d}")
    for of_kinds in _kinds(query) if kinds else ():
        also = [
            f"instr(' ' || also || ' ', ' {kind} ')"
            for kind in KINDS
            if kind in of_kinds
        ]
        conditions.append(f"({' OR '.join([values.one_of('event', of_kinds), *also])})")
    if labels:
        conditions += [
            f"({' OR '.join(map(_with, seen)) or '0'})" for seen in _labels(query)
        ]
    if query.days:
        days = [
            values.one_of(f"substr({_MOMENT}, 1, {length})", some)
            for length in (10, 7)
            if (some := [day for day in query.days if len(day) == length])
        ]
        conditions.append(f"({' OR '.join(days)})")
    minutes: list[str] = []
    for first, last in query.times:
        values += [f"{first:%H-%M}", f"{last:%H-%M}"]
        both = "AND" if first <= last else "OR"
        minute = f"substr({_MOMENT}, 12)"
        minutes.append(f"({minute} >= ? {both} {minute} <= ?)")
    if minutes:
        conditions.append(f"({' OR '.join(minutes)})")
    return "".join(f" AND {condition}" for condition in conditions)


def _with(label: Label) -> str:
    """Return the condition for a label, exactly as in the indexes."""
    return f"instr(labels, '{label}=')"


def _kinds(query: ClipQuery) -> list[frozenset[str]]:
    """Return the sets of kinds; a clip must have one kind of each."""
    return [kinds for kinds in (query.kinds, query.besides) if kinds]


def _labels(query: ClipQuery) -> list[list[Label]]:
    """Return the sets of labels; a clip must have one of each. Drops unknown labels."""
    return [
        [label for label in Label if label in wanted]
        for wanted in (query.labels, query.labels_besides)
        if wanted
    ]


def classes(wanted: Sequence[frozenset[str]] = ()) -> Iterator[tuple[str, str]]:
    """Yield each combination of `event` and `also` that matches these sets of kinds."""
    for number, event in enumerate(KINDS):
        later = KINDS[number + 1 :]
        for count in range(len(later) + 1):
            for also in combinations(later, count):
                if not any(kinds.isdisjoint({event, *also}) for kinds in wanted):
                    yield event.value, " ".join(also)


def _span(query: ClipQuery, doorbell_id: str | None = None) -> tuple[int, int]:
    """Return the start times (exclusive) between which the clips must begin."""
    first, last = _around(query.days)
    since = None if doorbell_id is None else query.since.get(doorbell_id)
    for after in (query.after, since):
        first = max(first, to_micros(after)) if after else first
    return first, min(last, to_micros(query.before)) if query.before else last


def _around(days: Collection[str]) -> tuple[int, int]:
    """Return the start times (exclusive) around these local days and months."""
    if not days:
        return _EVER
    first = datetime.fromisoformat(f"{min(days)}-01"[:10]).replace(tzinfo=UTC)
    last = datetime.fromisoformat(f"{max(days)}-01"[:10]).replace(tzinfo=UTC)
    # The longest month, and the time zones furthest from UTC.
    longest = 1 if min(map(len, days)) == len("2026-11-24") else 31
    lower = timedelta(hours=-14, microseconds=-1)
    upper = timedelta(days=longest, hours=14)
    try:
        return to_micros(first + lower), to_micros(last + upper)
    except OverflowError:
        return _EVER  # a day at the limits of `datetime`
