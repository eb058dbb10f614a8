"""Which part of the picture is covered, and when."""

from collections.abc import Sequence
from dataclasses import dataclass
import math
from typing import Final

from ..errors import LibraryError

MOST_REDACTIONS: Final = 20
# What is left of 0.1 + 0.2 == 0.3.
_SLACK: Final = 1e-6
# Times come from people as milliseconds and from files as fractions of a second.
_ROUNDED: Final = 0.001


class RedactError(LibraryError):
    """No covered copy was made, and why, by a translation key.

    `too_many_redactions`; `redaction_invalid`, with the number of the area in `area`;
    `redact_impossible`; `disk_full`.
    """

    def __init__(self, problem: str, **placeholders: str) -> None:
        """Say which problem."""
        super().__init__(problem)
        self.placeholders = placeholders


@dataclass(frozen=True, kw_only=True, slots=True)
class Redaction:
    """A rectangle that is painted over.

    In fractions of the picture as it is shown, from its top left corner. `start` and
    `end` are seconds from the clip's first frame; None is from the beginning, to the end.
    """

    left: float
    top: float
    width: float
    height: float
    start: float | None = None
    end: float | None = None

    def covers(self, shown: float, hidden: float) -> bool:
        """Whether a frame that is on the screen between these times is covered.

        Also when that is so for a part of the time only: never less than was chosen.
        """
        return (self.start is None or hidden > self.start) and (
            self.end is None or shown <= self.end + _ROUNDED
        )

    def pixels(self, width: int, height: int) -> tuple[slice, slice]:
        """Return rows and columns, outward to even numbers.

        One colour belongs to two by two pixels: of none of them may a part stay.
        """
        return (
            _outward(self.top, self.top + self.height, height),
            _outward(self.left, self.left + self.width, width),
        )

    @property
    def is_inside(self) -> bool:
        """Whether it lies within the picture, and its times in order."""
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
    """Raise `RedactError` when they cannot be painted as they are."""
    if len(redactions) > MOST_REDACTIONS:
        raise RedactError("too_many_redactions", most=str(MOST_REDACTIONS))
    for number, redaction in enumerate(redactions, 1):
        if not redaction.is_inside:
            raise RedactError("redaction_invalid", area=str(number))


def _outward(begin: float, end: float, size: int) -> slice:
    first = max(0, math.floor(begin * size)) // 2 * 2
    last = min(size, -(-math.ceil(end * size) // 2) * 2)
    return slice(min(first, size - 2), max(last, min(first, size - 2) + 2))
