"""The points at which a share can be cut off, and a choice of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
import random
from typing import Final, override

# Before and after these a crash finds different things on the disk: each side is tried.
_TELLING: Final = ("rename", "commit")


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """One side of one step: the so-manieth of its name since the tap."""

    what: str
    nth: int
    side: str

    @override
    def __str__(self) -> str:
        """Say where it is."""
        again = "" if self.nth == 1 else f" (number {self.nth})"
        return f"{self.side:6} {self.what}{again}"

    @property
    def telling(self) -> bool:
        """Whether it is a side of a rename or a commit."""
        return self.what.startswith(_TELLING)


def choose(points: Sequence[Point], count: int, seed: int) -> list[Point]:
    """Choose so many in their order: the first, the last, and others all along the way.

    Both sides of each rename and commit as soon as there is room for them.
    """
    last = len(points) - 1
    musts = {0, last} | {i for i, point in enumerate(points) if point.telling}
    if count < len(musts):
        musts = {0, last}
    others = [i for i in range(len(points)) if i not in musts]
    chosen = musts | set(_spread(others, count - len(musts), random.Random(seed)))
    return [points[i] for i in sorted(chosen)]


def _spread(numbers: Sequence[int], count: int, chance: random.Random) -> Iterable[int]:
    """Choose one number of each of so many equal parts."""
    if count >= len(numbers):
        return numbers
    edges = [part * len(numbers) // count for part in range(count + 1)] if count else []
    return [numbers[chance.randrange(begin, end)] for begin, end in pairwise(edges)]
