"""Run the tests on a changed copy of the tree. See `mutate`."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import cache_from_source
import json
import os
from pathlib import Path
import shutil
import signal
import subprocess
import tempfile
import time
from typing import Final

from scripts.mutate_parts.draw import INTEGRATION
from scripts.mutate_parts.operators import Mutation
from scripts.mutate_parts.selection import Chosen

PLUGIN: Final = Path(__file__).with_name("mutant_plugin.py")
# What setup puts next to the sources. Tests only read it.
LINKED: Final = (
    ".venv",
    "frontend/node_modules",
    "agency/intake/node_modules",
    "agency/intake/bucket/node_modules",
)
BUILT: Final = f"{INTEGRATION}/frontend"


class Undecided(Exception):
    """The tests took too long, or did not run at all."""


class Copy:
    """A copy of the committed tree, in which the tests run."""

    def __init__(self, folder: Path) -> None:
        """Use a folder with the copy in `tree`."""
        self.tree = folder / "tree"
        self._folder = folder
        self._ends = 0.0

    def first_failure(
        self, mutation: Mutation, chosen: Chosen, minutes: float
    ) -> str | None:
        """Return the first test that fails with the mutation, and passes without it.

        Raises Undecided.
        """
        file = self.tree / mutation.path
        source = file.read_text()
        self._ends = time.monotonic() + minutes * 60
        ignored: list[str] = []
        while True:
            _write(file, mutation.applied(source))
            try:
                failed = self._failed(mutation.path, chosen, ignored)
            finally:
                _write(file, source)
            if failed is None:
                return None
            again = Chosen(files=[failed.partition("::")[0]], tests=[failed])
            if self._failed(mutation.path, again, []) is None:
                return failed
            ignored.append(failed)

    def _failed(self, path: str, chosen: Chosen, ignored: list[str]) -> str | None:
        if path.startswith("frontend/"):
            return self._failed_in_browser(path, chosen, ignored)
        failures = self._folder / "failures"
        failures.write_text("")
        plan = self._folder / "plan.json"
        plan.write_text(
            json.dumps(
                {
                    "files": chosen.files,
                    # A file that can't be imported fails under its own name.
                    "tests": [] if chosen.tests == chosen.files else chosen.tests,
                    "ignored": ignored,
                    "failures": str(failures),
                }
            )
        )
        files = [file for file in chosen.files if (self.tree / file).exists()]
        if not files:
            return None
        code = self._run(
            *(".venv/bin/python", "-m", "pytest", "-x", "-q", "-p", "mutant_plugin"),
            *("--mutant-plan", str(plan), *files),
        )
        if failed := failures.read_text().split("\n")[0]:
            return failed
        if code not in {0, 5}:  # passed; no tests
            raise Undecided(f"pytest ended with {code}: {self._last_lines()}")
        return None

    def _failed_in_browser(
        self, path: str, chosen: Chosen, ignored: list[str]
    ) -> str | None:
        report = self._folder / "vitest.json"
        report.unlink(missing_ok=True)
        what = [f"../{file}" for file in chosen.files] or ["related", f"../{path}"]
        code = self._run(
            *("npx", "vitest", *what, "--run", "--bail=1", "--passWithNoTests"),
            *("--reporter=json", f"--outputFile={report}"),
            *(f"--exclude=../{each.partition('::')[0]}" for each in ignored),
            cwd=self.tree / "frontend",
        )
        if not report.exists():
            raise Undecided(f"vitest ended with {code}: {self._last_lines()}")
        for file in json.loads(report.read_text())["testResults"]:
            name = Path(file["name"]).relative_to(self.tree.resolve()).as_posix()
            for test in file["assertionResults"]:
                if test["status"] == "failed":
                    return f"{name}::{test['fullName']}"
            if file["status"] == "failed":
                return f"{name}::{file['message'].partition('\n')[0]}"
        return None

    def _run(self, *command: str, cwd: Path | None = None) -> int:
        env = os.environ | {"PYTHONPATH": str(self._folder / "plugin")}
        with (
            (self._folder / "output").open("wb") as output,
            subprocess.Popen(
                command,
                cwd=cwd or self.tree,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as process,
        ):
            try:
                return process.wait(max(0, self._ends - time.monotonic()))
            except subprocess.TimeoutExpired:
                raise Undecided("no test found it in time") from None
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def _last_lines(self) -> str:
        text = (self._folder / "output").read_text(errors="replace")
        return " | ".join(text.strip().splitlines()[-3:])


@contextmanager
def copied(root: Path) -> Iterator[Copy]:
    """Copy the committed tree to a temporary folder."""
    with tempfile.TemporaryDirectory(
        prefix="doorwatch-mutate-", ignore_cleanup_errors=True
    ) as folder:
        copy = Copy(Path(folder))
        subprocess.run(
            [
                *("git", "-c", "advice.detachedHead=false", "clone", "-q", "--shared"),
                *(str(root), str(copy.tree)),
            ],
            check=True,
        )
        for name in LINKED:
            if (root / name).exists():
                (copy.tree / name).symlink_to((root / name).resolve())
        if (root / BUILT).exists():
            shutil.copytree(root / BUILT, copy.tree / BUILT)
        plugin = Path(folder) / "plugin"
        plugin.mkdir()
        shutil.copy(PLUGIN, plugin)
        yield copy


def _write(file: Path, source: str) -> None:
    file.write_text(source)
    # Compiled modules are compared by second and size, which may be the same.
    if file.suffix == ".py":
        Path(cache_from_source(str(file))).unlink(missing_ok=True)
