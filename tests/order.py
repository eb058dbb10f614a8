"""A pytest plugin that sets the order in which pytest-xdist distributes test files.

All tests of a file run in the same process, so that each server starts once.
"""

from typing import Final, override

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# These files of tests/e2e share one home, or the page without a home.
SHARED: Final = tuple(
    f"tests/e2e/test_{name}.py"
    for name in (
        *("demo", "home_pages", "languages", "look", "media", "minimise", "panel"),
        *("areas", "card", "panel_pages", "reports", "share_editing", "shared"),
        "sharing",
    )
)
# The other files of tests/e2e start their own homes. They run in two groups, because
# more homes with browsers at once are too slow on two cores. Most tests of AGAIN
# wait for a restart or a recording.
OWN: Final = "tests/e2e/"
AGAIN: Final = tuple(
    f"tests/e2e/test_{name}.py"
    for name in (
        *("crash", "develop", "hand_over", "kill", "newcomer", "sending"),
        "upgrade",
    )
)
# Longest first, so that no long test runs alone at the end.
LONG: Final = (
    *SHARED,
    *AGAIN,
    OWN,
    "tests/agency/test_same_word.py",
    "tests/flows/test_onvif_lenses.py",
    "tests/agency/test_intake_bucket.py",
    "tests/agency/test_bad_days.py",
    "tests/scripts/test_bench.py",
    "tests/engine/motion/test_unseen_clips.py",
    "tests/engine/recording/",
    "tests/engine/clips/video/test_redact.py",
    "tests/engine/motion/test_scenes.py",
    "tests/agencies/test_silence.py",
    "tests/discovery/",
    "tests/runtime/test_stream_watch.py",
    "tests/repairs/test_linked.py",
    "tests/engine/sharing/outbox/test_kill.py",
    "tests/faults/",
)


def _place(item: pytest.Item) -> int:
    for place, begin in enumerate(LONG):
        if item.nodeid.startswith(begin):
            return place
    return len(LONG)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest tests first."""
    items.sort(key=_place)


class _Files(LoadFileScheduling):
    """Distributes whole files, and the files of tests/e2e as three groups."""

    @override
    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        if not file.startswith(OWN):
            return file
        for part in (SHARED, AGAIN):
            if file in part:
                return part[0]
        return OWN


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> _Files | None:
    """Use this order if pytest-xdist distributes by file."""
    return _Files(config, log) if config.getoption("dist") == "loadfile" else None
