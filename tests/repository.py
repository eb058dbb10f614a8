"""Find and read the files of the repository, for tests that check them."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
import subprocess
from typing import Final

ROOT: Final = Path(__file__).parents[1]


@cache
def tracked_files() -> list[Path]:
    """Return the files that git tracks or would add."""
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
    """Yield name and text of the tracked text files with these endings, or of all text files."""
    for path in tracked_files():
        if endings and not path.name.endswith(endings):
            continue
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text()
        except UnicodeDecodeError:
            continue
