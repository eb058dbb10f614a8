"""Where the repository is and what is in it, for tests that look at its files."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
import subprocess
from typing import Final

ROOT: Final = Path(__file__).parents[1]


@cache
def tracked_files() -> list[Path]:
    """Return what is, or is about to be, in the repository."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    return [
        path for name in listing.split("\0") if name and (path := ROOT / name).is_file()
    ]


def texts(*endings: str) -> Iterator[tuple[str, str]]:
    """Give name and text of the tracked text files with these endings (or all)."""
    for path in tracked_files():
        if endings and not path.name.endswith(endings):
            continue
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text()
        except UnicodeDecodeError:
            continue
