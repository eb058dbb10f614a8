"""Read systemd units: their command, their settings, and the system calls they refuse."""

from collections.abc import Mapping
from pathlib import Path
import re
import shlex
import subprocess


def done(*command: str | Path) -> str:
    """Run a program that must succeed; return its output."""
    ended = subprocess.run(
        [str(each) for each in command],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


def settings(file: Path) -> dict[str, str]:
    """Read an EnvironmentFile: NAME=VALUE lines, and comments that begin with # or ;."""
    lines = (line.strip() for line in file.read_text().splitlines())
    pairs = [line.partition("=") for line in lines if line and line[0] not in "#;"]
    return {name: "".join(shlex.split(value)) for name, _, value in pairs}


def lines_of(unit: Path, name: str) -> list[str]:
    """Return a unit's values of a name, with continued lines joined."""
    text = unit.read_text().replace("\\\n", " ")
    return re.findall(rf"^{name}=(.*)$", text, re.MULTILINE)


def words_of(line: str, specifiers: Mapping[str, str]) -> list[str]:
    """Split a line into words, with its specifiers (such as %i) replaced."""
    for name, value in specifiers.items():
        line = line.replace(name, value)
    return shlex.split(line)


def command_of(
    unit: Path, specifiers: Mapping[str, str], variables: Mapping[str, str]
) -> list[str]:
    """Return the command of a service; ${NAME} is one word, whatever its value."""
    (line,) = lines_of(unit, "ExecStart")
    return [
        re.sub(r"\$\{(\w+)\}", lambda found: variables[found[1]], word)
        for word in words_of(line, specifiers)
    ]


def _set_of_calls(name: str) -> set[str]:
    """Return the system calls of a systemd set, including nested sets."""
    listed = done("systemd-analyze", "syscall-filter", name)
    words = {line.strip() for line in listed.splitlines() if line.startswith("    ")}
    inner = {word for word in words if word.startswith("@")} - {name}
    calls = {word for word in words if word[0] not in "@#"}
    return calls.union(*map(_set_of_calls, inner))


def refused_calls(unit: Path) -> list[str]:
    """Return the known system calls that a unit's filter refuses."""
    allowed: set[str] = set()
    for line in lines_of(unit, "SystemCallFilter"):
        for name in line.removeprefix("~").split():
            if line.startswith("~"):
                allowed -= _set_of_calls(name)
            else:
                allowed |= _set_of_calls(name)
    known = {line.split()[-1] for line in done("enosys", "--list").splitlines()}
    return sorted(known - allowed)
