"""Draw mutations from all packages. See `mutate`."""

from collections.abc import Iterable, Iterator
from functools import cache
import hashlib
from itertools import chain, islice, zip_longest
from pathlib import Path
import subprocess
from typing import Final

from scripts.mutate_parts.equivalent import EQUIVALENT
from scripts.mutate_parts.operators import Mutation, python_mutations
from scripts.mutate_parts.scripted import script_mutations

INTEGRATION: Final = "custom_components/doorwatch"
# How many mutations each part gets; its packages take turns.
SHARES: Final = {
    f"{INTEGRATION}/engine": 9,
    INTEGRATION: 11,
    "agency/doorwatch_agency": 4,
    "agency/intake/src": 3,
    "frontend/src": 3,
}


def packages(root: Path) -> dict[tuple[str, str], list[str]]:
    """Return the files of each package, by part and room."""
    listed = subprocess.run(
        ["git", "ls-files", "*.py", "*.js", "*.ts"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    found: dict[tuple[str, str], list[str]] = {}
    for path in listed:
        part = next((part for part in SHARES if path.startswith(f"{part}/")), None)
        if part and not path.endswith((".test.ts", ".d.ts", "/generated.ts")):
            room, inside, _ = path.removeprefix(f"{part}/").partition("/")
            found.setdefault((part, room if inside else ""), []).append(path)
    return found


@cache
def mutations(root: Path, path: str) -> list[Mutation]:
    """Return the mutations of a file."""
    find = python_mutations if path.endswith(".py") else script_mutations
    return find(path, (root / path).read_text())


def draw(root: Path, seed: int) -> list[Mutation]:
    """Draw the mutations by seed and name: most changes of the code keep what is drawn."""

    def rank(name: str) -> bytes:
        return hashlib.sha256(f"{seed} {name}".encode()).digest()

    def of_package(files: list[str]) -> Iterator[Mutation]:
        # Operators take turns, because most mutations are of the same few.
        operators: dict[str, list[Mutation]] = {}
        offered = [each for path in files for each in mutations(root, path)]
        for mutation in sorted(offered, key=lambda each: rank(each.name)):
            operators.setdefault(mutation.operator, []).append(mutation)
        in_turn = _in_turn(operators.values())
        return (each for each in in_turn if each.name not in EQUIVALENT)

    found = packages(root)
    rooms = sorted(found, key=lambda each: rank("/".join(each)))
    return [
        mutation
        for part, share in SHARES.items()
        for mutation in islice(
            _in_turn(of_package(found[room]) for room in rooms if room[0] == part),
            share,
        )
    ]


def _in_turn(rows: Iterable[Iterable[Mutation]]) -> Iterator[Mutation]:
    return (each for each in chain.from_iterable(zip_longest(*rows)) if each)
