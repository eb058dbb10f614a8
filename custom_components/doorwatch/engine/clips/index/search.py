"""What people look for by day, time of day and kind, as the index is asked for it."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
import json

from ..model import Sought
from .rows import to_micros

# Word for word what the index holds: SQLite looks into no row then.
_MOMENT = "substr(path, -60, 16)"


def walk_of(sought: Sought) -> tuple[str, list[object]]:
    """Return the walk for what is sought, and its values after the doorbell."""
    lower, upper = _span(sought.days)
    conditions: list[str] = []
    values: list[object] = [lower, upper]

    def one_of(expression: str, allowed: Collection[str]) -> str:
        values.append(json.dumps(sorted(allowed)))
        return f"{expression} IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own text

    if sought.kinds:
        conditions.append(one_of("event", sought.kinds))
    if sought.days:
        day = one_of(f"substr({_MOMENT}, 1, 10)", sought.days)
        month = one_of(f"substr({_MOMENT}, 1, 7)", sought.days)
        conditions.append(f"({day} OR {month})")
    minutes: list[str] = []
    for first, last in sought.times:
        values += [f"{first:%H-%M}", f"{last:%H-%M}"]
        both = "AND" if first <= last else "OR"
        minute = f"substr({_MOMENT}, 12)"
        minutes.append(f"({minute} >= ? {both} {minute} <= ?)")
    if minutes:
        conditions.append(f"({' OR '.join(minutes)})")
    query = (
        "SELECT started_at, rowid AS number FROM clips INDEXED BY clips_by_moment"  # noqa: S608 - our own text
        " WHERE state = 'saved' AND doorbell_id = ? AND started_at >= ?"
        " AND started_at < ?" + "".join(f" AND {condition}" for condition in conditions)
    )
    return query, values


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
