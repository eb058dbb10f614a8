"""Somebody at the agency who verifies what arrives."""

from pathlib import Path

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.desk.homes import Homes
from agency.doorwatch_agency.desk.record import Desk
from agency.doorwatch_agency.desk.retention import shares_of
from agency.doorwatch_agency.package.unpack import unpack
from tests.engine.sharing.evidence import ORIGIN


def new_desk(folder: Path) -> Path:
    """Make a desk in a folder."""
    assert main(["desk", "new", str(folder)]) == 0
    return folder


def known(desk: Path) -> Homes:
    """Return what a desk remembers."""
    return Desk(desk).reading().known


def kinds(desk: Path) -> list[str]:
    """Return what happened at a desk, after it was made."""
    return [entry.kind for entry in Desk(desk).reading().entries[1:]]


def deleting(desk: Path, share_id: str) -> list[str]:
    """Return what `delete --yes` asks for: why, and the day that `due` says."""
    kept = shares_of(Desk(desk).reading()).get(share_id)
    due_at = None if kept is None else kept.due_at
    day = "none" if due_at is None else due_at.date().isoformat()
    return ["--yes", "--reason", "It is over.", "--due", day]


class Officer:
    """Somebody at the agency, with a folder for cases and a desk."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Begin without any case."""
        self.desk = new_desk(folder / "desk")
        self._folder = folder
        self._capsys = capsys
        self._cases = 0

    def verify(
        self, package: Path, *more: str, agency: str = ORIGIN
    ) -> tuple[int, str]:
        """Open and verify; returns the exit code and what was printed."""
        self._cases += 1
        bag = unpack(package, self._folder / f"case-{self._cases}").bag
        return self.check(bag, *more, agency=agency)

    def check(self, bag: Path, *more: str, agency: str = ORIGIN) -> tuple[int, str]:
        """Verify what is opened."""
        self._capsys.readouterr()
        command = ["verify", str(bag), "--agency", agency, "--desk", str(self.desk)]
        code = main([*command, *more])
        captured = self._capsys.readouterr()
        return code, captured.out + captured.err


@pytest.fixture
def officer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Officer:
    """Give an officer who remembers nothing yet."""
    return Officer(tmp_path, capsys)
