"""The weekly test finds the beta of the next release or reports that there is none."""

from pathlib import Path
import subprocess
import sys

import pytest

from tests.repository import ROOT

# An example of the versions in the index.
RELEASED = ["2026.9.4", "2026.10.0b0", "2026.10.0b9", "2026.10.0", "2026.10.1"]


def find(folder: Path, versions: list[str]) -> subprocess.CompletedProcess[str]:
    """Search a local index with these versions."""
    project = folder / "homeassistant"
    project.mkdir()
    links = (
        f'<a data-requires-python="&gt;=99" href="homeassistant-{one}-py3-none-any.whl">'
        f"homeassistant-{one}-py3-none-any.whl</a>"
        for one in versions
    )
    (project / "index.html").write_text(f"<!DOCTYPE html>{''.join(links)}")
    return subprocess.run(
        [sys.executable, ROOT / "scripts/find_beta.py"],
        env={"PIP_INDEX_URL": folder.as_uri(), "PIP_CONFIG_FILE": "/dev/null"},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("more", "beta"),
    [
        (["2026.11.0b0"], "2026.11.0b0"),
        (["2026.11.0b10", "2026.11.0b9"], "2026.11.0b10"),
        (["2026.11.0b1", "2026.12.0.dev202611280234"], "2026.11.0b1"),
    ],
)
def test_a_beta_that_is_newer_than_every_release_is_found(
    tmp_path: Path, more: list[str], beta: str
) -> None:
    """The order of the index and the required Python version don't matter."""
    done = find(tmp_path, [*more, *RELEASED])
    assert (done.returncode, done.stdout) == (0, f"{beta}\n")


@pytest.mark.parametrize(
    "more", [[], ["2026.11.0", "2026.11.0b3"], ["2026.12.0.dev202611280234"]]
)
def test_a_beta_that_became_a_release_does_not_count(
    tmp_path: Path, more: list[str]
) -> None:
    """The script succeeds and reports that there is none."""
    done = find(tmp_path, [*RELEASED, *more])
    assert (done.returncode, done.stdout) == (0, "")
    assert "No beta is newer than the last release" in done.stderr


def test_an_index_without_home_assistant_is_a_failure(tmp_path: Path) -> None:
    """It must not be mistaken for an index without a beta."""
    done = find(tmp_path, [])
    assert done.returncode == 1
    assert done.stdout == ""
    assert "homeassistant" in done.stderr
