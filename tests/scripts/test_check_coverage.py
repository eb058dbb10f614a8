"""Tests of scripts/check_coverage.py."""

import json
import os
from pathlib import Path
import subprocess
import sys

import pytest

from scripts.check_coverage import below
from tests.repository import ROOT

FLOWS = "custom_components/doorwatch/flows/"


@pytest.mark.parametrize(
    ("name", "covered", "found"),
    [
        ("custom_components/doorwatch/camera.py", 84.9, True),
        ("custom_components/doorwatch/camera.py", 85.0, False),
        (f"{FLOWS}rtsp.py", 99.9, True),
        (f"{FLOWS}rtsp.py", 100.0, False),
        ("custom_components/doorwatch/config_flow.py", 99.9, True),
    ],
)
def test_each_module_has_a_floor(name: str, covered: float, found: bool) -> None:
    """The limit for flows is higher."""
    measured = {"summary": {"percent_covered": covered}, "missing_lines": [7, 9]}

    assert [line.startswith(name) for line in below({name: measured})] == [True] * found


def test_what_coverage_prints_is_read(tmp_path: Path) -> None:
    """A module that no test ran fails, and its lines are listed."""
    (tmp_path / ".coveragerc").write_text("[run]\nrelative_files = True\nsource = .\n")
    (tmp_path / "sums.py").write_text("A = 1\n")
    (tmp_path / "a.py").write_text("A = 1\nB = 2\n")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    coverage = [sys.executable, "-m", "coverage"]
    subprocess.run([*coverage, "run", "sums.py"], cwd=tmp_path, check=True)
    printed = subprocess.run(
        [*coverage, "json", "-q", "-o", "-"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    ).stdout
    assert set(json.loads(printed)["files"]) == {"sums.py", "a.py"}
    checked = subprocess.run(
        [sys.executable, "-m", "scripts.check_coverage"],
        cwd=tmp_path,
        env=env,
        input=printed,
        capture_output=True,
        check=False,
    )
    assert checked.returncode == 1
    assert checked.stdout == b"a.py: 0.0 % is below 85 %, missing 1, 2\n"
