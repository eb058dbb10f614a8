"""Opening an unknown package writes its ten files or nothing."""

from collections.abc import Callable
import io
from pathlib import Path
import stat
import subprocess
import sys
import tarfile

from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.errors import AgencyError
from agency.doorwatch_agency.package.members import LARGEST_OTHER
from agency.doorwatch_agency.package.unpack import unpack, unpacking
from agency.doorwatch_agency.printing import printable
from tests.engine.sharing.evidence import Made
from tests.repository import ROOT

from .tarballs import PARTS, read_parts, write_parts

TOP = "doorwatch-a"


def test_a_good_package_is_opened_for_this_user_alone(
    made: Made, tmp_path: Path
) -> None:
    """The files are unchanged, with mode 0600 in folders of mode 0700."""
    bag = unpack(made.package.path, tmp_path / "case").bag
    top, parts = read_parts(made.package.path)
    assert bag == tmp_path / "case" / top
    for name, content in parts.items():
        assert (bag / name).read_bytes() == content
        assert stat.S_IMODE((bag / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(bag.stat().st_mode) == 0o700


def test_nothing_that_is_in_the_folder_is_touched(made: Made, tmp_path: Path) -> None:
    """Only an existing file or folder with the package's name prevents opening."""
    case = tmp_path / "case"
    case.mkdir()
    (case / "notes.txt").write_text("x")
    bag = unpack(made.package.path, case).bag
    content = _content(case)
    with pytest.raises(AgencyError, match=f"{bag} exists already"):
        unpack(made.package.path, case)
    bag.rename(tmp_path / "away")
    for make in (lambda: bag.write_text(""), lambda: bag.symlink_to("nowhere")):
        make()
        with pytest.raises(AgencyError, match="exists already"):
            unpack(made.package.path, case)
        bag.unlink()
    (tmp_path / "away").rename(bag)
    assert _content(case) == content
    (tmp_path / "file").write_text("x")
    with pytest.raises(AgencyError, match="not a folder"):
        unpack(made.package.path, tmp_path / "file")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AgencyError, match="not a folder"):
        unpack(made.package.path, tmp_path / "link")


def test_two_packages_lie_in_one_folder(
    made: Made, handed_over: Made, tmp_path: Path
) -> None:
    """A case may have any number of packages."""
    first = unpack(made.package.path, tmp_path / "case")
    top, parts = read_parts(made.package.path)
    other = write_parts(tmp_path / "other.tar", f"{top}-2", parts)
    second = unpack(other, tmp_path / "case")
    assert {path.name for path in (tmp_path / "case").iterdir()} == {top, f"{top}-2"}
    assert first.bag.parent == second.bag.parent


def test_what_a_dead_one_left_goes_and_what_a_living_one_needs_stays(
    made: Made, tmp_path: Path
) -> None:
    """Only the lock tells interrupted and running commands apart."""
    case = tmp_path / "case"
    with unpacking(made.package.path, case):
        (living,) = case.iterdir()
        top, parts = read_parts(made.package.path)
        for name in (".opening-dead", ".opening-dead/data"):
            (case / name).mkdir()
        other = write_parts(tmp_path / "other.tar", f"{top}-2", parts)
        # The context manager holds the folder's lock, so another process waits for it.
        opening = subprocess.Popen(
            [sys.executable, "-c", _UNPACK, str(other), str(case)], cwd=ROOT
        )
        assert living.is_dir()
    assert opening.wait(60) == 0
    assert {path.name for path in case.iterdir()} == {top, f"{top}-2"}


_UNPACK = """
from pathlib import Path
import sys
from agency.doorwatch_agency.package.unpack import unpack, unpacking
unpack(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def _content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def member(name: str, kind: bytes = tarfile.REGTYPE, **more: object) -> tarfile.TarInfo:
    """Make a member of a tar."""
    info = tarfile.TarInfo(name)
    info.type = kind
    for field, value in more.items():
        setattr(info, field, value)
    return info


def plain(skip: str = "") -> list[tarfile.TarInfo]:
    """List the ten files except one."""
    return [member(f"{TOP}/{name}") for name in PARTS if name != skip]


EVIL: dict[str, list[tarfile.TarInfo]] = {
    "symlink": [
        member(f"{TOP}/data/clip.mp4", tarfile.SYMTYPE, linkname="/etc/passwd"),
        *plain("data/clip.mp4"),
    ],
    "hard link": [
        *plain("share.jws"),
        member(f"{TOP}/share.jws", tarfile.LNKTYPE, linkname="/etc/passwd"),
    ],
    "device": [member(f"{TOP}/home.pem", tarfile.CHRTYPE), *plain("home.pem")],
    "block device": [member(f"{TOP}/home.pem", tarfile.BLKTYPE), *plain("home.pem")],
    "fifo": [member(f"{TOP}/home.pem", tarfile.FIFOTYPE), *plain("home.pem")],
    "folder": [member(f"{TOP}/data", tarfile.DIRTYPE), *plain()],
    "unknown type": [member(f"{TOP}/home.pem", b"Z"), *plain("home.pem")],
    "upward": [member(f"{TOP}/../../evil"), *plain()],
    "upward in front": [member(f"../{TOP}/home.pem"), *plain("home.pem")],
    "absolute": [member("/tmp/evil"), *plain()],  # noqa: S108 - must be refused
    "absolute listed": [member(f"/{TOP}/home.pem"), *plain("home.pem")],
    "dot": [member(f"{TOP}/./home.pem"), *plain("home.pem")],
    "double slash": [member(f"{TOP}//home.pem"), *plain("home.pem")],
    "unlisted": [*plain(), member(f"{TOP}/run.sh")],
    "hidden": [*plain(), member(f"{TOP}/data/.clip.mp4")],
    "twice": [*plain(), member(f"{TOP}/home.pem")],
    "two bags": [*plain("home.pem"), member("doorwatch-b/home.pem")],
    "wrong folder": [member(f"evil/{name}") for name in PARTS],
    "long folder": [member(f"doorwatch-{'x' * 65}/{name}") for name in PARTS],
    "missing": plain("share.jws"),
    "empty": [],
    "pax header": [
        *plain("home.pem"),
        member(f"{TOP}/home.pem", pax_headers={"comment": "x" * 10}),
    ],
    "pax path": [
        *plain("home.pem"),
        member(f"{TOP}/home.pem", pax_headers={"path": "../../evil"}),
    ],
    "escape": [member(f"{TOP}/\x1b[2J\u202egpj"), *plain()],
}


@pytest.mark.parametrize("kind", EVIL)
def test_an_evil_package_leaves_nothing(tmp_path: Path, kind: str) -> None:
    """No file is left inside or next to the folder."""
    package = tmp_path / "package.tar"
    with tarfile.open(package, "w", format=tarfile.PAX_FORMAT) as tar:
        for info in EVIL[kind]:
            tar.addfile(info)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(AgencyError) as caught:
        unpack(package, tmp_path / "case")
    assert sorted(tmp_path.iterdir()) == before
    assert not any(map(_steers, str(caught.value)))
    (tmp_path / "case").mkdir()
    with pytest.raises(AgencyError):
        unpack(package, tmp_path / "case")
    assert list((tmp_path / "case").iterdir()) == []


def _steers(char: str) -> bool:
    return char == "\x1b" or "\u202a" <= char <= "\u202e"


def test_sizes_have_a_limit(made: Made, tmp_path: Path) -> None:
    """The limit of the video can be set; the other limits are small."""
    with pytest.raises(AgencyError, match="too large"):
        unpack(made.package.path, tmp_path / "case", largest=1000)
    top, parts = read_parts(made.package.path)
    parts["bag-info.txt"] = b"x" * (LARGEST_OTHER + 1)
    with pytest.raises(AgencyError, match="too large"):
        unpack(write_parts(tmp_path / "big.tar", top, parts), tmp_path / "case")
    assert not (tmp_path / "case").exists()


def _negative(content: bytes) -> bytes:
    info = member(f"{TOP}/home.pem")
    info.size = -512
    return info.tobuf(tarfile.GNU_FORMAT) + content


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:700],
        lambda content: content[: len(content) // 2],
        lambda content: content[:100],
        lambda content: content.rstrip(b"\0"),
        lambda content: content + b"more",
        lambda content: content + content,
        lambda content: b"\0" + content,
        lambda content: b"",
        lambda content: b"garbage" * 500,
        _negative,
    ],
)
def test_a_damaged_package_leaves_nothing(
    made: Made, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    """The package is truncated, too long, not a tar, or has a negative size."""
    package = tmp_path / "package.tar"
    package.write_bytes(damage(made.package.path.read_bytes()))
    with pytest.raises(AgencyError):
        unpack(package, tmp_path / "case")
    assert not (tmp_path / "case").exists()


def test_a_package_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AgencyError, match="No such file"):
        unpack(tmp_path / "none.tar", tmp_path / "case")


@settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_any_bytes_are_opened_whole_or_refused(
    tmp_path: Path, data: st.DataObject
) -> None:
    """Random headers never write outside of the folder."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for info in plain():
            tar.addfile(info)
    content = bytearray(stream.getvalue())
    for _ in range(data.draw(st.integers(1, 3))):
        block = data.draw(st.integers(0, 9)) * 512
        at = block + data.draw(st.integers(0, 511))
        content[at] = data.draw(st.integers(0, 255))
        header = content[block : block + 512]
        header[148:156] = b" " * 8
        content[block + 148 : block + 156] = b"%06o\0 " % sum(header)
    package = tmp_path / "package.tar"
    package.write_bytes(content)
    try:
        bag = unpack(package, tmp_path / "case").bag
    except AgencyError:
        assert [path.name for path in tmp_path.iterdir()] == ["package.tar"]
        return
    found = {path.relative_to(bag).as_posix() for path in bag.rglob("*")} - {"data"}
    assert found == set(PARTS)
    for path in sorted((tmp_path / "case").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (tmp_path / "case").rmdir()


@pytest.mark.usefixtures("a_desk")
def test_the_cover_sheet_cannot_steer_the_terminal(
    made: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The cover sheet may be from another program."""
    top, parts = read_parts(made.package.path)
    parts["data/cover-sheet.txt"] = b"\x1b]0;evil\x07\nName\xe2\x80\xae\r\xff ok\n"
    package = write_parts(tmp_path / "evil.tar", top, parts)
    assert main(["open", str(package), str(tmp_path / "case"), "--no-inbox"]) == 0
    out = capsys.readouterr().out
    assert "\\u001b]0;evil\\u0007" in out
    assert "Name\\u202e\\u000d\ufffd ok" in out
    assert not any(map(_steers, out))


def test_printable_keeps_what_people_write() -> None:
    """Umlauts, emoji and joiners are kept; private and unassigned characters are not."""
    assert printable("Zoë 🚪 می\u200cآید") == "Zoë 🚪 می\u200cآید"
    assert printable("a\tb", keep="\t") == "a\tb"
    assert printable("\u2066\ue000\x7f\u2028") == "\\u2066\\ue000\\u007f\\u2028"


@pytest.mark.usefixtures("a_desk")
def test_open_says_why_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 1."""
    assert main(["open", str(tmp_path / "none"), str(tmp_path / "case")]) == 1
    assert "No such file" in capsys.readouterr().err
