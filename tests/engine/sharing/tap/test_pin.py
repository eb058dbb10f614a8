"""Test hashing the PIN and limiting wrong attempts."""

import json

from hypothesis import given, strategies as st
import pytest

from custom_components.doorwatch.engine.sharing.tap.pin import (
    FREE_TRIES,
    LONGEST_LOCK,
    PinLimiter,
    PinLocked,
    hash_pin,
    verify_pin,
)


def test_only_the_right_pin_fits() -> None:
    stored = hash_pin("4711")
    assert verify_pin("4711", stored)
    assert not verify_pin("4712", stored)
    assert not verify_pin("", stored)
    assert "4711" not in stored
    assert stored != hash_pin("4711")


@pytest.mark.parametrize(
    "stored",
    ["", "4711", "plain$1$1$1$AA==$AA==", "scrypt$3$8$1$AA==$AA==", "scrypt$a$8$1$A$A"],
)
def test_a_damaged_hash_fits_no_pin(stored: str) -> None:
    assert not verify_pin("4711", stored)
    assert not verify_pin("", stored)


def _try(limiter: PinLimiter, now: float) -> bool:
    """Try a wrong PIN; return whether it was checked."""
    try:
        limiter.begin(now)
    except PinLocked:
        return False
    return True


def test_a_few_wrong_ones_are_forgiven_and_more_lock() -> None:
    limiter = PinLimiter()
    assert [_try(limiter, 0) for _ in range(FREE_TRIES + 2)] == [
        *([True] * FREE_TRIES),
        False,
        False,
    ]
    with pytest.raises(PinLocked) as caught:
        limiter.begin(1)
    assert caught.value.wait == 59
    assert caught.value.problem == "pin_locked"
    assert caught.value.placeholders == {"seconds": "59"}
    assert _try(limiter, 60)
    assert not _try(limiter, 60 + 119)
    assert _try(limiter, 60 + 120)


def test_the_right_one_forgives() -> None:
    limiter = PinLimiter()
    for _ in range(FREE_TRIES):
        limiter.begin(0)
    limiter.succeeded()
    assert [_try(limiter, 0) for _ in range(FREE_TRIES)] == [True] * FREE_TRIES


def test_a_restart_forgives_nothing() -> None:
    limiter = PinLimiter()
    for _ in range(FREE_TRIES):
        limiter.begin(0)
    again = PinLimiter.from_dict(json.loads(json.dumps(limiter.as_dict())))
    assert not _try(again, 30)
    assert _try(again, 60)


def test_a_clock_set_back_does_not_lock_for_ever() -> None:
    limiter = PinLimiter()
    for _ in range(FREE_TRIES):
        limiter.begin(1_000_000)
    assert limiter.wait(0) == 60


@pytest.mark.parametrize(
    "state", [None, {}, {"wrong": -3, "locked_until": "soon"}, {"wrong": "many"}]
)
def test_nonsense_begins_anew(state: dict[str, object] | None) -> None:
    assert PinLimiter.from_dict(state) == PinLimiter()


@given(st.lists(st.floats(0, 50_000), min_size=1, max_size=200))
def test_no_rhythm_gains_tries(pauses: list[float]) -> None:
    """The number of attempts per day is limited, whatever the pauses."""
    limiter, now, looked_at = PinLimiter(), 0.0, 0
    for pause in pauses:
        now += pause
        looked_at += _try(limiter, now)
        assert limiter.wait(now) <= LONGEST_LOCK + 1e-6  # rounding error
    assert looked_at <= FREE_TRIES + 6 + now / LONGEST_LOCK
