"""A pytest plugin: which faults to play.

    scripts/test tests/faults --faults-seed 7 --faults-count 200 -s

A failure names the seed and the number of each fault; the same seed plays the same faults
at the same doorbells in the same order.
"""

from dataclasses import dataclass

import pytest


@dataclass(frozen=True, kw_only=True, slots=True)
class FaultOptions:
    """What was asked for."""

    seed: int
    count: int


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the options."""
    group = parser.getgroup("faults", "the faulty network between recorder and camera")
    group.addoption("--faults-seed", type=int, default=20261125, help="what is random")
    group.addoption("--faults-count", type=int, default=1000, help="how many faults")


@pytest.fixture(scope="session")
def fault_options(pytestconfig: pytest.Config) -> FaultOptions:
    """Return which faults to play."""
    return FaultOptions(
        seed=pytestconfig.getoption("faults_seed"),
        count=pytestconfig.getoption("faults_count"),
    )
