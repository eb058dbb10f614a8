"""Which tests find a mutation, and which places are drawn."""

from collections import Counter
import json
import os
from pathlib import Path
import shutil
import signal
import subprocess
import sys
from textwrap import dedent
from typing import Any

import pytest

from scripts.mutate import SEED
from scripts.mutate_parts.draw import SHARES, draw, mutations
from scripts.mutate_parts.equivalent import EQUIVALENT
from scripts.mutate_parts.operators import Mutation, python_mutations
from scripts.mutate_parts.scripted import script_mutations
from tests.repository import ROOT

NOBODY = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.com")


def offered(found: list[Mutation], source: str) -> set[tuple[str, str]]:
    """Return operators with the lines that they make, without the rest."""
    lines = source.splitlines()
    return {
        (mutation.operator, line.strip())
        for mutation in found
        for line in mutation.applied(source).splitlines()
        if line not in lines
    }


@pytest.mark.parametrize(
    ("line", "operator", "changed"),
    [
        ("x = a < b", "compare", "x = (a <= b)"),
        ("x = a is b", "compare", "x = (a is not b)"),
        ("x = a not in b", "compare", "x = (a in b)"),
        ("x = a and b or c", "and-or", "x = ((a and b) and c)"),
        ("x = 'ü', a and b", "and-or", "x = 'ü', (a or b)"),
        ("while a: x()", "negate", "while (not (a)): x()"),
        ("x = [y for y in a if y]", "negate", "x = [y for y in a if (not (y))]"),
        ("x = a if b else c", "negate", "x = a if (not (b)) else c"),
        ("x = a[-1]", "plus-one", "x = a[-2]"),
        ("x = a[-1]", "minus-one", "x = a[-0]"),
        ("x = True", "true-false", "x = False"),
        ("await x(a)", "drop", "pass"),
        ("x.a = a", "drop", "pass"),
        ("x += a", "drop", "pass"),
        ("raise ValueError", "drop", "pass"),
        ("return a", "return-none", "return None"),
    ],
)
def test_operators_of_python(line: str, operator: str, changed: str) -> None:
    """Each makes a line that compiles and differs as its name says."""
    source = f"class A:\n    async def f(a, b, c):\n        {line}\n"
    found = python_mutations("a.py", source)

    assert (operator, changed) in offered(found, source)
    assert {each.name.rpartition("-")[0] for each in found} >= {
        f"a.py::A.f::{operator}"
    }
    for each in found:
        compile(each.applied(source), "a.py", "exec")


def test_places_of_python_that_are_left_alone() -> None:
    """Modules, annotations, texts, log calls, and what only type checkers run."""
    source = dedent('''
        limit = 1 < 2
        def f(a: Literal[1] = 2) -> Literal[3]:
            """Return True."""
            _LOGGER.debug("%s", a and 1)
            b: Literal[4]
            raise ValueError(f"{a and 1}")
            if TYPE_CHECKING:
                x()
            return None
    ''')

    assert offered(python_mutations("a.py", source), source) == {("drop", "pass")}


@pytest.mark.parametrize(
    ("line", "operator", "changed"),
    [
        ("if (a === b) {", "equal", "if (a !== b) {"),
        ("if (a !== b) {", "unequal", "if (a === b) {"),
        ("x(a && b);", "and", "x(a || b);"),
        ("x(a || b);", "or", "x(a && b);"),
        ("x(a < b);", "less", "x(a <= b);"),
        ("x(a >= b);", "more-equal", "x(a > b);"),
        ("x(true);", "true", "x(false);"),
        ("x(`a ${b ? `&& ${c || d}` : false} &&`);", "or", "x(`a ${b ? `&& ${c && d}` : false} &&`);"),
    ],
)  # fmt: skip
def test_operators_of_scripts(line: str, operator: str, changed: str) -> None:
    """Each changes code, also in templates."""
    source = f"async function f(a, b) {{\n  {line}\n  await x(a);\n}}\n"
    found = script_mutations("a.ts", source)

    assert offered(found, source) >= {(operator, changed)}
    assert f"a.ts::f::{operator}-1" in {each.name for each in found}
    assert [each.change for each in found if each.operator == "drop"] == [
        "await x(a); → nothing"
    ]


def test_places_of_scripts_that_are_left_alone() -> None:
    """Modules, comments, texts, templates and regular expressions."""
    source = dedent(r"""
        const a = b && c;
        function f() {
          // a && b
          /* a && b
             true */
          x("a && \" b", 'a || b', `a && b`, /['"`]|\/&&[/"]/, a / b, c / d);
        }
    """)

    assert script_mutations("a.ts", source) == []


def test_the_committed_seed_draws_thirty_from_all_parts() -> None:
    """The same each time, and none of them equivalent."""
    chosen = draw(ROOT, SEED)
    names = [each.name for each in chosen]

    assert len(set(names)) == 30
    assert names == [each.name for each in draw(ROOT, SEED)]
    assert names != [each.name for each in draw(ROOT, SEED + 1)]
    assert not set(names) & set(EQUIVALENT)
    parts = Counter(
        next(part for part in SHARES if each.path.startswith(part)) for each in chosen
    )
    assert parts == SHARES


