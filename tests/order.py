"""A pytest plugin: in which order files are handed out to the processes that run them.

A file stays whole in one process, so that a server that it starts is started once.
"""

from typing import Final, override

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

# These files of tests/e2e share a home, or the page without one.
SHARED: Final = tuple(
    f"tests/e2e/test_{name}.py"
    for name in (
        *("demo", "home_pages", "languages", "look", "media", "minimise", "panel"),
        *("areas", "card", "panel_pages", "reports", "share_editing", "shared"),
        "sharing",
    )
)
# The others start homes of their own, in two rows: more at once, each with a browser,
# would keep a machine of two cores too busy to answer in time. In this row most wait for
# a home that starts again.
OWN: Final = "tests/e2e/"
AGAIN: Final = tuple(
    f"tests/e2e/test_{name}.py"
    for name in ("crash", "develop", "hand_over", "kill", "upgrade")
)
# What takes longest, the longest first: whichever of them began last would have a machine
# to itself.
LONG: Final = (
    *SHARED,
    *AGAIN,
    OWN,
    "tests/agency/test_same_word.py",
    "tests/flows/test_onvif_lenses.py",
    "tests/agency/test_intake_bucket.py",
    "tests/agency/test_bad_days.py",
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
    """Begin with what takes longest."""
    items.sort(key=_place)


class _Files(LoadFileScheduling):
    """Hands out files, and those of tests/e2e in three parts."""

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
    """Hand out files so where files are handed out."""
    return _Files(config, log) if config.getoption("dist") == "loadfile" else None
