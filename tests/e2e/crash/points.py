"""The points at which a share can be interrupted, and a selection of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
import random
from typing import Final, override

# A crash before or after these leaves different data on disk, so both sides are tried.
_TELLING: Final = ("rename", "commit")


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One side of the n-th step with this name since the tap."""

    what: str
    nth: int
    side: str

    @override
    def __str__(self) -> str:
        """Return a description."""
        again = "" if self.nth == 1 else f" (number {self.nth})"
        return f"{self.side:6} {self.what}{again}"

    @property
    def telling(self) -> bool:
        """Whether it is a side of a rename or a commit."""
        return self.what.startswith(_TELLING)


def choose(points: Sequence[Point], count: int, seed: int) -> list[Point]:
    """Choose `count` points in order: the first, the last, and others spread evenly.

    Both sides of each rename and commit are included if `count` is large enough.
    """
    last = len(points) - 1
    musts = {0, last} | {i for i, point in enumerate(points) if point.telling}
    if count < len(musts):
        musts = {0, last}
    others = [i for i in range(len(points)) if i not in musts]
    chosen = musts | set(_spread(others, count - len(musts), random.Random(seed)))
    return [points[i] for i in sorted(chosen)]


def _spread(numbers: Sequence[int], count: int, chance: random.Random) -> Iterable[int]:
    """Choose one number from each of `count` equal parts."""
    if count >= len(numbers):
        return numbers
    edges = [part * len(numbers) // count for part in range(count + 1)] if count else []
    return [numbers[chance.randrange(begin, end)] for begin, end in pairwise(edges)]
