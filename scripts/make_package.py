"""Create the zip that HACS installs and check that it works.

    python scripts/make_package.py FOLDER [VERSION]

Writes FOLDER/doorwatch.zip (the contents of custom_components/doorwatch, including the
built frontend) and, with VERSION, FOLDER/notes.md with that part of the changelog. The
output is reproducible.
"""

import json
from pathlib import Path
import re
import subprocess
import sys
import tempfile
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "custom_components" / "doorwatch"
FRONTEND = "frontend"
ENTRIES = f"{FRONTEND}/entries.json"
# How one built file imports another.
LOADS = re.compile(r"""["'`]\./(doorwatch-[\w.-]+\.js)["'`]""")
# The earliest time in a zip.
TIME = (1980, 1, 1, 0, 0, 0)

# Imports every module of the unpacked zip, and only from there.
IMPORT_ALL = """
import importlib, pathlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import custom_components.doorwatch as package
here = pathlib.Path(package.__file__).resolve()
assert here.is_relative_to(pathlib.Path(sys.argv[1]).resolve()), here
names = [module.name for module in pkgutil.walk_packages(
    package.__path__, package.__name__ + ".")]
for name in names:
    importlib.import_module(name)
print(len(names))
"""


class PackageProblem(Exception):
    """The package must not be published; the message says why."""


def package_files() -> list[Path]:
    """Return the files of the zip, sorted, relative to the package."""
    return sorted(
        path.relative_to(PACKAGE)
        for path in PACKAGE.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not any(part.startswith(".") for part in path.relative_to(PACKAGE).parts)
        and path.suffix != ".pyc"
    )


def write_zip(target: Path) -> None:
    """Write the zip atomically."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    with ZipFile(unfinished, "w", ZIP_DEFLATED, compresslevel=9) as zip_file:
        for name in package_files():
            info = ZipInfo(name.as_posix(), TIME)
            info.compress_type = ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            zip_file.writestr(info, (PACKAGE / name).read_bytes())
    unfinished.replace(target)


def check_frontend(package: Path) -> None:
    """Check that each entry of the build exists, with the files that it loads."""
    try:
        entries: dict[str, str] = json.loads((package / ENTRIES).read_text())
    except FileNotFoundError:
        raise PackageProblem(f"{ENTRIES} is missing: the card was not built") from None
    folder = package / FRONTEND
    wanted, found = list(entries.values()), set[str]()
    while wanted:
        name = wanted.pop()
        if name in found:
            continue
        found.add(name)
        for file in (name, f"{name}.br", f"{name}.gz"):
            if not (folder / file).is_file() or not (folder / file).stat().st_size:
                raise PackageProblem(f"{FRONTEND}/{file} is missing: build it again")
        wanted += LOADS.findall((folder / name).read_text())


def check_zip(target: Path, version: str | None) -> int:
    """Unpack as HACS does, import every module, and check card and panel.

    Return the number of imported modules.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        unpacked = home / "custom_components" / "doorwatch"
        with ZipFile(target) as zip_file:
            if broken := zip_file.testzip():
                raise PackageProblem(f"{broken} is broken in the zip")
            zip_file.extractall(unpacked)
        check_frontend(unpacked)
        found = json.loads((unpacked / "manifest.json").read_text())["version"]
        if version is not None and found != version:
            raise PackageProblem(f"the manifest says {found}, asked for was {version}")
        done = subprocess.run(
            [sys.executable, "-P", "-c", IMPORT_ALL, folder],
            cwd=folder,
            check=False,
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode != 0:
            raise PackageProblem(f"the package does not import:\n{done.stderr}")
        return int(done.stdout)


def notes_of(changelog: str, version: str) -> str:
    """Return the section of a version in the changelog."""
    part = re.search(
        rf"^## {re.escape(version)}\b.*?\n(.*?)(?=^## |\Z)",
        changelog,
        re.DOTALL | re.MULTILINE,
    )
    if part is None or not part[1].strip():
        raise PackageProblem(f"CHANGELOG.md says nothing of {version}")
    return part[1].strip() + "\n"


def main(arguments: list[str]) -> int:
    """Create and check the package; return 1 if it must not be published."""
    folder = Path(arguments[0])
    version = arguments[1] if len(arguments) > 1 else None
    target = folder / "doorwatch.zip"
    try:
        notes = version and notes_of((ROOT / "CHANGELOG.md").read_text(), version)
        write_zip(target)
        modules = check_zip(target, version)
        if notes:
            (folder / "notes.md").write_text(notes)
    except PackageProblem as problem:
        target.unlink(missing_ok=True)
        print(f"not packaged: {problem}", file=sys.stderr)
        return 1
    print(
        f"{target}: {target.stat().st_size / 1024:.0f} kB, "
        f"{len(package_files())} files, {modules} modules import, card and panel inside"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
