"""Print the newest beta of Home Assistant, if it is newer than every release.

Asks pip's package index. Without such a beta, it only prints a note to stderr.
"""

from collections.abc import Iterable
import json
import subprocess
import sys

from packaging.version import Version


def newest_beta(versions: Iterable[str]) -> Version | None:
    """Return the newest version if it is a beta; nightly builds don't count."""
    newest = max(
        version for version in map(Version, versions) if not version.is_devrelease
    )
    return newest if newest.is_prerelease else None


def published() -> list[str]:
    """Return all versions on the index; exit with pip's message if that fails."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "index", "versions", "homeassistant"),
            *("--pre", "--json", "--ignore-requires-python"),
        ],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        sys.exit(done.returncode)
    versions: list[str] = json.loads(done.stdout)["versions"]
    return versions


if __name__ == "__main__":
    beta = newest_beta(published())
    if beta is None:
        print("No beta is newer than the last release", file=sys.stderr)
    else:
        print(beta)
