"""Change the code in 30 places, one at a time, in a copy, and report for each which test finds it.

The places are drawn with a seed from all packages of the last commit. For each, the
tests of its package run, first those that are named after the module.
"""

import argparse
import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
import hashlib
from itertools import accumulate, chain, islice, zip_longest
import json
import os
from pathlib import Path
import re
import shutil
import subprocess
from tempfile import TemporaryDirectory
import time
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
SEED: Final = 28
HOME: Final = "custom_components/doorwatch"
# How many mutations are drawn from each folder. Its packages take turns.
SHARES: Final = {
    f"{HOME}/engine": 9,
    HOME: 11,
    "agency/doorwatch_agency": 4,
    "agency/intake/src": 3,
    "frontend/src": 3,
}
# Mutations that no test can find, with the reason. Others are drawn instead.
EQUIVALENT: Final = {
    f"{HOME}/engine/motion/decoder.py::KeyframeDecoder.decode::drop-2": "A new decoder for each keyframe takes longer, and decodes the same.",
    f"{HOME}/engine/motion/decoder.py::KeyframeDecoder.decode::plus-one-2": "The picture is scaled by two threads instead of one, and is the same.",
    f"{HOME}/flows/agency.py::compare::true-false-2": "While there are errors, no form reads whether the code was compared.",
}
# Needed by the tests, but not in the commit.
INSTALLED: Final = (
    ".venv",
    "frontend/node_modules",
    "agency/intake/node_modules",
    "agency/intake/bucket/node_modules",
)
BUILT: Final = f"{HOME}/frontend"
# Seconds that tests may take for one mutation; then they end with exit status 124.
LIMIT: Final = "600"

# Pairs: each is replaced by the other one.
COMPARISONS: Final = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Is, ast.IsNot, ast.In, ast.NotIn)  # fmt: skip
LOGS: Final = re.compile(r"(?i)log.*\.(debug|info|warning|error|exception|critical|log)$")  # fmt: skip
# JavaScript and TypeScript.
SCRIPT_OPERATORS: Final = {
    "equal": (r"(?<![=!])===(?!=)", "!=="),
    "unequal": (r"!==", "==="),
    "and": (r"&&(?!=)", "||"),
    "or": (r"\|\|(?!=)", "&&"),
    "less": (r"(?<= )<(?= )", "<="),
    "less-equal": (r"(?<= )<=(?= )", "<"),
    "more": (r"(?<= )>(?= )", ">="),
    "more-equal": (r"(?<= )>=(?= )", ">"),
    "true": (r"\btrue\b", "false"),
    "false": (r"\bfalse\b", "true"),
    "drop": (r"(?m)^ +await [^;{}]*;$", ""),
}
SCRIPT_FUNCTION: Final = re.compile(
    r"""(?mx)^\s*(?:(?:export|default|async|private|protected|override|static|get|set|readonly)\ )*
    (?: function\*?\ (?P<function>[\w$]+)
      | (?:const|let)\ (?P<constant>[\w$]+)\ =\ (?:async\ )?(?:\(|[\w$]+\ =>)
      | (?!(?:if|for|while|switch|catch|return)\b)(?P<method>\#?[\w$]+)(?:\ =\ (?:async\ )?)?
        \([^\n]*(?:\{|=>)$ )"""
)
# Templates are taken for code, because most hold some.
SCRIPT_TEXT: Final = re.compile(
    r"""(?sx) //[^\n]* | /\*.*?\*/ | '(?:\\.|[^'\\\n])*' | "(?:\\.|[^"\\\n])*" """
)
# A failed test at the end of what pytest or Vitest prints.
FAILED: Final = re.compile(r"(?m)^(?:FAILED|ERROR| FAIL ) (\|.*\| )?(.+?)( - .*)?$")

# Function, operator, start, end and new text.
type Place = tuple[str, str, int, int, str]


@dataclass(frozen=True, slots=True)
class Mutation:
    """A change in one place; `start` and `end` are offsets in characters."""

    name: str  # path::function::operator-number, which most other changes keep
    path: str
    operator: str
    source: str
    start: int
    end: int
    new: str

    @property
    def change(self) -> str:
        """Return the change in one line."""
        old = self.source[self.start : self.end]
        return " ".join(f"{old} → {self.new or 'nothing'}".split())

    @property
    def changed(self) -> str:
        """Return the changed source."""
        return self.source[: self.start] + self.new + self.source[self.end :]


@cache
def mutations(root: Path, path: str) -> list[Mutation]:
    """Return the mutations of a file."""
    source = (root / path).read_text()
    places = _python_places(source) if path.endswith(".py") else _script_places(source)
    count: Counter[str] = Counter()
    found = []
    for function, operator, start, end, new in places:
        name = f"{path}::{function}::{operator}"
        count[name] += 1
        name = f"{name}-{count[name]}"
        found.append(Mutation(name, path, operator, source, start, end, new))
    return found


def named(root: Path, name: str) -> Mutation:
    """Return the mutation of a name."""
    for each in mutations(root, name.partition("::")[0]):
        if each.name == name:
            return each
    raise SystemExit(f"{name} is not in the code any more")


