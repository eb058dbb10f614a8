"""How the index is searched for saved clips, newest first: the SQL and its values."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
import json
from typing import NamedTuple

from ..model import ClipQuery
from .rows import to_micros

# Word for word what the index holds: SQLite looks into no row then.
_MOMENT = "substr(path, -60, 16)"

_SCAN = (
    "SELECT started_at, rowid AS number FROM clips INDEXED BY clips_of_doorbell"
    " WHERE state = 'saved' AND doorbell_id = ? AND started_at >= ? AND started_at < ?"
)
_SCAN_OF_EVENT = (
    "SELECT started_at, rowid AS number FROM clips INDEXED BY clips_of_event"
    " WHERE state = 'saved' AND doorbell_id = ? AND event = ? AND started_at >= ?"
    " AND started_at < ?"
)


class Scan(NamedTuple):
    """A scan of an index for one doorbell; `values` are those after the doorbell."""

    sql: str
    values: tuple[object, ...]


def newest(before: datetime | None, after: datetime | None, event: str | None) -> Scan:
    """Return the scan for clips between two times, of one kind or any."""
    lower = to_micros(after) if after else -(2**62)
    upper = to_micros(before) if before else 2**62
    if event is None:
        return Scan(_SCAN, (lower, upper))
    return Scan(_SCAN_OF_EVENT, (event, lower, upper))


def matching(query: ClipQuery) -> Scan:
    """Return the scan for clips of these kinds, days and times of day."""
    conditions: list[str] = []
    values: list[object] = [*_span(query.days)]

    def one_of(expression: str, allowed: Collection[str]) -> str:
        values.append(json.dumps(sorted(allowed)))
        return f"{expression} IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own text

    if query.kinds:
        conditions.append(one_of("event", query.kinds))
    if query.days:
        day = one_of(f"substr({_MOMENT}, 1, 10)", query.days)
        month = one_of(f"substr({_MOMENT}, 1, 7)", query.days)
        conditions.append(f"({day} OR {month})")
    minutes: list[str] = []
    for first, last in query.times:
        values += [f"{first:%H-%M}", f"{last:%H-%M}"]
        both = "AND" if first <= last else "OR"
        minute = f"substr({_MOMENT}, 12)"
        minutes.append(f"({minute} >= ? {both} {minute} <= ?)")
    if minutes:
        conditions.append(f"({' OR '.join(minutes)})")
    sql = (
        "SELECT started_at, rowid AS number FROM clips INDEXED BY clips_by_moment"  # noqa: S608 - our own text
        " WHERE state = 'saved' AND doorbell_id = ? AND started_at >= ?"
        " AND started_at < ?" + "".join(f" AND {condition}" for condition in conditions)
    )
    return Scan(sql, tuple(values))


def merged(
    scan: Scan, doorbell_ids: Collection[str], limit: int
) -> tuple[str, list[object]]:
    """Return the query for the newest clips of this scan for each of some doorbells."""
    doorbells = dict.fromkeys(doorbell_ids)
    # SQLite merges the scans (up to 500) as they go; for an IN it would sort all clips
    # of all doorbells.
    scans = " UNION ALL ".join([scan.sql] * len(doorbells))
    sql = (
        "SELECT * FROM clips WHERE rowid IN"  # noqa: S608 - our own text
        f" (SELECT number FROM ({scans}"
        " ORDER BY started_at DESC, number DESC LIMIT ?))"
        " ORDER BY started_at DESC, rowid DESC"
    )
    values = [value for doorbell in doorbells for value in (doorbell, *scan.values)]
    return sql, [*values, limit]


def _span(days: Collection[str]) -> tuple[int, int]:
    """Return between which times all clips of these days and months began."""
    if not days:
        return -(2**62), 2**62
    first = datetime.fromisoformat(f"{min(days)}-01"[:10]).replace(tzinfo=UTC)
    last = datetime.fromisoformat(f"{max(days)}-01"[:10]).replace(tzinfo=UTC)
    # A month is no longer, and no zone further away.
    lower, upper = timedelta(hours=-14), timedelta(days=31, hours=14)
    try:
        return to_micros(first + lower), to_micros(last + upper)
    except OverflowError:
        return _span(())  # the first or the last year that there is
