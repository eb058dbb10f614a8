"""A zip that a person handed over is verified like a sent package, and reported as handed over."""

from collections.abc import Callable
from dataclasses import replace
import json
from pathlib import Path
import stat
import subprocess
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.desk.opened import load_opened, note_path, noting
from agency.doorwatch_agency.package.unpack import unpack
from tests.agency.scripts import home, run
from tests.agency.zips import moved
from tests.engine.sharing.evidence import ORIGIN, SHARE_ID, Made, new_key
from tests.series import named

from .office import Office
from .officer import kinds, new_desk
from .tarballs import PARTS, change, read_parts, resign, write_parts


class Officer:
    """An officer at an agency that receives no packages from homes directly."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Start without any case."""
        self.bag = folder / "case" / f"doorwatch-{SHARE_ID}"
        self.desk = new_desk(folder / "desk")
        self._capsys = capsys

    def verify(self, package: Path, agency: str = ORIGIN) -> tuple[int, str]:
        """Open and verify a package; return the exit code and the output."""
        unpack(package, self.bag.parent)
        return self.call("verify", str(self.bag), "--agency", agency)

    def call(self, *command: str) -> tuple[int, str]:
        """Run a command at the desk."""
        self._capsys.readouterr()
        code = main([*command, "--desk", str(self.desk)])
        captured = self._capsys.readouterr()
        return code, captured.out + captured.err


@pytest.fixture
def officer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Officer:
    """Return an officer whose desk is empty."""
    return Officer(tmp_path, capsys)


def test_a_zip_is_accepted_and_said_to_be_handed_over(
    handed_over: Made, officer: Officer
) -> None:
    """The same facts are proved; more remain unproved."""
    code, out = officer.verify(handed_over.package.path)
    assert code == 0
    assert out.count("OK  ") == 8
    assert "OK   Made to be handed over" in out
    assert "for a person to hand over, not encrypted" in out
    assert "your name and page are as they were typed there" in out
    assert "Not proved: who handed it over, and who could read it on the way." in out
    assert "The person had no fingerprint of yours to compare." in out
    assert home(handed_over) in out


def test_a_package_that_was_sent_is_not_said_to_be_handed_over(
    made: Made, officer: Officer
) -> None:
    """The home had checked the agency's own document."""
    _, out = officer.verify(made.package.path)
    assert "Made to be handed over" not in out


def test_the_page_is_the_one_that_the_person_typed(
    handed_over: Made, officer: Officer
) -> None:
    """The officer learns which address the person typed."""
    code, out = officer.verify(handed_over.package.path, "https://other.example")
    assert code == 1
    assert f"made for {ORIGIN} (as the person typed it), not for you" in out


def test_no_receipt_is_made_for_a_zip(
    handed_over: Made, officer: Officer, tmp_path: Path
) -> None:
    """No home asks for such a receipt."""
    package = str(handed_over.package.path)
    assert officer.call("open", package, str(officer.bag.parent))[0] == 0
    assert officer.call("verify", str(officer.bag), "--agency", ORIGIN)[0] == 0
    office = Office(tmp_path / "office")
    code, out = officer.call(
        *("receipt", str(officer.bag), "--online", str(office.online)),
        *("--site", str(office.intake.public), "--receipts", str(tmp_path)),
    )
    assert code == 1
    assert "no home is waiting for a receipt" in out


def test_what_was_opened_by_an_earlier_version_was_no_zip(
    handed_over: Made, tmp_path: Path
) -> None:
    """The notes of an earlier version don't say how the package arrived."""
    opened = unpack(handed_over.package.path, tmp_path / "case")
    with noting(opened):
        pass
    assert load_opened(opened.bag) == opened
    note = note_path(opened.bag)
    noted = json.loads(note.read_text())
    del noted["zipped"]
    note.unlink()
    (tmp_path / "case/opened.json").write_text(json.dumps(noted))
    assert load_opened(opened.bag) == replace(opened, zipped=False)


# One part of each kind: tags, lists, signatures, contents.
SOME_PARTS = (
    *("bag-info.txt", "manifest-sha256.txt", "tagmanifest-sha256.sig"),
    "data/clip.mp4",
)


