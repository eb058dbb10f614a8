"""An officer of the agency who verifies packages."""

from collections.abc import Mapping, Sequence
import json
from pathlib import Path
import subprocess
import sys
from typing import Any

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.desk.homes import Homes
from agency.doorwatch_agency.desk.record import Desk
from agency.doorwatch_agency.desk.retention import shares_of
from agency.doorwatch_agency.package.unpack import unpack
from tests.engine.sharing.evidence import ORIGIN
from tests.repository import ROOT


def new_desk(folder: Path) -> Path:
    """Create a desk in a folder."""
    assert main(["desk", "new", str(folder)]) == 0
    return folder


def known(desk: Path) -> Homes:
    """Return the homes and shares that a desk knows."""
    return Desk(desk).reading().known


def kinds(desk: Path) -> list[str]:
    """Return the kinds of a desk's record lines after its creation."""
    return [entry.kind for entry in Desk(desk).reading().entries[1:]]


def deleting(desk: Path, share_id: str) -> list[str]:
    """Return the options that `delete --yes` needs: the reason and the day from `due`."""
    kept = shares_of(Desk(desk).reading()).get(share_id)
    due_at = None if kept is None else kept.due_at
    day = "none" if due_at is None else due_at.date().isoformat()
    return ["--yes", "--reason", "It is over.", "--due", day]


def run_officers(
    jobs: Sequence[Mapping[str, object]],
) -> tuple[list[dict[str, Any]], list[int]]:
    """Run several officers at once; return their results and their exit codes."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.agency.officers"],
        input=json.dumps(jobs) + "\n",
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    *told, last = map(json.loads, done.stdout.splitlines())
    return told, last["ends"]


class Officer:
    """An officer with a desk and a folder for cases."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Start without any case."""
        self.desk = new_desk(folder / "desk")
        self._folder = folder
        self._capsys = capsys
        self._cases = 0

    def verify(
        self, package: Path, *more: str, agency: str = ORIGIN
    ) -> tuple[int, str]:
        """Open and verify a package; return the exit code and the output."""
        self._cases += 1
        bag = unpack(package, self._folder / f"case-{self._cases}").bag
        return self.check(bag, *more, agency=agency)

    def check(self, bag: Path, *more: str, agency: str = ORIGIN) -> tuple[int, str]:
        """Verify an opened package."""
        self._capsys.readouterr()
        command = ["verify", str(bag), "--agency", agency, "--desk", str(self.desk)]
        code = main([*command, *more])
        captured = self._capsys.readouterr()
        return code, captured.out + captured.err


@pytest.fixture
def officer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Officer:
    """Return an officer whose desk is empty."""
    return Officer(tmp_path, capsys)
