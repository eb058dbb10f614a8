"""Test that `--quick` runs a part of the tests, and reports what it skips."""

import subprocess
import sys

from tests.repository import ROOT


def test_the_quick_loop_says_what_it_leaves_out() -> None:
    """All tests without Home Assistant run, and otherwise one test per file, none with a camera."""
    files = (
        *("tests/engine/sharing/test_text.py", "tests/engine/recording/test_reader.py"),
        *("tests/test_config_flow.py", "tests/faults/test_description.py"),
    )

    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "--quick", "--collect-only", "-q"),
            *("-p", "no:cacheprovider", *files),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )

    assert "test_a_letter_or_digit_can_be_read" in done.stdout
    assert "test_refused_login_is_not_tried_again_soon" in done.stdout
    assert "test_silence_is_a_reconnect" not in done.stdout
    assert "test_each_kind_of_doorbell_and_agency_is_in_the_menu" in done.stdout
    assert "test_doorbells_and_the_household_have_options" not in done.stdout
    assert "test_description.py::" not in done.stdout
    assert "quick: left out " in done.stdout
    assert "tests/faults/" in done.stdout
