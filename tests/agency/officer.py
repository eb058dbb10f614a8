"""Somebody at the agency who verifies what arrives."""

from pathlib import Path

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.package.unpack import unpack
from tests.engine.sharing.evidence import ORIGIN


class Officer:
    """Somebody at the agency, with a folder for cases and a memory of homes."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Begin without any case."""
        self.homes = folder / "homes.json"
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
        command = ["verify", str(bag), "--agency", agency, "--homes", str(self.homes)]
        code = main([*command, *more])
        captured = self._capsys.readouterr()
        return code, captured.out + captured.err


@pytest.fixture
def officer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Officer:
    """Give an officer who remembers nothing yet."""
    return Officer(tmp_path, capsys)
