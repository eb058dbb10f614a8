"""Find tests that wait for time to pass. See `lint`.

A sleep is too short on a busy machine and too long on any other. Tests wait for
conditions (`tests/waiting.py`) or advance their own clock.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
import re
import sys
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
# The only modules that may sleep, and why.
ALLOWED: Final = {
    "tests/waiting.py": "looks again and again until a condition holds",
    "tests/killing.py": "kills a process at a random moment",
    "tests/agency/passing.py": "moves the clock of a home while intakes run in real time",
    "tests/cutting.py": "a connection that lets through a byte at a time",
    "tests/e2e/slow_link.py": "a connection with a limited speed",
    "tests/engine/clips/crasher.py": "records as slowly as a camera sends",
    "tests/engine/sharing/outbox/flaky.py": "an intake that is slow now and then",
    "tests/engine/sharing/outbox/home_process.py": "reads a file as slowly as a disk",
    "tests/faults/crasher.py": "rings now and then, at recorders that will be killed",
    "tests/faults/doors.py": "visitors who come, stay and go",
    "tests/faults/proxy.py": "faults that last for some seconds",
    "tests/outside_servers.py": "a server that answers a byte at a time",
    "tests/runtime/talking.py": "a microphone that gives a frame when it is due",
    "tests/scripts/test_check_sleeps.py": "shows what the check finds",
}
_SLEEPS = {("asyncio", "sleep"), ("time", "sleep")}
_WAITS = {("asyncio", "wait"), ("asyncio", "wait_for")}
# In source code as a string: Python, shell, JavaScript.
_IN_TEXT = re.compile(
    r"\b(?:time|asyncio)\.sleep\((?!0\))|\bsleep [\d.]+|setTimeout\([^()]*, *[1-9]"
    r"|waitForTimeout\("
)


def main() -> None:
    """Print where tests sleep; fail if they do."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {what}" for path, line, what in checked(ROOT)
    ]
    if found:
        print("\n".join(found))
        print("Wait for a condition, see tests/waiting.py.")
        sys.exit(1)


def checked(root: Path) -> Iterator[tuple[Path, int, str]]:
    """Yield each place where a test sleeps, and each allowed module that no longer does."""
    for path in sorted(root.glob("tests/**/*.py")):
        found = [*sleeps(path.read_text())]
        if path.relative_to(root).as_posix() not in ALLOWED:
            yield from ((path, line, what) for line, what in found)
        elif not found:
            yield path, 1, "does not sleep, so ALLOWED need not name it"
    for path in sorted(root.glob("frontend/src/**/*.test.ts")):
        yield from ((path, line, what) for line, what in _in_text(path.read_text(), 1))


def sleeps(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and description of each sleep above 0 in a module."""
    tree = ast.parse(source)
    names = _imported(tree)
    harmless = set[ast.expr]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = _name(node.func, names)
            if called in _SLEEPS and node.args and _number(node.args[0]) == 0:
                harmless.add(node.func)
            deadlines = [*node.args[1:], *(one.value for one in node.keywords)]
            if called in _WAITS and any(0 < _number(one) < 1 for one in deadlines):
                yield node.lineno, f"{'.'.join(called)} with a short deadline"
        if isinstance(node, ast.Attribute | ast.Name) and node not in harmless:
            if (named := _name(node, names)) in _SLEEPS:
                yield node.lineno, ".".join(named)
            elif isinstance(node, ast.Attribute) and node.attr == "wait_for_timeout":
                yield node.lineno, node.attr
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from _in_text(node.value, node.lineno)


def _imported(tree: ast.Module) -> dict[str, tuple[str, ...]]:
    """Return the full names of a module's imports."""
    names: dict[str, tuple[str, ...]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {one.asname or one.name: (one.name,) for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {
                one.asname or one.name: (node.module, one.name) for one in node.names
            }
    return names


def _name(node: ast.expr, names: dict[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """Return the full name of an expression if it was imported."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return (*names.get(node.value.id, ()), node.attr)
    return None


def _number(node: ast.expr) -> float:
    """Return a number literal; -1 for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    return -1


def _in_text(text: str, first: int) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), first):
        if found := _IN_TEXT.search(line):
            yield number, found[0]


if __name__ == "__main__":
    main()
