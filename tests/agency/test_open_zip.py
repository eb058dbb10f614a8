"""A zip from an unknown sender is opened if it has a single meaning, or leaves nothing."""

from collections.abc import Callable
import io
from pathlib import Path
import stat
import struct
import subprocess
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from agency.doorwatch_agency.cli import main
from agency.doorwatch_agency.errors import AgencyError
from agency.doorwatch_agency.package.members import LARGEST_OTHER
from agency.doorwatch_agency.package.unpack import unpack
from tests.age_program import desk
from tests.agency.zips import GOOD, TOP, member, moved, plain, put, zip_of
from tests.engine.sharing.evidence import Made

from .tarballs import PARTS, read_parts, write_parts

LIST = GOOD.index(b"PK\x01\x02")
END = GOOD.index(b"PK\x05\x06")


def without_sizes() -> bytes:
    """Write a zip as to a pipe, with the sizes after the files."""

    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: object) -> int:
            raise io.UnsupportedOperation

        tell = seek

    stream = Pipe()
    with ZipFile(stream, "w") as archive:
        for info, content in plain():
            archive.writestr(info, content)
    return stream.getvalue()


def overlapping() -> bytes:
    """Let two entries of the central directory name the same bytes."""
    second = GOOD.index(b"PK\x01\x02", LIST + 1)
    (offset,) = struct.unpack_from("<L", GOOD, LIST + 42)
    return put(second + 42, "L", offset)


def nested() -> bytes:
    """Hide a file inside another file, so that only the central directory lists it."""
    inner, _, _ = zip_of([member(f"{TOP}/home.pem", content=b"evil")]).partition(
        b"PK\x01\x02"
    )
    content = zip_of([*plain("share.jws"), member(f"{TOP}/share.jws", content=inner)])
    return moved_entry(content, "home.pem", content.index(inner))


def moved_entry(content: bytes, name: str, offset: int) -> bytes:
    """Change the offset of a file in the central directory."""
    at = content.rindex(f"{TOP}/{name}".encode()) - 46
    return put(at + 42, "L", offset, content)


def ends_twice() -> bytes:
    """Append a second zip, because programs differ in the one that they read."""
    other = zip_of([member(f"{TOP}/{name}", content=b"y") for name in PARTS])
    return GOOD + moved(other, len(GOOD))


def swapped_list() -> bytes:
    """Swap the first two entries of the central directory."""
    second = GOOD.index(b"PK\x01\x02", LIST + 1)
    third = GOOD.index(b"PK\x01\x02", second + 1)
    return GOOD[:LIST] + GOOD[second:third] + GOOD[LIST:second] + GOOD[third:]


