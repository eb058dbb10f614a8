"""Test the database of the ledger: integrity, permissions, versions and full disks."""

import contextlib
import os
from pathlib import Path
import sqlite3
import stat

import pytest

from custom_components.doorwatch.engine.clips.errors import is_disk_full
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.ledger import store as ledger_store
from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger
from tests.disks import fill, mounted
from tests.engine.sharing.ledger.clock import limit
from tests.engine.sharing.ledger.exports import exported


async def test_only_this_user_can_read_it(ledger: Ledger, path: Path) -> None:
    """The side files of SQLite are private as well."""
    await ledger.append("recorded", {})
    files = list(path.parent.iterdir())
    assert len(files) > 1
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE lines SET line = replace(line, 'clip-2', 'clip-x') WHERE seq = 2",
        "UPDATE lines SET digest = replace(digest, 'a', 'b') WHERE seq = 2",
        "DELETE FROM lines WHERE seq = 2",
        "UPDATE lines SET line = 'x' WHERE seq = 2",
    ],
)
async def test_a_change_in_the_database_shows(
    ledger: Ledger, path: Path, change: str
) -> None:
    """`verify` returns the first line that breaks the chain."""
    for number in range(1, 6):
        await ledger.append("recorded", {"clip": f"clip-{number}"})
    await ledger.close()
    with contextlib.closing(sqlite3.connect(path, autocommit=True)) as db:
        db.execute(change)
    again = await Ledger.open(path)
    assert await again.verify() in (2, 3)
    await again.close()


async def test_a_damaged_end_is_not_built_upon(ledger: Ledger, path: Path) -> None:
    """Another line would hide the damage."""
    await ledger.append("recorded", {})
    await ledger.append("recorded", {})
    await ledger.close()
    with contextlib.closing(sqlite3.connect(path, autocommit=True)) as db:
        db.execute("UPDATE lines SET digest = ? WHERE seq = 1", ("ab" * 32,))
    with pytest.raises(SharingError, match="ledger_damaged"):
        await Ledger.open(path)


async def test_a_file_that_is_no_ledger_is_left_alone(path: Path) -> None:
    """The file is reported as damaged."""
    path.parent.mkdir()
    path.write_bytes(b"not a database at all, but long enough" * 100)
    with pytest.raises(SharingError, match="ledger_damaged"):
        await Ledger.open(path)
    assert path.read_bytes().startswith(b"not a database")


async def test_a_line_that_is_no_line_is_damage(ledger: Ledger, path: Path) -> None:
    """Reading raises a problem instead of failing."""
    await ledger.append("recorded", {})
    await ledger.append("recorded", {})
    await ledger.append("recorded", {})
    await ledger.close()
    with contextlib.closing(sqlite3.connect(path, autocommit=True)) as db:
        db.execute("UPDATE lines SET line = '[]' WHERE seq = 1")
    again = await Ledger.open(path)
    with pytest.raises(SharingError, match="ledger_damaged"):
        await again.lines()
    await again.close()


async def test_a_ledger_of_a_later_version_is_left_alone(
    ledger: Ledger, path: Path
) -> None:
    """It may have data that this version does not support."""
    await ledger.close()
    with contextlib.closing(sqlite3.connect(path, autocommit=True)) as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(SharingError, match="ledger_newer"):
        await Ledger.open(path)


@pytest.mark.parametrize(
    ("version", "later"),
    [(1, ("lines_by_agency", "lines_going_out")), (2, ("lines_going_out",))],
)
async def test_a_ledger_of_an_earlier_version_is_counted_by_agency(
    ledger: Ledger, path: Path, version: int, later: tuple[str, ...]
) -> None:
    """The migration does not change the chain, and lookups by agency use an index."""
    await ledger.append("recorded", {"clip_id": "a"})
    await ledger.append("confirmed", {"agency_id": "one", "clip_id": "a"})
    await ledger.append("sent", {"agency_id": "one", "clip_id": "a"})
    await ledger.append("confirmed", {"agency_id": "two", "clip_id": "a"})
    before = await exported(ledger)
    await ledger.close()
    with contextlib.closing(sqlite3.connect(path, autocommit=True)) as db:
        for index in later:
            db.execute(f"DROP INDEX {index}")
        db.execute(f"PRAGMA user_version={version}")

    again = await Ledger.open(path)
    assert sorted(await again.agency_counts()) == [
        ("one", "confirmed", 1, 2),
        ("one", "sent", 1, 3),
        ("two", "confirmed", 1, 4),
    ]
    assert [line.seq for line in await again.going_out("one")] == [3, 2]
    assert [line.seq for line in await again.going_out(before=4)] == [3, 2]
    assert await exported(again) == before
    await again.close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (3,)
        plan = db.execute(
            "EXPLAIN QUERY PLAN SELECT COUNT(*) FROM lines"  # noqa: S608 - our own text
            f" WHERE {ledger_store._AGENCY} = 'one'"
        ).fetchall()
        assert "lines_by_agency" in str(plan)


async def test_copies_to_send_are_among_what_goes_out(
    ledger: Ledger, path: Path
) -> None:
    """They are about no agency, and all of these lines are found with an index."""
    await ledger.append("recorded", {"clip_id": "a"})
    await ledger.append("prepared_to_send", {"clip_id": "a"})
    await ledger.append("confirmed", {"agency_id": "one", "clip_id": "a"})
    await ledger.append("deleted", {"clip_id": "a"})

    assert [line.seq for line in await ledger.going_out()] == [3, 2]
    assert [line.seq for line in await ledger.going_out(before=3)] == [2]
    assert [line.seq for line in await ledger.going_out(limit=1)] == [3]
    assert [line.seq for line in await ledger.going_out("one")] == [3]
    await ledger.close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        plan = db.execute(
            "EXPLAIN QUERY PLAN SELECT seq, line, digest FROM lines"  # noqa: S608 - our own text
            f" WHERE {ledger_store._GOING_OUT} AND seq < 9 ORDER BY seq DESC LIMIT 2"
        ).fetchall()
        assert "lines_going_out" in str(plan)
        assert "TEMP B-TREE" not in str(plan)


async def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    """The user can repair it, so a problem is raised."""
    (tmp_path / "file").touch()
    with pytest.raises(SharingError, match="ledger_unusable"):
        await Ledger.open(tmp_path / "file" / "ledger.db")


async def test_a_full_disk_loses_nothing_that_was_there(
    ledger: Ledger, path: Path
) -> None:
    """The append fails, and the chain continues when there is space again."""
    await ledger.append("recorded", {})
    await limit(ledger, 1)
    with pytest.raises(SharingError, match="disk_full"):
        await ledger.append("recorded", {"x": "y" * 1_000_000})
    await limit(ledger, 1_000_000)
    assert (await ledger.append("recorded", {})).seq == 2
    assert await ledger.verify() is None


@pytest.mark.parametrize("room", [0, 3, 9, 15])
async def test_a_disk_that_is_full_when_it_is_opened_is_named(
    tmp_path: Path, room: int
) -> None:
    """Either the database or one of its side files does not fit."""
    disk = tmp_path / "small"
    disk.mkdir()
    with mounted(disk, "256k") as real:
        if not real:  # only root can mount one; this is the error that SQLite raises
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
            assert is_disk_full(error)
            return
        filler = fill(disk)
        os.truncate(filler, filler.stat().st_size - room * 4096)
        with pytest.raises(SharingError, match="disk_full"):
            await Ledger.open(disk / "private" / "ledger.db")
        filler.unlink()
        await (await Ledger.open(disk / "private" / "ledger.db")).close()