def test_an_equivalent_mutation_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the next one of its package, and the others stay."""
    before = draw(ROOT, SEED)
    monkeypatch.setitem(EQUIVALENT, before[0].name, "changes nothing")
    after = draw(ROOT, SEED)

    assert [each for each in before if each not in after] == [before[0]]
    (new,) = (each for each in after if each not in before)
    assert new.path.split("/")[:4] == before[0].path.split("/")[:4]


def test_equivalent_mutations_are_in_the_code() -> None:
    """Names that the code no longer has are to be deleted."""
    for name, reason in EQUIVALENT.items():
        path = name.partition("::")[0]
        assert name in {each.name for each in mutations(ROOT, path)}
        assert reason


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make a repository with a function that is tested and one that is not."""
    tree = tmp_path / "tree"
    package = tree / "custom_components/doorwatch/engine/clips"
    tests = tree / "tests/engine/clips"
    for folder in (package, tests):
        folder.mkdir(parents=True)
    (package / "sums.py").write_text(
        "def tested(a):\n    return a > 1\n\ndef untested(a):\n    return a > 1\n"
    )
    (tests / "test_sums.py").write_text(
        "from custom_components.doorwatch.engine.clips.sums import tested\n"
        "def test_broken():\n    assert tested(2) and tested(3) == 7\n"
        "def test_tested():\n    assert tested(2) and not tested(1)\n"
    )
    (tree / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\npythonpath = ['.']\n"
    )
    (tree / ".gitignore").write_text(".venv\n__pycache__\n")
    shutil.copytree(
        ROOT / "scripts/mutate_parts",
        tree / "scripts/mutate_parts",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(ROOT / "scripts/mutate.py", tree / "scripts")
    (tree / ".venv").symlink_to(sys.prefix)
    commit(tree)
    return tree


def commit(tree: Path) -> None:
    """Commit all files."""
    for command in (["init", "-q"], ["add", "."], [*NOBODY, "commit", "-qm", "All"]):
        subprocess.run(["git", *command], cwd=tree, check=True, timeout=60)


def start(tree: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """Start the script, with a folder of its own for temporary files."""
    temporary = tree.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    return subprocess.Popen(
        [sys.executable, "scripts/mutate.py", *arguments],
        cwd=tree,
        env=os.environ
        | {
            "PYTHONPATH": str(tree),
            "TMPDIR": str(temporary),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # Home Assistant is not needed
        },
    )


def results(tree: Path, *arguments: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Run the script, and return its exit status with the results by change."""
    file = tree.parent / "results.json"
    with start(tree, "--json", str(file), *arguments) as program:
        program.wait(240)
    found = {
        each["name"].partition("::")[2]: each for each in json.loads(file.read_text())
    }
    assert not list((tree.parent / "temporary").glob("doorwatch-mutate-*"))
    return program.returncode, found


def test_what_is_tested_is_found_and_the_rest_is_not(tree: Path) -> None:
    """By the test that ran the line, and never by one that fails anyway."""
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "pytest_cov"),
            *("--cov=custom_components", "--cov-context=test", "--junitxml=junit.xml"),
        ],
        cwd=tree,
        env=os.environ
        | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COVERAGE_CORE": "ctrace"},
        check=False,
        capture_output=True,
        timeout=120,
    )
    only = [
        f"custom_components/doorwatch/engine/clips/sums.py::{function}::compare-1"
        for function in ("tested", "untested")
    ]
    recorded = ("--coverage", ".coverage", "--junit", "junit.xml")
    code, found = results(tree, *recorded, "--only", *only)

    test = "tests/engine/clips/test_sums.py::test_tested"
    assert code == 1
    assert found["tested::compare-1"]["found_by"] == test
    assert test in found["tested::compare-1"]["tests"]
    assert found["untested::compare-1"]["found_by"] is None
    assert found["untested::compare-1"]["undecided"] is None
    status = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=no"],
        cwd=tree,
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert status.stdout == b""


def test_what_was_found_must_be_found_again(tree: Path) -> None:
    """The second time without the test."""
    name = "custom_components/doorwatch/engine/clips/sums.py::tested::compare-1"
    code, found = results(tree, "--only", name)
    assert (code, found["tested::compare-1"]["undecided"]) == (0, None)

    before = tree.parent / "before.json"
    before.write_text((tree.parent / "results.json").read_text())
    assert results(tree, "--again", str(before))[0] == 0

    test = tree / "tests/engine/clips/test_sums.py"
    test.write_text(test.read_text().replace(" and not tested(1)", ""))
    commit(tree)
    code, found = results(tree, "--again", str(before))
    assert (code, found["tested::compare-1"]["found_by"]) == (1, None)


def test_a_killed_script_leaves_nothing_behind(tree: Path) -> None:
    """Neither its copy nor the tests that run."""
    pipe = tree.parent / "pipe"
    os.mkfifo(pipe)
    (tree / "tests/engine/clips/test_sums.py").write_text(
        "import os, pathlib, threading\n"
        "def test_waits():\n"
        f"    pathlib.Path({str(pipe)!r}).write_text(str(os.getpid()))\n"
        "    threading.Event().wait()\n"
    )
    commit(tree)
    with start(tree) as program:
        tests = int(pipe.read_text())
        program.send_signal(signal.SIGTERM)

    assert program.returncode == 128 + signal.SIGTERM
    assert not list((tree.parent / "temporary").iterdir())
    with pytest.raises(ProcessLookupError):
        os.kill(tests, 0)
