"""Choose the tests that can see a mutation. See `mutate`."""

from dataclasses import dataclass
from pathlib import Path
import re
from xml.etree import ElementTree as ET

from coverage import CoverageData

from scripts.mutate_parts.draw import INTEGRATION
from scripts.mutate_parts.operators import Mutation

# Assumed for a test without a measured duration.
SECONDS = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """Test files, the quickest first, and the tests in them; no tests means all."""

    files: list[str]
    tests: list[str]


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """What an earlier run of the tests recorded."""

    coverage: CoverageData | None
    seconds: dict[str, float]  # by test

    def covering(self, mutation: Mutation) -> list[str]:
        """Return the tests that ran the lines."""
        if self.coverage is None:
            return []
        for measured in self.coverage.measured_files():
            if Path(measured).as_posix().endswith(mutation.path):
                by_line = self.coverage.contexts_by_lineno(measured)
                lines = range(mutation.line, mutation.last_line + 1)
                contexts = {each for line in lines for each in by_line.get(line, [])}
                return sorted({each.rpartition("|")[0] for each in contexts} - {""})
        return []


def recorded(coverage: Path | None, junit: list[Path]) -> Recorded:
    """Read what was recorded."""
    data = None
    if coverage:
        data = CoverageData(str(coverage))
        data.read()
    seconds = {
        _dotted(f"{case.get('classname')}.{case.get('name')}"): float(
            case.get("time", SECONDS)
        )
        for file in junit
        for case in ET.parse(file).iter("testcase")  # noqa: S314 - our own file
    }
    return Recorded(coverage=data, seconds=seconds)


def choose(root: Path, mutation: Mutation, past: Recorded) -> Chosen:
    """Choose the tests that ran the lines, else those of its module, then its package."""
    if mutation.path.startswith("frontend/"):
        return Chosen(files=[], tests=[])  # Vitest knows
    if tests := past.covering(mutation):
        seconds: dict[str, float] = {}
        for test in tests:
            file = test.partition("::")[0]
            taken = past.seconds.get(_dotted(test), SECONDS)
            seconds[file] = seconds.get(file, 0) + taken
        return Chosen(files=sorted(seconds, key=seconds.__getitem__), tests=tests)
    return Chosen(files=_by_name(root, mutation.path, past), tests=[])


def _dotted(test: str) -> str:
    """Return the name of a test as JUnit's files have it."""
    return re.sub(r"(\.py)?(::|/)", ".", test)


def _by_name(root: Path, path: str, past: Recorded) -> list[str]:
    """Return the files of tests of a package: first those with the module's name."""
    module = Path(path)
    stem = module.parent.name if module.stem == "__init__" else module.stem
    pattern = "test_*.py"
    if path.startswith("agency/"):
        folder = root / "tests/agency"
        if path.startswith("agency/intake/"):
            pattern = "test_intake*.py"
    else:
        folder = root / "tests" / module.parent.relative_to(INTEGRATION)

    def order(file: Path) -> tuple[bool, bool, float]:
        prefix = _dotted(f"{file.relative_to(root)}::")
        taken = sum(
            each for test, each in past.seconds.items() if test.startswith(prefix)
        )
        mentioned = re.search(rf"\b{re.escape(stem)}\b", file.read_text())
        return stem not in file.stem, not mentioned, taken

    return [
        file.relative_to(root).as_posix()
        for file in sorted(folder.glob(pattern), key=order)
    ]
