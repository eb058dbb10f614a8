"""Test that no clip expires after a clock jump until the clock is confirmed."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from homeassistant.util import dt as dt_util
import pytest

from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.domain.opening import async_get_domain
from custom_components.doorwatch.engine.clips.model import Clip, RetentionHold
from custom_components.doorwatch.household import maintenance
from custom_components.doorwatch.household.clock import Time, TrustedClock
from tests.household.upkeep import restart
from tests.repairs.fixes import begin, go_on, open_issues
from tests.sharing_fixtures import Home, record

BEGAN = datetime(2026, 11, 27, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
YEARS = timedelta(days=3650)


class Wall:
    """A clock that can be set, and the monotonic time."""

    def __init__(self, file: Path) -> None:
        self.said = BEGAN
        self.ran = 100.0
        self._file = file
        self.clock = self._start()

    def _start(self) -> TrustedClock:
        clock = TrustedClock(self._file)
        clock.said, clock.ran = lambda: self.said, lambda: self.ran
        return clock

    def look(self) -> Time:
        return self.clock.look()

    def passes(self, time: timedelta) -> Time:
        """Look at the clock each hour while time passes."""
        for _ in range(int(time / HOUR)):
            self.said += HOUR
            self.ran += 3600
            self.look()
        return self.look()

    def jumps(self, time: timedelta) -> Time:
        self.said += time
        return self.look()

    def restarts(self, off: timedelta, *, jump: timedelta = timedelta(0)) -> Time:
        """Restart after a pause, with an optional clock jump."""
        self.said += off + jump
        self.ran = 5.0
        self.clock = self._start()
        return self.look()


@pytest.fixture
def wall(tmp_path: Path) -> Wall:
    """Return a clock that has been right for a day."""
    wall = Wall(tmp_path / "clock.json")
    assert wall.passes(DAY) == Time(BEGAN + DAY, BEGAN + DAY)
    return wall


def test_a_jump_ahead_is_believed_once_it_held_for_a_day(wall: Wall) -> None:
    right = wall.said
    assert wall.jumps(YEARS) == Time(right, right + YEARS)
    at = wall.passes(DAY - HOUR)
    assert at.jumped
    assert at.now == right + DAY - HOUR  # elapsed time counts
    at = wall.passes(HOUR)
    assert not at.jumped
    assert at.now == wall.said


def test_a_clock_that_is_set_right_again_is_right_at_once(wall: Wall) -> None:
    wall.jumps(YEARS)
    wall.passes(5 * HOUR)
    assert wall.jumps(-YEARS) == Time(BEGAN + DAY + 5 * HOUR, BEGAN + DAY + 5 * HOUR)
    # The day after another jump doesn't count for this jump.
    wall.jumps(YEARS)
    assert wall.passes(DAY - HOUR).jumped


def test_each_jump_has_a_day_of_its_own(wall: Wall) -> None:
    wall.jumps(YEARS)
    wall.passes(20 * HOUR)
    wall.jumps(YEARS)
    assert wall.passes(DAY - HOUR).jumped
    assert not wall.passes(HOUR).jumped


def test_a_jump_back_holds_at_once_and_the_way_ahead_again_too(wall: Wall) -> None:
    """Small machines without a hardware clock do this until a time server answers."""
    right = wall.said
    assert wall.jumps(-YEARS) == Time(right - YEARS, right - YEARS)
    wall.passes(2 * HOUR)
    assert wall.jumps(YEARS) == Time(right + 2 * HOUR, right + 2 * HOUR)


def test_a_jump_after_a_day_in_the_past_is_one(wall: Wall) -> None:
    wall.jumps(-YEARS)
    wall.passes(DAY)
    assert wall.jumps(YEARS).jumped


def test_what_a_time_server_sets_right_is_no_jump(wall: Wall) -> None:
    assert not wall.jumps(20 * HOUR).jumped
    assert not wall.jumps(-20 * HOUR).jumped


def test_a_machine_that_sleeps_at_night_is_believed_soon_after_its_holidays(
    wall: Wall,
) -> None:
    """The monotonic clock stops while the machine sleeps."""
    for _ in range(5):
        wall.passes(8 * HOUR)
        assert not wall.jumps(16 * HOUR).jumped
    assert wall.jumps(10 * DAY).jumped
    days = 0
    while wall.passes(8 * HOUR).jumped:
        wall.jumps(16 * HOUR)
        days += 1
    assert days < 4
    assert wall.look().now == wall.said


@pytest.mark.parametrize("off", [timedelta(minutes=1), HOUR * 20])
def test_an_ordinary_restart_is_no_jump(wall: Wall, off: timedelta) -> None:
    assert not wall.restarts(off).jumped


def test_a_clock_that_jumped_while_the_home_was_off_has_to_hold(wall: Wall) -> None:
    right = wall.said
    assert wall.restarts(HOUR, jump=YEARS) == Time(right, right + HOUR + YEARS)
    assert wall.passes(DAY - HOUR).jumped
    assert not wall.passes(HOUR).jumped


def test_a_restart_does_not_make_a_jump_right(wall: Wall) -> None:
    """The day of waiting doesn't start again either."""
    wall.jumps(YEARS)
    wall.passes(10 * HOUR)
    assert wall.restarts(HOUR).jumped
    assert wall.passes(13 * HOUR).jumped
    assert not wall.passes(HOUR).jumped


