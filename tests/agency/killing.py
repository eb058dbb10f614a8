"""The agency's command, killed at the n-th file operation on paths with a given name."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
import subprocess
import sys

import pytest

from tests.repository import ROOT
from tests.series import steps

_KILLED_AT = """
import os, signal, sys
from agency.doorwatch_agency.cli import main
target, at, count = sys.argv[1], int(sys.argv[2]), 0
def heard(event, arguments):
    global count
    if event in ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir") and (
        any(target in str(one) for one in arguments) or event == "os.rename"
    ):
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(heard)
code = main(sys.argv[3:])
print(count)
sys.exit(code)
"""


def killed_at(
    at: int, name: str, command: Sequence[str]
) -> subprocess.CompletedProcess[str]:
    """Kill the command at operation `at`; with 0, its last line is the number of operations."""
    return subprocess.run(
        [sys.executable, "-c", _KILLED_AT, name, str(at), *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@dataclass(frozen=True)
class Kill:
    """An intake is killed at change number `at` once the file `armed` exists."""

    at: int
    folder: Path
    armed: Path


def each_kill(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kill]:
    """Yield the kills before one change of a file after the other, each with a folder."""
    hook = Path(__file__).with_name("kill_at.mjs")
    monkeypatch.setenv("NODE_OPTIONS", f"--import={hook.as_uri()}")
    for at in count(1, steps(3)):
        kill = Kill(at, folder / str(at), folder / str(at) / "armed")
        kill.folder.mkdir()
        monkeypatch.setenv("ARMED", str(kill.armed))
        monkeypatch.setenv("KILL_AT", str(at))
        yield kill
