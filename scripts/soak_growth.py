"""Calculate whether the resources of a home grow over time. See `soak`."""

from dataclasses import dataclass, field
from itertools import pairwise
import statistics

# Growth in MB per minute that fails, beyond the statistical error; in long runs, the
# total must not exceed the second value.
MAY_GROW = 0.1
MAY_GROW_IN_ALL = 20.0
# Python blocks (about 60 bytes each) that may be added: current recordings alone make
# this much of a difference. Uncollected garbage is not counted.
MAY_KEEP = 20_000
# Fraction of the run in which caches fill; a quarter of an hour at most.
WARM_UP = 0.25
LONGEST_WARM_UP = 15


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """Resources of the process; memory in MB, CPU in seconds since its start.

    `sqlite` is the part of memory that SQLite uses: mostly cached pages, limited per
    connection (16 MB for core's recorder).
    """

    memory: float
    sqlite: float
    blocks: int
    threads: int
    files: int
    cpu: float


@dataclass(slots=True)
class Minute:
    """The samples of a minute; the lowest figures are those between clips."""

    samples: list[Sample] = field(default_factory=list)
    kept: int | None = None  # blocks after a full collection, if there was one

    def lowest(self, what: str) -> float:
        """Return the lowest value of a figure."""
        return float(min(getattr(sample, what) for sample in self.samples))


def warm_up(minutes: int) -> int:
    """Return the minutes of a run in which caches fill."""
    return min(LONGEST_WARM_UP, round(minutes * WARM_UP))


def lowest_memory(watched: list[Minute]) -> tuple[list[float], list[float]]:
    """Return the start of each time between two collections, and its lowest memory in MB.

    The minutes before the first collection are left out, because they include garbage.
    """
    ends = [number for number, minute in enumerate(watched, 1) if minute.kept]
    spans = list(pairwise(ends))
    return [float(start) for start, _ in spans], [
        min(minute.lowest("memory") for minute in watched[start:end])
        for start, end in spans
    ]


def growth(minutes: list[float], values: list[float]) -> tuple[float, float]:
    """Return the growth per minute and its statistical error."""
    slope, start = statistics.linear_regression(minutes, values)
    off = [
        value - start - slope * minute
        for minute, value in zip(minutes, values, strict=True)
    ]
    spread = sum(x * x for x in off) / max(1, len(values) - 2)
    across = sum((minute - statistics.mean(minutes)) ** 2 for minute in minutes)
    return slope, 2 * (spread / across) ** 0.5


def grown(watched: list[Minute]) -> list[str]:
    """Print the growth after the warm-up; return problems."""
    wrong: list[str] = []
    steady = watched[warm_up(len(watched)) :]
    minutes, memory = lowest_memory(steady)
    if len(memory) > 2:
        slope, chance = growth(minutes, memory)
        print(
            f"memory: {slope:+.3f} MB a minute (chance: ±{chance:.3f}),"
            f" {slope * len(steady):+.1f} MB in {len(steady)} minutes"
        )
        if slope - chance > min(MAY_GROW, MAY_GROW_IN_ALL / len(steady)):
            wrong.append(f"memory grows by {slope:.3f} MB a minute")
    if len(steady) > 2:
        first, last = steady[0].lowest("sqlite"), steady[-1].lowest("sqlite")
        print(f"of it SQLite's: {first:.1f} -> {last:.1f} MB")
        for what in ("blocks", "threads", "files"):
            first, last = steady[0].lowest(what), steady[-1].lowest(what)
            print(f"{what}: {first:.0f} -> {last:.0f}", flush=True)
        wrong += [
            f"more and more {what}"
            for what in ("threads", "files")
            if steady[-1].lowest(what) > steady[0].lowest(what) + 8
        ]
    kept = [minute.kept for minute in steady if minute.kept is not None]
    if len(kept) > 1:
        more = kept[-1] - kept[0]
        print(f"kept after a collection: {kept[0]} -> {kept[-1]} blocks", flush=True)
        if more > MAY_KEEP:
            wrong.append(f"Python keeps {more} blocks more")
    return wrong