LINK = stat.S_IFLNK
EVIL: dict[str, dict[str, Callable[[], bytes]]] = {
    "is not a plain file": {
        "link": lambda: zip_of(
            [
                *plain("data/clip.mp4"),
                member(f"{TOP}/data/clip.mp4", LINK, b"/etc/passwd"),
            ]
        ),
        "device": lambda: zip_of(
            [*plain("home.pem"), member(f"{TOP}/home.pem", stat.S_IFCHR)]
        ),
        "fifo": lambda: zip_of(
            [*plain("home.pem"), member(f"{TOP}/home.pem", stat.S_IFIFO)]
        ),
        "folder by mode": lambda: zip_of(
            [*plain("home.pem"), member(f"{TOP}/home.pem", stat.S_IFDIR)]
        ),
        "folder of DOS": lambda: zip_of(
            [*plain("home.pem"), member(f"{TOP}/home.pem", external_attr=0x10)]
        ),
    },
    "does not belong in a package": {
        "folder": lambda: zip_of([member(f"{TOP}/data/", content=b""), *plain()]),
        "upward": lambda: zip_of([member(f"{TOP}/../../evil"), *plain()]),
        "upward in front": lambda: zip_of(
            [member(f"../{TOP}/home.pem"), *plain("home.pem")]
        ),
        "absolute": lambda: zip_of([member(f"/{TOP}/home.pem"), *plain("home.pem")]),
        "drive": lambda: zip_of([member(f"C:/{TOP}/home.pem"), *plain("home.pem")]),
        "backslash": lambda: GOOD.replace(b"/home.pem", b"\\home.pem"),
        "backslash in front": lambda: GOOD.replace(b"/data/clip", b"/data\\clip"),
        "dot": lambda: zip_of([member(f"{TOP}/./home.pem"), *plain("home.pem")]),
        "case": lambda: GOOD.replace(b"/home.pem", b"/Home.pem"),
        "null": lambda: GOOD.replace(b"/home.pem", b"/home.pe\0"),
        "escape": lambda: zip_of([member(f"{TOP}/\x1b[2J"), *plain()]),
        "unlisted": lambda: zip_of([*plain(), member(f"{TOP}/run.sh")]),
        "wrong folder": lambda: zip_of([member(f"evil/{name}") for name in PARTS]),
        "another name in the file": lambda: (
            GOOD[:LIST].replace(b"/home.pem", b"/evil.pem") + GOOD[LIST:]
        ),
    },
    "contains home.pem twice": {
        "twice": lambda: zip_of([*plain(), member(f"{TOP}/home.pem", content=b"y")]),
    },
    "the package is missing": {
        "missing": lambda: zip_of(plain("share.jws")),
        "empty": lambda: zip_of([]),
    },
    "contains two bags": {
        "two bags": lambda: zip_of(
            [*plain("home.pem"), member("doorwatch-b/home.pem")]
        ),
    },
    "is compressed, or written": {
        "name in other letters": lambda: zip_of(
            [member(f"{TOP}/\x1b[2J\u202egpj"), *plain()]
        ),
        "compressed": lambda: zip_of(
            [
                *plain("home.pem"),
                member(
                    f"{TOP}/home.pem", content=bytes(99), compress_type=ZIP_DEFLATED
                ),
            ]
        ),
        "bomb": lambda: zip_of(
            [
                member(
                    f"{TOP}/data/clip.mp4",
                    content=bytes(50 << 20),
                    compress_type=ZIP_DEFLATED,
                ),
                *plain("data/clip.mp4"),
            ]
        ),
        "sizes behind": without_sizes,
    },
    "is locked with a password": {
        "locked": lambda: put(6, "H", 1, put(LIST + 8, "H", 1)),
        "locked in the file alone": lambda: put(6, "H", 1),
    },
    "its list and its file": {
        "locked in the list alone": lambda: put(LIST + 8, "H", 1),
        "overlapping": overlapping,
        "nested": nested,
        "another name in the list": lambda: (
            GOOD[:LIST] + GOOD[LIST:].replace(b"/home.pem", b"/evil.pem")
        ),
        "names exchanged": lambda: (
            GOOD[:LIST]
            + GOOD[LIST:]
            .replace(b"/bagit.txt", b"/_________")
            .replace(b"/share.jws", b"/bagit.txt")
            .replace(b"/_________", b"/share.jws")
        ),
        "another size in the list": lambda: put(LIST + 24, "L", 5),
        "another packed size in the list": lambda: put(LIST + 20, "L", 5),
        "another checksum in the list": lambda: put(LIST + 16, "L", 5),
        "another time in the list": lambda: put(LIST + 12, "L", 5),
        "on another disk": lambda: put(LIST + 34, "H", 1),
        "comment on a file": lambda: zip_of(
            [*plain("home.pem"), member(f"{TOP}/home.pem", comment=b"x")]
        ),
        "listed in another order": swapped_list,
    },
    "has two different sizes": {
        "two sizes": lambda: put(22, "L", 0, put(LIST + 24, "L", 0)),
    },
    "its checksum does not match": {
        "another checksum": lambda: put(14, "L", 5, put(LIST + 16, "L", 5)),
    },
    "fields that do not belong": {
        "extra field": lambda: zip_of(
            [
                *plain("home.pem"),
                # Some programs use the name in the field "up" (Unicode path).
                member(
                    f"{TOP}/home.pem",
                    extra=struct.pack("<HHBL4s", 0x7075, 9, 1, 0, b"evil"),
                ),
            ]
        ),
        "large sizes without them": lambda: put(22, "L", 0xFFFFFFFF),
    },
    "its end record does not match": {
        "comment": lambda: zip_of(plain(), b"PK\x05\x06"),
        "lists fewer": lambda: put(END + 10, "H", 9),
        "lists fewer here": lambda: put(END + 8, "H", 9),
        "list elsewhere": lambda: put(END + 16, "L", LIST + 1),
        "list of another length": lambda: put(END + 12, "L", 1),
        "end on another disk": lambda: put(END + 4, "H", 1),
        "end in Zip64 without it": lambda: put(END + 16, "L", 0xFFFFFFFF),
    },
    "there is something between": {
        "spanned": lambda: b"PK00" + moved(GOOD, 4),
        "between": lambda: (
            GOOD[:LIST] + b"hidden" + put(END + 16 - LIST, "L", LIST + 6, GOOD[LIST:])
        ),
        "before the end": lambda: GOOD[:END] + b"hidden" + GOOD[END:],
        "no zip after its first letters": lambda: b"PK" + bytes(1000),
    },
    "is hidden after the end": {
        "behind": lambda: GOOD + b"\0",
        "ends twice": ends_twice,
    },
    "is cut off": {
        "in front": lambda: b"MZ" + GOOD,
        "in front and counted": lambda: b"#!/bin/sh\n" + moved(GOOD, 10),
        "cut in a file": lambda: GOOD[:100],
        "cut in the list": lambda: GOOD[: LIST + 30],
        "cut before the list": lambda: GOOD[:LIST],
        "cut in the end": lambda: GOOD[:-1],
        "only its first letters": lambda: b"PK",
    },
}


