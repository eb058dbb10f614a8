"""Test that every lesson of docs/lessons.md has a test that is marked with its number."""

import ast
from pathlib import Path
import re

TESTS = Path(__file__).parent
_ROW = re.compile(r"^\| (\d+) \| .+ \| (.+) \|$", re.MULTILINE)


def _lessons() -> dict[int, str]:
    """Return the third column of the table by lesson number."""
    table = (TESTS.parent / "docs/lessons.md").read_text()
    return {int(number): here for number, here in _ROW.findall(table)}


def _marked() -> dict[int, set[str]]:
    """Return the names of the marked tests by lesson number."""
    found: dict[int, set[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for mark in node.decorator_list:
                match mark:
                    case ast.Call(
                        func=ast.Attribute(attr="lesson"),
                        args=[ast.Constant(value=int(number))],
                    ):
                        found.setdefault(number, set()).add(node.name)
    return found


def test_every_lesson_is_shown() -> None:
    kept = {
        number for number, here in _lessons().items() if not here.startswith("Not yet")
    }

    assert kept == _marked().keys()
    assert all(
        name.startswith("test_") for names in _marked().values() for name in names
    )


def test_no_lesson_is_forgotten() -> None:
    """The numbers start at 1."""
    assert list(_lessons()) == list(range(1, 16))
