"""A pytest plugin: run the chosen tests file by file, and write down what fails. See `mutate`."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

_PLAN: Final = pytest.StashKey[dict[str, Any]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the file that says which tests, and where to name those that fail."""
    parser.addoption("--mutant-plan", required=True)


def pytest_configure(config: pytest.Config) -> None:
    """Read the plan, and listen."""
    plan = json.loads(Path(config.getoption("--mutant-plan")).read_text())
    config.pluginmanager.register(_Failures(Path(plan["failures"])))
    config.stash[_PLAN] = plan


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Keep the chosen tests, in the order of their files."""
    plan = config.stash[_PLAN]
    files, wanted, ignored = plan["files"], plan["tests"], plan["ignored"]
    items[:] = [
        item
        for item in items
        if item.nodeid not in ignored and (not wanted or item.nodeid in wanted)
    ]
    items.sort(key=lambda item: files.index(item.nodeid.partition("::")[0]))


class _Failures:
    """Writes the names of tests and files that fail."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Look at each step of a test."""
        self._note(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Look at each file."""
        self._note(report)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.failed:
            with self._file.open("a") as file:
                file.write(f"{report.nodeid}\n")
