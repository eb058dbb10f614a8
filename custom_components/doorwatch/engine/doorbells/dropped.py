"""Count ignored events by reason."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
import logging
from typing import Final

_LOGGER = logging.getLogger(__name__)


class DropReason(StrEnum):
    """Why an event was ignored."""

    BEFORE = "before"  # happened before Doorwatch listened, or that can't be excluded
    OLDER = "older"  # older than the last event of its source
    BACK = "back"  # sent when its source came back
    NO_TIME = "no_time"  # no time given
    FUTURE = "future"  # the given time is in the future
    TOO_MANY = "too_many"
    UNREADABLE = "unreadable"


_WORDS: Final = {
    DropReason.BEFORE: "by its time, it happened before Doorwatch listened",
    DropReason.OLDER: "by its time, it is older than the last one",
    DropReason.BACK: "its source was just back, and may have sent its last one again",
    DropReason.NO_TIME: "it doesn't say when it happened",
    DropReason.FUTURE: "by its time, it hasn't happened yet",
    DropReason.TOO_MANY: "too many came at once",
    DropReason.UNREADABLE: "it can't be read",
}

# Called in the event loop with the reason why an event was ignored.
type DropCallback = Callable[[DropReason], None]


class DroppedEvents:
    """Counts the ignored events of one doorbell.

    Only the first event of each reason is logged, as a faulty source may send many.
    """

    def __init__(self, name: str) -> None:
        """Initialize without events; `name` is the name of the doorbell."""
        self._name = name
        self._counts: dict[DropReason, int] = {}
        self._last: dict[DropReason, datetime] = {}

    def note(self, why: DropReason) -> None:
        """Count an ignored event."""
        count = self._counts[why] = self._counts.get(why, 0) + 1
        self._last[why] = datetime.now(UTC)
        if count == 1:
            _LOGGER.warning(
                "An event from %s was ignored: %s. More of them are only counted, in"
                " its diagnostics",
                self._name,
                _WORDS[why],
            )

    def diagnostics(self) -> dict[str, object]:
        """Return the count and the time of the last event for each reason."""
        return {
            why.value: {"count": count, "last": self._last[why].isoformat()}
            for why, count in self._counts.items()
        }
