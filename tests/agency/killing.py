"""The agency's command, killed at the n-th file operation on paths with a given name."""

from collections.abc import Sequence
import subprocess
import sys

from tests.repository import ROOT

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
