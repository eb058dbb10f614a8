"""Tests of the evaluation clips of the motion detector, and of their scoring."""

from pathlib import Path

import numpy as np
import pytest

from . import unseen
from .unseen import Clip, Renderer, Truth
from .unseen_score import Shown, score, shown
from .unseen_scripts import RAIN, SCRIPTS

RAINY = SCRIPTS.index(RAIN)


def _truth(
    time: float, passes: tuple[int, ...] = (), nuisances: tuple[int, ...] = ()
) -> Truth:
    return Truth(
        time=time,
        passes=dict.fromkeys(passes, 100),
        nuisances=list(nuisances),
        unsure=False,
    )


@pytest.fixture
def clip() -> Clip:
    truth = [_truth(2.0 * index) for index in range(12)]
    truth[2] = _truth(4, passes=(0,))
    truth[3] = _truth(6, passes=(0,))
    truth[8] = _truth(16, nuisances=(0,))
    return Clip(
        name="short",
        path=Path("short.mkv"),
        step=2.0,
        truth=truth,
        passes=["person", "behind a wall"],
        nuisances=["lamp"],
    )


def test_a_clip_is_the_same_each_time_and_another_with_another_seed() -> None:
    first, truth, _ = Renderer(RAIN, RAINY).picture(36.0)
    again, same, _ = Renderer(RAIN, RAINY).picture(36.0)
    other, _, _ = Renderer(RAIN, RAINY, seed=1).picture(36.0)
    assert np.array_equal(first, again)
    assert truth == same
    assert not np.array_equal(first, other)


def test_the_truth_counts_what_can_be_told_from_the_background() -> None:
    renderer = Renderer(RAIN, RAINY)
    walker = RAIN.passes[1]
    _, during, _ = renderer.picture(walker.start + walker.lasts / 2)
    _, before, _ = renderer.picture(walker.start - 2)
    assert during.passes[1] >= unseen.ENOUGH
    assert 1 not in before.passes


def test_a_nuisance_changes_the_picture_and_is_told() -> None:
    renderer = Renderer(RAIN, RAINY)
    number = next(n for n, item in enumerate(RAIN.nuisances) if item.kind == "lamp")
    lamp = RAIN.nuisances[number]
    dark, _, _ = renderer.picture(lamp.start - 1)
    lit, truth, _ = renderer.picture(lamp.start + 1)
    assert truth.nuisances == [number]
    assert lit.astype(int).max() >= dark.max()
    assert np.abs(lit.astype(int) - dark).mean() > 3


def test_there_are_enough_passes_and_nuisances_to_judge_by() -> None:
    assert sum(len(script.passes) for script in SCRIPTS) >= 59
    assert sum(len(script.nuisances) for script in SCRIPTS) >= 55
    kinds = {item.kind for script in SCRIPTS for item in script.passes}
    assert kinds == {"person", "animal", "car", "van", "cyclist"}


def test_what_is_left_of_a_pass_or_nuisance_is_not_plain(clip: Clip) -> None:
    assert [shown(clip, index) for index in (0, 2, 4, 5, 6, 8, 9, 10)] == [
        *(Shown.PLAIN, Shown.PASS, Shown.AFTER, Shown.AFTER, Shown.PLAIN),
        *(Shown.NUISANCE, Shown.NUISANCE, Shown.PLAIN),
    ]


def test_one_keyframe_finds_a_pass(clip: Clip) -> None:
    flags = [index == 3 for index in range(12)]
    result = score(clip, flags)
    assert (result.passes, result.found, result.precision) == (1, 1, 1.0)
    assert (result.nuisances, result.fooled, result.plain) == (1, 0, 0)


def test_what_is_flagged_wrongly_is_named(clip: Clip) -> None:
    flags = [index in {4, 7, 9} for index in range(12)]
    result = score(clip, flags)
    assert result.missed == [("short", "person", 4.0)]
    assert result.fools == [("short", "lamp", 18.0)]
    assert result.alarms == [("short", 14.0)]
    assert (result.precision, result.after, result.plain) == (0.0, 1, 1)


def test_flags_must_fit_the_clip(clip: Clip) -> None:
    with pytest.raises(ValueError, match="short"):
        score(clip, [True])