def _python_places(source: str) -> Iterator[Place]:
    lines = source.splitlines(keepends=True)
    starts = list(accumulate(map(len, lines), initial=0))

    def offset(line: int, column: int) -> int:
        # The column counts bytes.
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    for function, node, operator, new in _python_nodes(ast.parse(source)):
        start = offset(node.lineno, node.col_offset)
        end = offset(node.end_lineno or 0, node.end_col_offset or 0)
        yield function, operator, start, end, new


def _python_nodes(
    node: ast.AST, scope: tuple[str, ...] = (), in_function: bool = False
) -> Iterator[tuple[str, ast.expr | ast.stmt, str, str]]:
    """Yield function, node, operator and new code, except for text and log calls."""
    children: Iterable[ast.AST | None] = ast.iter_child_nodes(node)
    match node:
        case ast.JoinedStr() | ast.If(test=ast.Name("TYPE_CHECKING")):
            return
        case ast.Expr(value=value):
            call = value.value if isinstance(value, ast.Await) else value
            if not isinstance(call, ast.Call) or LOGS.search(ast.unparse(call.func)):
                return
        case ast.AnnAssign():
            children = [node.value]
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            children = node.body
            scope = (*scope, node.name)
            in_function = in_function or not isinstance(node, ast.ClassDef)
    if in_function:
        for changed, operator, new in _python_changes(node):
            yield ".".join(scope), changed, operator, new
    for child in filter(None, children):
        yield from _python_nodes(child, scope, in_function)


def _python_changes(node: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str, str]]:
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            yield test, "negate", f"(not ({ast.unparse(test)}))"
        case ast.comprehension(ifs=tests):
            for test in tests:
                yield test, "negate", f"(not ({ast.unparse(test)}))"
        case ast.Compare(left=left, ops=[op, *ops], comparators=comparators):
            other = COMPARISONS[COMPARISONS.index(type(op)) ^ 1]()
            flipped = ast.Compare(left, [other, *ops], comparators)
            yield node, "compare", f"({ast.unparse(flipped)})"
        case ast.BoolOp(op=op, values=values):
            swapped = ast.Or() if isinstance(op, ast.And) else ast.And()
            yield node, "and-or", f"({ast.unparse(ast.BoolOp(swapped, values))})"
        case ast.Constant(value=bool() as value):
            yield node, "true-false", str(not value)
        case ast.Constant(value=int() as value):
            yield node, "plus-one", str(value + 1)
            yield node, "minus-one", str(value - 1)
        # Not for local names: without the assignment, the next line fails.
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript(), *_]) | (
            ast.AugAssign() | ast.Expr() | ast.Raise()
        ):
            yield node, "drop", "pass"
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield node, "return-none", "return None"


def _script_places(source: str) -> Iterator[Place]:
    code = SCRIPT_TEXT.sub(lambda text: re.sub(".", " ", text[0]), source)
    functions = list(SCRIPT_FUNCTION.finditer(code))
    for operator, (pattern, new) in SCRIPT_OPERATORS.items():
        for place in re.finditer(pattern, code):
            begun = [each for each in functions if each.start() <= place.start()]
            if begun:
                # The whole line, which says more than an operator alone.
                start = source.rfind("\n", 0, place.start()) + 1
                end = source.find("\n", place.end())
                line = source[start : place.start()] + new + source[place.end() : end]
                yield begun[-1][begun[-1].lastgroup or 0], operator, start, end, line


def draw(root: Path, seed: int) -> list[Mutation]:
    """Draw the mutations by seed and name, so that most changes of the code keep them."""

    def rank(name: str) -> bytes:
        return hashlib.sha256(f"{seed} {name}".encode()).digest()

    def in_turn(rows: Iterable[Iterable[Mutation]]) -> Iterator[Mutation]:
        return (each for each in chain.from_iterable(zip_longest(*rows)) if each)

    def of_package(paths: list[str]) -> Iterator[Mutation]:
        # Operators take turns, because most mutations are of the same few.
        operators: dict[str, list[Mutation]] = {}
        offered = [each for path in paths for each in mutations(root, path)]
        for each in sorted(offered, key=lambda each: rank(each.name)):
            operators.setdefault(each.operator, []).append(each)
        turns = in_turn(operators.values())
        return (each for each in turns if each.name not in EQUIVALENT)

    command = ["git", "ls-files", "*.py", "*.js", "*.ts"]
    listed = subprocess.check_output(command, cwd=root, text=True)
    packages: dict[tuple[str, str], list[str]] = {}
    for path in listed.split():
        folder = next((each for each in SHARES if path.startswith(f"{each}/")), None)
        if folder and not path.endswith((".test.ts", ".d.ts", "/generated.ts")):
            name, inside, _ = path.removeprefix(f"{folder}/").partition("/")
            packages.setdefault((folder, name if inside else ""), []).append(path)

    order = sorted(packages, key=lambda each: rank("/".join(each)))
    drawn: list[Mutation] = []
    for folder, share in SHARES.items():
        rows = [of_package(packages[each]) for each in order if each[0] == folder]
        drawn += islice(in_turn(rows), share)
    return drawn


