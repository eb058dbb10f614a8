"""Shared by all parts of the bench: goals of rows, and smoke runs."""

import sys
from typing import Final

# Whether to do everything once with as little data as possible. The figures mean
# nothing.
SMOKE: Final = "--smoke" in sys.argv

MISSED: Final = "misses its goal"


def arguments() -> list[str]:
    """Return the arguments of this part without the option `--smoke`."""
    return [one for one in sys.argv[1:] if one != "--smoke"]


def at_most(row: str, value: float, goal: float) -> None:
    """Print whether a row is at most its goal."""
    _print(row, value, goal, "at most", missed=value > goal)


def at_least(row: str, value: float, goal: float) -> None:
    """Print whether a row is at least its goal."""
    _print(row, value, goal, "at least", missed=value < goal)


def _print(row: str, value: float, goal: float, bound: str, *, missed: bool) -> None:
    verdict = MISSED if missed else "reaches its goal"
    print(f"  {row} {verdict}: {value:.4g}, {bound} {goal:g}", flush=True)
