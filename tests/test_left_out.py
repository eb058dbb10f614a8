"""Test the pytest plugin that skips tests whose servers are not installed."""

import os
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

from tests import left_out
from tests.repository import ROOT
from tests.servers import program

_SERVERS = ("swift-proxy", "swift-object", "memcached", "postgresql")


def test_what_needs_servers_is_left_out_by_name_where_there_are_none(
    tmp_path: Path,
) -> None:
    """The worker processes of pytest-xdist also report the skipped tests."""
    file = "tests/agency/test_servers.py"
    for name in ("git", "mount", "umount"):  # programs that pytest needs to start
        there = program(name)
        assert there
        (tmp_path / name).symlink_to(there)
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "1",
            "-p",
            "no:cacheprovider",
            file,
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PATH": str(tmp_path)},
    )

    assert done.returncode == pytest.ExitCode.NO_TESTS_COLLECTED, done.stdout
    lines = [line for line in done.stdout.splitlines() if line.startswith("left out ")]
    assert len(lines) == 5
    for name, why in (
        ("a_bucket_with_a_quota_becomes_full", "swift-proxy-server, "),
        ("the_database_keeps_what_it_committed", "setpriv, which runs PostgreSQL"),
    ):
        assert any(
            line.startswith(f"left out {file}::test_{name}: {why}") for line in lines
        )
    assert "not installed (scripts/setup does on Debian)" in done.stdout


def test_npm_packages_are_missed_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only intakes with PostgreSQL or a bucket need these packages."""
    monkeypatch.setattr(left_out, "PACKAGES", tmp_path)

    for why in left_out.NEEDS.values():
        assert "agency/intake/bucket" in (why() or "")


def test_nothing_is_left_out_where_setup_installed_it() -> None:
    """`.ci/run` on Debian therefore runs all tests."""
    if shutil.which("dpkg-query") is None:
        return
    asked = ["dpkg-query", "-W", "-f=${db:Status-Abbrev}\n", *_SERVERS]
    told = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    if told.count("ii") == len(_SERVERS):
        assert [why() for why in left_out.NEEDS.values()] == [None, None]