def test_a_clock_behind_at_a_start_is_followed_and_set_right(wall: Wall) -> None:
    right = wall.said
    assert wall.restarts(HOUR / 2, jump=-YEARS).now == right + HOUR / 2 - YEARS
    assert not wall.jumps(YEARS).jumped


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"expected": 3}', "\0"])
def test_without_a_note_the_clock_is_right(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "clock.json"
    if content is not None:
        file.write_text(content)
    assert Wall(file).look() == Time(BEGAN, BEGAN)


def test_a_note_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    wall = Wall(tmp_path / "gone" / "clock.json")
    wall.look()
    assert wall.jumps(YEARS).jumped


async def tidy(home: Home) -> set[str]:
    """Expire clips and return the expired clips in the ledger."""
    await home.data.maintenance.tidying.async_tidy()
    return await home.data.ledger.clips({"expired"})


@pytest.fixture
def ahead(home: Home) -> Callable[[], None]:
    """Return a function that makes the clock jump, with two clips far from expiry."""
    home.configure(keep_days=3000)

    def jump() -> None:
        clock = home.data.maintenance.tidying.clock
        clock.said = lambda: dt_util.utcnow() + YEARS

    return jump


async def test_nothing_goes_by_a_clock_that_jumped_and_a_repair_tells(
    home: Home, ahead: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    """The bin isn't emptied either; when the clock is set right, nothing remains."""
    await home.data.library.delete(home.back_clip.clip_id)
    assert await tidy(home) == set()
    ahead()
    for _ in range(2):
        assert await tidy(home) == set()
        assert open_issues(home.hass) == {"clock_jumped"}
    assert caplog.text.count("The clock shows") == 1
    assert await home.data.library.get(home.clip.clip_id)
    assert await home.data.library.get_deleted(home.back_clip.clip_id)

    home.data.maintenance.tidying.clock.said = dt_util.utcnow
    assert await tidy(home) == set()
    assert not open_issues(home.hass)


async def test_what_a_request_holds_is_held_while_the_clock_is_not_believed(
    home: Home,
    clip_file: Path,
    ahead: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The end of the hold depends on the same clock."""
    hass, front = home.hass, home.front.entry_id
    began = dt_util.utcnow() - 5 * DAY
    clip_id = "0199c0de-0000-7000-8000-000000000777"
    await hass.async_add_executor_job(
        partial(record, home.data, front, clip_file, clip_id, started=began)
    )
    held = [RetentionHold(front, began - HOUR, began + HOUR)]
    monkeypatch.setattr(
        "custom_components.doorwatch.domain.opening.held", lambda *_: tuple(held)
    )
    home.configure(keep_days=2)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert clip_id not in await tidy(home)

    ahead()
    held.clear()
    assert clip_id not in await tidy(home)
    hass.data[DATA].maintenance.tidying.clock.said = dt_util.utcnow
    assert clip_id in await tidy(home)


async def test_a_start_with_another_clock_takes_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last time is stored in the private folder, with the ledger."""
    hass = home.hass
    home.configure(keep_days=3000)
    assert await tidy(home) == set()

    class Ahead(TrustedClock):
        def __init__(self, file: Path) -> None:
            super().__init__(file)
            self.said = lambda: dt_util.utcnow() + YEARS

    monkeypatch.setattr(maintenance, "TrustedClock", Ahead)
    await restart(hass)
    domain = await async_get_domain(hass)
    await domain.maintenance.tidying.async_tidy()

    assert await domain.ledger.clips({"expired"}) == set()
    assert open_issues(hass) == {"clock_jumped"}
    assert await domain.library.get(home.clip.clip_id)


async def test_an_administrator_says_that_the_clock_is_right(
    home: Home, ahead: Callable[[], None]
) -> None:
    hass = home.hass
    kept: Clip = await home.data.library.set_protected(home.back_clip.clip_id, True)
    ahead()
    await tidy(home)
    result = await begin(hass, "clock_jumped")
    found = result["description_placeholders"]
    assert found is not None
    assert found["clips"] == "1"
    assert await tidy(home) == set()

    await go_on(hass, result)
    await hass.async_block_till_done(wait_background_tasks=True)

    assert await tidy(home) == {home.clip.clip_id}
    assert await home.data.library.get(kept.clip_id)
    assert not open_issues(hass)


async def test_a_jump_that_takes_nothing_asks_nobody(
    home: Home, ahead: Callable[[], None]
) -> None:
    home.configure(keep_days=0)
    ahead()
    await tidy(home)
    assert not open_issues(home.hass)
