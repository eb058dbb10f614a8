"""The shell script accepts good and refuses changed packages, without the repository's code."""

import gzip
import os
from pathlib import Path
import shutil
import subprocess
import sys

import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.signing.jws import (
    fingerprint,
    thumbprint,
)
from tests.age_program import desk
from tests.agency.scripts import SCRIPT, home, run
from tests.engine.sharing.evidence import (
    ORIGIN,
    SHARE_ID,
    Made,
    make_intent,
    make_package,
    new_key,
)
from tests.series import each

from .tarballs import PARTS, change, read_parts, resign, write_parts


def test_a_good_package_is_accepted(made: Made) -> None:
    """Each tool reports success; the identity needs the fingerprint."""
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
    """PATH may have a relative folder, as scripts/develop prints it."""
    tool = tmp_path / "bin" / "bagit.py"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\nexec {sys.executable} -m bagit "$@"\n')
    tool.chmod(0o755)
    path = f"bin:{os.environ['PATH']}"
    result = run(made.package.path, cwd=tmp_path, BAGIT="", PATH=path)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("bagit", ["false", "not-there"])
def test_a_missing_bagit_refuses_no_package(made: Made, bagit: str) -> None:
    """The message doesn't blame the package."""
    result = run(made.package.path, BAGIT=bagit)
    assert result.returncode == 2
    assert "missing" in result.stderr
    assert "REFUSED" not in result.stderr


def test_it_imports_nothing_of_ours() -> None:
    text = SCRIPT.read_text()
    assert "doorwatch_agency" not in text
    assert "custom_components" not in text


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("where", each(3, [0.5, 0.0, 0.99]))
def test_one_changed_byte_in_any_part_is_refused(
    made: Made, tmp_path: Path, name: str, where: float
) -> None:
    """The bytes are near the beginning, in the middle and near the end."""
    _, parts = read_parts(made.package.path)
    at = int(len(parts[name]) * where)
    changed = change(made.package.path, tmp_path / "changed.tar", name, at)
    result = run(changed, ORIGIN)
    assert result.returncode == 1, result.stdout
    assert "REFUSED" in result.stderr


def test_another_agency_is_refused(made: Made) -> None:
    assert run(made.package.path, "https://other.example").returncode == 1


def test_another_homes_fingerprint_is_refused(made: Made) -> None:
    other = fingerprint(thumbprint(new_key().public_key()))
    assert run(made.package.path, ORIGIN, other).returncode == 1


def test_a_package_signed_anew_by_another_key_is_refused(
    made: Made, tmp_path: Path
) -> None:
    """The statement inside still names the first home."""
    changed = resign(
        made.package.path, tmp_path / "new.tar", new_key(), lambda parts: None
    )
    assert run(changed, ORIGIN).returncode == 1


@pytest.mark.parametrize("name", ["data/share.json", "data/clip.mp4"])
def test_what_the_statement_does_not_say_is_refused(
    made: Made, tmp_path: Path, name: str
) -> None:
    """The home itself signed the digests again."""

    def edit(parts: dict[str, bytes]) -> None:
        parts[name] = parts[name].replace(b"2026/117", b"2026/118") + b" "

    changed = resign(made.package.path, tmp_path / "new.tar", made.key, edit)
    assert run(changed, ORIGIN).returncode == 1


def test_a_part_more_or_less_is_refused(made: Made, tmp_path: Path) -> None:
    """A package has exactly ten files."""
    top, parts = read_parts(made.package.path)
    more = write_parts(tmp_path / "more.tar", top, parts | {"data/x": b""})
    assert run(more, ORIGIN).returncode == 1
    for name in PARTS:
        fewer = {key: value for key, value in parts.items() if key != name}
        assert run(write_parts(tmp_path / "less.tar", top, fewer)).returncode == 1
    evil = write_parts(tmp_path / "evil.tar", "doorwatch-../../etc", parts)
    assert run(evil).returncode == 1


