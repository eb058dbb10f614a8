"""Test that the lock files are complete, so that users install the tested packages."""

from itertools import product
import json
from pathlib import PurePosixPath
import re
from typing import Any

import pytest

from tests.repository import ROOT

type Packages = dict[str, dict[str, Any]]

NPM = ("frontend", "agency/intake", "agency/intake/bucket")
LOCKS = sorted(path.stem for path in (ROOT / "requirements").glob("*.txt"))
_HASH = r"    --hash=sha256:[0-9a-f]{64}"
_ENTRY = re.compile(
    rf"^([a-z0-9-]+)==(\S+)(?: ; [^\\\n]+)? \\\n(?:{_HASH} \\\n)*{_HASH}\n",
    re.MULTILINE,
)


def packages_of(folder: str) -> Packages:
    """Return the packages of a package-lock.json by path."""
    content = json.loads((ROOT / folder / "package-lock.json").read_text())
    packages: Packages = content["packages"]
    return packages


def needed(package: dict[str, Any]) -> set[str]:
    """Return the names of the packages that npm installs for a package on any system."""
    optional = package.get("peerDependenciesMeta", {})
    peers = set(package.get("peerDependencies", ())) - set(optional)
    return peers.union(
        package.get("dependencies", ()), package.get("optionalDependencies", ())
    )


def locked(packages: Packages, place: str, name: str) -> dict[str, Any] | None:
    """Return the package that Node.js finds for an import in another package."""
    for folder in (PurePosixPath(place), *PurePosixPath(place).parents):
        if found := packages.get((folder / "node_modules" / name).as_posix()):
            return found
    return None


@pytest.mark.parametrize("folder", NPM)
def test_npm_locks_fit_their_package(folder: str) -> None:
    """`npm ci` refuses other lock files."""
    package = json.loads((ROOT / folder / "package.json").read_text())
    packages = packages_of(folder)

    for key in ("engines", "dependencies", "devDependencies"):
        assert packages[""].get(key) == package.get(key), key
    for key in ("dependencies", "devDependencies"):
        for name, version in package.get(key, {}).items():
            assert packages[f"node_modules/{name}"]["version"] == version


@pytest.mark.parametrize("folder", NPM)
def test_npm_locks_have_every_package_of_every_system(folder: str) -> None:
    """A lock file that npm makes next to node_modules lacks the packages of other systems."""
    packages = packages_of(folder)

    for place, package in packages.items():
        names = needed(package)
        if not place:
            names |= set(package.get("devDependencies", ()))
        for name in names:
            assert locked(packages, place, name), f"{place} needs {name}"
    for place, package in packages.items():
        if place:
            assert re.fullmatch(r"sha512-[\w+/]{86}==", package["integrity"]), place


def test_programs_that_build_the_frontend_are_locked_for_each_linux() -> None:
    """The systems are x64 and arm64, with glibc or musl."""
    packages = packages_of("frontend")
    compiled: dict[str, set[tuple[str, str]]] = {}
    for place, package in packages.items():
        for name in package.get("optionalDependencies", ()):
            found = locked(packages, place, name)
            if found and found.get("os") == ["linux"]:
                libraries = found.get("libc", ["glibc", "musl"])
                compiled.setdefault(place, set()).update(
                    product(found["cpu"], libraries)
                )

    assert "node_modules/rolldown" in compiled
    for place, systems in compiled.items():
        assert systems >= set(product(("x64", "arm64"), ("glibc", "musl"))), place


@pytest.mark.parametrize("name", ["vite.config.ts", "publish.ts"])
def test_building_the_frontend_needs_no_package_for_tests(name: str) -> None:
    """Installing for a home leaves out the packages for tests."""
    package = json.loads((ROOT / "frontend/package.json").read_text())
    text = (ROOT / "frontend" / name).read_text()
    imported = set(re.findall(r'(?:from|import) "((?:@[\w-]+/)?[\w-]+)[/"]', text))

    assert imported
    assert imported <= set(package["dependencies"])


@pytest.mark.parametrize("version", LOCKS)
def test_python_locks_have_a_digest_for_each_package(version: str) -> None:
    """The files contain nothing else."""
    text = (ROOT / f"requirements/{version}.txt").read_text()

    assert f"\nhomeassistant=={version} \\\n" in text
    assert not re.sub(r"^#.*\n", "", _ENTRY.sub("", text), flags=re.MULTILINE)


@pytest.mark.parametrize("version", LOCKS)
def test_python_locks_have_what_is_asked_for(version: str) -> None:
    """The first part has all packages of a home; scripts/develop installs only that part."""
    text = (ROOT / f"requirements/{version}.txt").read_text()
    home, _, rest = text.partition("# For tests and checks\n")

    for file, part in (("requirements_home.txt", home), ("requirements_dev.txt", rest)):
        versions = dict(_ENTRY.findall(part))
        for line in (ROOT / file).read_text().splitlines():
            if line.startswith(("#", "-r ")):
                continue
            written, _, pinned = line.partition("==")
            name = re.sub(r"[_.]", "-", written.partition("[")[0]).lower()
            assert name in versions, line
            assert versions[name] == (pinned or versions[name]), line
