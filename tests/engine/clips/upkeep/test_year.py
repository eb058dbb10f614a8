"""Tests of a year of clips under rules by kind and doorbell."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
import signal
import subprocess

import pytest

from custom_components.doorwatch.engine.clips.library import Library
from custom_components.doorwatch.engine.clips.model import RetentionPolicy
from tests.engine.alone import alone
from tests.engine.clips.homemade import THUMBNAIL, ZONE, nothing

from .years import DAY, DOORBELLS, NEW_YEAR, RULES, Made, first_reason, kept, put, year

KILLED = """
import asyncio, os, signal, sys, threading
from datetime import datetime
from pathlib import Path
from custom_components.doorwatch.engine.clips.library import Library
from tests.engine.clips.upkeep.years import RULES
folder, now, most = sys.argv[1:]
most, seen, lock, armed = int(most), 0, threading.Lock(), False
def count(frame, event, argument):
    global seen
    if armed:
        with lock:
            seen += 1
            if seen == most:
                os.kill(os.getpid(), signal.SIGKILL)
async def main():
    threading.setprofile(count)  # on the threads of the library
    library = await Library.open(Path(folder), lambda: "Europe/Berlin")
    global armed
    armed = True
    while await library.enforce(RULES, datetime.fromisoformat(now)):
        pass
    armed = False
    await library.close()
    print(seen)
asyncio.run(main())
"""


async def left(library: Library) -> set[str]:
    """Return the IDs of all saved clips; check that only their complete files exist."""
    clips = await library.list(DOORBELLS, limit=99_999)
    files = {path.stem for path in library.folder.glob("*/*/*.mp4")}
    assert files == {clip.path.stem for clip in clips}
    for suffix in ("jpg", "json"):
        assert {p.stem for p in library.folder.glob(f"*/*/*.{suffix}")} == files
    assert not list((library.folder / ".bin").iterdir())
    taken = sum(clip.size + len(THUMBNAIL) for clip in clips)
    assert taken == sum([(await library.usage(one)).bytes for one in DOORBELLS])
    return {clip.clip_id for clip in clips}


async def enforce(library: Library, rules: RetentionPolicy, now: datetime) -> set[str]:
    """Enforce the rules until nothing is left to delete."""
    gone: set[str] = set()
    while some := await library.enforce(rules, now):
        gone |= {clip.clip_id for clip in some}
    return gone


@pytest.mark.parametrize("rules", [RULES, replace(RULES, motion_first=False)])
async def test_all_through_a_year_what_is_left_is_what_the_rules_say(
    folder: Path, rules: RetentionPolicy
) -> None:
    library = await Library.open(folder, lambda: ZONE)
    there: dict[str, Made] = {}
    protected: set[str] = set()
    full = 0
    for number, made in enumerate(year(seed=11, a_day=4), 1):
        put(library, made)
        there |= {one.clip.clip_id: one for one in made}
        protected |= {one.clip.clip_id for one in made if one.clip.protected}
        if number % 3:
            continue
        now = NEW_YEAR + number * DAY
        expected = kept(there.values(), rules, now)
        going = await library.would_go(rules, now)
        gone = await enforce(library, rules, now)
        assert gone == there.keys() - expected.keys()
        assert {what: each.clips for what, each in going.items()} == Counter(
            first_reason(there[each].clip) for each in gone
        )
        assert sum(each.bytes for each in going.values()) == sum(
            there[each].size for each in gone
        )
        there = expected
        assert rules.bytes is not None
        full += sum(one.size for one in there.values()) > rules.bytes - 2000
        assert sum(one.size for one in there.values()) <= rules.bytes
    assert await left(library) == there.keys()
    assert protected <= there.keys()
    assert full > 30  # days on which the space limit applied
    await library.close()


async def test_a_year_that_is_too_much_at_once_goes_the_same_when_killed_in_between(
    folder: Path,
) -> None:
    """The process is killed while it applies shorter limits."""
    made = [one for day in year(seed=12, a_day=3) for one in day]
    now = NEW_YEAR + 365 * DAY
    expected = kept(made, RULES, now).keys()

    def follow(most: int) -> int | None:
        command = alone("-c", KILLED, str(folder), now.isoformat(), str(most))
        result = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=120
        )
        if result.returncode == -signal.SIGKILL:
            return None
        assert result.returncode == 0, result.stderr
        return int(result.stdout)

    library = await Library.open(folder, lambda: ZONE)
    put(library, made)
    await library.close()
    # Each run continues where the previous one was killed.
    kills = [follow(most) for most in (50, 2_000, 4_000, 8_000, 8_001)]
    assert kills == [None] * 5
    library = await Library.open(folder, lambda: ZONE)
    assert await library.recover() == []
    await library.reconcile(nothing)
    so_far = {clip.clip_id for clip in await library.list(DOORBELLS, limit=99_999)}
    assert expected < so_far
    await enforce(library, RULES, now)
    assert await left(library) == expected
    protected = {one.clip.clip_id for one in made if one.clip.protected}
    assert protected <= expected
    await library.close()
