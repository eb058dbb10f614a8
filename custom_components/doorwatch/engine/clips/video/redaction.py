"""Define the areas to redact in a clip."""

from collections.abc import Sequence
from dataclasses import dataclass
import math
from typing import Final

from ..errors import LibraryError

MOST_REDACTIONS: Final = 20
# Tolerance for floating point errors.
_SLACK: Final = 1e-6
# Seconds: people give milliseconds, files have fractions of a second.
_ROUNDED: Final = 0.001


class RedactError(LibraryError):
    """A redacted copy could not be made; `problem` is a translation key.

    One of `too_many_redactions`, `redaction_invalid` (with the number of the area in
    `area`), `redact_impossible`, `disk_full`.
    """

    def __init__(self, problem: str, **placeholders: str) -> None:
        """Initialize with the translation key and its placeholders."""
        super().__init__(problem)
        self.placeholders = placeholders


@dataclass(frozen=True, kw_only=True, slots=True)
class Redaction:
    """A rectangle to paint over.

    In fractions of the frame as shown, from its top left corner. `start` and `end` are
    seconds from the clip's first frame; None means from the beginning or to the end.
    """

    left: float
    top: float
    width: float
    height: float
    start: float | None = None
    end: float | None = None

    def covers(self, shown: float, hidden: float) -> bool:
        """Return whether to redact a frame shown between these times.

        Also True if only a part of that time is in the range, so that the area is
        never visible in the chosen time.
        """
        return (self.start is None or hidden > self.start) and (
            self.end is None or shown <= self.end + _ROUNDED
        )

    def pixels(self, width: int, height: int) -> tuple[slice, slice]:
        """Return rows and columns, rounded outward to even numbers.

        In 4:2:0, each block of two by two pixels shares one color value, of which no part
        may remain.
        """
        return (
            _outward(self.top, self.top + self.height, height),
            _outward(self.left, self.left + self.width, width),
        )

    @property
    def is_inside(self) -> bool:
        """Return whether the area is within the frame and the times are valid."""
        numbers = (self.left, self.top, self.width, self.height)
        times = [time for time in (self.start, self.end) if time is not None]
        if not all(math.isfinite(number) for number in (*numbers, *times)):
            return False
        if min(self.left, self.top) < 0 or min(self.width, self.height) <= 0:
            return False
        if max(self.left + self.width, self.top + self.height) > 1 + _SLACK:
            return False
        return all(time >= 0 for time in times) and times == sorted(set(times))


def check_redactions(redactions: Sequence[Redaction]) -> None:
    """Raise `RedactError` for too many or invalid redactions."""
    if len(redactions) > MOST_REDACTIONS:
        raise RedactError("too_many_redactions", most=str(MOST_REDACTIONS))
    for number, redaction in enumerate(redactions, 1):
        if not redaction.is_inside:
            raise RedactError("redaction_invalid", area=str(number))


def _outward(begin: float, end: float, size: int) -> slice:
    first = max(0, math.floor(begin * size)) // 2 * 2
    last = min(size, -(-math.ceil(end * size) // 2) * 2)
    return slice(min(first, size - 2), max(last, min(first, size - 2) + 2))
