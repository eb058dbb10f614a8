"""Events that were not taken: how many, why, and when the last one came."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
import logging
from typing import Final

_LOGGER = logging.getLogger(__name__)


class DropReason(StrEnum):
    """Why an event was not taken."""

    BEFORE = (
        "before"  # it happened before anybody listened, or nobody can rule that out
    )
    OLDER = "older"  # than the last one of its source
    BACK = "back"  # its source came back with it
    NO_TIME = "no_time"  # it does not say when
    FUTURE = "future"  # it says to be yet to come
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

# Told why an event was not taken, in the event loop.
type DropCallback = Callable[[DropReason], None]


class DroppedEvents:
    """Counts the events of one doorbell that were not taken.

    The first for each reason is told in the log, so that no door is silent without a
    word; a source that sends on and on fills no log.
    """

    def __init__(self, name: str) -> None:
        """Begin without any; `name` is what people call the doorbell."""
        self._name = name
        self._counts: dict[DropReason, int] = {}
        self._last: dict[DropReason, datetime] = {}

    def note(self, why: DropReason) -> None:
        """Count one."""
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
        """Say how many there were for each reason, and when the last one came."""
        return {
            why.value: {"count": count, "last": self._last[why].isoformat()}
            for why, count in self._counts.items()
        }
