"""Create the downloads for agencies and check that they work.

    python scripts/make_agency.py FOLDER [VERSION]

Writes FOLDER/doorwatch-agency.pyz (the command in one file),
FOLDER/doorwatch-agency.tar.gz (the same, with the intake and its npm packages, the
script that verifies with standard tools, and the documentation, for machines without a
network), and FOLDER/SHA256SUMS of the whole release. The output is reproducible.
"""

from collections.abc import Iterator
import gzip
import hashlib
import io
from pathlib import Path
import subprocess
import sys
import tarfile
import tempfile
from zipfile import ZipFile, ZipInfo

ROOT = Path(__file__).resolve().parent.parent
COMMAND = ROOT / "agency/doorwatch_agency"
PYZ = "doorwatch-agency.pyz"
BUNDLE = "doorwatch-agency.tar.gz"
SUMS = "SHA256SUMS"
# Files of a release, if they exist.
RELEASED = ("doorwatch.zip", PYZ, BUNDLE)
TOP = "doorwatch-agency"
# The earliest time in a zip, and the same in seconds.
TIME, SECONDS = (1980, 1, 1, 0, 0, 0), 315_532_800
START = b"""\
import runpy

runpy.run_module("doorwatch_agency", run_name="__main__")
"""
_LEFT_OUT = {"__pycache__", "build"}
# Few agencies have a bucket, and these packages are larger than the rest.
_LARGE = ("agency", "intake", "bucket", "node_modules")


class PackageProblem(Exception):
    """The package must not be published; the message says why."""


def files_in(*folders: str) -> Iterator[Path]:
    """Yield the files in these folders, sorted, without those for developers."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            parts = path.relative_to(ROOT).parts
            if (
                path.is_file()
                and parts[: len(_LARGE)] != _LARGE
                and not any(
                    part in _LEFT_OUT
                    or (part.startswith(".") and part != ".npmrc")
                    or part.endswith(".egg-info")
                    for part in parts
                )
            ):
                yield path


def write_command(target: Path) -> None:
    """Write the command as one file that Python runs."""
    with target.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        # Not compressed, so that it does not depend on the version of a library.
        with ZipFile(file, "w") as zip_file:
            parts = [("__main__.py", START)]
            for path in files_in("agency/doorwatch_agency"):
                name = path.relative_to(COMMAND.parent).as_posix()
                parts.append((name, path.read_bytes()))
            for name, content in parts:
                info = ZipInfo(name, TIME)
                info.external_attr = 0o644 << 16
                zip_file.writestr(info, content)
    target.chmod(0o755)


def write_bundle(target: Path, command: Path) -> None:
    """Write everything with its path in the repository, so that links between pages work."""
    if not (ROOT / "agency/intake/node_modules/@tus/server").is_dir():
        raise PackageProblem("the intake's npm packages are missing: run scripts/setup")
    with (
        target.open("wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.GNU_FORMAT) as tar,
    ):
        for path in (command, ROOT / "LICENSE", *files_in("agency", "docs")):
            name = path.name if path == command else path.relative_to(ROOT).as_posix()
            content = path.read_bytes()
            info = tarfile.TarInfo(f"{TOP}/{name}")
            info.size, info.mtime = len(content), SECONDS
            info.mode = 0o755 if path.stat().st_mode & 0o100 else 0o644
            tar.addfile(info, io.BytesIO(content))


def run(*command: str | Path, cwd: Path) -> str:
    """Run the result as an agency would."""
    done = subprocess.run(
        command, cwd=cwd, check=False, capture_output=True, text=True, timeout=120
    )
    if done.returncode != 0:
        raise PackageProblem(f"{command} does not run:\n{done.stderr}")
    return done.stdout.strip()


def check(bundle: Path, version: str | None) -> str:
    """Unpack it and run `--help` of command and intake; return the version."""
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(bundle) as tar:
            tar.extractall(folder, filter="data")
        unpacked = Path(folder) / TOP
        found = run(sys.executable, "-I", PYZ, "--version", cwd=unpacked)
        run(sys.executable, "-I", PYZ, "--help", cwd=unpacked)
        run("node", "agency/intake/src/main.js", "--help", cwd=unpacked)
    found = found.removeprefix("doorwatch-agency ")
    if version is not None and found != version:
        raise PackageProblem(f"the command says {found}, asked for was {version}")
    return found


def main(arguments: list[str]) -> int:
    """Create and check it; return 1 if it must not be published."""
    folder = Path(arguments[0]).resolve()
    version = arguments[1] if len(arguments) > 1 else None
    folder.mkdir(parents=True, exist_ok=True)
    command, bundle, sums = folder / PYZ, folder / BUNDLE, folder / SUMS
    try:
        write_command(command)
        write_bundle(bundle, command)
        found = check(bundle, version)
    except PackageProblem as problem:
        for path in (command, bundle, sums):
            path.unlink(missing_ok=True)
        print(f"not packaged: {problem}", file=sys.stderr)
        return 1
    lines = [
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in RELEASED
        if (folder / name).is_file()
    ]
    sums.write_text("".join(lines))
    size = {
        path.name: f"{path.stat().st_size / 1024:.0f} kB" for path in (command, bundle)
    }
    print(f"{command}: {size[PYZ]}, {BUNDLE}: {size[BUNDLE]}, version {found}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
