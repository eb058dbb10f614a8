"""Tests of the agency's downloads: one file, and an archive for offline machines."""

import json
from pathlib import Path
import shutil
import subprocess
import sys
import tarfile

import pytest

from tests.repository import ROOT
from tests.series import nightly

# Agencies use this Python, which is not the one that runs these tests.
DEBIAN = "/usr/bin/python3"


def make(
    repository: Path, *version: str, python: str = sys.executable
) -> subprocess.CompletedProcess[str]:
    """Build the downloads of a repository."""
    return subprocess.run(
        [python, "scripts/make_agency.py", "dist", *version],
        cwd=repository,
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a copy of the sources, so that tests can break it."""
    target = tmp_path / "repository"
    leave = shutil.ignore_patterns("__pycache__", ".stamp")
    for folder in ("agency", "docs"):
        shutil.copytree(ROOT / folder, target / folder, ignore=leave)
    (target / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/make_agency.py", target / "scripts")
    shutil.copy(ROOT / "LICENSE", target)
    return target


def test_what_was_made_runs_on_debians_python_and_says_its_version(
    repository: Path, tmp_path: Path
) -> None:
    """The program is unpacked elsewhere and can't access the repository."""
    done = make(repository)
    assert done.returncode == 0, done.stderr
    dist = repository / "dist"
    sums = ["sha256sum", "--check", "--strict", "SHA256SUMS"]
    subprocess.run(sums, cwd=dist, check=True, timeout=30)
    with tarfile.open(dist / "doorwatch-agency.tar.gz") as tar:
        tar.extractall(tmp_path / "elsewhere", filter="data")
    shutil.rmtree(repository)

    unpacked = tmp_path / "elsewhere/doorwatch-agency"
    said = subprocess.run(
        [DEBIAN, "-I", unpacked / "doorwatch-agency.pyz", "--version"],
        cwd=tmp_path,
        env={},
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    ).stdout
    manifest = ROOT / "custom_components/doorwatch/manifest.json"
    version = json.loads(manifest.read_text())["version"]
    assert said == f"doorwatch-agency {version}\n"
    assert (unpacked / "agency/verify.sh").stat().st_mode & 0o111
    assert (unpacked / "docs/protocol.md").is_file()
    # `npm ci` reads these in the folder with node_modules and in the one without.
    for folder in ("intake", "intake/bucket"):
        for name in ("package.json", "package-lock.json", ".npmrc"):
            assert (unpacked / "agency" / folder / name).is_file()
    assert not list(unpacked.rglob("*.pyc"))
    help_ = ["node", str(unpacked / "agency/intake/src/main.js"), "--help"]
    subprocess.run(help_, cwd=tmp_path, check=True, capture_output=True, timeout=60)


@nightly
def test_the_same_files_make_the_same_bytes(repository: Path) -> None:
    """Anybody can rebuild a released file with any Python and compare."""
    assert make(repository).returncode == 0
    first = (repository / "dist/SHA256SUMS").read_text()
    assert first.count("\n") == 2
    (repository / "agency/doorwatch_agency/cli.py").touch()
    (repository / "agency/doorwatch_agency/__pycache__").mkdir(exist_ok=True)
    (repository / "agency/doorwatch_agency/__pycache__/x.pyc").write_bytes(b"x")

    assert make(repository).returncode == 0
    assert (repository / "dist/SHA256SUMS").read_text() == first

    assert make(repository, python=DEBIAN).returncode == 0
    command, _ = (repository / "dist/SHA256SUMS").read_text().splitlines()
    assert command in first


def test_a_python_without_cryptography_is_told_what_to_install(
    repository: Path,
) -> None:
    """The message is one line without a stack trace."""
    assert make(repository).returncode == 0
    done = subprocess.run(
        [DEBIAN, "-I", "-S", repository / "dist/doorwatch-agency.pyz", "--version"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("doorwatch-agency: needs the Python package")
    assert "apt install python3-cryptography" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("lost", "version", "problem"),
    [
        ("agency/intake/node_modules/@tus", (), "npm packages are missing"),
        ("agency/intake/node_modules/srvx", (), "does not run"),
        ("agency/doorwatch_agency/desk", (), "does not run"),
        (None, ("9.9.9",), "the command says"),
    ],
)
def test_what_does_not_run_or_is_another_version_is_not_published(
    repository: Path, lost: str | None, version: tuple[str, ...], problem: str
) -> None:
    """Neither file remains."""
    if lost is not None:
        shutil.rmtree(repository / lost)

    done = make(repository, *version)

    assert done.returncode == 1
    assert problem in done.stderr
    assert not list((repository / "dist").iterdir())
