"""Half of the scenes that the detector was tuned on: it must not get worse at them.

These figures flatter it, since it has seen them. All scenes: scripts/bench motion.
"""

from collections.abc import Callable

import numpy as np

from custom_components.doorwatch.motion.decoder import KeyframeDecoder
from custom_components.doorwatch.motion.detector import Detector, Verdict

from . import scenes
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


def detector() -> Callable[[Shot], bool]:
    """Return a fresh detector as a question about keyframes."""
    decoder, detector = KeyframeDecoder(), Detector()

    def moves(shot: Shot) -> bool:
        grey = decoder.decode(shot.keyframe)
        assert grey is not None
        return detector.look(grey).verdict is Verdict.MOTION

    return moves


def test_passes_are_found_and_nuisances_are_not() -> None:
    score = Score()
    for told in scenes.SUITE:
        if told.name in _SOME:
            judge(score, told, scenes.shots(told), detector())
    assert score.passes > 30
    assert score.found >= 0.9 * score.passes, score.missed
    assert score.precision >= 0.9, score.fooled_by
    assert score.fooled <= 0.18 * score.nuisances, score.fooled_by


def test_nothing_moves_in_plain_footage() -> None:
    for seed, place, dark in (
        (31, "porch", False),
        (32, "street", True),
        (33, "plaza", False),
    ):
        told = scenes.story("plain", seed, place, (), dark=dark, length=120)
        empty = scenes.Story(
            name="plain", seed=seed, place=place, dark=dark, length=120
        )
        score = Score()
        judge(score, empty, scenes.shots(empty), detector())
        assert told.acts
        assert score.told == 0


def test_a_story_is_the_same_each_time() -> None:
    told = scenes.story("twice", 41, "street", ("rain", "shake"), length=40)
    first, second = (list(scenes.pictures(told)) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one[1], other[1])
        assert one[2:] == other[2:]
