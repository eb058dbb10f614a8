"""A pytest plugin: at how many points to kill, and which.

    scripts/crash 50 --crash-seed 7

The same seed chooses the same points.
"""

from dataclasses import dataclass

import pytest


@dataclass(frozen=True, kw_only=True, slots=True)
class CrashOptions:
    """What was asked for."""

    seed: int
    count: int


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer the options."""
    group = parser.getgroup("crash", "a real home killed while it shares")
    group.addoption("--crash-seed", type=int, default=20261125, help="which points")
    group.addoption("--crash-points", type=int, default=6, help="how many points")


@pytest.fixture(scope="session")
def crash_options(pytestconfig: pytest.Config) -> CrashOptions:
    """Return which points to take."""
    return CrashOptions(
        seed=pytestconfig.getoption("crash_seed"),
        count=pytestconfig.getoption("crash_points"),
    )
