"""Test with generated changes that every program reads a home's zip the same way."""

from collections.abc import Callable
import contextlib
from dataclasses import replace
import hashlib
from pathlib import Path
import shutil
import struct
import subprocess
import tempfile
from zipfile import BadZipFile, ZipFile

from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import example, given, strategies as st
import pytest

from agency.doorwatch_agency.errors import AgencyError
from agency.doorwatch_agency.package.unpack import unpack
from custom_components.doorwatch.engine.sharing.model import Intent
from tests import videos as media
from tests.engine.sharing.evidence import make_clip, make_intent, make_zip, new_key
from tests.series import examples

NEVER = (1 << 31) - 1  # the size from which Python writes Zip64
SIGNATURES = (b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07")

# Videos, including some that contain signatures of a zip.
videos = st.lists(st.binary(max_size=80) | st.sampled_from(SIGNATURES), max_size=9).map(
    b"".join
)


@pytest.fixture(scope="module")
def intent(tmp_path_factory: pytest.TempPathFactory) -> Intent:
    """Return a confirmed intent; each test replaces its video."""
    clip = make_clip(media.make(media.SMALL).path)
    return make_intent(clip, tmp_path_factory.mktemp("staging"))


@pytest.fixture(scope="module")
def key() -> ec.EllipticCurvePrivateKey:
    """Return the home's key."""
    return new_key()


def packed(
    intent: Intent, key: ec.EllipticCurvePrivateKey, video: bytes, target: Path
) -> bytes:
    """Make the zip of a share with this video."""
    path = target.with_suffix(".mp4")
    path.write_bytes(video)
    staged = replace(
        intent.staged,
        path=path,
        sha256=hashlib.sha256(video).hexdigest(),
        size=len(video),
    )
    made = make_zip(replace(intent, staged=staged), target, key=key).package
    content = target.read_bytes()
    assert (made.size, made.sha256) == (
        len(content),
        hashlib.sha256(content).hexdigest(),
    )
    return content


def opened(content: bytes) -> dict[str, bytes]:
    """Unpack a zip with the officer's program; check that no file remains after an error."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "share.zip"
        package.write_bytes(content)
        try:
            bag = unpack(package, Path(folder) / "case").bag
        except AgencyError:
            assert list(Path(folder).iterdir()) == [package]
            raise
        return {
            f"{bag.name}/{path.relative_to(bag).as_posix()}": path.read_bytes()
            for path in bag.rglob("*")
            if path.is_file()
        }


def read(content: bytes) -> dict[str, bytes]:
    """Read a zip with Python, which finds the central directory at the end."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        with ZipFile(file.name) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def unzipped(content: bytes) -> dict[str, bytes]:
    """Unpack a zip with unzip."""
    folder = Path(tempfile.mkdtemp())
    try:
        (folder / "share.zip").write_bytes(content)
        command = ["unzip", "-qq", "share.zip", "-d", "out"]
        subprocess.run(command, cwd=folder, check=True, timeout=60)
        return {
            path.relative_to(folder / "out").as_posix(): path.read_bytes()
            for path in (folder / "out").rglob("*")
            if path.is_file()
        }
    finally:
        shutil.rmtree(folder)


@examples(25)
@given(video=videos, limit=st.sampled_from([0, 20, 1000, NEVER]))
@example(video=b"", limit=0)
@example(video=b"PK\x05\x06" + bytes(18), limit=NEVER)
def test_whatever_the_video_all_read_the_same(
    tmp_path: Path,
    intent: Intent,
    key: ec.EllipticCurvePrivateKey,
    video: bytes,
    limit: int,
) -> None:
    """Sizes are also written in Zip64 fields."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zipfile.ZIP64_LIMIT", limit)
        content = packed(intent, key, video, tmp_path / "share.zip")
    files = opened(content)
    assert len(files) == 10
    assert files == read(content) == unzipped(content)
    (name,) = (name for name in files if name.endswith("/data/clip.mp4"))
    assert files[name] == video


@pytest.fixture(scope="module", params=[0, NEVER], ids=["Zip64", "small"])
def good(
    request: pytest.FixtureRequest,
    intent: Intent,
    key: ec.EllipticCurvePrivateKey,
    tmp_path_factory: pytest.TempPathFactory,
) -> bytes:
    """Return a valid zip for tests to change."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zipfile.ZIP64_LIMIT", request.param)
        target = tmp_path_factory.mktemp("good") / "share.zip"
        return packed(intent, key, b"video PK\x03\x04", target)


