"""Measure the library with many clips, beside plain SQLite and sha256sum.

    python -m scripts.bench_parts.library [ROWS...]

The peer of a query is the sqlite3 module reading the same rows in the same process,
without threads and without creating clips; the peer of the digest is sha256sum on the
same file, cached for both.
"""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
import os
from pathlib import Path
import sqlite3
import subprocess
import tempfile
import time
from uuid import uuid7

from custom_components.doorwatch.engine.clips.files.names import digest, relative_path
from custom_components.doorwatch.engine.clips.index import sidecar
from custom_components.doorwatch.engine.clips.index.rows import to_micros
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import (
    ANY,
    Clip,
    ClipQuery,
    KnownClip,
    RetentionPolicy,
)
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.recording.model import ClipStart, FinishedClip
from scripts.bench_parts._pages import (
    BEGIN,
    DOORBELLS,
    RINGS,
    YEAR,
    fill,
    pages,
    percentiles,
    searches,
    timed,
)
from scripts.bench_parts._row import SMOKE, arguments, at_most

ROWS = (1_000,) if SMOKE else (100_000, 1_000_000)
HASHED = 1 if SMOKE else 512  # MB
SAVED = 2 if SMOKE else 40  # clips
REBUILT = 50 if SMOKE else 20_000  # clips
TOOK: list[float] = []  # seconds, filled by `save_one`

PLAIN_OF_DOORBELL = (
    "SELECT * FROM clips WHERE state = 'saved' AND doorbell_id = ?"
    " AND started_at >= ? AND started_at < ? ORDER BY started_at DESC LIMIT 50"
)
PLAIN_OF_ALL = (
    "SELECT * FROM clips WHERE state = 'saved' AND started_at < ?"
    " ORDER BY started_at DESC LIMIT 50"
)
PLAIN_DAYS = (
    "SELECT substr(path, instr(path, '/') + 1, 10) AS day, count(*) FROM clips"
    " WHERE state = 'saved' AND doorbell_id = ? GROUP BY day ORDER BY day DESC"
)
PLAIN_COUNT = (
    "SELECT count(*) FROM clips WHERE state = 'saved' AND doorbell_id = ?"
    " AND started_at >= ?"
)
PLAIN_RINGS = (
    "SELECT * FROM clips WHERE state = 'saved' AND doorbell_id = ? AND event = 'ring'"
    " ORDER BY started_at DESC LIMIT 50"
)
PLAIN_USAGE = "SELECT count(*), sum(size + thumbnail_size) FROM clips WHERE state = 'saved' AND doorbell_id = ?"


def show(what: str, own: list[float], peer: list[float]) -> None:
    """Print a line."""
    (p50, p99), (peer50, peer99) = percentiles(own), percentiles(peer)
    print(
        f"  {what:<42}{p50:>9.3f}{p99:>9.3f}{peer50:>11.3f}{peer99:>9.3f}"
        f"{p50 / peer50:>8.1f}"
    )


