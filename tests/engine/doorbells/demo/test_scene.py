"""Who comes by at the demo doorbell, and what is drawn of them."""

from datetime import UTC, datetime

import numpy as np

from custom_components.doorwatch.engine.doorbells.demo import doorbell as demo
from custom_components.doorwatch.engine.doorbells.demo.art import CLOCK, HEIGHT, WIDTH
from custom_components.doorwatch.engine.doorbells.demo.scene import Scene, Sight, Visits


def test_visits_come_stand_ring_and_go() -> None:
    visits = Visits(first=5, interval=60, ring_every=2)
    assert not visits.at(0).somebody
    assert not visits.at(4.9).somebody
    seen = [visits.at(5 + tenth / 10) for tenth in range(1200)]
    first, second = seen[:600], seen[600:]
    assert {sight.visit for sight in first if sight.somebody} == {0}
    assert {sight.visit for sight in second if sight.somebody} == {1}
    assert any(sight.rings for sight in first)
    assert not any(sight.rings for sight in second)
    assert any(sight.leaving for sight in first)
    assert [sight.x for sight in first if sight.somebody and not sight.leaving] == (
        sorted(sight.x for sight in first if sight.somebody and not sight.leaving)
    )
    assert not first[-1].somebody
    assert not any(
        Visits(first=0, ring_every=0).at(second).rings for second in range(60)
    )


def _luma(picture: np.ndarray) -> np.ndarray:
    return picture[:HEIGHT]


def test_scene_shows_the_clock_the_person_and_the_time_of_day() -> None:
    scene = Scene()
    nobody = Sight()
    empty = _luma(scene.frame(NOON, 0, nobody))
    assert empty.shape == (HEIGHT, WIDTH)
    left, top, right, bottom = CLOCK
    later = _luma(scene.frame(NOON.replace(microsecond=900_000), 0, nobody))
    changed = np.argwhere(empty != later)
    assert len(changed)
    assert changed[:, 0].min() >= top
    assert changed[:, 0].max() < bottom
    assert changed[:, 1].min() >= left
    assert changed[:, 1].max() < right
    # Somebody covers a part of the house, and the house is the same after it.
    visits = Visits(first=0)
    there = _luma(scene.frame(NOON, 0, visits.at(6.5)))
    assert 5_000 < (there != empty).sum() < 40_000
    assert (_luma(scene.frame(NOON, 0, nobody)) == empty).all()
    # The clouds drift, and come round again.
    assert (_luma(scene.frame(NOON, 30, nobody)) != empty).any()
    night = _luma(scene.frame(NOON.replace(hour=23), 0, nobody))
    assert night.mean() < empty.mean() / 1.5


def test_people_walk_in_from_outside_the_picture() -> None:
    scene = Scene()
    visits = Visits(first=0, hurry=1)
    for tenth in range(0, 180, 3):
        sight = visits.at(tenth / 10)
        picture = scene.frame(NOON, 0, sight)
        assert picture.shape == (HEIGHT * 3 // 2, WIDTH)


def test_clock_is_this_machines_by_default() -> None:
    assert demo._local_now().utcoffset() is not None


NOON = datetime(2026, 11, 25, 12, 34, 56, 789_000, tzinfo=UTC)
