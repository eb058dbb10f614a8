"""Delays between attempts."""

from custom_components.doorwatch.engine.backoff import backoff


def test_the_delay_doubles_up_to_the_longest_and_is_at_least_half() -> None:
    delays = [backoff(failures, 1.0, 30.0, lambda: 1.0) for failures in range(7)]
    assert delays == [1, 2, 4, 8, 16, 30, 30]
    assert backoff(3, 1.0, 30.0, lambda: 0.0) == 4
    assert backoff(10_000, 1.0, 30.0, lambda: 1.0) == 30
    assert 0.5 <= backoff(0, 1.0, 30.0) <= 1.0