@pytest.mark.parametrize(
    ("says", "kind"), [(says, kind) for says in EVIL for kind in EVIL[says]]
)
def test_an_evil_zip_leaves_nothing(tmp_path: Path, says: str, kind: str) -> None:
    """No file is left inside or next to the folder, and the error shows no control characters."""
    package = tmp_path / "share.zip"
    package.write_bytes(EVIL[says][kind]())
    before = sorted(tmp_path.iterdir())
    with pytest.raises(AgencyError) as caught:
        unpack(package, tmp_path / "case")
    assert sorted(tmp_path.iterdir()) == before
    said = str(caught.value)
    assert says in said
    assert said.isprintable()
    (tmp_path / "case").mkdir()
    with pytest.raises(AgencyError):
        unpack(package, tmp_path / "case")
    assert list((tmp_path / "case").iterdir()) == []


def test_what_the_evil_ones_were_made_from_is_opened(tmp_path: Path) -> None:
    """The bad zips are therefore refused only because of their changes."""
    (tmp_path / "share.zip").write_bytes(GOOD)
    opened = unpack(tmp_path / "share.zip", tmp_path / "case")
    assert (opened.bag / "home.pem").read_bytes() == b"x"


def test_a_zip_is_opened_for_this_user_alone(handed_over: Made, tmp_path: Path) -> None:
    """The files are unchanged, and the digest is that of the zip."""
    package = handed_over.package
    opened = unpack(package.path, tmp_path / "case")
    top, parts = read_parts(package.path)
    assert opened.bag == tmp_path / "case" / top
    assert (opened.sha256, opened.size) == (package.sha256, package.size)
    assert (opened.zipped, opened.encrypted) == (True, False)
    for name, content in parts.items():
        assert (opened.bag / name).read_bytes() == content
        assert stat.S_IMODE((opened.bag / name).stat().st_mode) == 0o600


def test_sizes_have_a_limit(handed_over: Made, tmp_path: Path) -> None:
    """The limit of the video can be set; the other limits are small."""
    with pytest.raises(AgencyError, match="too large"):
        unpack(handed_over.package.path, tmp_path / "case", largest=1000)
    top, parts = read_parts(handed_over.package.path)
    parts["bag-info.txt"] = b"x" * (LARGEST_OTHER + 1)
    with pytest.raises(AgencyError, match="too large"):
        unpack(write_parts(tmp_path / "big.zip", top, parts), tmp_path / "case")
    assert not (tmp_path / "case").exists()