async def questions(library: Library, path: Path, count: int) -> None:
    """Compare the queries of card and sensors with plain SQLite."""
    plain = sqlite3.connect(path)
    print(f"  {'ms':<42}{'p50':>9}{'p99':>9}{'sqlite p50':>11}{'p99':>9}{'ratio':>8}")

    def day(number: int) -> tuple[str, datetime, datetime]:
        after = BEGIN + timedelta(days=number * 37 % 364)
        return DOORBELLS[number % 8], after, after + timedelta(days=1)

    async def own_of_doorbell(number: int) -> None:
        doorbell, after, before = day(number)
        await library.list([doorbell], ClipQuery(after=after, before=before))

    async def plain_of_doorbell(number: int) -> None:
        doorbell, after, before = day(number)
        plain.execute(
            PLAIN_OF_DOORBELL, (doorbell, to_micros(after), to_micros(before))
        ).fetchall()

    async def own_of_all(number: int) -> None:
        await library.list(DOORBELLS, ClipQuery(before=day(number)[2]))

    async def plain_of_all(number: int) -> None:
        plain.execute(PLAIN_OF_ALL, (to_micros(day(number)[2]),)).fetchall()

    async def own_days(number: int) -> None:
        await library.days([DOORBELLS[number % 8]])

    async def plain_days(number: int) -> None:
        if number < 40:  # it reads every row
            plain.execute(PLAIN_DAYS, (DOORBELLS[number % 8],)).fetchall()

    async def own_count(number: int) -> None:
        await library.count(DOORBELLS[number % 8], BEGIN + YEAR - timedelta(days=1))

    async def plain_count(number: int) -> None:
        after = to_micros(BEGIN + YEAR - timedelta(days=1))
        plain.execute(PLAIN_COUNT, (DOORBELLS[number % 8], after)).fetchall()

    async def own_rings(number: int) -> None:
        await library.list([DOORBELLS[number % 8]], ClipQuery(kinds=RINGS))

    async def plain_rings(number: int) -> None:
        if number < 40:  # it reads many rows
            plain.execute(PLAIN_RINGS, (DOORBELLS[number % 8],)).fetchall()

    async def own_usage(number: int) -> None:
        await library.usage(DOORBELLS[number % 8])

    async def plain_usage(number: int) -> None:
        if number < 40:  # it reads every row
            plain.execute(PLAIN_USAGE, (DOORBELLS[number % 8],)).fetchall()

    for what, own, peer in (
        ("latest 50 of a doorbell in a day", own_of_doorbell, plain_of_doorbell),
        ("latest 50 of all eight", own_of_all, plain_of_all),
        ("latest 50 rings of a doorbell", own_rings, plain_rings),
        ("clips of a doorbell today", own_count, plain_count),
        ("days of a doorbell (peer: grouped)", own_days, plain_days),
        ("what a doorbell takes (peer: summed)", own_usage, plain_usage),
    ):
        peer_times = await timed(peer)
        if peer in (plain_usage, plain_days, plain_rings):
            peer_times = peer_times[:40]
        show(what, own_times := await timed(own), peer_times)
        if own is own_of_doorbell:
            p99, goal = percentiles(own_times)[1], 1 if count <= 100_000 else 5
            at_most(f"{count:,} clips: {what}, p99 in ms", p99, goal)
    plain.close()


def save_one(
    library: Library,
    clip_id: str,
    at: datetime,
    event: DoorbellEvent,
    content: bytes = b"v",
) -> Clip:
    """Create and finish a clip."""
    start = ClipStart(
        clip_id=clip_id, event_id=clip_id, part=1, started_at=at, events=(event,)
    )
    part = library.intake.begin(DOORBELLS[0], start)
    with part.open("wb") as file:
        file.write(content)
        os.fsync(file.fileno())  # the clip recorder hands over a synced file
    begun = time.perf_counter()
    clip = library.intake.finish(
        DOORBELLS[0],
        FinishedClip(
            clip_id=clip_id,
            event_id=clip_id,
            part=1,
            path=part,
            thumbnail=bytes(20_000),
            started_at=at,
            ended_at=at + timedelta(seconds=15),
            events=(event,),
            video_codec="h264",
            audio_codec="aac",
            width=1920,
            height=1080,
            frames=225,
        ),
    )
    TOOK.append(time.perf_counter() - begun)
    return clip


def save(library: Library, content: bytes) -> list[float]:
    """Create and finish clips; return the seconds that finishing took."""
    TOOK.clear()
    for number in range(SAVED):
        at = BEGIN + YEAR + timedelta(minutes=number)
        event = DoorbellEvent(kind=EventKind.MOTION, at=at, monotonic=0)
        save_one(library, str(uuid7()), at, event, content)
    return list(TOOK)


