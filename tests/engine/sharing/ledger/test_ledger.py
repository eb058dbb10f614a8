"""Test that ledger lines are kept and that changes to them are detected."""

import asyncio
import contextlib
import gc
import hashlib
import json
import os
from pathlib import Path
import signal
import sqlite3
import subprocess
import tempfile
import threading

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.doorwatch.engine.sharing.ledger import (
    ledger as ledger_module,
    store as ledger_store,
)
from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger
from custom_components.doorwatch.engine.sharing.ledger.store import (
    GENESIS,
    REFUSED_WINDOW,
    LedgerStore,
)
from tests import waiting
from tests.engine.alone import alone
from tests.engine.sharing.ledger.clock import Clock, limit
from tests.engine.sharing.ledger.exports import exported, shell
from tests.repository import ROOT


async def test_an_empty_ledger_has_a_head(ledger: Ledger, tmp_path: Path) -> None:
    """The head is 64 zeros, the digest that precedes the first line."""
    assert await ledger.head() == (0, GENESIS)
    assert await ledger.lines() == []
    assert await ledger.counts() == {}
    assert await ledger.verify() is None
    assert await exported(ledger) == b""
    (tmp_path / "out").write_bytes(b"")
    assert shell(tmp_path / "out").returncode == 0


async def test_each_line_holds_the_digest_of_the_line_before(ledger: Ledger) -> None:
    """The chain can be checked from the export without our code."""
    first = await ledger.append("recorded", {"clip_id": "a"})
    second = await ledger.append("deleted", {"clip_id": "a"})
    lines = (await exported(ledger)).splitlines()
    assert first.previous == GENESIS
    assert second.previous == first.digest == hashlib.sha256(lines[0]).hexdigest()
    assert await ledger.head() == (2, hashlib.sha256(lines[1]).hexdigest())
    assert json.loads(lines[1]) == {
        "at": "2026-10-26T07:33:20.000Z",
        "data": {"clip_id": "a"},
        "kind": "deleted",
        "previous": first.digest,
        "seq": 2,
    }
    assert await ledger.lines() == [first, second]
    assert await ledger.lines(after=1) == [second]
    assert await ledger.lines(limit=1) == [first]


async def test_it_goes_on_after_reopening(ledger: Ledger, path: Path) -> None:
    """The head and the counts are the same."""
    await ledger.append("recorded", {})
    head = await ledger.head()
    await ledger.close()
    again = await Ledger.open(path)
    assert await again.head() == head
    line = await again.append("recorded", {})
    assert (line.seq, line.previous) == (2, head[1])
    assert await again.counts() == {"recorded": 2}
    await again.close()


async def test_personal_details_stand_outside_the_chain(ledger: Ledger) -> None:
    """The chain has salted digests only, so it remains valid after a deletion."""
    line = await ledger.append(
        "confirmed", {"id": 1}, {"name": "Ann", "contact": "a@b"}
    )
    same = await ledger.append("confirmed", {"id": 2}, {"name": "Ann"})
    assert line.personal.keys() == {"name", "contact"}
    assert line.personal["name"] != same.personal["name"]  # salted
    assert b"Ann" not in await exported(ledger)
    assert await ledger.personal(1) == {"name": "Ann", "contact": "a@b"}

    assert await ledger.delete_personal(1, "ann") is True
    assert await ledger.delete_personal(1, "ann") is False
    assert await ledger.delete_personal(99, "ann") is False
    assert await ledger.personal(1) == {}
    assert await ledger.personal(2) == {"name": "Ann"}
    assert await ledger.verify() is None
    assert (await ledger.lines(after=2))[0].data == {"line": 1, "user_id": "ann"}
    assert (await ledger.lines())[0] == line


async def test_deleted_details_are_gone_from_the_disk(
    ledger: Ledger, path: Path
) -> None:
    """Deletion overwrites the data on disk, not only the table row."""
    await ledger.append("confirmed", {}, {"name": "Planted Personal Name"})
    await ledger.delete_personal(1, "ann")
    await ledger.close()
    for file in path.parent.iterdir():
        assert b"Planted Personal Name" not in file.read_bytes()


