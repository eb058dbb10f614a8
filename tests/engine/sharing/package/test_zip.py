"""Test the zip that a person hands over: the same bag, with the video and the cover sheet first."""

from collections.abc import Callable
import hashlib
import json
from pathlib import Path
import pickle
import re
import stat
import subprocess
import sys
from zipfile import ZIP_STORED, ZipFile

import bagit
import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.documents.statement import CHECKS
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.signing.jws import jwk_of
from tests.engine.sharing.evidence import (
    SHARE_ID,
    Made,
    make_intent,
    make_zip,
    run_python,
)

TOP = f"doorwatch-{SHARE_ID}"


@pytest.fixture
def made(clip: Clip, tmp_path: Path) -> Made:
    """Return a zip."""
    return make_zip(make_intent(clip, tmp_path / "staging"), tmp_path / "share.zip")


def test_the_video_and_the_cover_sheet_are_in_front(made: Made) -> None:
    """Importers look there; the ten files are stored uncompressed and without a time."""
    with ZipFile(made.package.path) as archive:
        members = archive.infolist()
    names = [member.filename.removeprefix(f"{TOP}/") for member in members]
    assert names[:2] == ["data/clip.mp4", "data/cover-sheet.txt"]
    assert len(names) == len(set(names)) == 10
    for member in members:
        assert member.compress_type == ZIP_STORED
        assert member.flag_bits == 0
        assert member.date_time == (1980, 1, 1, 0, 0, 0)
        assert member.external_attr >> 16 == stat.S_IFREG | 0o644
        assert (member.extra, member.comment) == (b"", b"")


def test_digest_and_size_are_those_of_the_file(made: Made) -> None:
    """Only the user of Home Assistant can read the file."""
    content = made.package.path.read_bytes()
    assert made.package.size == len(content)
    assert made.package.sha256 == hashlib.sha256(content).hexdigest()
    assert stat.S_IMODE(made.package.path.stat().st_mode) == 0o600


UNPACKERS: dict[str, list[str]] = {
    "unzip": ["unzip", "-q", "{}"],
    "bsdtar": ["bsdtar", "-xf", "{}"],
    "bsdtar from a pipe": ["sh", "-c", 'bsdtar -xf - < "$1"', "sh", "{}"],
    "Python": [sys.executable, "-m", "zipfile", "-e", "{}", "."],
}


def unpacked(package: Path, folder: Path, how: str = "unzip") -> Path:
    """Unpack the zip with the given tool and return the bag."""
    folder.mkdir()
    command = [word.replace("{}", str(package)) for word in UNPACKERS[how]]
    subprocess.run(command, cwd=folder, check=True, timeout=120)
    return folder / TOP