def headers(content: bytes) -> list[int]:
    """Return the offsets of all signatures."""
    found = []
    for signature in SIGNATURES:
        at = -1
        while (at := content.find(signature, at + 1)) >= 0:
            found.append(at)
    return sorted(found)


def _flip(content: bytes, at: int, value: int) -> bytes:
    return content[:at] + bytes([content[at] ^ (value % 255 + 1)]) + content[at + 1 :]


def _cut(content: bytes, at: int, value: int) -> bytes:
    return content[:at]


def _cut_out(content: bytes, at: int, value: int) -> bytes:
    return content[:at] + content[at + value % 100 + 1 :]


def _insert(content: bytes, at: int, value: int) -> bytes:
    return content[:at] + SIGNATURES[value % 5][: value % 4 + 1] + content[at:]


def _repeat(content: bytes, at: int, value: int) -> bytes:
    return content[:at] + content[at : at + value] + content[at:]


def _number(content: bytes, at: int, value: int) -> bytes:
    written = struct.pack("<L", (0, 1, 0xFFFF, 0xFFFFFFFF, len(content))[value % 5])
    length = (1, 2, 4)[value % 3]
    return content[:at] + written[:length] + content[at + length :]


def _append(content: bytes, at: int, value: int) -> bytes:
    return content + content[at:]


def _prepend(content: bytes, at: int, value: int) -> bytes:
    return content[:at] + content


@examples(400)
@given(
    data=st.data(),
    changes=st.lists(
        st.sampled_from(
            [
                *(_flip, _flip, _number, _number, _cut_out),
                *(_insert, _repeat, _cut, _append, _prepend),
            ]
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_whatever_was_changed_it_says_the_same_or_is_refused(
    good: bytes,
    data: st.DataObject,
    changes: list[Callable[[bytes, int, int], bytes]],
) -> None:
    """No other program reads a zip differently that the officer's program accepts."""
    content = good
    for change in changes:
        begin = data.draw(st.sampled_from([0, *headers(content)]))
        at = begin + data.draw(st.integers(0, 100))
        value = data.draw(st.integers(0, 1000))
        if at < len(content):
            content = change(content, at, value)
    try:
        files = opened(content)
    except AgencyError:
        return
    assert files == opened(good)
    # Python does not read zips that need a later version of the format.
    with contextlib.suppress(BadZipFile, NotImplementedError, RuntimeError):
        assert read(content) == files


@pytest.mark.parametrize("good", [NEVER], indirect=True)
def test_no_byte_of_headers_and_list_can_say_something_else(good: bytes) -> None:
    """Changes to any byte except file names and contents are refused or make no difference."""
    files = opened(good)
    known: set[int] = set()
    for name, content in files.items():
        for text in (name.encode(), name.encode() + content):
            begin = good.rindex(text)
            known |= set(range(begin, begin + len(text)))
    bare = [at for at in range(len(good)) if at not in known]
    taken = 0
    for at in bare:
        changed = good[:at] + bytes([good[at] ^ 1 << at % 8]) + good[at + 1 :]
        try:
            assert opened(changed) == files
        except AgencyError:
            continue
        taken += 1
    # Some bytes, such as versions and permissions, make no difference.
    assert 0 < taken < len(bare) / 4


@examples(60)
@given(
    st.binary(max_size=300).map(b"PK".__add__)
    | st.lists(
        st.sampled_from(
            [*SIGNATURES, b"\0", b"\xff", bytes(10), bytes(18), b"doorwatch-a/home.pem"]
        )
        | st.binary(max_size=30),
        max_size=12,
    ).map(lambda parts: b"PK" + b"".join(parts))
)
def test_what_is_no_zip_is_refused_with_a_word(content: bytes) -> None:
    """The problem is raised for any content."""
    with pytest.raises(AgencyError):
        opened(content)
