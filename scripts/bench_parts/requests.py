"""Measure reading agencies' requests and matching them with a home.

    python -m scripts.bench_parts.requests [FEEDS] [REQUESTS] [CLIPS]

The peer of matching is the obvious loop: for each request, check whether it covers each
door, then whether each clip is in its time window.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
import gc
from itertools import pairwise
import math
import os
from pathlib import Path
import random
import statistics
import tempfile
import time

from cryptography.hazmat.primitives.asymmetric import ec

from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import Mark
from custom_components.doorwatch.engine.sharing.requests.area import (
    Polygon,
    Ring,
    corners,
)
from custom_components.doorwatch.engine.sharing.requests.feed import Feed, read_feed
from custom_components.doorwatch.engine.sharing.requests.match import (
    Door,
    Matcher,
    counted,
    day_span,
    days_of,
)
from custom_components.doorwatch.engine.sharing.signing.jws import DocumentKind, sign
from scripts.bench_parts._pages import BEGIN, DOORBELLS, YEAR, fill, percentiles
from scripts.bench_parts._row import SMOKE, arguments, at_most

HOME = (13.4050, 52.5200)
RADIUS = 50.0
# One in this many requests is about the home's own street.
NEAR = 500
CORNERS = 32
ISSUER = "https://desk{}.agency.example"
NOW = BEGIN + YEAR


def circle(longitude: float, latitude: float, metres: float) -> list[list[float]]:
    """Return a circle as the agency's command draws it."""
    north = metres / 111_195
    east = north / math.cos(math.radians(latitude))
    turns = [2 * math.pi * one / CORNERS for one in range(CORNERS)]
    ring = [
        [
            round(longitude + east * math.cos(turn), 6),
            round(latitude + north * math.sin(turn), 6),
        ]
        for turn in turns
    ]
    return [*ring, ring[0]]


def features(chance: random.Random, count: int) -> Iterator[dict[str, object]]:
    """Yield requests about places in and around a city, in the last 30 days."""
    for number in range(count):
        longitude, latitude = HOME
        if chance.randrange(NEAR):
            longitude += chance.uniform(-0.5, 0.5)
            latitude += chance.uniform(-0.3, 0.3)
        begin = NOW - timedelta(hours=chance.uniform(12, 720))
        end = begin + timedelta(hours=chance.uniform(0.5, 12))
        yield {
            "type": "Feature",
            "id": f"2026-{number:04}",
            "geometry": {
                "type": "Polygon",
                "coordinates": [circle(longitude, latitude, chance.uniform(100, 500))],
            },
            "time": {
                "interval": [one.strftime("%Y-%m-%dT%H:%M:%SZ") for one in (begin, end)]
            },
            "properties": {
                "title": f"A bicycle was stolen, {number}",
                "text": "Somebody took a red bicycle from the yard. " * 4 + f"{number}",
                "case_reference": f"PL1300-2026-{number:04}",
                "offence": "Theft, article 310",
                "contact": "desk@agency.example, +31 20 555 01 23",
                "labels": ["person"],
                "until": f"{NOW + timedelta(days=20):%Y-%m-%dT%H:%M:%SZ}",
            },
        }


def published(
    feeds: int, requests: int
) -> Iterator[tuple[str, str, ec.EllipticCurvePublicKey]]:
    """Sign the feeds one at a time; the agency's part is not measured."""
    chance, key = random.Random(7), ec.generate_private_key(ec.SECP256R1())
    now = int(NOW.timestamp())
    for number in range(feeds):
        issuer = ISSUER.format(number)
        found = list(features(chance, requests))
        claims = {
            "iss": issuer,
            "iat": now - 60,
            "exp": now + 86_400,
            "seq": 1,
            "feed": {"type": "FeatureCollection", "features": found},
        }
        yield issuer, sign(DocumentKind.REQUESTS, claims, key), key.public_key()