@pytest.mark.parametrize("how", UNPACKERS)
def test_whatever_unpacks_it_the_bag_is_good(
    made: Made, tmp_path: Path, how: str
) -> None:
    """Digests, bag and signature are checked with third-party programs."""
    bag = unpacked(made.package.path, tmp_path / "out", how)
    video = made.intent.staged.path.read_bytes()
    assert (bag / "data/clip.mp4").read_bytes() == video
    bagit.Bag(str(bag)).validate()
    sheet = (bag / "data/cover-sheet.txt").read_text()
    for command in CHECKS:
        assert f"  {command}\n" in sheet
        done = subprocess.run(
            command.split(), cwd=bag, capture_output=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr


def test_jose_reads_the_statement(made: Made, tmp_path: Path) -> None:
    """It is signed by the key in home.pem and contains exactly the bytes of share.json."""
    bag = unpacked(made.package.path, tmp_path / "out")
    (tmp_path / "home.jwk").write_text(json.dumps(jwk_of(made.key.public_key())))
    command = ["jose", "jws", "ver", "-i", "share.jws", "-k", "../../home.jwk", "-O-"]
    claims = subprocess.run(
        command, cwd=bag, capture_output=True, check=True, timeout=60
    ).stdout
    assert claims.endswith((bag / "data/share.json").read_bytes().strip() + b"}")


@pytest.mark.parametrize("command", [["unzip", "-tq"], ["zipinfo", "-v"]])
def test_unzip_has_nothing_to_say_against_it(made: Made, command: list[str]) -> None:
    """There are no warnings."""
    done = subprocess.run(
        [*command, str(made.package.path)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert not re.search("warning|error:|skipped", done.stdout + done.stderr)


def test_the_same_share_makes_the_same_zip(made: Made, tmp_path: Path) -> None:
    """After a crash, a zip that is built again has the digest that was stored."""
    again = make_zip(made.intent, tmp_path / "again.zip", key=made.key).package
    assert again.path.read_bytes() == made.package.path.read_bytes()


@pytest.mark.parametrize("how", UNPACKERS)
def test_a_large_one_is_read_too(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Sizes and offsets are in Zip64 fields, as in files of 2 GB and more."""
    monkeypatch.setattr("zipfile.ZIP64_LIMIT", 1000)
    large = make_zip(made.intent, tmp_path / "large.zip").package
    content = large.path.read_bytes()
    assert content.count(b"PK\x06\x06") == content.count(b"PK\x06\x07") == 1
    assert large.size == len(content)
    bagit.Bag(str(unpacked(large.path, tmp_path / "out", how))).validate()


def test_without_a_document_it_says_that_the_agency_is_as_typed(made: Made) -> None:
    """Both the JSON and the cover sheet say it."""
    with ZipFile(made.package.path) as archive:
        said = json.loads(archive.read(f"{TOP}/data/share.json"))
        sheet = archive.read(f"{TOP}/data/cover-sheet.txt").decode()
    assert said["agency"] == {
        "name": "Example Police",
        "issuer": "https://police.example",
        "root_thumbprint": None,
        "fingerprint": None,
        "compared": False,
        "terms_digest": None,
        "upload_origin": "https://police.example",
    }
    for sentence in said["does_not_prove"]:
        assert f"- {sentence}\n" in sheet
    assert "A person took it out of the home" in sheet
    assert "A person in the home typed the name and the page" in sheet


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes() + b"x"),
        lambda path: path.write_bytes(b"x" + path.read_bytes()[1:]),
        lambda path: path.unlink(),
    ],
)
def test_another_file_than_the_person_saw_is_never_packed(
    clip: Clip, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    """No partial package remains."""
    intent = make_intent(clip, tmp_path / "staging")
    change(intent.staged.path)
    (tmp_path / "out").mkdir()
    with pytest.raises(SharingError, match="staged_changed"):
        make_zip(intent, tmp_path / "out" / "share.zip")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_share_id_is_never_a_path(clip: Clip, tmp_path: Path) -> None:
    """The share id is the name of the folder in the zip."""
    intent = make_intent(clip, tmp_path / "staging")
    with pytest.raises(ValueError, match="not an id"):
        make_zip(intent, tmp_path / "share.zip", share_id="../x")


def test_a_part_left_by_a_crash_is_written_over(clip: Clip, tmp_path: Path) -> None:
    (tmp_path / ".share.zip.part").write_bytes(b"x" * 10_000_000)
    made = make_zip(make_intent(clip, tmp_path / "staging"), tmp_path / "share.zip")
    assert not list(tmp_path.glob("*.part"))
    with ZipFile(made.package.path) as archive:
        assert archive.testzip() is None
    assert made.package.size == made.package.path.stat().st_size


_ON_A_SMALL_DISK = """
import pickle, resource, signal, sys
from pathlib import Path
from tests.engine.sharing.evidence import make_zip
from custom_components.doorwatch.engine.sharing.errors import SharingError

intent = pickle.loads(Path(sys.argv[1]).read_bytes())
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for room in sys.argv[3:]:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(room), resource.RLIM_INFINITY))
    try:
        make_zip(intent, Path(sys.argv[2]))
    except SharingError as err:
        print(err.problem, *Path(sys.argv[2]).parent.iterdir())
"""


def test_a_full_disk_is_said_and_leaves_nothing(made: Made, tmp_path: Path) -> None:
    """The disk is full in the video, after it, in the central directory or at the last bytes."""
    (tmp_path / "intent").write_bytes(pickle.dumps(made.intent))
    out = tmp_path / "out"
    out.mkdir()
    video = made.intent.staged.size
    whole = made.package.size
    rooms = (0, 50_000, video, video + 5000, whole - 1000, whole - 30)
    said = run_python(
        _ON_A_SMALL_DISK,
        *(str(tmp_path / "intent"), str(out / "share.zip"), *map(str, rooms)),
    )
    assert said.split() == ["disk_full"] * len(rooms)
    assert list(out.iterdir()) == []
    assert made.intent.staged.path.exists()


_LARGE = """
import hashlib, pickle, sys
from dataclasses import replace
from pathlib import Path
from tests.engine.sharing.evidence import make_context, new_key
from tests.memory import peak
from custom_components.doorwatch.engine.sharing.package.package import build_zip

intent = pickle.loads(Path(sys.argv[1]).read_bytes())
path = Path(sys.argv[2])
with path.open("wb") as file:
    file.truncate(300_000_000)
with path.open("rb") as file:
    digest = hashlib.file_digest(file, "sha256").hexdigest()
staged = replace(intent.staged, path=path, sha256=digest, size=300_000_000)
arguments = replace(intent, staged=staged), make_context(), new_key(), Path(sys.argv[3])
before = peak()
package = build_zip(*arguments)
after = peak()
assert package.size > 300_000_000
print(after - before)
"""


def test_a_large_file_takes_no_more_memory(made: Made, tmp_path: Path) -> None:
    """300 MB are processed in chunks."""
    (tmp_path / "intent").write_bytes(pickle.dumps(made.intent))
    arguments = (tmp_path / "intent", tmp_path / "large", tmp_path / "large.zip")
    grown = int(run_python(_LARGE, *map(str, arguments)))
    assert grown < 20_000  # kB
    for path in arguments[1:]:
        path.unlink()
