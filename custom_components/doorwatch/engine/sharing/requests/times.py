"""Times in a feed, as JSON-FG writes them."""

from datetime import datetime
import re
from typing import Final

# RFC 3339 (whose days end at 23:59), in UTC as JSON-FG asks for; finer than a
# microsecond, or far from now, is no time of a request.
_TIME: Final = re.compile(
    r"2\d{3}-\d\d-\d\dT(?!24)\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII
)


def moment(value: object) -> datetime | None:
    """Read a time; None for anything else."""
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:  # the 30th of February
        return None


def window_of(interval: object) -> tuple[datetime, datetime] | None:
    """Read a JSON-FG interval with two ends."""
    if not isinstance(interval, list) or len(interval) != 2:
        return None
    begin, end = map(moment, interval)
    if begin is None or end is None or end <= begin:
        return None
    return begin, end
