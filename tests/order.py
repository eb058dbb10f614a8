"""A pytest plugin: in which order files are handed out to the processes that run them.

A file stays whole in one process, so that a server that it starts is started once.
"""

from typing import Final, override

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# These files share a home.
DEMO_HOME: Final = tuple(
    f"tests/e2e/test_{name}.py"
    for name in (
        "demo",
        "home_pages",
        "languages",
        "look",
        "media",
        "minimise",
        "panel",
    )
)
# What takes longest, the longest first: whichever of them began last would have a machine
# to itself.
LONG: Final = (
    *DEMO_HOME,
    "tests/e2e/",
    "tests/faults/",
    "tests/agency/test_same_word.py",
    "tests/flows/test_onvif_lenses.py",
    "tests/engine/recording/",
    "tests/engine/clips/video/test_redact.py",
    "tests/discovery/",
    "tests/runtime/test_stream_watch.py",
    "tests/repairs/test_linked.py",
    "tests/engine/sharing/outbox/test_kill.py",
)


def _place(item: pytest.Item) -> int:
    for place, begin in enumerate(LONG):
        if item.nodeid.startswith(begin):
            return place
    return len(LONG)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=_place)


class _Files(LoadFileScheduling):
    """Hands out files, and those that share a home as one."""

    @override
    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return DEMO_HOME[0] if file in DEMO_HOME else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Files | None:
    """Hand out files so where files are handed out."""
    return _Files(config, log) if config.getoption("dist") == "loadfile" else None
