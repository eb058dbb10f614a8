"""A full or read-only disk does not damage a desk's data."""

from collections.abc import Iterator
from pathlib import Path
import subprocess

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.desk.record import Desk
from tests.disks import fill, mounted
from tests.engine.sharing.evidence import ORIGIN, Made

from .officer import kinds, new_desk


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of one megabyte with a desk on it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    with mounted(folder, "1m") as is_there:
        assert is_there
        new_desk(folder / "desk")
        yield folder


def test_a_full_disk_of_the_desk(
    disk: Path, made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A step that can't be recorded is not done, and succeeds once there is space."""
    desk, case = disk / "desk", tmp_path / "case"
    opening = ["open", str(made.package.path), str(case), "--no-inbox"]
    opening += ["--desk", str(desk)]
    record = desk / "record.jsonl"
    pad = 4096 - record.stat().st_size % 4096
    _pad(desk, pad)  # to the end of a block, so that the next line needs a new block
    before = record.read_bytes()
    filler = fill(disk)
    assert main(opening) == 1
    assert f"{record}: No space left on device" in capsys.readouterr().err
    assert record.read_bytes() == before
    assert not case.exists()
    filler.unlink()
    assert main(opening) == 0
    assert kinds(desk)[-1] == "opened"


def _pad(desk: Path, size: int) -> None:
    """Make the record longer by this number of bytes."""
    with Desk(desk).changing() as changing:
        before = changing.path.stat().st_size
        changing.append("padding", {"pad": ""})
        line = changing.path.stat().st_size - before
        changing.append("padding", {"pad": "x" * (size - 2 * line - 2)})


def test_a_full_disk_of_the_case(
    disk: Path, made: Made, a_desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The failure is recorded, and no partial package stays."""
    case = disk / "case"
    case.mkdir()
    filler = fill(disk)
    assert main(["open", str(made.package.path), str(case), "--no-inbox"]) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert kinds(a_desk) == ["open_failed"]
    filler.unlink()
    assert list(case.iterdir()) == []


def test_a_desk_that_is_read_only(
    disk: Path, made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The record can be read, and each change is refused at once."""
    desk, case = disk / "desk", tmp_path / "case"
    at = ["--desk", str(desk)]
    assert main(["open", str(made.package.path), str(case), "--no-inbox", *at]) == 0
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True, timeout=30)
    bag = next(path for path in case.iterdir() if path.is_dir())
    for command in (
        ["open", str(made.package.path), str(tmp_path / "second"), "--no-inbox"],
        ["verify", str(bag), "--agency", ORIGIN],
    ):
        capsys.readouterr()
        assert main([*command, *at]) == 1
        said = capsys.readouterr()
        assert f"{desk}/record.jsonl: Read-only file system" in said.err
        assert not said.out
    assert not (tmp_path / "second").exists()
    assert main(["log", *at]) == 0
    assert main(["desk", "new", str(disk / "other")]) == 1
    assert f"{disk}/other: Read-only file system" in capsys.readouterr().err
