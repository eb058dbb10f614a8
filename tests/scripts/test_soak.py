"""Tests of how the soak test detects growth, in half an hour and over days."""

from dataclasses import replace
import random

import pytest

from scripts.soak_growth import Minute, Sample, grown
from scripts.soak_home import COLLECT_EVERY


def watched(minutes: int, mb_a_minute: float) -> list[Minute]:
    """Simulate measurements of a home that grows at this rate, with realistic noise."""
    chance = random.Random(7)
    seen = [
        Minute(
            samples=[
                Sample(
                    memory=400 + minute * mb_a_minute + chance.uniform(0, 4),
                    sqlite=10.0,
                    blocks=1_400_000,
                    threads=35,
                    files=44,
                    cpu=5.0 * minute,
                )
            ]
        )
        for minute in range(minutes)
    ]
    for minute in seen[COLLECT_EVERY - 1 :: COLLECT_EVERY]:
        minute.kept = 1_390_000
    return seen


@pytest.mark.parametrize(
    ("minutes", "mb_a_minute", "wrong"),
    [(30, 0.0, False), (30, 2.0, True), (2880, 0.0, False), (2880, 0.05, True)],
    ids=["half an hour", "leak", "two days", "slow leak"],
)
def test_growth_counts_by_what_it_comes_to(
    minutes: int, mb_a_minute: float, wrong: bool
) -> None:
    """A slow leak is negligible in half an hour, but uses up the memory in a month."""
    assert bool(grown(watched(minutes, mb_a_minute))) is wrong


@pytest.mark.parametrize(("more", "wrong"), [(3_000, False), (60_000, True)])
def test_what_waits_for_the_collector_is_no_leak_and_what_it_leaves_is(
    more: int, wrong: bool
) -> None:
    """The number of blocks may rise by any amount between two garbage collections."""
    seen = watched(30, 0.0)
    for minute, blocks in zip(seen, range(1_400_000, 2_000_000, 20_000), strict=False):
        minute.samples[0] = replace(minute.samples[0], blocks=blocks)
    seen[-1].kept = 1_390_000 + more

    assert bool(grown(seen)) is wrong


@pytest.mark.parametrize(
    ("collected", "wrong"),
    [(True, False), (False, True)],
    ids=["until the next collection", "beyond it"],
)
def test_memory_counts_once_what_nobody_uses_is_gone(
    collected: bool, wrong: bool
) -> None:
    """Ended streams use memory until they are collected."""
    seen = watched(30, 0.0)
    waiting = 0
    for minute in seen:
        minute.samples[0] = replace(
            minute.samples[0], memory=minute.samples[0].memory + 3 * waiting
        )
        waiting = 0 if collected and minute.kept else waiting + 1

    assert bool(grown(seen)) is wrong
