"""A pytest plugin that sets the length of series of faults, kills and random inputs.

A normal run takes a short part of each series, always with the same seed, so that a
failure is caused by a change. A longer run takes only the tests with series and the
`nightly` tests, with a new seed:

    scripts/test --times 8
    scripts/test --times 8 --seed 7 tests/faults    # repeat a run
"""

from collections.abc import Callable, Iterable
import random
from typing import Any, Final

from _pytest.mark import ParameterSet
from hypothesis import HealthCheck, Phase, seed, settings
import pytest

SEED: Final = 20261130

# The time of an example depends on the load of the machine. The fixtures that examples
# share, such as a clip or a key, are never changed by them.
_CALM: Final = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

_options: pytest.Config | None = None

# Marks a test whose number of faults, kills or inputs depends on `times`.
series: Final = pytest.mark.series
# Marks a test that repeats, with other values or in parts, what a normal run tests
# already.
nightly: Final = pytest.mark.nightly


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("series", "faults, kills and drawn inputs")
    group.addoption("--times", type=int, default=1, help="how many times as many")
    group.addoption("--seed", type=int, help="what they are drawn from")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed before worker processes receive the options."""
    global _options  # noqa: PLW0603 - tests need it while they are imported
    _options = config
    if config.option.seed is None:
        drawn = random.SystemRandom().randrange(2**32)
        config.option.seed = SEED if config.option.times == 1 else drawn


def pytest_report_header(config: pytest.Config) -> str:
    """Report how to repeat this run."""
    return f"series: --times {config.option.times} --seed {config.option.seed}"


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """In a longer run, deselect the tests that are the same in every run."""

    def taken(item: pytest.Item) -> bool:
        """Return whether this run includes a test."""
        again = item.get_closest_marker("nightly") is not None
        if config.option.times == 1:
            return not again
        return again or item.get_closest_marker("series") is not None

    config.hook.pytest_deselected(items=[item for item in items if not taken(item)])
    items[:] = filter(taken, items)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Report how to repeat a longer run."""
    if config.option.times > 1:
        terminalreporter.write_line(pytest_report_header(config))


def times(number: int) -> int:
    """Return the length of a series that has `number` items in a normal run."""
    assert _options is not None
    return number * int(_options.option.times)


def steps(number: int) -> int:
    """Return the step width of a series: `number` in a normal run, 1 in a longer run."""
    return number if times(1) == 1 else 1


def each(number: int, values: Iterable[Any]) -> list[ParameterSet]:
    """Return the parameters of a test; a normal run takes every `number`-th of them."""
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else (value,)),
            marks=nightly if at % number else (),
        )
        for at, value in enumerate(values)
    ]


def chance(*of: object) -> random.Random:
    """Return the random numbers for one test of a series."""
    return random.Random(f"{drawn_from()} {of}")


def drawn_from() -> int:
    """Return the seed of this run."""
    assert _options is not None
    return int(_options.option.seed)


def named(kept: Iterable[str], names: Iterable[str]) -> list[ParameterSet]:
    """Return the parameters of a test; a normal run takes only those in `kept`."""
    kept, names = set(kept), list(names)
    assert kept <= set(names), kept - set(names)
    return [pytest.param(name, marks=() if name in kept else nightly) for name in names]


def examples[**P](number: int) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """Have Hypothesis draw `number` inputs, or more in a longer run."""
    drawn = settings(
        max_examples=times(number),
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=_CALM,
        phases=tuple(phase for phase in Phase if phase is not Phase.explain),
    )
    return lambda test: series(drawn(seed(drawn_from())(test)))
