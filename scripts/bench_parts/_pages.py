"""Measure queries of the library in an index full of clips."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, time as at_home, timedelta
from pathlib import Path
import sqlite3
import statistics
import time
from uuid import uuid7

from custom_components.doorwatch.engine.clips.files.names import relative_path
from custom_components.doorwatch.engine.clips.index.rows import labels_text, to_micros
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import ClipQuery
from scripts.bench_parts._row import SMOKE

DOORBELLS = tuple(f"01DOORBELL{number}" for number in range(8))
BEGIN = datetime(2025, 11, 25, tzinfo=UTC)
YEAR = timedelta(days=365)
QUESTIONS = 5 if SMOKE else 1500
RINGS = frozenset({"ring"})
ANIMALS_AND_PACKAGES = frozenset({"animal", "package"})
SHARES = 1000
# Number of clips per label.
SEEN = {"animal": 19, "package": 211, "person": 3, "vehicle": 7}


def rows(count: int) -> Iterator[tuple[object, ...]]:
    """Make clips spread over a year and eight doorbells."""
    step = YEAR / count
    for number in range(count):
        at = BEGIN + number * step
        clip_id, doorbell = str(uuid7()), DOORBELLS[number * 7 % 8]
        event, also = "motion", "" if number % 4999 else "manual"
        if not number % 97:
            event, also = "ring", "motion" if number % 2 else ""
        labels = {label: "onvif" for label, every in SEEN.items() if not number % every}
        yield (
            *(clip_id, doorbell, clip_id, 1, event, also, labels_text(labels)),
            not number % 2003,
            *(to_micros(at), to_micros(at + timedelta(seconds=15)), "Europe/Berlin"),
            str(relative_path(doorbell, clip_id, at, "Europe/Berlin")),
            *(6_000_000, 20_000, "0" * 64, "h264", "aac", 1920, 1080, 225, "saved"),
        )


def fill(path: Path, count: int) -> None:
    """Put clips into an index."""
    with sqlite3.connect(path) as connection:
        connection.executemany(
            "INSERT INTO clips (clip_id, doorbell_id, event_id, part, event, also,"
            " labels, protected, started_at, ended_at, timezone, path, size, thumbnail_size, sha256, video_codec,"
            " audio_codec, width, height, frames, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows(count),
        )
    connection.close()


def percentiles(times: list[float]) -> tuple[float, float]:
    """Return p50 and p99 in ms."""
    cuts = statistics.quantiles(times, n=100)
    return cuts[49] * 1000, cuts[98] * 1000


async def timed(ask: Callable[[int], Awaitable[object]]) -> list[float]:
    """Time repeated queries."""
    times = []
    for number in range(QUESTIONS):
        begun = time.perf_counter()
        await ask(number)
        times.append(time.perf_counter() - begun)
    return times


async def pages(library: Library, path: Path) -> None:
    """Page through the clips of all doorbells, with each filter."""
    plain = sqlite3.connect(path)
    shared = frozenset(
        clip_id
        for (clip_id,) in plain.execute(
            "SELECT clip_id FROM clips ORDER BY clip_id LIMIT ?", (SHARES,)
        )
    )
    plain.close()
    wishes, both = frozenset({"manual"}), frozenset({"ring", "manual"})
    since = {
        doorbell: BEGIN + number * YEAR / 8 for number, doorbell in enumerate(DOORBELLS)
    }
    print(f"  {'a page of 24 of all eight, ms':<42}{'p50':>9}{'p99':>9}")
    for what, query, oldest in (
        ("any", ClipQuery(), False),
        ("upwards", ClipQuery(), True),
        ("rings", ClipQuery(kinds=RINGS), False),
        ("motion and rings, upwards", ClipQuery(kinds=RINGS | {"motion"}), True),
        ("wishes", ClipQuery(kinds=wishes), False),
        ("new", ClipQuery(since=since), False),
        ("new rings and wishes", ClipQuery(since=since, kinds=both), False),
        ("protected", ClipQuery(protected=True), False),
        ("protected wishes", ClipQuery(protected=True, kinds=wishes), False),
        ("not protected", ClipQuery(protected=False), False),
        (f"shared ({SHARES:,} shares)", ClipQuery(among=shared), False),
        (
            "shared, protected rings",
            ClipQuery(among=shared, kinds=RINGS, protected=True),
            False,
        ),
        ("not shared", ClipQuery(but=shared), False),
        ("rings that are not shared", ClipQuery(but=shared, kinds=RINGS), False),
        (
            "rings at night",
            ClipQuery(kinds=RINGS, times=((at_home(23), at_home(5)),)),
            False,
        ),
        ("persons", ClipQuery(labels=frozenset({"person"})), False),
        ("animals and packages", ClipQuery(labels=ANIMALS_AND_PACKAGES), False),
        ("all that was seen, upwards", ClipQuery(labels=frozenset(SEEN)), True),
        (
            "rings with a package",
            ClipQuery(labels=frozenset({"package"}), kinds=RINGS),
            False,
        ),
        (
            "persons, by hand",
            ClipQuery(labels=frozenset({"person"}), kinds=wishes),
            False,
        ),
    ):

        async def page(
            number: int, query: ClipQuery = query, oldest: bool = oldest
        ) -> None:
            moment = BEGIN + timedelta(days=number * 37 % 364)
            query = (
                replace(query, after=moment)
                if oldest
                else replace(query, before=moment)
            )
            await library.list(DOORBELLS, query, limit=25, oldest=oldest)

        p50, p99 = percentiles(await timed(page))
        print(f"  {what:<42}{p50:>9.3f}{p99:>9.3f}")

    async def day(number: int) -> None:
        begin = BEGIN + timedelta(days=number * 37 % 364)
        await library.marks(DOORBELLS, begin, begin + timedelta(days=1))

    async def seen(number: int) -> None:
        local = f"{BEGIN + timedelta(days=1 + number * 37 % 364):%Y-%m-%d}"
        query = ClipQuery(days=frozenset({local}), labels=ANIMALS_AND_PACKAGES)
        await library.list(DOORBELLS, query, limit=25)

    async def beside(number: int) -> None:
        clip_id = some[number % len(some)]
        await library.beside(clip_id, DOORBELLS)

    async def facets(number: int) -> None:
        await library.facets(DOORBELLS)
        await library.list(DOORBELLS, ClipQuery(among=shared), limit=1)

    some = sorted(shared)
    for what, ask in (
        ("all marks of a day", day),
        ("animals and packages of a day", seen),
        ("the clips beside one", beside),
        (f"what to filter by ({SHARES:,} shares)", facets),
    ):
        p50, p99 = percentiles(await timed(ask))
        print(f"  {what:<42}{p50:>9.3f}{p99:>9.3f}")


async def searches(library: Library) -> None:
    """Search clips as in the media browser, with and without results."""
    minute = at_home(3, 7)
    for what, query in (
        ("around 14:30", ClipQuery(times=((at_home(14, 15), at_home(14, 45)),))),
        ("at 3:07", ClipQuery(times=((minute, minute),))),
        ("rings at 3:07", ClipQuery(kinds=RINGS, times=((minute, minute),))),
        (
            "rings and wishes of a month",
            ClipQuery(kinds=frozenset({"ring", "manual"}), days=frozenset({"2026-02"})),
        ),
    ):
        begun = time.perf_counter()
        found = await library.list(DOORBELLS, query, limit=100)
        took = time.perf_counter() - begun
        print(f"  looking for clips {what}: {len(found)} in {took * 1000:.0f} ms")