def test_a_wrong_call_says_how(tmp_path: Path) -> None:
    """A file that is not a package is refused."""
    assert run().returncode == 2
    assert run(tmp_path / "none.tar").returncode == 2
    (tmp_path / "garbage.tar").write_bytes(b"garbage" * 1000)
    assert run(tmp_path / "garbage.tar").returncode == 1


def test_what_grows_when_it_is_unpacked_is_refused(made: Made, tmp_path: Path) -> None:
    """Compressed and sparse packages could fill the officer's disk."""
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
    assert "not how homes write it" in result.stderr


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    """Return the identity that packages are encrypted to."""
    path = tmp_path / "age-identity.txt"
    path.write_text(desk().secret)
    return path


def seal(tar: Path) -> Path:
    """Encrypt a package again, as anyone can."""
    target = tar.with_name(f"{tar.name}.age")
    command = ["age", "-r", desk().recipient, "-o", str(target), str(tar)]
    subprocess.run(command, check=True, timeout=60)
    return target


@pytest.fixture
def second(clip: Clip, made: Made, tmp_path: Path) -> Made:
    """Return another share by the same home."""
    intent = make_intent(clip, tmp_path / "staging")
    return make_package(intent, tmp_path / "2.tar", key=made.key, share_id="second")


def test_an_encrypted_package_is_opened_with_age(made: Made, identity: Path) -> None:
    """Without the identity, the script stops before a verdict."""
    result = run("-i", identity, made.sealed.path, ORIGIN, home(made))
    assert result.returncode == 0, result.stderr
    assert "ok: age: opened with your identity" in result.stdout
    assert "not encrypted" not in result.stdout
    assert "not encrypted" in run(made.package.path, ORIGIN).stdout
    result = run(made.sealed.path, ORIGIN)
    assert result.returncode == 2
    assert "Add your age identity" in result.stderr


def test_a_stranger_to_the_encryption_refuses(made: Made, tmp_path: Path) -> None:
    """The identity is not one of the recipients."""
    other = tmp_path / "other.txt"
    subprocess.run(["age-keygen", "-o", str(other)], check=True, timeout=60)
    result = run("-i", other, made.sealed.path, ORIGIN)
    assert result.returncode == 1
    assert "age cannot open it" in result.stderr


@pytest.mark.parametrize("where", each(2, [0.0, 0.0001, 0.5, 0.9999]))
def test_a_changed_ciphertext_is_refused(
    made: Made, identity: Path, tmp_path: Path, where: float
) -> None:
    """With a change in the first line, the file is not recognized as age."""
    sealed = bytearray(made.sealed.path.read_bytes())
    sealed[int(len(sealed) * where)] ^= 1
    changed = tmp_path / "changed.tar.age"
    changed.write_bytes(sealed)
    result = run("-i", identity, changed, ORIGIN)
    assert result.returncode == 1
    assert "REFUSED" in result.stderr


@pytest.mark.parametrize("cut", each(2, [1, 16, 65536 + 16, 100_000]))
def test_a_truncated_ciphertext_is_refused(
    made: Made, identity: Path, tmp_path: Path, cut: int
) -> None:
    """The cuts are at the end, at the border of a chunk, and in the middle."""
    sealed = made.sealed.path.read_bytes()
    assert len(sealed) > cut
    short = tmp_path / "short.tar.age"
    short.write_bytes(sealed[:-cut])
    result = run("-i", identity, short, ORIGIN)
    assert result.returncode == 1
    assert "age cannot open it" in result.stderr


CAUGHT = {
    "video": ("data/clip.mp4", "a payload file was changed"),
    "statement": ("data/share.json", "a payload file was changed"),
    "manifest": ("manifest-sha256.txt", "REFUSED"),
    "tag manifest": ("tagmanifest-sha256.txt", "REFUSED"),
}


