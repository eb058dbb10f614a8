"""Regression tests of the detector on some of the scenes that it was tuned on.

The figures are optimistic, because the detector was tuned on these scenes.
`scripts/bench motion` runs all scenes.
"""

from collections.abc import Callable

import numpy as np
import pytest

from custom_components.doorwatch.engine.motion.decoder import KeyframeDecoder
from custom_components.doorwatch.engine.motion.detector import Detector, Verdict
from tests.series import nightly

from . import scenes, stories
from .judge import Score, judge
from .scenes import Shot

_SOME = (
    "porch by day",
    "plaza",
    "night",
    "night street",
    "starved rain",
    "slow keyframes",
)
# Stories with difficult light, things on the lens, or infrared.
_SOME_HARDER = ("switches", "street bugs", "sunny yard", "street lamps", "drive")


def detector() -> Callable[[Shot], bool]:
    """Return a function that tells whether a new detector sees motion in keyframes."""
    decoder, detector = KeyframeDecoder(), Detector()

    def moves(shot: Shot) -> bool:
        picture = decoder.decode(shot.keyframe)
        assert picture is not None
        return detector.look(picture.grey, picture.colour).verdict is Verdict.MOTION

    return moves


def judged(names: tuple[str, ...]) -> Score:
    """Score the detector on some of the stories."""
    score = Score()
    for told in stories.SUITE:
        if told.name in names:
            judge(score, told, scenes.shots(told), detector())
    return score


def test_passes_are_found_and_nuisances_are_not() -> None:
    score = judged(_SOME)
    assert score.passes > 30
    assert score.found >= 0.9 * score.passes, score.missed
    assert score.precision >= 0.9, score.fooled_by
    assert score.fooled <= 0.18 * score.nuisances, score.fooled_by


@nightly
def test_hard_light_lens_and_infra_red_fool_seldom_and_hide_nobody() -> None:
    score = judged(_SOME_HARDER)
    assert score.passes > 30
    assert score.found >= 0.85 * score.passes, score.missed
    assert score.precision >= 0.8, score.fooled_by
    assert score.fooled <= 0.25 * score.nuisances, score.fooled_by


def test_a_story_of_what_nobody_draws_is_refused() -> None:
    with pytest.raises(ValueError, match="snow"):
        stories.story("snow", 1, "street", ("snow",))


def test_nothing_moves_in_plain_footage() -> None:
    for seed, place, dark in (
        (31, "porch", False),
        (32, "street", True),
        (33, "plaza", False),
    ):
        told = stories.story("plain", seed, place, (), dark=dark, length=120)
        empty = stories.Story(
            name="plain", seed=seed, place=place, dark=dark, length=120
        )
        score = Score()
        judge(score, empty, scenes.shots(empty), detector())
        assert told.acts
        assert score.told == 0


def test_a_story_is_the_same_each_time() -> None:
    told = stories.story("twice", 41, "street", ("rain", "shake"), length=40)
    first, second = (list(scenes.pictures(told)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one[1].luma, other[1].luma)
        assert one[1].movers == other[1].movers
        assert one[1].nuisances == other[1].nuisances