def plain_save(folder: Path, content: bytes) -> list[float]:
    """Write, sync and rename a thumbnail and rename a clip, as a lower limit."""
    times = []
    for number in range(SAVED):
        part, final = folder / f"{number}.part", folder / f"{number}.mp4"
        with part.open("wb") as file:
            file.write(content)
            os.fsync(file.fileno())
        begun = time.perf_counter()
        with part.with_suffix(".jpg").open("wb") as file:
            file.write(bytes(20_000))
            os.fsync(file.fileno())
        part.rename(final)
        handle = os.open(folder, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
        times.append(time.perf_counter() - begun)
    return times


async def nothing() -> dict[str, KnownClip]:
    """Return no known clips."""
    return {}


async def rebuild(folder: Path, count: int) -> None:
    """Delete the index of a library of small clips and rebuild it."""
    library = await Library.open(folder, lambda: "Europe/Berlin")
    event = DoorbellEvent(kind=EventKind.MOTION, at=BEGIN, monotonic=0)
    blank = None
    for number in range(count):
        at = BEGIN + number * (YEAR / count)
        clip_id = str(uuid7())
        if blank is None:
            blank = save_one(library, clip_id, at, event)
        path = relative_path(DOORBELLS[number % 8], clip_id, at, "Europe/Berlin")
        video = folder / path
        video.parent.mkdir(parents=True, exist_ok=True)
        video.write_bytes(b"v")
        video.with_suffix(".jpg").write_bytes(b"t")
        sidecar.write(
            replace(
                blank,
                clip_id=clip_id,
                event_id=clip_id,
                doorbell_id=DOORBELLS[number % 8],
                started_at=at,
                ended_at=at + timedelta(seconds=15),
                size=1,
            ),
            video,
        )
    await library.close()
    for file in folder.glob("index.db*"):
        file.unlink()
    begun = time.perf_counter()
    library = await Library.open(folder, lambda: "Europe/Berlin")
    await library.recover()
    ready = time.perf_counter() - begun
    print(f"  opening without an index, {count:,} clips: {ready * 1000:.0f} ms")
    for what in ("lost index rebuilt beside it", "nothing to do at the next start"):
        begun, cpu = time.perf_counter(), time.process_time()
        found = await library.reconcile(nothing)
        print(
            f"  {what}: {found.added:,} clips in {time.perf_counter() - begun:.1f} s,"
            f" {time.process_time() - cpu:.1f} s CPU"
        )
    await library.close()


def hashing(folder: Path) -> None:
    """Compare the digest with sha256sum."""
    path = folder / "large"
    with path.open("wb") as file:
        for _ in range(HASHED):
            file.write(os.urandom(1 << 20))
    own, peer = [], []
    for _ in range(3):
        begun = time.perf_counter()
        subprocess.run(["sha256sum", path], check=True, capture_output=True)
        peer.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        digest(path)
        own.append(time.perf_counter() - begun)
    path.unlink()
    ours, theirs = HASHED / min(own), HASHED / min(peer)
    print(
        f"  SHA-256 of {HASHED} MB: {ours:,.0f} MB/s, sha256sum {theirs:,.0f} MB/s,"
        f" ratio {ours / theirs:.2f}"
    )


async def main(count: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begun = time.perf_counter()
        library = await Library.open(folder / "empty", lambda: "Europe/Berlin")
        await library.recover()
        empty = time.perf_counter() - begun
        await library.close()

        library = await Library.open(folder / "full", lambda: "Europe/Berlin")
        await library.close()
        index = folder / "full" / "index.db"
        fill(index, count)
        begun = time.perf_counter()
        library = await Library.open(folder / "full", lambda: "Europe/Berlin")
        await library.recover()
        full = time.perf_counter() - begun
        print(f"  {count:,} clips, {index.stat().st_size / 1e6:.0f} MB of index")
        print(
            f"  opening and recovering: {full * 1000:.0f} ms (empty {empty * 1000:.0f} ms)"
        )
        more = (full - empty) * 1000
        at_most(f"{count:,} clips: opening takes longer than empty, ms", more, 200)
        await questions(library, index, count)
        await pages(library, index)
        await searches(library)

        content = os.urandom(6_000_000)
        (folder / "plain").mkdir()
        peer = plain_save(folder / "plain", content)
        show(
            "save a clip of 6 MB (peer: no digest, no row)",
            save(library, content),
            peer,
        )
        begun = time.perf_counter()
        half = RetentionPolicy(days={ANY: 182, "ring": None})
        going = await library.would_go(half, BEGIN + YEAR)
        took = time.perf_counter() - begun
        clips = sum(each.clips for each in going.values())
        print(f"  counting {clips:,} clips that would go: {took * 1000:.0f} ms")
        expired = BEGIN + YEAR / 100
        begun = time.perf_counter()
        gone = 0
        while some := await library.enforce(
            RetentionPolicy(days={ANY: 30}), expired + timedelta(days=30)
        ):
            gone += len(some)
        took = time.perf_counter() - begun
        print(f"  retention of {gone:,} clips: {took * 1000:.0f} ms")
        await library.close()
        if count <= 100_000:  # needed only once, with the larger index
            await rebuild(folder / "rebuilt", REBUILT)
            hashing(folder)


if __name__ == "__main__":
    for rows_wanted in arguments() or ROWS:
        asyncio.run(main(int(rows_wanted)))