def tests_of(root: Path, path: str, finder: str) -> list[str]:
    """Return the test files of a package, the one that found the mutation before first."""
    module = Path(path)
    stem = module.parent.name if module.stem == "__init__" else module.stem
    pattern = "test_intake*.py" if path.startswith("agency/intake/") else "test_*.py"
    folder = root / "tests/agency"
    if module.is_relative_to(HOME):
        folder = root / "tests" / module.parent.relative_to(HOME)
    files = sorted(folder.glob(pattern))
    files.sort(key=lambda file: (stem not in file.stem, stem not in file.read_text()))
    names = [file.relative_to(root).as_posix() for file in files]
    first = [finder] if (root / finder).is_file() else []
    return [*first, *(name for name in names if name not in first)]


def first_failure(tree: Path, path: str, tests: list[str]) -> str | None:
    """Run tests until one fails, and return its name; raise RuntimeError if they can't run."""
    folder = tree
    command = [".venv/bin/python", "-m", "pytest", "-x", "-q", "--tb=no", *tests]
    # Without the plugin that changes the order of files.
    command += ["-p", "no:cacheprovider", "-p", "no:tests.order"]
    if path.startswith("frontend/"):
        folder = tree / "frontend"
        command = ["npx", "vitest", "related", f"../{path}", "--run", "--bail=1"]
    elif not tests:
        raise RuntimeError("it has no tests")
    done = subprocess.run(
        ["timeout", "--foreground", "--signal=INT", "--kill-after=60", LIMIT, *command],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1"},
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    summary = done.stdout.rpartition("short test summary info")[2]
    if done.returncode and (failed := FAILED.search(summary)):
        return failed[2]
    if done.returncode not in {0, 5}:  # passed, no tests
        raise RuntimeError(f"exit status {done.returncode}: {summary.strip()[-200:]}")
    return None


def tried(tree: Path, mutation: Mutation, tests: list[str]) -> dict[str, Any]:
    """Return the first test that fails with the mutation, if it passes without it."""
    began = time.monotonic()
    failed = undecided = None
    try:
        _write(tree / mutation.path, mutation.changed)
        failed = first_failure(tree, mutation.path, tests)
        _write(tree / mutation.path, mutation.source)
        if failed and first_failure(tree, mutation.path, [failed]):
            undecided, failed = f"{failed} fails without it, too", None
    except RuntimeError as err:
        undecided = str(err)
    finally:
        _write(tree / mutation.path, mutation.source)
    return {
        "name": mutation.name,
        "change": mutation.change,
        "found_by": failed,
        "undecided": undecided,
        "seconds": round(time.monotonic() - began),
        "tests": tests,
    }


def _write(file: Path, source: str) -> None:
    file.write_text(source)
    # Python compares only the size and the second of the last change.
    for compiled in file.parent.glob(f"__pycache__/{file.stem}.*.pyc"):
        compiled.unlink()


def main(arguments: list[str] | None = None) -> int:
    """Draw, try and report."""
    parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
    add = parser.add_argument
    add("--seed", type=int, default=SEED)
    add("--list", action="store_true", help="show what is drawn, and try nothing")
    add("--only", nargs="+", metavar="NAME", help="try these of the drawn mutations")
    add("--json", type=Path, metavar="FILE", help="write the results to a file, too")
    add("--again", type=Path, metavar="FILE", help="try those of such a file again")
    args = parser.parse_args(arguments)
    lines = json.loads(args.again.read_text()) if args.again else []
    before = {line["name"]: line["found_by"] for line in lines}

    with TemporaryDirectory(prefix="mutate-", ignore_cleanup_errors=True) as folder:
        tree = Path(folder) / "tree"
        subprocess.run(["git", "clone", "-q", "--shared", ROOT, tree], check=True)
        for name in INSTALLED:
            if (ROOT / name).exists():
                (tree / name).symlink_to((ROOT / name).resolve())
        if (ROOT / BUILT).exists():
            shutil.copytree(ROOT / BUILT, tree / BUILT)

        todo = [named(tree, name) for name in before] or draw(tree, args.seed)
        todo = [each for each in todo if each.name in (args.only or each.name)]
        if args.list:
            print("\n".join(f"{each.name}\n    {each.change}" for each in todo))
            return 0
        results: list[dict[str, Any]] = []
        for mutation in todo:
            finder = (before.get(mutation.name) or "").partition("::")[0]
            tests = tests_of(tree, mutation.path, finder)
            results.append(tried(tree, mutation, tests))
            print("{name}: {found_by} {undecided} {seconds} s".format(**results[-1]))
            if args.json:
                args.json.write_text(json.dumps(results, indent=1))

    print("\n| mutation | change | found before by | found by |\n|---|---|---|---|")
    for name, change, found_by, *_ in map(dict.values, results):
        cells = [name, change.replace("|", "\\|"), before.get(name), found_by]
        print(f"| {' | '.join(cell or '' for cell in cells)} |")
    # Those that no test found before are not expected to be found.
    return any(
        not each["found_by"] and before.get(each["name"], "new") for each in results
    )


if __name__ == "__main__":
    raise SystemExit(main())
