"""The shell script accepts a good package and refuses a changed one, without our code."""

import gzip
import os
from pathlib import Path
import subprocess
import sys

import pytest

from custom_components.doorwatch.sharing.signing import fingerprint, thumbprint
from tests.sharing.evidence.parts import ORIGIN, Made, new_key

from .tarballs import PARTS, change, read_parts, resign, write_parts

SCRIPT = Path(__file__).parents[2] / "agency" / "verify.sh"


def run(
    *arguments: str | Path, cwd: Path = Path("/"), **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run it in an empty place, away from our code."""
    environment = {"BAGIT": f"{sys.executable} -m bagit"} | environment
    return subprocess.run(
        [str(SCRIPT), *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=cwd,
        env={"PATH": os.environ["PATH"]} | environment,
    )


def home(made: Made) -> str:
    """Return the fingerprint that the owner reads out."""
    return fingerprint(thumbprint(made.key.public_key()))


def test_a_good_package_is_accepted(made: Made) -> None:
    """With each tool saying so; identity only with the fingerprint."""
    result = run(made.package.path, ORIGIN)
    assert result.returncode == 0, result.stderr
    for tool in ("sha256sum", "bagit", "openssl", "jose", "ffprobe"):
        assert f"ok: {tool}" in result.stdout
    assert "identity not proved" in result.stdout
    assert home(made) in result.stdout
    assert run(made.package.path).returncode == 0
    proved = run(made.package.path, ORIGIN, home(made).lower())
    assert proved.returncode == 0
    assert "identity not proved" not in proved.stdout


def test_bagit_is_found_beside_the_person_who_runs_it(
    made: Made, tmp_path: Path
) -> None:
    """Even when PATH names its folder from there, as scripts/develop says it."""
    tool = tmp_path / "bin" / "bagit.py"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m bagit "$@"\n')
    tool.chmod(0o755)
    path = f"bin:{os.environ['PATH']}"
    result = run(made.package.path, cwd=tmp_path, BAGIT="", PATH=path)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("bagit", ["false", "not-there"])
def test_a_missing_bagit_refuses_no_package(made: Made, bagit: str) -> None:
    """The package is not to blame."""
    result = run(made.package.path, BAGIT=bagit)
    assert result.returncode == 2
    assert "missing" in result.stderr
    assert "REFUSED" not in result.stderr


def test_it_imports_nothing_of_ours() -> None:
    """A reader can see it at a glance."""
    text = SCRIPT.read_text()
    assert "doorwatch_agency" not in text
    assert "custom_components" not in text


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("where", [0.0, 0.5, 0.99])
def test_one_changed_byte_in_any_part_is_refused(
    made: Made, tmp_path: Path, name: str, where: float
) -> None:
    """Near the beginning, in the middle, near the end."""
    _, parts = read_parts(made.package.path)
    at = int(len(parts[name]) * where)
    changed = change(made.package.path, tmp_path / "changed.tar", name, at)
    result = run(changed, ORIGIN)
    assert result.returncode == 1, result.stdout
    assert "REFUSED" in result.stderr


def test_another_agency_is_refused(made: Made) -> None:
    """It was not made for them."""
    assert run(made.package.path, "https://other.example").returncode == 1


def test_another_homes_fingerprint_is_refused(made: Made) -> None:
    """The officer typed what the owner read out."""
    other = fingerprint(thumbprint(new_key().public_key()))
    assert run(made.package.path, ORIGIN, other).returncode == 1


def test_a_package_signed_anew_by_another_key_is_refused(
    made: Made, tmp_path: Path
) -> None:
    """The statement inside is still by the first."""
    changed = resign(
        made.package.path, tmp_path / "new.tar", new_key(), lambda parts: None
    )
    assert run(changed, ORIGIN).returncode == 1


@pytest.mark.parametrize("name", ["data/share.json", "data/clip.mp4"])
def test_what_the_statement_does_not_say_is_refused(
    made: Made, tmp_path: Path, name: str
) -> None:
    """Even when the home itself signs the digests anew."""

    def edit(parts: dict[str, bytes]) -> None:
        parts[name] = parts[name].replace(b"2026/117", b"2026/118") + b" "

    changed = resign(made.package.path, tmp_path / "new.tar", made.key, edit)
    assert run(changed, ORIGIN).returncode == 1


def test_a_part_more_or_less_is_refused(made: Made, tmp_path: Path) -> None:
    """Ten files, no others."""
    top, parts = read_parts(made.package.path)
    more = write_parts(tmp_path / "more.tar", top, parts | {"data/x": b""})
    assert run(more, ORIGIN).returncode == 1
    for name in PARTS:
        fewer = {key: value for key, value in parts.items() if key != name}
        assert run(write_parts(tmp_path / "less.tar", top, fewer)).returncode == 1
    evil = write_parts(tmp_path / "evil.tar", "doorwatch-../../etc", parts)
    assert run(evil).returncode == 1


def test_a_wrong_call_says_how(tmp_path: Path) -> None:
    """And garbage is refused."""
    assert run().returncode == 2
    assert run(tmp_path / "none.tar").returncode == 2
    (tmp_path / "garbage.tar").write_bytes(b"garbage" * 1000)
    assert run(tmp_path / "garbage.tar").returncode == 1


def test_what_grows_when_it_is_unpacked_is_refused(made: Made, tmp_path: Path) -> None:
    """Compressed, or with holes: neither may fill the disk of the officer."""
    bomb = tmp_path / "compressed.tar"
    bomb.write_bytes(gzip.compress(made.package.path.read_bytes()))
    result = run(bomb, ORIGIN)
    assert result.returncode == 1
    assert "not a plain tar" in result.stderr

    top, parts = read_parts(made.package.path)
    folder = tmp_path / top
    for name, content in parts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    os.truncate(folder / "data/clip.mp4", 1 << 40)
    holes = tmp_path / "holes.tar"
    names = [f"{top}/{name}" for name in parts]
    subprocess.run(
        ["tar", "--format=gnu", "-S", "-cf", holes, *names],
        cwd=tmp_path,
        check=True,
        timeout=60,
    )
    result = run(holes, ORIGIN)
    assert result.returncode == 1
    assert "more than its own size" in result.stderr
