"""Tests of choosing mutations and of finding tests that detect them."""

from collections import Counter
import json
from pathlib import Path
import subprocess
import sys

import pytest

from scripts import mutate
from scripts.mutate import EQUIVALENT, SHARES, draw, mutations
from tests.repository import ROOT

# The mutations of each line by operator.
PYTHON = {
    "x = a not in b": {"compare": "x = (a in b)"},
    "x = 'ü', a and b": {"and-or": "x = 'ü', (a or b)"},
    "while a: x()": {"negate": "while (not (a)): x()", "drop": "while a: pass"},
    "x = [y for y in a if y]": {"negate": "x = [y for y in a if (not (y))]"},
    "x = a[1]": {"plus-one": "x = a[2]", "minus-one": "x = a[0]"},
    "x = True": {"true-false": "x = False"},
    "x.a = await b": {"drop": "pass"},
    "raise a": {"drop": "pass"},
    "return a": {"return-none": "return None"},
    "x: Literal[1]": {},
    'x = f"{a and 1}"': {},
    '_LOGGER.debug("%s", a and 1)': {},
    "if TYPE_CHECKING: x()": {},
}
SCRIPT = {
    "if (a === b) {}": {"equal": "if (a !== b) {}"},
    "x(a && b);": {"and": "x(a || b);"},
    "x(a >= b);": {"more-equal": "x(a > b);"},
    "await x(true);": {"true": "await x(false);", "drop": ""},
    "x('a && b'); // true": {},
}


@pytest.mark.parametrize(
    ("name", "begin", "line", "expected"),
    [
        *(("a.py", "async def f(a, b):\n ", *each) for each in PYTHON.items()),
        *(("a.ts", "async function f(a, b) {\n  ", *each) for each in SCRIPT.items()),
    ],
)
def test_a_line_offers_these_mutations(
    tmp_path: Path, name: str, begin: str, line: str, expected: dict[str, str]
) -> None:
    (tmp_path / name).write_text(f"{begin}{line}\n")

    changed = {each.name: each.changed for each in mutations(tmp_path, name)}
    assert {key: text.split("\n")[1].strip() for key, text in changed.items()} == {
        f"{name}::f::{operator}-1": text for operator, text in expected.items()
    }


def test_the_committed_seed_draws_thirty_from_all_folders(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = draw(ROOT, mutate.SEED)
    assert len({each.name for each in drawn} - EQUIVALENT.keys()) == 30
    folders = [next(f for f in SHARES if each.path.startswith(f)) for each in drawn]
    assert Counter(folders) == SHARES

    assert all(mutate.named(ROOT, name) for name in EQUIVALENT)  # delete stale names
    # An equivalent mutation is replaced by the next one of its package.
    monkeypatch.setitem(EQUIVALENT, drawn[0].name, "changes nothing")
    again = draw(ROOT, mutate.SEED)
    assert [each for each in drawn if each not in again] == [drawn[0]]
    (new,) = (each for each in again if each not in drawn)
    assert new.path.split("/")[:4] == drawn[0].path.split("/")[:4]


def test_what_was_found_must_be_found_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = tmp_path / "tree"
    module = tree / "custom_components/doorwatch/engine/clips/sums.py"
    test = tree / "tests/engine/clips/test_sums.py"
    module.parent.mkdir(parents=True)
    test.parent.mkdir(parents=True)
    module.write_text("def f(a):\n  return a > 1\n\ndef g(a):\n  return a > 1\n")
    (tree / ".venv").symlink_to(sys.prefix)
    monkeypatch.setattr(mutate, "ROOT", tree)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # to start faster
    file = tmp_path / "results.json"
    names = [f"{module.relative_to(tree)}::{name}::compare-1" for name in "fg"]

    def run(check: str, *arguments: str) -> tuple[int, set[str | None]]:
        line = "from custom_components.doorwatch.engine.clips.sums import f"
        test.write_text(f"{line}\ndef test_f():\n  assert {check}\n")
        author = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.com"]
        for command in (["init", "-q"], ["add", "*.py"], [*author, "commit", "-qm."]):
            subprocess.run(["git", *command], cwd=tree, check=True, timeout=60)
        code = mutate.main(["--json", str(file), "--only", *names, *arguments])
        return code, {each["found_by"] for each in json.loads(file.read_text())}

    found = {"tests/engine/clips/test_sums.py::test_f", None}  # no test covers g
    assert run("not f(1)") == (1, found)
    assert run("f(2) and not f(1)", "--again", str(file)) == (0, found)
    assert run("False, 'with any code'", "--again", str(file)) == (1, {None})
