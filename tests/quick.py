"""A pytest plugin for `--quick`, a fast subset of the tests for development.

It runs the tests that need neither Home Assistant nor a camera, and the first test of each
file that needs Home Assistant. Slow tests are listed by name in LEFT_OUT. The summary
lists what was skipped, and the ten slowest tests show what to add to the list.
"""

from collections.abc import Iterator
from typing import Final

import pytest

# Files and tests that take more than two seconds of CPU time, or minutes of waiting,
# such as whole homes and agencies, processes killed at each step, large files, encoded
# video and thousands of wrong inputs.
LEFT_OUT: Final = (
    "tests/e2e/",
    "tests/faults/",
    "tests/agency/",
    "tests/agencies/test_silence.py",
    "tests/engine/clips/intake/test_cut_off.py::test_every_cut_leaves_a_clip_that_plays",
    "tests/engine/clips/test_killed_steps.py",
    "tests/engine/clips/upkeep/test_recovery.py::test_killed_process",
    "tests/engine/clips/upkeep/test_year.py",
    "tests/engine/clips/video/test_previews.py",
    "tests/engine/clips/video/test_redact.py",
    "tests/engine/clips/video/test_stills.py::test_turned_and_large_pictures",
    "tests/engine/doorbells/test_demo.py",
    "tests/engine/doorbells/onvif/test_pull.py",
    "tests/engine/doorbells/onvif/test_push.py",
    "tests/engine/doorbells/onvif/test_search.py",
    "tests/engine/motion/test_scenes.py",
    "tests/engine/motion/test_unseen_clips.py",
    "tests/engine/recording/test_changes.py",
    "tests/engine/recording/test_order.py",
    "tests/engine/sharing/outbox/test_delivery_properties.py",
    "tests/engine/sharing/outbox/test_kill.py",
    "tests/engine/sharing/outbox/test_many.py",
    "tests/engine/sharing/outbox/test_real_agency.py",
    "tests/engine/sharing/outbox/test_sender.py::test_a_week_without_network",
    "tests/engine/sharing/package/test_zip_properties.py",
    "tests/fetched/test_queue.py::test_a_kill_at_any_moment",
    "tests/runtime/test_picture_motion.py",
    "tests/scripts/test_bench.py::test_each_part_runs",
    "tests/scripts/test_load_agency.py",
    "tests/scripts/test_make_agency.py",
    "tests/scripts/test_make_sample.py::test_the_script_accepts_both_packages",
    "tests/scripts/test_mutate.py::test_the_committed_seed",
    "tests/scripts/test_mutate.py::test_what_was_found",
    "tests/scripts/test_package.py",
    "tests/test_left_out.py::test_what_needs_servers_is_left_out",
)
# Tests with these fixtures wait for a video stream.
CAMERAS: Final = {"rtsp_server", "start_rtsp_server"}

_COUNTS = pytest.StashKey[list[int]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.addoption("--quick", action="store_true", help="the loop while working")


def is_left_out(item: pytest.Item, begun: set[str]) -> bool:
    """Return whether to skip a test; `begun` holds the files whose first test is selected."""
    if item.nodeid.startswith(LEFT_OUT):
        return True
    needs = set(getattr(item, "fixturenames", ()))
    if needs & CAMERAS:
        return True
    file = item.nodeid.partition("::")[0]
    if "hass" not in needs:
        return False
    if file in begun:
        return True
    begun.add(file)
    return False


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Deselect the skipped tests."""
    if not config.getoption("quick"):
        return
    begun: set[str] = set()
    out = [item for item in items if is_left_out(item, begun)]
    counts = [len(out), len(items)]
    config.stash[_COUNTS] = counts
    if (worker := getattr(config, "workeroutput", None)) is not None:
        worker["quick"] = counts
    config.hook.pytest_deselected(items=out)
    gone = set(out)
    items[:] = [item for item in items if item not in gone]


class _Workers:
    """Collects the counts from the worker processes of pytest-xdist."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: pytest.Session) -> None:
        """Store the counts of this worker; all workers count the same."""
        if counts := getattr(node, "workeroutput", {}).get("quick"):
            node.config.stash[_COUNTS] = counts


def pytest_configure(config: pytest.Config) -> None:
    """Register the collector."""
    config.pluginmanager.register(_Workers())


@pytest.hookimpl(wrapper=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Iterator[None]:
    """Report what was skipped."""
    yield
    if counts := config.stash.get(_COUNTS, None):
        out, all_ = counts
        terminalreporter.write_line(
            f"quick: left out {out} of {all_} tests: {', '.join(LEFT_OUT)}, what needs a"
            " camera, and all but the first test of each file that needs Home Assistant"
        )