async def test_a_salted_digest_can_be_shown_by_who_has_the_salt(
    ledger: Ledger, path: Path
) -> None:
    """The digest is the SHA-256 of salt and value."""
    line = await ledger.append("confirmed", {}, {"name": "Ann"})
    await ledger.close()
    with contextlib.closing(sqlite3.connect(path)) as db:
        (salt,) = db.execute("SELECT salt FROM personal").fetchone()
    assert line.personal["name"] == hashlib.sha256(f"{salt}Ann".encode()).hexdigest()


async def test_equal_refusals_within_an_hour_are_two_lines_at_most(
    ledger: Ledger, clock: Clock
) -> None:
    """The first is written immediately, the rest as one line after an hour."""
    for _ in range(50):
        await ledger.refused("automation", "missing")
        clock.now += 1
    await ledger.refused("rest", "missing")
    assert await ledger.counts() == {"refused": 51}
    assert [line.data for line in await ledger.lines()] == [
        {"caller": "automation", "count": 1, "reason": "missing"},
        {"caller": "rest", "count": 1, "reason": "missing"},
    ]
    clock.now += 3600
    await ledger.append("recorded", {})
    lines = await ledger.lines(after=2)
    assert [line.kind for line in lines] == ["refused", "recorded"]
    assert lines[0].data == {
        "caller": "automation",
        "count": 49,
        "reason": "missing",
        "since": "2026-10-26T07:33:20.000Z",
        "until": "2026-10-26T07:34:09.000Z",
    }
    assert await ledger.counts() == {"refused": 51, "recorded": 1}
    assert await ledger.verify() is None


async def test_a_refusal_after_the_hour_is_a_line_at_once(
    ledger: Ledger, clock: Clock
) -> None:
    """It starts a new hour."""
    for _ in range(3):
        await ledger.refused("script", "expired")
        clock.now += 3600
    assert len(await ledger.lines()) == 3
    assert await ledger.counts() == {"refused": 3}


async def test_a_clock_set_back_does_not_stretch_the_hour(
    ledger: Ledger, clock: Clock
) -> None:
    """An hour that starts in the future is treated as over."""
    await ledger.refused("script", "expired")
    await ledger.refused("script", "expired")
    clock.now -= 100_000
    await ledger.append("recorded", {})
    assert [line.kind for line in await ledger.lines()] == [
        "refused",
        "refused",
        "recorded",
    ]


async def test_closing_writes_what_is_pending(
    ledger: Ledger, path: Path, clock: Clock
) -> None:
    """The count of pending refusals is written before the ledger closes."""
    for _ in range(4):
        await ledger.refused("script", "expired")
    await ledger.close()
    again = await Ledger.open(path, clock=clock)
    assert [line.data["count"] for line in await again.lines()] == [1, 3]
    assert await again.counts() == {"refused": 4}
    await again.close()


async def test_pending_refusals_are_written_when_their_hour_is_over(
    path: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """No other line has to be written for that."""
    monkeypatch.setattr(ledger_store, "REFUSED_WINDOW", 0.2)
    ledger = await Ledger.open(path)
    for _ in range(3):
        await ledger.refused("script", "expired")
        await ledger.refused("rest", "unknown")

    async def written() -> bool:
        return sum(line.data["count"] != 1 for line in await ledger.lines()) >= 2

    await waiting.until(written)
    assert sum((await ledger.counts()).values()) == 6
    await ledger.close()


@pytest.fixture
def flushes(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return the times at which pending refusals were written."""
    found: list[float] = []
    real = LedgerStore.flush_due

    def flush_due(store: LedgerStore) -> float | None:
        found.append(clock.now)
        return real(store)

    monkeypatch.setattr(LedgerStore, "flush_due", flush_due)
    return found


async def test_a_second_hour_is_waited_for_too(
    path: Path, clock: Clock, flushes: list[float]
) -> None:
    """The timer is set again for refusals that came later."""
    ledger = await Ledger.open(path, clock=clock)
    await ledger.refused("script", "expired")
    clock.now += 1800
    await ledger.refused("rest", "unknown")
    await ledger.refused("rest", "unknown")
    clock.now += 1801
    assert len(await ledger.lines()) == 2
    waiting.skip(REFUSED_WINDOW)
    await waiting.until(lambda: flushes)
    assert len(await ledger.lines()) == 2
    clock.now += 1800
    waiting.skip(REFUSED_WINDOW)

    async def written() -> bool:
        return len(await ledger.lines()) == 3

    await waiting.until(written)
    assert len(flushes) == 2
    await ledger.close()


async def test_pending_refusals_are_written_once_there_is_room_again(
    path: Path,
    clock: Clock,
    flushes: list[float],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The disk remains full for several attempts after the hour is over."""
    monkeypatch.setattr(ledger_module, "FLUSH_AGAIN", 0.05)
    told: list[dict[str, object]] = []
    caplog.set_level("INFO")
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context))
    ledger = await Ledger.open(path, clock=clock)
    for _ in range(3):
        await ledger.refused("script", "y" * 200_000)
    await limit(ledger, 1)
    clock.now += 3600
    waiting.skip(REFUSED_WINDOW)
    await waiting.until(lambda: len(flushes) > 3)
    await limit(ledger, 1_000_000)

    async def written() -> bool:
        return len(await ledger.lines()) >= 2

    await waiting.until(written)
    assert [line.data["count"] for line in await ledger.lines()] == [1, 2]
    await ledger.close()
    gc.collect()
    assert told == []
    assert caplog.text.count("can't be written to the ledger now: disk_full") == 1
    assert caplog.text.count("can be written to the ledger again") == 1


