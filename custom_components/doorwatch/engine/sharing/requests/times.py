"""Parse the times in a feed (JSON-FG)."""

from datetime import datetime
import re
from typing import Final

# RFC 3339 (days end at 23:59), in UTC as JSON-FG requires; rejects years outside this
# millennium and fractions finer than a microsecond.
_TIME: Final = re.compile(
    r"2\d{3}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII
)


def moment(value: object) -> datetime | None:
    """Parse a time; None for any other value."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:  # such as February 30
        return None


def window_of(interval: object) -> tuple[datetime, datetime] | None:
    """Parse a JSON-FG interval with two ends."""
    if not isinstance(interval, list) or len(interval) != 2:
        return None
    begin, end = map(moment, interval)
    if begin is None or end is None or end <= begin:
        return None
    return begin, end
