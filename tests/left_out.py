"""A pytest plugin that skips tests whose servers are not installed, and lists them at the end.

scripts/setup installs these servers on Debian. A test needs a server if it uses the
fixture of that name.
"""

from collections.abc import Callable, Iterator
from typing import Final

import pytest

from tests import postgres, swift
from tests.repository import ROOT

PACKAGES: Final = ROOT / "agency/intake/bucket/node_modules"


def _packages() -> str | None:
    """Return why intakes can't use PostgreSQL or a bucket here, or None."""
    if all((PACKAGES / name).is_dir() for name in ("pg", "@aws-sdk/client-s3")):
        return None
    return "npm packages of agency/intake/bucket: not installed (scripts/setup does)"


# For each fixture, a function that returns why it is unavailable, or None.
NEEDS: Final[dict[str, Callable[[], str | None]]] = {
    "swift": lambda: swift.missing() or _packages(),
    "postgres": lambda: postgres.missing() or _packages(),
}

_NAMES = pytest.StashKey[list[tuple[str, str]]]()


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Deselect the tests whose servers are unavailable."""
    wanted = {name for item in items for name in NEEDS if name in _fixtures(item)}
    reasons = {name: why for name in sorted(wanted) if (why := NEEDS[name]())}
    out: list[tuple[str, str]] = []
    for item in list(items):
        if lacking := sorted(reasons.keys() & _fixtures(item)):
            items.remove(item)
            config.hook.pytest_deselected(items=[item])
            out.append((item.nodeid, reasons[lacking[0]]))
    config.stash[_NAMES] = out
    if (worker := getattr(config, "workeroutput", None)) is not None:
        worker["left_out"] = out


def _fixtures(item: pytest.Item) -> set[str]:
    return set(getattr(item, "fixturenames", ()))


class _Workers:
    """Collects the skipped tests from the worker processes of pytest-xdist."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: pytest.Session) -> None:
        """Store the tests that this worker skipped; all workers skip the same ones."""
        if names := getattr(node, "workeroutput", {}).get("left_out"):
            node.config.stash[_NAMES] = names


def pytest_configure(config: pytest.Config) -> None:
    """Register the collector."""
    config.pluginmanager.register(_Workers())


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Iterator[None]:
    """List the skipped tests with the reasons."""
    yield
    for name, why in config.stash.get(_NAMES, []):
        terminalreporter.write_line(f"left out {name}: {why}")