async def test_closing_waits_for_what_is_being_written(
    path: Path,
    clock: Clock,
    flushes: list[float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """No timer remains that would write to a closed ledger."""
    real, goes_on = LedgerStore.flush_due, threading.Event()

    def slow(store: LedgerStore) -> float | None:
        due = real(store)
        goes_on.wait(30)
        return due

    monkeypatch.setattr(LedgerStore, "flush_due", slow)
    told: list[dict[str, object]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context))
    ledger = await Ledger.open(path, clock=clock)
    await ledger.refused("script", "expired")
    clock.now += 1800
    await ledger.refused("rest", "unknown")
    clock.now += 1800
    waiting.skip(REFUSED_WINDOW)
    await waiting.until(lambda: flushes)
    closing = asyncio.create_task(ledger.close())
    await waiting.idle()
    assert not closing.done()
    goes_on.set()
    await closing
    waiting.skip(REFUSED_WINDOW)
    await waiting.idle()
    gc.collect()
    assert told == []
    assert len(flushes) == 1


async def test_appends_at_once_make_one_chain(ledger: Ledger) -> None:
    """A single thread writes all lines."""
    await asyncio.gather(*(ledger.append("recorded", {"n": n}) for n in range(100)))
    assert [line.seq for line in await ledger.lines(limit=200)] == list(range(1, 101))
    assert await ledger.verify() is None


async def test_a_share_that_left_without_a_tap_is_found(ledger: Ledger) -> None:
    """Each share of which something left needs an earlier line about its tap."""
    about = {"agency_id": "one", "share_id": "a"}
    await ledger.append("confirmed", about)
    await ledger.append("download_begun", about)
    await ledger.append("handed_over", about)
    assert await ledger.untapped() is None
    other = {"agency_id": "two", "share_id": "b"}
    await ledger.append("cancelled", other)  # nothing left
    assert await ledger.untapped() is None
    sent = await ledger.append("sent", other)
    await ledger.append("confirmed", other)
    assert await ledger.untapped() == sent.seq


async def test_an_export_of_many_lines_leaves_out_what_comes_later(
    ledger: Ledger,
) -> None:
    """The export is read in pages up to the head at its start."""
    for number in range(1203):
        await ledger.append("recorded", {"n": number})
    chunks = []
    async for chunk in ledger.export():
        chunks.append(chunk)
        await ledger.append("exported", {})
    lines = b"".join(chunks).splitlines()
    assert len(chunks) == 3
    assert len(lines) == 1203
    assert await ledger.verify() is None


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["recorded", "deleted", "refused"]),
            st.dictionaries(
                st.text(max_size=10),
                st.none()
                | st.booleans()
                | st.integers(-(2**53), 2**53)
                | st.text(max_size=20)
                | st.lists(st.text(max_size=5), max_size=3),
                max_size=4,
            ),
        ),
        min_size=1,
        max_size=12,
    ),
    st.data(),
)
def test_any_change_to_an_export_shows(
    entries: list[tuple[str, dict[str, object]]], data: st.DataObject
) -> None:
    """The shell script accepts only the exact export, up to the known head."""

    async def make(path: Path) -> tuple[bytes, str]:
        ledger = await Ledger.open(path)
        for kind, fields in entries:
            await ledger.append(kind, fields)
        assert await ledger.verify() is None
        export, (_, head) = await exported(ledger), await ledger.head()
        await ledger.close()
        return export, head

    with tempfile.TemporaryDirectory() as folder:
        export, head = asyncio.run(make(Path(folder) / "ledger.db"))
        out = Path(folder) / "out"
        out.write_bytes(export)
        good = shell(out, head)
        assert good.returncode == 0, good.stderr
        assert f"{len(entries)} lines" in good.stdout

        at = data.draw(st.integers(0, len(export) - 2))
        byte = data.draw(st.integers(1, 255).filter(lambda value: value != export[at]))
        out.write_bytes(export[:at] + bytes([byte]) + export[at + 1 :])
        assert shell(out, head).returncode == 1

        lines = export.splitlines(keepends=True)
        gone = data.draw(st.integers(0, len(lines) - 1))
        out.write_bytes(b"".join(lines[:gone] + lines[gone + 1 :]))
        assert shell(out, head).returncode == 1


