"""Run parts of the bench and print the rows that miss their goal.

python -m scripts.bench_parts [--smoke] [PART...]
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
import subprocess
import sys
from typing import Final

from scripts.bench_parts._row import MISSED

# Measures quality, not time, so it only runs when it is named.
ONLY_NAMED: Final = "judge"


def parts() -> list[str]:
    """Return the names of all parts."""
    files = Path(__file__).parent.glob("[!_]*.py")
    return sorted(file.stem for file in files)


def run(part: str, *options: str) -> tuple[int, list[str]]:
    """Run a part as a program; return its exit status and the rows that miss their goal."""
    # Run it as a module. If run as a file, its folder is searched first, and a part
    # with the name of a package would shadow it.
    command = [sys.executable, "-m", f"scripts.bench_parts.{part}", *options]
    missed = []
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if MISSED in line:
                missed.append(f"{part}: {line.strip()}")
    return process.returncode, missed


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the parts, and return 1 if one failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART")
    parser.add_argument("--smoke", action="store_true")
    given = parser.parse_args(arguments)
    every = [one for one in parts() if one != ONLY_NAMED]
    failed, missed = [], []
    for part in given.parts or every:
        print(f"[bench] {part}", flush=True)
        code, rows = run(part, *(["--smoke"] if given.smoke else []))
        missed += rows
        if code:
            failed.append(part)
        print(flush=True)
    print(f"[bench] {len(missed) or 'no'} rows miss their goal")
    for row in missed:
        print(f"  {row}")
    if failed:
        print(f"[bench] failed: {' '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
