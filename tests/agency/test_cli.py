"""The command prints clear messages for odd terminals, closed pipes and Ctrl+C."""

import os
from pathlib import Path
import signal
import subprocess
import sys

import pytest

from agency.doorwatch_agency.desk.record import Desk
from tests.repository import ROOT

from .officer import new_desk

_COMMAND = [sys.executable, "-m", "agency.doorwatch_agency"]


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """Return a desk whose record has a case with a name in another script."""
    folder = new_desk(tmp_path / "desk")
    with Desk(folder, case="شارع ١٢").changing() as desk:
        desk.append("opened", {"share": "a" * 32})
    return folder


def run(*words: str, **options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*_COMMAND, *words],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        env=os.environ | options,
    )


def test_a_terminal_without_the_script_of_a_name_shows_escapes(desk: Path) -> None:
    """The command doesn't fail on characters that the terminal can't show."""
    told = run("log", "--desk", str(desk), PYTHONIOENCODING="ascii")
    assert told.returncode == 0, told.stderr
    assert "case \\u0634" in told.stdout
    assert "شارع" in run("log", "--desk", str(desk), PYTHONIOENCODING="utf-8").stdout


def test_a_reader_that_had_enough_ends_it_quietly(desk: Path) -> None:
    """The reader closes the pipe early, as `head` does."""
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as out:
        told = subprocess.run(
            [*_COMMAND, "log", "--desk", str(desk)],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    assert (told.returncode, told.stderr) == (141, b"")


def test_ctrl_c_is_no_stack_trace(desk: Path) -> None:
    """The command is waiting for an answer."""
    # A shell that runs these tests in the background makes its children ignore SIGINT.
    heeding = ("env", "--default-signal=INT")
    command = [*heeding, *_COMMAND, "delete", "a" * 32, "--desk", str(desk)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        said = b""
        while b"for the record? " not in said:
            more = os.read(process.stdout.fileno(), 1000)
            assert more, said
            said += more
        process.send_signal(signal.SIGINT)
        assert process.stdin is not None
        process.stdin.close()  # in case the command starts to read only now
        assert process.stderr.read() == b"\ndoorwatch-agency: stopped\n"
    assert process.returncode == 1


def test_a_desk_that_is_not_there_is_not_made_in_its_place(tmp_path: Path) -> None:
    """The disk of the desk may be missing, and a new desk would be empty."""
    told = run("due", DOORWATCH_DESK=str(tmp_path / "mounted/desk"))
    assert told.returncode == 1
    assert "If it is on another disk, is that there?" in told.stderr
