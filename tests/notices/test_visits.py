"""Test that consecutive events are one visit."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.notices.visits import Visits
from tests.test_issues import clip_of

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def event(kind: EventKind, seconds: float = 0, *labels: str) -> DoorbellEvent:
    """Return an event at a time after noon."""
    return DoorbellEvent(
        kind=kind,
        at=NOON + timedelta(seconds=seconds),
        monotonic=seconds,
        labels=dict.fromkeys(labels, "onvif"),
    )


def test_what_begins_a_visit_and_what_goes_on_with_it() -> None:
    """A label, the end of motion and a manual recording start no visit."""
    visits = Visits()
    for kind in (EventKind.SEEN, EventKind.MOTION_ENDED, EventKind.MANUAL):
        assert visits.take("front", event(kind, 0, "person")) is None
    moved = visits.take("front", event(EventKind.MOTION))
    assert moved is not None
    assert moved.told_as == {"motion"}
    assert visits.take("front", event(EventKind.SEEN, 2, "person")) is moved
    assert moved.told_as == {"person"}
    assert visits.take("front", event(EventKind.RING, 50)) is moved
    assert moved.told_as == {"person", "ring"}
    assert visits.take("back", event(EventKind.RING, 51)) is not moved
    later = visits.take("front", event(EventKind.MOTION, 120))
    assert later is not moved


def test_a_visit_that_goes_on_and_on_is_another_after_ten_minutes() -> None:
    """A person who stays is notified again."""
    visits = Visits()
    keys = {
        found.key
        for seconds in range(0, 1200, 30)
        if (found := visits.take("front", event(EventKind.MOTION, seconds)))
    }
    assert len(keys) == 2


@pytest.mark.parametrize(
    ("begins", "ends", "found"),
    [(-5, 20, True), (1, 20, True), (3, 20, False), (-60, -1, True), (-60, -3, False)],
)
def test_a_clip_finds_its_visit(begins: float, ends: float, found: bool) -> None:
    """The time of the notified event is used; the clocks may differ a little."""
    visits = Visits()
    visit = visits.take("front", event(EventKind.RING))
    clip = clip_of(
        "front",
        started_at=NOON + timedelta(seconds=begins),
        ended_at=NOON + timedelta(seconds=ends),
    )
    assert visits.of_clip(clip) is (visit if found else None)


def test_a_clip_ends_its_visit_unless_more_happened_since() -> None:
    """A later event is notified again."""
    visits = Visits()
    first = visits.take("front", event(EventKind.MOTION))
    clip: Any = clip_of("front", started_at=NOON, ended_at=NOON + timedelta(seconds=20))
    assert visits.of_clip(clip) is first
    assert visits.take("front", event(EventKind.MOTION, 30)) is not first
