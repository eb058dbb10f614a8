"""Tests of migrating older indexes, either completely or not at all."""

from datetime import date, timedelta
import hashlib
from pathlib import Path
import sqlite3
import subprocess
from uuid import uuid7

import pytest

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.clips.files.names import relative_path
from custom_components.doorwatch.engine.clips.index import schema
from custom_components.doorwatch.engine.clips.index.rows import to_micros
from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import ClipQuery, Day, Usage
from tests.engine.alone import alone
from tests.engine.clips.homemade import BEGIN, DOORBELL, Home

# Digests of the released scripts, which must not be changed.
RELEASED = ("514c06039fba2043",)

ROW = (
    "INSERT INTO clips (clip_id, doorbell_id, event_id, part, event, started_at,"
    " ended_at, timezone, path, size, thumbnail_size, sha256, video_codec,"
    " audio_codec, width, height, frames, gaps, protected, recovered, state, binned_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def older(folder: Path, version: int, count: int = 60) -> list[str]:
    """Make an index of an older version with clips; return their IDs."""
    folder.mkdir(parents=True)
    ids = []
    with sqlite3.connect(folder / "index.db") as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        for script in schema.MIGRATIONS[:version]:
            connection.executescript(script)
        connection.execute(f"PRAGMA user_version = {version}")
        for number in range(count):
            at = BEGIN + timedelta(hours=number)
            clip_id = str(uuid7())
            ids.append(clip_id)
            path = relative_path(DOORBELL, clip_id, at, "Europe/Berlin")
            connection.execute(
                ROW,
                (
                    *(clip_id, DOORBELL, ids[number // 2 * 2], number % 2 + 1),
                    *("ring" if number % 5 == 0 else "motion", to_micros(at)),
                    *(to_micros(at + timedelta(seconds=9)), "Europe/Berlin"),
                    *(str(path), 1000, 10, "ab" * 32, "h264", "aac", 640, 360, 135),
                    *("[]", number % 7 == 0, 0),
                    *(("bin", to_micros(at)) if number % 10 == 9 else ("saved", None)),
                ),
            )
    connection.close()
    return ids


def version_of(folder: Path) -> int:
    """Check the integrity of a database and return its version."""
    with sqlite3.connect(folder / "index.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    connection.close()
    return int(version)


def test_released_scripts_are_what_they_were() -> None:
    digests = [
        hashlib.sha256(script.encode()).hexdigest()[:16] for script in schema.MIGRATIONS
    ]
    assert tuple(digests[: len(RELEASED)]) == RELEASED


@pytest.mark.parametrize("version", range(1, len(schema.MIGRATIONS)))
async def test_older_index_keeps_every_clip(folder: Path, version: int) -> None:
    ids = older(folder, version)
    library = await Library.open(folder, lambda: "Europe/Berlin")
    saved = [one for number, one in enumerate(ids) if number % 10 != 9]
    clips = await library.list([DOORBELL], limit=99)
    assert [clip.clip_id for clip in clips] == saved[::-1]
    assert [clip.clip_id for clip in clips if clip.protected] == [
        one for number, one in enumerate(ids) if number % 7 == 0 and number % 10 != 9
    ][::-1]
    assert all(clip.plays_everywhere for clip in clips)
    assert {clip.fetched_from for clip in clips} == {None}
    assert not any(clip.labels for clip in clips)
    seen = await library.add_labels(clips[0].clip_id, {"package": "reolink"})
    packages = ClipQuery(labels=frozenset({"package"}))
    assert await library.list([DOORBELL], packages) == [seen]
    rings = await library.list([DOORBELL], ClipQuery(kinds=frozenset({"ring"})))
    assert len(rings) == 12
    assert {clip.kinds for clip in clips} == {("ring",), ("motion",)}
    assert len(await library.deleted([DOORBELL])) == 6
    assert await library.other_parts(clips[-1]) == (ids[1],)
    assert await library.usage(DOORBELL) == Usage(clips=54, bytes=60 * 1010)
    # The first clip is at 00:30 local time on the 25th.
    assert await library.days([DOORBELL]) == [
        Day(DOORBELL, date(2026, 11, 27), 10),
        Day(DOORBELL, date(2026, 11, 26), 22),
        Day(DOORBELL, date(2026, 11, 25), 22),
    ]
    await library.close()
    assert version_of(folder) == len(schema.MIGRATIONS)


async def test_newer_index_is_refused_and_left_alone(folder: Path) -> None:
    library = await Library.open(folder, lambda: "UTC")
    await library.close()
    with sqlite3.connect(folder / "index.db", autocommit=True) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = (folder / "index.db").read_bytes()
    with pytest.raises(LibraryError) as caught:
        await Library.open(folder, lambda: "UTC")
    assert caught.value.problem == "index_newer"
    assert (folder / "index.db").read_bytes() == before


async def test_each_step_is_taken_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, source: Path
) -> None:
    library = await Library.open(folder, lambda: "UTC")
    clip = Home(library, source).clip(content=b"v")
    await library.close()
    newer = (*schema.MIGRATIONS, "ALTER TABLE clips ADD COLUMN note TEXT;")
    monkeypatch.setattr(schema, "MIGRATIONS", newer)
    for _ in range(2):
        library = await Library.open(folder, lambda: "UTC")
        assert await library.get(clip.clip_id) == clip
        await library.close()
    assert version_of(folder) == len(newer)


async def test_step_that_fails_changes_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = await Library.open(folder, lambda: "UTC")
    await library.close()
    broken = "CREATE TABLE half (a); INSERT INTO nowhere VALUES (1);"
    before = len(schema.MIGRATIONS)
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, broken))
    with pytest.raises(LibraryError):
        await Library.open(folder, lambda: "UTC")
    assert version_of(folder) == before
    with sqlite3.connect(folder / "index.db") as connection:
        tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert ("half",) not in tables


KILLED = """
import os, signal, sys
from pathlib import Path
from custom_components.doorwatch.engine.clips.index.schema import connect, migrate
connection = connect(Path(sys.argv[1]))
most, seen = int(sys.argv[2]), 0
def step():
    global seen
    seen += 1
    if seen == most:
        os.kill(os.getpid(), signal.SIGKILL)
    return 0
connection.set_progress_handler(step, 50)
migrate(connection)
print("migrated", seen)
"""


async def test_killed_step_is_taken_at_the_next_start(tmp_path: Path) -> None:
    """The process is killed at points spread over the migration, up to its end."""

    def run(folder: Path, most: int) -> subprocess.CompletedProcess[str]:
        command = alone("-c", KILLED, str(folder / "index.db"), str(most))
        return subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=60
        )

    older(tmp_path / "whole", 1)
    steps = int(run(tmp_path / "whole", -1).stdout.split()[1])
    assert steps > 20
    for share in (0.02, 0.3, 0.6, 0.98):
        folder = tmp_path / str(share)
        ids = older(folder, 1)
        assert run(folder, max(1, round(steps * share))).returncode == -9
        assert version_of(folder) < len(schema.MIGRATIONS)
        library = await Library.open(folder, lambda: "Europe/Berlin")
        assert await library.usage(DOORBELL) == Usage(clips=54, bytes=60 * 1010)
        assert len(await library.days([DOORBELL])) == 3
        assert {clip.clip_id for clip in await library.list([DOORBELL], limit=99)} < {
            *ids
        }
        await library.close()
        assert version_of(folder) == len(schema.MIGRATIONS)
