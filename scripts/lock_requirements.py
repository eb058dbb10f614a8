"""Write requirements/VERSION.txt for each tested version of Home Assistant.

The first part is for scripts/develop; the second is for tests and checks. Core's pins
override those of other packages, such as pytest-homeassistant-custom-component, which
fit only one version of core.
"""

import json
from pathlib import Path
import re
import subprocess
import sys
import tempfile

ROOT = Path(__file__).parent.parent
LOCKS = ROOT / "requirements"
REST = "# For tests and checks"
HEADER = "# Written by scripts/lock; scripts/setup installs it.\n"
_PINNED = re.compile(r"[A-Za-z0-9_.-]+(\[[a-z,]+\])?==\S+")
# A package with its digests, and the comments below it.
_ENTRY = re.compile(r"^(?=[A-Za-z0-9])", re.MULTILINE)


def uv(*arguments: str) -> None:
    """Run uv; exit with its message if it fails."""
    done = subprocess.run([Path(sys.executable).parent / "uv", *arguments], check=False)
    if done.returncode:
        sys.exit(done.returncode)


def core_pins(version: str, folder: Path) -> list[str]:
    """Return the pins of a version of Home Assistant, including its integrations."""
    uv(
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        f"--target={folder}",
        f"homeassistant=={version}",
    )
    core = folder / "homeassistant"
    lines = (core / "package_constraints.txt").read_text().splitlines()
    for manifest in sorted(core.glob("components/*/manifest.json")):
        lines += json.loads(manifest.read_text()).get("requirements", ())
    return [f"homeassistant=={version}", *dict.fromkeys(lines)]


def compile_lock(inputs: str, pins: list[str], folder: Path) -> list[str]:
    """Return the locked entries of a requirements file."""
    (folder / "constraints.txt").write_text("\n".join(pins))
    overrides = [line for line in pins if _PINNED.fullmatch(line)]
    (folder / "overrides.txt").write_text("\n".join(overrides))
    lock = folder / "lock.txt"
    uv(
        *("pip", "compile", "--quiet", "--generate-hashes", "--universal"),
        *(
            "--python-version=3.14.2",
            "--no-header",
            "--no-annotate",
            "--no-emit-index-url",
        ),
        *(
            f"--constraint={folder / 'constraints.txt'}",
            f"--override={folder / 'overrides.txt'}",
        ),
        *(f"--output-file={lock}", str(ROOT / inputs)),
    )
    return _ENTRY.split(lock.read_text())[1:]


def _name(entry: str) -> str:
    return entry.partition("==")[0]


def write_lock(version: str) -> None:
    """Write the lock of one version of Home Assistant."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pins = core_pins(version, folder / "core")
        home = compile_lock("requirements_home.txt", pins, folder)
        pinned = {_name(entry): entry.partition(" \\\n")[0] for entry in home}
        everything = compile_lock(
            "requirements_dev.txt", [*pins, *pinned.values()], folder
        )
    rest = [entry for entry in everything if _name(entry) not in pinned]
    LOCKS.mkdir(exist_ok=True)
    (LOCKS / f"{version}.txt").write_text("".join([HEADER, *home, REST, "\n", *rest]))
    print(
        f"requirements/{version}.txt: {len(home)} packages, and {len(rest)} for tests and checks"
    )


if __name__ == "__main__":
    tested = {path.stem for path in LOCKS.glob("*.txt")}
    for each in sorted(tested | set(sys.argv[1:])):
        write_lock(each)