@pytest.mark.parametrize("name", named(SOME_PARTS, PARTS))
def test_a_changed_byte_in_any_part_is_caught_by_command_and_script(
    handed_over: Made, officer: Officer, tmp_path: Path, name: str
) -> None:
    """The zip's CRC matches the changed byte."""
    _, parts = read_parts(handed_over.package.path)
    target = tmp_path / "changed.zip"
    changed = change(handed_over.package.path, target, name, len(parts[name]) // 2)
    code, out = officer.verify(changed)
    assert code == 1
    assert "REFUSED" in out
    result = run(changed, ORIGIN)
    assert result.returncode == 1, result.stdout
    assert "ok: 10 plain files" in result.stdout
    assert "REFUSED" in result.stderr
    assert kinds(officer.desk) == ["refused_package"]


def test_what_another_home_signed_anew_is_caught(
    handed_over: Made, officer: Officer, tmp_path: Path
) -> None:
    """The statement inside still names the first home."""
    target = tmp_path / "anew.zip"
    anew = resign(handed_over.package.path, target, new_key(), lambda _: None)
    assert officer.verify(anew)[0] == 1
    assert "the statement's signature does not match" in run(anew, ORIGIN).stderr


def test_a_changed_order_or_container_changes_nothing(
    handed_over: Made, officer: Officer, tmp_path: Path
) -> None:
    """The same bag is accepted in a tar, or with the video as the last file."""
    top, parts = read_parts(handed_over.package.path)
    back = dict(reversed(parts.items()))
    for name in ("back.zip", "back.tar"):
        result = run(write_parts(tmp_path / name, top, back), ORIGIN)
        assert result.returncode == 0, result.stderr
        assert "made for a person to hand over" in result.stdout
    assert officer.verify(tmp_path / "back.zip")[0] == 0


def test_the_script_accepts_a_zip_with_stock_programs(
    handed_over: Made, tmp_path: Path
) -> None:
    """The zip may have any name, and the script says that it was handed over."""
    odd = tmp_path / "-[a]*?.zip"
    odd.write_bytes(handed_over.package.path.read_bytes())
    (tmp_path / "-bb.zip").write_bytes(b"garbage")
    for package in (handed_over.package.path, odd):
        result = run(package, ORIGIN, home(handed_over))
        assert result.returncode == 0, result.stderr
        assert "a person handed it over, not encrypted" in result.stdout
        assert "as they were typed in the home" in result.stdout
        for tool in ("sha256sum", "bagit", "openssl", "jose", "ffprobe"):
            assert f"ok: {tool}" in result.stdout
        assert "identity not proved" not in result.stdout
    relative = run("--", odd.name, ORIGIN, cwd=tmp_path)
    assert relative.returncode == 0, relative.stderr


def test_the_script_reads_a_large_zip(
    handed_over: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The zip has the ZIP64 format, which is used from 4 GB."""
    monkeypatch.setattr("zipfile.ZIP64_LIMIT", 0)
    top, parts = read_parts(handed_over.package.path)
    large = write_parts(tmp_path / "large.zip", top, parts)
    assert b"PK\x06\x06" in large.read_bytes()
    result = run(large, ORIGIN)
    assert result.returncode == 0, result.stderr


type Parts = dict[str, bytes]


def write(
    package: Path,
    parts: Parts,
    *,
    kinds: dict[str, int] | None = None,
    compressed: bool = False,
    comment: bytes = b"",
) -> bytes:
    """Write a zip of a package's real parts with a change to it."""
    with ZipFile(package, "w") as archive:
        for name, content in parts.items():
            info = ZipInfo(f"doorwatch-{SHARE_ID}/{name}")
            kind = (kinds or {}).get(name, stat.S_IFREG)
            info.external_attr = (kind | 0o644) << 16
            info.compress_type = ZIP_DEFLATED if compressed else 0
            archive.writestr(info, content)
        archive.comment = comment
    return package.read_bytes()


def locked(package: Path, parts: Parts) -> bytes:
    """Mark every file as encrypted with a password."""
    content = bytearray(write(package, parts))
    for sign, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = -1
        while (at := content.find(sign, at + 1)) >= 0:
            content[at + flags] |= 1
    return bytes(content)


def bomb(package: Path, parts: Parts) -> bytes:
    """Multiply the video's size by a thousand in both headers."""
    content = write(package, parts)
    size = len(parts["data/clip.mp4"])
    return content.replace(
        size.to_bytes(4, "little"), (size * 1000).to_bytes(4, "little")
    )


ODD: dict[str, tuple[str, Callable[[Path, Parts], bytes]]] = {
    "link": (
        "not a plain file",
        lambda path, parts: write(
            path,
            parts | {"home.pem": b"/etc/passwd"},
            kinds={"home.pem": stat.S_IFLNK},
        ),
    ),
    "device": (
        "not a plain file",
        lambda path, parts: write(path, parts, kinds={"home.pem": stat.S_IFCHR}),
    ),
    "upward": (
        "the files of a package",
        lambda path, parts: write(path, parts | {"../../evil": b""}),
    ),
    "more": (
        "the files of a package",
        lambda path, parts: write(path, parts | {"run.sh": b""}),
    ),
    "fewer": (
        "the files of a package",
        lambda path, parts: write(path, {"home.pem": parts["home.pem"]}),
    ),
    "compressed": (
        "locked or compressed",
        lambda path, parts: write(path, parts, compressed=True),
    ),
    "locked": ("locked or compressed", locked),
    "bomb": ("cut off", bomb),
    "comment": (
        "cut off",
        lambda path, parts: write(path, parts, comment=b"x"),
    ),
    "behind": ("cut off", lambda path, parts: write(path, parts) + b"x"),
    "cut off": ("cut off", lambda path, parts: write(path, parts)[:-1]),
    "in front": ("not a plain tar", lambda path, parts: b"x" + write(path, parts)),
    "twice": (
        "hidden",
        lambda path, parts: (once := write(path, parts)) + moved(once, len(once)),
    ),
    "changed": (
        "changed",
        lambda path, parts: write(path, parts).replace(
            parts["data/clip.mp4"], bytes(len(parts["data/clip.mp4"]))
        ),
    ),
    "another name in front": (
        "invalid zip",
        lambda path, parts: write(path, parts).replace(b"home.pem", b"HOME.pem", 1),
    ),
}


# At least one for each reason to refuse a zip.
ODD_KEPT = (
    *("link", "upward", "fewer", "locked", "bomb", "behind", "in front", "twice"),
    *("changed", "another name in front"),
)


@pytest.mark.parametrize("kind", named(ODD_KEPT, ODD))
def test_the_script_refuses_an_odd_zip_of_good_parts(
    handed_over: Made, tmp_path: Path, kind: str
) -> None:
    """The script asks no question, and leaves no other file."""
    says, make = ODD[kind]
    _, parts = read_parts(handed_over.package.path)
    package = tmp_path / "odd.zip"
    package.write_bytes(make(package, parts))
    result = run(package, ORIGIN, cwd=tmp_path)
    assert result.returncode == 1, result.stdout
    assert says in result.stderr
    assert list(tmp_path.iterdir()) == [package]


def test_a_statement_for_a_document_in_a_zip_is_still_verified(
    made: Made, officer: Officer, tmp_path: Path
) -> None:
    """Someone may have decrypted and repacked the package; its signatures are still valid."""
    top, parts = read_parts(made.package.path)
    package = write_parts(tmp_path / "again.zip", top, parts)
    code, out = officer.verify(package)
    assert code == 0
    assert "Made to be handed over" not in out
    stated = json.loads(parts["data/share.json"])
    assert stated["agency"]["root_thumbprint"] is not None
    assert "made for a person" not in run(package, ORIGIN).stdout


def test_the_script_says_when_unzip_is_missing(
    handed_over: Made, tmp_path: Path
) -> None:
    """The message doesn't blame the package."""
    for tool in ("bash", "env", "head", "tr", "tail", "dirname"):
        found = subprocess.run(
            ["/usr/bin/which", tool], capture_output=True, text=True, check=True
        ).stdout.strip()
        (tmp_path / tool).symlink_to(found)
    result = run(handed_over.package.path, PATH=str(tmp_path))
    assert result.returncode == 2
    assert "unzip is missing" in result.stderr
