"""Tests of the zip that HACS installs."""

from pathlib import Path
import shutil
import subprocess
import sys
from zipfile import ZipFile

import pytest

from tests.repository import ROOT

BUILT = ROOT / "custom_components/doorwatch/frontend"


def copy_of_the_repository(target: Path) -> Path:
    """Copy the sources of the package, so that tests can break them."""
    shutil.copytree(
        ROOT / "custom_components",
        target / "custom_components",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    (target / "scripts").mkdir()
    shutil.copy(ROOT / "scripts/make_package.py", target / "scripts")
    shutil.copy(ROOT / "CHANGELOG.md", target)
    return target


def make(repository: Path, *version: str) -> subprocess.CompletedProcess[str]:
    """Build the package of a repository."""
    return subprocess.run(
        [sys.executable, "scripts/make_package.py", "dist", *version],
        cwd=repository,
        check=False,
        capture_output=True,
        text=True,
        timeout=180,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a copy of the repository with a built frontend."""
    assert (BUILT / "entries.json").is_file(), "nothing is built: run scripts/setup"
    return copy_of_the_repository(tmp_path / "repository")


def test_the_package_holds_the_integration_at_its_root_and_the_frontend(
    repository: Path,
) -> None:
    """The zip unpacks into custom_components/doorwatch, and its build is reproducible."""
    (repository / "custom_components/doorwatch/__pycache__").mkdir()
    (repository / "custom_components/doorwatch/__pycache__/x.pyc").write_bytes(b"x")

    done = make(repository)

    assert done.returncode == 0, done.stderr
    with ZipFile(repository / "dist/doorwatch.zip") as zip_file:
        names = zip_file.namelist()
        for file in BUILT.iterdir():
            assert zip_file.read(f"frontend/{file.name}") == file.read_bytes()
    assert {"manifest.json", "__init__.py", "translations/en.json"} <= set(names)
    assert not [name for name in names if "pycache" in name or name.startswith("/")]

    first = (repository / "dist/doorwatch.zip").read_bytes()
    (repository / "custom_components/doorwatch/const.py").touch()
    assert make(repository).returncode == 0
    assert (repository / "dist/doorwatch.zip").read_bytes() == first


@pytest.mark.parametrize(
    ("missing", "problem"),
    [
        ("entries.json", "the card was not built"),
        ("doorwatch-loader.js", "doorwatch-loader.js is missing"),
        # Loaded by the loader; their names contain a hash of the content.
        ("doorwatch-card-*.js", ".js is missing"),
        ("doorwatch-card-*.js.br", ".js.br is missing"),
    ],
)
def test_a_package_without_a_part_of_the_frontend_is_refused(
    repository: Path, missing: str, problem: str
) -> None:
    """Without the check, a release could install and show nothing."""
    (built,) = (repository / "custom_components/doorwatch/frontend").glob(missing)
    built.unlink()

    done = make(repository)

    assert done.returncode == 1
    assert problem in done.stderr
    assert not (repository / "dist/doorwatch.zip").exists()


def test_a_package_that_does_not_import_is_refused(repository: Path) -> None:
    """One broken module is enough."""
    broken = repository / "custom_components/doorwatch/engine/clips/broken.py"
    broken.write_text("import no_such_module\n")

    done = make(repository)

    assert done.returncode == 1
    assert "no_such_module" in done.stderr


def test_a_release_carries_its_part_of_the_changelog(repository: Path) -> None:
    """The release notes are the version's part of CHANGELOG.md."""
    (repository / "CHANGELOG.md").write_text(
        "# Changelog\n\n## 0.2.0\n\nLater.\n\n## 0.1.0\n\nThe first.\n"
    )

    assert make(repository, "0.1.0").returncode == 0

    assert (repository / "dist/notes.md").read_text() == "The first.\n"


@pytest.mark.parametrize(
    ("changelog", "version", "problem"),
    [
        ("## 9.9.9\n\nX.\n", "9.9.9", "the manifest says 0.1.0"),
        ("## 9.9.9\n\nX.\n", "0.1.0", "CHANGELOG.md says nothing of 0.1.0"),
    ],
)
def test_a_tag_that_fits_nothing_is_refused(
    repository: Path, changelog: str, version: str, problem: str
) -> None:
    """Tag, manifest and changelog must name the same version."""
    (repository / "CHANGELOG.md").write_text(changelog)

    done = make(repository, version)

    assert done.returncode == 1
    assert problem in done.stderr