@pytest.fixture
def zip64(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """Return a zip in the ZIP64 format."""
    monkeypatch.setattr("zipfile.ZIP64_LIMIT", 0)
    return zip_of(plain())


def test_zip64_is_read(zip64: bytes, tmp_path: Path) -> None:
    """Sizes, offsets and the end record have 64 bits."""
    assert b"PK\x06\x06" in zip64
    assert b"PK\x06\x07" in zip64
    (tmp_path / "share.zip").write_bytes(zip64)
    assert unpack(tmp_path / "share.zip", tmp_path / "case").bag.name == TOP


@pytest.mark.parametrize(
    ("where", "by", "layout"),
    [
        ("file", 34 + len(TOP) + len("/bagit.txt"), "Q"),  # size
        ("file", 42 + len(TOP) + len("/bagit.txt"), "Q"),  # packed size
        ("file", 30 + len(TOP) + len("/bagit.txt"), "H"),  # type of the field
        ("file", 32 + len(TOP) + len("/bagit.txt"), "H"),  # length of the field
        ("list", 50 + len(TOP) + len("/bagit.txt"), "Q"),  # size
        ("list", 58 + len(TOP) + len("/bagit.txt"), "Q"),  # packed size
        ("end", 4, "Q"),  # length of the record
        ("end", 16, "L"),  # disk
        ("end", 20, "L"),  # disk of the directory
        ("end", 24, "Q"),  # entries on this disk
        ("end", 32, "Q"),  # entries
        ("end", 40, "Q"),  # length of the directory
        ("end", 48, "Q"),  # offset of the directory
        ("end", 56, "L"),  # signature of the next record
        ("end", 60, "L"),  # disk of the end record
        ("end", 64, "Q"),  # offset of the end record
        ("end", 72, "L"),  # number of disks
    ],
)
def test_zip64_that_says_something_else_is_refused(
    zip64: bytes, tmp_path: Path, where: str, by: int, layout: str
) -> None:
    """Each number of the ZIP64 records is checked."""
    begin = {"file": 0, "list": zip64.index(b"PK\x01\x02")}
    at = begin.get(where, zip64.index(b"PK\x06\x06")) + by
    (number,) = struct.unpack_from(f"<{layout}", zip64, at)
    (tmp_path / "share.zip").write_bytes(put(at, layout, number + 1, zip64))
    with pytest.raises(AgencyError):
        unpack(tmp_path / "share.zip", tmp_path / "case")
    assert not (tmp_path / "case").exists()


def test_a_zip_packed_anew_is_refused_with_advice(
    handed_over: Made, tmp_path: Path
) -> None:
    """Other programs compress the files, or write sizes after the files."""
    opened = unpack(handed_over.package.path, tmp_path / "case")
    for method in ("deflate", "store"):
        package = tmp_path / f"{method}.zip"
        command = ["bsdtar", "--format", "zip", f"--options=zip:compression={method}"]
        subprocess.run(
            [*command, "-cf", str(package), opened.bag.name],
            cwd=tmp_path / "case",
            check=True,
            timeout=60,
        )
        with pytest.raises(AgencyError, match="as it was downloaded|does not belong"):
            unpack(package, tmp_path / "out")


@pytest.mark.usefixtures("a_desk")
def test_open_says_in_plain_words_what_a_zip_proves(
    handed_over: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The cover sheet that is printed says it too."""
    case = tmp_path / "case"
    assert main(["open", str(handed_over.package.path), str(case)]) == 0
    out = capsys.readouterr().out
    assert "A person handed it over or uploaded it. It was not encrypted" in out
    assert "Not proved: who that was" in out
    assert "A person took it out of the home" in out
    assert "Homes send encrypted packages" not in out


@pytest.mark.usefixtures("a_desk")
def test_a_zip_inside_of_age_is_none_of_ours(
    handed_over: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Homes encrypt only tars."""
    (tmp_path / "identity").write_text(desk().secret)
    package = tmp_path / "share.zip.age"
    command = ["age", "-r", desk().recipient, "-o", str(package)]
    subprocess.run([*command, str(handed_over.package.path)], check=True, timeout=60)
    opening = ["open", str(package), str(tmp_path / "case"), "--no-inbox", "--identity"]
    assert main([*opening, str(tmp_path / "identity")]) == 1
    assert "neither a tar nor a zip" in capsys.readouterr().err