@pytest.mark.parametrize("what", CAUGHT)
def test_one_changed_byte_is_caught_though_it_was_encrypted_anew(
    made: Made, identity: Path, tmp_path: Path, what: str
) -> None:
    """Encryption doesn't authenticate the sender: anyone can encrypt to an agency."""
    name, says = CAUGHT[what]
    changed = change(made.package.path, tmp_path / "changed.tar", name, 40)
    result = run("-i", identity, seal(changed), ORIGIN)
    assert result.returncode == 1
    assert says in result.stderr


@pytest.mark.parametrize("name", ["tagmanifest-sha256.sig", "share.jws"])
def test_a_signature_of_another_package_by_the_same_home_is_caught(
    made: Made, second: Made, identity: Path, tmp_path: Path, name: str
) -> None:
    """The signature is valid for the other package."""
    _, others = read_parts(second.package.path)

    def swap(parts: dict[str, bytes]) -> None:
        parts[name] = others[name]

    if name == "share.jws":
        swapped = resign(made.package.path, tmp_path / "x.tar", made.key, swap)
    else:
        top, parts = read_parts(made.package.path)
        swap(parts)
        swapped = write_parts(tmp_path / "x.tar", top, parts)
    result = run("-i", identity, seal(swapped), ORIGIN)
    assert result.returncode == 1
    assert "REFUSED" in result.stderr


def test_another_homes_key_is_caught_once_the_home_is_known(
    clip: Clip, made: Made, second: Made, identity: Path, tmp_path: Path
) -> None:
    """Known homes are kept in a text file, and refused packages are not added."""
    known = tmp_path / "known.txt"
    named: list[str | Path] = ["-i", identity, "-k", known, "-l", "12 Elm Street"]
    intent = make_intent(clip, tmp_path / "staging")
    stranger = make_package(intent, tmp_path / "s.tar", share_id="stranger")
    first = run(*named, made.sealed.path, ORIGIN)
    assert first.returncode == 0, first.stderr
    assert "identity not proved" in first.stdout
    before = known.read_text()
    assert f"home {thumbprint(made.key.public_key())} " in before
    refused = run(*named, stranger.sealed.path, ORIGIN)
    assert refused.returncode == 1
    assert "another home's key" in refused.stderr
    assert known.read_text() == before
    same = run(*named, second.sealed.path, ORIGIN)
    assert same.returncode == 0, same.stderr
    assert "the same home as on" in same.stdout
    assert known.read_text().count("home ") == 1
    elsewhere: list[str | Path] = [
        "-i",
        identity,
        "-k",
        known,
        "-l",
        "12 Elm Street, back",
    ]
    assert run(*elsewhere, stranger.sealed.path, ORIGIN).returncode == 0


def test_a_replayed_package_is_caught(
    clip: Clip, made: Made, identity: Path, tmp_path: Path
) -> None:
    """It is the same package, or another package with the same share id."""
    shutil.copy(made.package.path, tmp_path / "again.tar")
    intent = make_intent(clip, tmp_path / "staging")
    changed = make_package(intent, tmp_path / "c.tar", key=made.key, share_id=SHARE_ID)
    stranger = make_package(intent, tmp_path / "s.tar", share_id=SHARE_ID)
    known: list[str | Path] = ["-i", identity, "-k", "known.txt"]
    cases = (
        (made.sealed.path, "this same share was received"),
        (seal(tmp_path / "again.tar"), "this same share was received"),
        (changed.sealed.path, "with different contents"),
        (stranger.sealed.path, "signed with another home's key"),
    )
    assert run(*known, made.sealed.path, ORIGIN, cwd=tmp_path).returncode == 0
    for package, says in cases:
        result = run(*known, package, ORIGIN, cwd=tmp_path)
        assert result.returncode == 1
        assert says in result.stderr


@pytest.mark.parametrize(
    "options",
    [["-x"], ["-l", "label"], ["-k"], ["-k", "k", "-l", "a\nb"], ["-k", "/no/where/k"]],
)
def test_wrong_options_say_how(made: Made, options: list[str]) -> None:
    """The script checks its options first."""
    result = run(*options, made.package.path, ORIGIN)
    assert result.returncode == 2
    assert result.stderr
