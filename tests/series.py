"""A pytest plugin: how long the series of faults, kills and drawn inputs are.

A run of all tests takes a short series of each, always from the same seed, so that a
failure is the fault of a change. A longer run takes only these tests and those that prove
again what others prove (`nightly`), and draws a new seed:

    scripts/test --times 8
    scripts/test --times 8 --seed 7 tests/faults    # one of them again
"""

from collections.abc import Callable, Iterable
import random
from typing import Any, Final

from _pytest.mark import ParameterSet
from hypothesis import HealthCheck, Phase, seed, settings
import pytest

SEED: Final = 20261130

# How long an example takes says nothing on a machine that does other things too, and
# what one test shares with the next (a clip, a key) is never changed by it.
_CALM: Final = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

_options: pytest.Config | None = None

# Marks a test whose number of faults, kills or inputs follows from `times`.
series: Final = pytest.mark.series
# Marks a test of what others prove in a run of all tests: for other values, or in parts.
nightly: Final = pytest.mark.nightly


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the options."""
    group = parser.getgroup("series", "faults, kills and drawn inputs")
    group.addoption("--times", type=int, default=1, help="how many times as many")
    group.addoption("--seed", type=int, help="what they are drawn from")


def pytest_configure(config: pytest.Config) -> None:
    """Choose the seed, before processes that run tests are told the options."""
    global _options  # noqa: PLW0603 - tests are made from it while they are imported
    _options = config
    if config.option.seed is None:
        drawn = random.SystemRandom().randrange(2**32)
        config.option.seed = SEED if config.option.times == 1 else drawn


def pytest_report_header(config: pytest.Config) -> str:
    """Say how to run the same again."""
    return f"series: --times {config.option.times} --seed {config.option.seed}"


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Take only what is longer than in a run of all tests; others would be the same."""

    def taken(item: pytest.Item) -> bool:
        """Return whether this run takes a test."""
        again = item.get_closest_marker("nightly") is not None
        if config.option.times == 1:
            return not again
        return again or item.get_closest_marker("series") is not None

    config.hook.pytest_deselected(items=[item for item in items if not taken(item)])
    items[:] = filter(taken, items)


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say it at the end of a longer run, too."""
    if config.option.times > 1:
        terminalreporter.write_line(pytest_report_header(config))


def times(number: int) -> int:
    """Return how many a series takes that is `number` long in a run of all tests."""
    assert _options is not None
    return number * int(_options.option.times)


def steps(number: int) -> int:
    """Return by how much a series goes on; a run of all tests takes each third, if it is 3."""
    return number if times(1) == 1 else 1


def each(number: int, values: Iterable[Any]) -> list[ParameterSet]:
    """Return the parameters of a test; a run of all tests takes each third, if it is 3."""
    return [
        pytest.param(
            *(value if isinstance(value, tuple) else (value,)),
            marks=nightly if at % number else (),
        )
        for at, value in enumerate(values)
    ]


def chance(*of: object) -> random.Random:
    """Return the luck of one test of a series."""
    return random.Random(f"{drawn_from()} {of}")


def drawn_from() -> int:
    """Return the seed."""
    assert _options is not None
    return int(_options.option.seed)


def named(kept: Iterable[str], names: Iterable[str]) -> list[ParameterSet]:
    """Return the parameters of a test, of which a run of all tests takes these."""
    kept, names = set(kept), list(names)
    assert kept <= set(names), kept - set(names)
    return [pytest.param(name, marks=() if name in kept else nightly) for name in names]


def examples[**P](number: int) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """Draw so many inputs for a test of Hypothesis."""
    drawn = settings(
        max_examples=times(number),
        database=None,
        deadline=None,
        print_blob=True,
        suppress_health_check=_CALM,
        phases=tuple(phase for phase in Phase if phase is not Phase.explain),
    )
    return lambda test: series(drawn(seed(drawn_from())(test)))
