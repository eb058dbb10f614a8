"""Tests of whether an event is new by the time it states, even if clocks are set."""

from datetime import UTC, datetime, timedelta

from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.doorwatch.engine.doorbells.dropped import DropReason
from custom_components.doorwatch.engine.doorbells.moments import (
    AT_ONCE,
    Listening,
    Moment,
)

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


@pytest.fixture
def listening(freezer: FrozenDateTimeFactory) -> Listening:
    """Start listening at noon and advance the clock by a minute."""
    freezer.move_to(NOON)
    found = Listening()
    freezer.tick(60)
    return found


def seconds(count: float) -> datetime:
    """Return noon plus this many seconds."""
    return NOON + timedelta(seconds=count)


@pytest.mark.parametrize(
    ("at", "before", "why"),
    [
        (-1, None, DropReason.BEFORE),
        (-3600, None, DropReason.BEFORE),
        (60 + AT_ONCE + 1, None, DropReason.FUTURE),
        (30, 30, DropReason.OLDER),
        (30, 31, DropReason.OLDER),
    ],
)
def test_what_may_not_be_new_is_told_why(
    listening: Listening, at: float, before: float | None, why: DropReason
) -> None:
    """The reason depends on the stated time and that of the previous event."""
    told = None if before is None else seconds(before)

    assert listening.judge(seconds(at), told) is why


@pytest.mark.parametrize("at", [0.5, 30, 60])
def test_what_is_new_lies_where_it_happened(listening: Listening, at: float) -> None:
    """The monotonic time is correct as well."""
    found = listening.judge(seconds(at), None)
    now = listening.judge(seconds(60), None)

    assert isinstance(found, Moment)
    assert isinstance(now, Moment)
    assert found.at == seconds(at)
    assert now.monotonic - found.monotonic == pytest.approx(60 - at)


def test_a_clock_that_was_set_back_is_gone_on_from(listening: Listening) -> None:
    """Its source never goes back in time, but adds a millisecond to each event instead."""
    ahead = seconds(3600)

    found = listening.judge(ahead + timedelta(milliseconds=1), ahead)

    assert isinstance(found, Moment)
    assert found.at == seconds(60)


def test_one_that_was_told_by_a_clock_ahead_hides_none_after_it(
    listening: Listening,
) -> None:
    """A time in the future comes from a wrong clock."""
    assert isinstance(listening.judge(seconds(50), seconds(3600)), Moment)