async def test_a_line_that_talks_like_the_chain_deceives_nobody(
    ledger: Ledger, tmp_path: Path
) -> None:
    """Data may contain any text, including quotes and field names of the chain."""
    evil = f'","previous":"{GENESIS}","seq":1}}'
    await ledger.append("proposed", {"note": evil, "previous": GENESIS, "seq": 1})
    await ledger.append("proposed", {"note": "\\\n\r\0\u2028'\"$(id)`id`%s"})
    assert await ledger.verify() is None
    out = tmp_path / "out"
    out.write_bytes(await exported(ledger))
    assert shell(out).returncode == 0
    out.write_bytes(b"\n".join(reversed(out.read_bytes().splitlines())))
    assert shell(out).returncode == 1


async def test_the_script_knows_a_head_of_the_past(
    ledger: Ledger, tmp_path: Path
) -> None:
    """The script finds the line of a head that a package contains, and refuses an unknown head."""
    await ledger.append("confirmed", {})
    _, carried = await ledger.head()
    await ledger.append("sent", {})
    out = tmp_path / "out"
    out.write_bytes(await exported(ledger))
    assert "line 1" in shell(out, carried).stdout
    assert shell(out, "ab" * 32).returncode == 1
    assert shell(tmp_path / "none").returncode == 2


_WRITER = """
import asyncio, sys
from pathlib import Path
from custom_components.doorwatch.engine.sharing.ledger.ledger import Ledger

async def main():
    ledger = await Ledger.open(Path(sys.argv[1]))
    number = 0
    while True:
        number += 1
        await ledger.append("recorded", {"n": number})
        await ledger.refused("automation", "missing")
        print(number, flush=True)

asyncio.run(main())
"""


def write_until_killed(path: Path) -> int:
    """Kill a process that writes; return the last number that it reported as written."""
    with subprocess.Popen(
        alone("-c", _WRITER, str(path)),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ,
    ) as process:
        assert process.stdout is not None
        told = 0
        while told < 40:
            told = int(process.stdout.readline())
        process.send_signal(signal.SIGKILL)
        for line in process.stdout:
            told = int(line)
    return told


async def test_a_killed_process_loses_nothing_it_was_told_is_written(
    tmp_path: Path,
) -> None:
    """All lines and pending refusals remain after kill -9 during writing."""
    path = tmp_path / "ledger.db"
    told = await asyncio.to_thread(write_until_killed, path)
    ledger = await Ledger.open(path)
    counts = await ledger.counts()
    assert counts["recorded"] in (told, told + 1)
    assert counts["refused"] in (told, told + 1)
    assert await ledger.verify() is None
    lines = await ledger.lines(limit=10_000)
    written = [line.data["count"] for line in lines if line.kind == "refused"]
    assert written == [1, counts["refused"] - 1]
    await ledger.close()