def memory() -> float:
    """Return the memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def read_all(feeds: int, requests: int) -> dict[str, Feed]:
    """Verify and read all feeds on a thread, as a home does, and print the cost."""
    found: dict[str, Feed] = {}
    times: list[float] = []
    size = 0

    def read(token: str, issuer: str, key: ec.EllipticCurvePublicKey) -> Feed:
        begun = time.thread_time()
        feed = read_feed(
            token, issuer=issuer, keys=[key], pin=None, now=NOW.timestamp()
        )
        times.append(time.thread_time() - begun)
        return feed

    next(published(1, requests))
    before, late = memory(), list[float]()
    for issuer, token, key in published(feeds, requests):
        size += len(token)
        heart = Heart()
        found[issuer] = await asyncio.to_thread(read, token, issuer, key)
        late += heart.end()
    show("verify and read all, CPU", sum(times), f"{size / 1e6:.0f} MB of feeds")
    show("  one of them", statistics.median(times))
    tell_late("the loop's p99, while reading", late)
    at_most("the loop's p99, while reading, ms", percentiles(late)[1], 5)
    at_most("the loop's longest pause, while reading, ms", max(late) * 1000, 50)
    print(f"  {'what is held of them':<42}{memory() - before:>10.0f} MB")
    begun = time.perf_counter()
    gc.collect()
    show("looking through all that is held (gc)", time.perf_counter() - begun)
    return found


def show(what: str, seconds: float, more: str = "") -> None:
    """Print a line."""
    print(f"  {what:<42}{seconds * 1000:>10.1f} ms  {more}")


def naive(
    feeds: Mapping[str, Feed], doors: Sequence[Door], marks: Sequence[Mark]
) -> int:
    """Check each request against each door, then each clip."""
    found = 0
    for feed in feeds.values():
        for request in feed.requests:
            for door in doors:
                if any(is_inside(polygon, door) for polygon in request.area):
                    found += sum(
                        mark.doorbell_id == door.doorbell_id
                        and request.overlaps(mark.started_at, mark.ended_at)
                        for mark in marks
                    )
    return found


def is_inside(polygon: Polygon, door: Door) -> bool:
    """Return whether a door is in the outer ring and in no hole."""

    def encloses(ring: Ring) -> bool:
        x, y = door.longitude, door.latitude
        crossed = 0
        for (x1, y1), (x2, y2) in pairwise(corners(ring)):
            if (y1 > y) != (y2 > y):
                crossed += x < x1 + (y - y1) * (x2 - x1) / (y2 - y1)
        return crossed % 2 == 1

    outer, *holes = polygon
    return encloses(outer) and not any(map(encloses, holes))


class Heart:
    """Records the delays of the event loop."""

    def __init__(self) -> None:
        """Start recording."""
        self.late: list[float] = []
        self._task = asyncio.create_task(self._beat())

    async def _beat(self) -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0.001)
            self.late.append(time.perf_counter() - begun - 0.001)

    def end(self) -> list[float]:
        """Return the delays."""
        self._task.cancel()
        return self.late

    def stop(self, what: str) -> None:
        """Print the delays."""
        tell_late(what, self.end())


def tell_late(what: str, late: list[float]) -> None:
    """Print the delays of a loop."""
    p50, p99 = percentiles(late)
    print(f"  {what:<42}{p99:>10.2f} ms  p50 {p50:.2f}, most {max(late) * 1000:.2f}")


async def match(
    library: Library,
    matcher: Matcher,
    feeds: Mapping[str, Feed],
    known: dict[date, list[Mark]],
) -> tuple[int, dict[str, float]]:
    """Match as a home does, and print the time of each part."""
    took: dict[str, float] = {}
    begun = time.perf_counter()
    matched = await asyncio.to_thread(matcher.match, feeds)
    took["areas"] = time.perf_counter() - begun
    begun = time.perf_counter()
    covered = [each for one in matched.values() for each in one.covered]
    days = days_of(each.item for each in covered)
    for day in days:
        if day not in known:
            known[day] = list(await library.marks(DOORBELLS, *day_span(day)))
    marks = [mark for day in days for mark in known[day]]
    took["clips"] = time.perf_counter() - begun
    begun = time.perf_counter()
    found = await asyncio.to_thread(counted, marks, covered)
    took["counting"] = time.perf_counter() - begun
    took["all"] = sum(took.values())
    return sum(sum(each.values()) for each in found), took


async def main(feeds: int, requests: int, clips: int) -> None:
    """Print the table."""
    print(f"  {feeds} feeds of {requests} requests, {clips:,} clips")
    held = await read_all(feeds, requests)
    with tempfile.TemporaryDirectory() as folder:
        library = await Library.open(Path(folder), lambda: "Europe/Berlin")
        await asyncio.to_thread(fill, Path(folder) / "index.db", clips)
        doors = [Door(one, *HOME) for one in DOORBELLS]
        matcher, known = Matcher(doors, 0.0), dict[date, list[Mark]]()
        found, took = await match(library, matcher, held, known)
        show("match all", took["all"], told(took))
        marks = await library.marks(DOORBELLS, BEGIN, NOW + timedelta(days=1))
        begun = time.perf_counter()
        expected = await asyncio.to_thread(naive, held, doors, marks)
        show("  a naive loop", time.perf_counter() - begun)
        print(f"  {'fit':<42}{found:>10}     {expected} by the naive loop")
        if found != expected:
            raise SystemExit("They do not agree")
        issuer = ISSUER.format(0)
        for _ in range(3):
            changed = {**held, issuer: replace(held[issuer])}
            _, took = await match(library, matcher, changed, known)
        show("match again, one feed changed", took["all"], told(took))

        heart = Heart()
        await asyncio.sleep(1)
        heart.stop("the loop's p99, at rest")
        heart = Heart()
        for _ in range(3):
            await match(library, Matcher(doors, RADIUS), held, {})
        heart.stop("the loop's p99, while matching")
        await library.close()


def told(took: Mapping[str, float]) -> str:
    """Return the times of the parts as a text."""
    return ", ".join(f"{part} {took[part] * 1000:.1f}" for part in took)


if __name__ == "__main__":
    given = [int(one) for one in arguments()]
    asyncio.run(main(*(given or ((10, 20, 500) if SMOKE else (500, 200, 100_000)))))
