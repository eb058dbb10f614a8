"""Say of drawn mutations which test finds them. See `mutate`."""

import argparse
from dataclasses import asdict, dataclass
import json
from pathlib import Path
import signal
import sys
import time
from typing import Final

from scripts.mutate_parts.draw import draw, mutations
from scripts.mutate_parts.operators import Mutation
from scripts.mutate_parts.running import Copy, Undecided, copied
from scripts.mutate_parts.selection import Chosen, choose, recorded

ROOT: Final = Path(__file__).resolve().parents[1]
SEED: Final = 28


@dataclass(frozen=True, kw_only=True)
class Result:
    """The result of one mutation."""

    name: str
    change: str
    found_by: str | None
    undecided: str | None
    seconds: int
    files: list[str]
    tests: list[str]

    def said(self) -> str:
        """Return it as one line."""
        found = f"found by {self.found_by}" if self.found_by else "NOT FOUND"
        reason = f" ({self.undecided})" if self.undecided else ""
        return f"{self.name}: {self.change}: {found}{reason}, {self.seconds} s"


def tried(copy: Copy, mutation: Mutation, chosen: Chosen, minutes: float) -> Result:
    """Try one mutation."""
    began = time.monotonic()
    found_by = undecided = None
    try:
        found_by = copy.first_failure(mutation, chosen, minutes)
    except Undecided as err:
        undecided = str(err)
    return Result(
        name=mutation.name,
        change=mutation.change,
        found_by=found_by,
        undecided=undecided,
        seconds=round(time.monotonic() - began),
        files=chosen.files,
        tests=chosen.tests,
    )


def table(results: list[Result], before: dict[str, str | None] | None = None) -> str:
    """Return all results as a table, next to those of an earlier run."""
    lines = ["| mutation | change | found by |", "|---|---|---|"]
    if before is not None:
        lines = [
            "| mutation | change | found before by | found by |",
            "|---|---|---|---|",
        ]
    for each in results:
        change = each.change.replace("|", "\\|")
        cells = [f"`{each.name}`", f"`{change}`"]
        if before is not None:
            cells.append(before[each.name] or "**not found**")
        cells.append(each.found_by or f"**not found** {each.undecided or ''}".strip())
        lines.append(f"| {' | '.join(cells)} |")
    found = sum(each.found_by is not None for each in results)
    return "\n".join([*lines, "", f"{found} of {len(results)} found"])


def repeated(root: Path, file: Path) -> list[tuple[Mutation, Chosen]]:
    """Return the mutations of an earlier run, each with its tests, its finder first."""
    todo = []
    for line in json.loads(file.read_text()):
        path = line["name"].partition("::")[0]
        named = [each for each in mutations(root, path) if each.name == line["name"]]
        if not named:
            raise SystemExit(f"{line['name']} is not in the code any more")
        finder = (line["found_by"] or "").partition("::")[0]
        files = sorted(line["files"], key=lambda each: each != finder)
        todo.append((named[0], Chosen(files=files, tests=line["tests"])))
    return todo


def main() -> int:
    """Draw, try, and tell."""
    parser = argparse.ArgumentParser(prog="scripts/mutate", description=__doc__)
    add = parser.add_argument
    add("--seed", type=int, default=SEED)
    add("--list", action="store_true", help="say what is drawn, and try nothing")
    add("--only", nargs="+", metavar="NAME", help="try these of the drawn mutations")
    add("--coverage", type=Path, help="from pytest --cov --cov-context=test")
    add("--junit", type=Path, nargs="+", default=[], help="how long tests take")
    add("--minutes", type=float, default=10, help="at most, for each mutation")
    add("--json", type=Path, help="write the results here as well")
    add("--again", type=Path, metavar="JSON", help="try the mutations of this file")
    args = parser.parse_args()

    if args.again:
        todo = repeated(ROOT, args.again)
    else:
        past = recorded(args.coverage, args.junit)
        todo = [(each, choose(ROOT, each, past)) for each in draw(ROOT, args.seed)]
    if args.only:
        todo = [each for each in todo if each[0].name in args.only]
    if args.list:
        for mutation, _ in todo:
            print(f"{mutation.name}\n    line {mutation.line}: {mutation.change}")
        return 0

    results = []
    with copied(ROOT) as copy:
        for mutation, chosen in todo:
            results.append(tried(copy, mutation, chosen, args.minutes))
            print(results[-1].said(), flush=True)
            if args.json:
                lines = [asdict(each) for each in results]
                args.json.write_text(json.dumps(lines, indent=1))
    if not args.again:
        print(f"\n{table(results)}")
        return any(not each.found_by for each in results)
    earlier = json.loads(args.again.read_text())
    before = {each["name"]: each["found_by"] for each in earlier}
    print(f"\n{table(results, before)}")
    return any(before[each.name] and not each.found_by for each in results)


if __name__ == "__main__":
    # The copy is removed when the script is told to end, too.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    sys.exit(main())
