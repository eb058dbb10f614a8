"""Test that a package has the file, the statement and the signatures, and nothing else."""

import hashlib
import io
from pathlib import Path
import pickle
import re
import stat
import tarfile
from typing import Any

import bagit
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.documents.statement import (
    PackageContext,
)
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import PersonalDetails
from custom_components.doorwatch.engine.sharing.package.package import build_package
from tests.age_program import SealedError, desk, make_identity
from tests.engine.sharing.answering import DECLARATION, FEED, make_answer
from tests.engine.sharing.evidence import (
    NOW,
    SHARE_ID,
    Made,
    make_intent,
    make_package,
    run_python,
)
from tests.engine.sharing.packed import FULL, TOP, contents, made, statement

__all__ = ["made"]


def test_the_tar_holds_ten_plain_files_and_says_nothing_of_this_machine(
    made: Made,
) -> None:
    """There are no owners or user names, and all files have the same time."""
    with tarfile.open(made.package.path) as tar:
        members = tar.getmembers()
    assert sorted(member.name for member in members) == sorted(
        f"{TOP}/{name}"
        for name in (
            "bagit.txt",
            "bag-info.txt",
            "manifest-sha256.txt",
            "tagmanifest-sha256.txt",
            "tagmanifest-sha256.sig",
            "share.jws",
            "home.pem",
            "data/clip.mp4",
            "data/share.json",
            "data/cover-sheet.txt",
        )
    )
    for member in members:
        assert member.type == tarfile.REGTYPE
        assert (member.uid, member.gid, member.uname, member.gname) == (0, 0, "", "")
        assert (member.mode, member.mtime) == (0o644, NOW)


def test_digest_and_size_are_those_of_the_file(made: Made) -> None:
    """Both are computed while the encrypted file is written."""
    content = made.sealed.path.read_bytes()
    assert made.sealed.size == len(content)
    assert made.sealed.sha256 == hashlib.sha256(content).hexdigest()
    assert made.package.size % tarfile.RECORDSIZE == 0
    assert stat.S_IMODE(made.sealed.path.stat().st_mode) == 0o600


def test_the_same_share_makes_the_same_tar_under_another_key(
    made: Made, tmp_path: Path
) -> None:
    """A package that is built again after a crash has the same content, encrypted again."""
    again = build_package(
        made.intent,
        made.context,
        made.key,
        tmp_path / "again.tar.age",
        [desk().recipient],
    )
    assert again.sha256 != made.sealed.sha256
    assert desk().open(again.path) == made.package.path.read_bytes()


def test_nothing_of_the_package_can_be_read_without_the_key(made: Made) -> None:
    """The operator of the server can read neither names nor the video."""
    sealed = made.sealed.path.read_bytes()
    video = made.intent.staged.path.read_bytes()
    for known in (b"bagit", b"doorwatch", FULL.name, made.context.share_id):
        assert known is not None
        assert (known if isinstance(known, bytes) else known.encode()) not in sealed
    assert not any(video[at : at + 24] in sealed for at in range(0, len(video), 5000))
    with pytest.raises(SealedError):
        make_identity().open(made.sealed.path)


def test_each_recipient_of_the_agency_opens_it(clip: Clip, tmp_path: Path) -> None:
    """An agency may have an officer's key and a spare key."""
    officer, spare = make_identity(), make_identity()
    made = make_package(make_intent(clip, tmp_path), tmp_path / "package.tar")
    package = build_package(
        made.intent,
        made.context,
        made.key,
        tmp_path / "two.tar.age",
        [officer.recipient, spare.recipient],
    )
    assert officer.open(package.path) == spare.open(package.path)
    assert officer.open(package.path) == made.package.path.read_bytes()


def test_bagit_accepts_it(made: Made, tmp_path: Path) -> None:
    """The reference implementation validates it in strict mode."""
    with tarfile.open(made.package.path) as tar:
        tar.extractall(tmp_path / "out", filter="data")
    bag = bagit.Bag(str(tmp_path / "out" / TOP))
    bag.validate()
    assert bag.version == "1.0"
    assert bag.info["External-Identifier"] == SHARE_ID
    assert bag.info["Bagging-Date"] == "2025-01-01"
    assert "2026/117" in bag.info["External-Description"]


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.text(max_size=60),
    st.text(max_size=60),
    st.text(min_size=1, max_size=40),
    st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=3),
)
def test_whatever_people_write_the_bag_is_valid_and_says_it(
    clip: Clip,
    tmp_path: Path,
    note: str,
    case_reference: str,
    name: str,
    system: dict[str, object],
) -> None:
    """Line breaks, bidi characters and quotes in a value cannot start a new line."""
    intent = make_intent(
        clip,
        tmp_path / "staging",
        note=note,
        case_reference=case_reference,
        personal=PersonalDetails(name=name),
    )
    made = make_package(intent, tmp_path / "package.tar", system=system)
    files = contents(made.package.path)
    info = files[f"{TOP}/bag-info.txt"].decode()
    assert len(re.split(r"[\r\n\x0b\x0c\x85\u2028\u2029]", info)) == 7
    sheet = files[f"{TOP}/data/cover-sheet.txt"].decode()
    assert not re.search(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", sheet
    )
    said = statement(made.package.path)
    assert said["note"] == note
    assert said["personal"] == {"name": name}
    for path in (tmp_path / "staging").iterdir():
        path.unlink()


@pytest.mark.parametrize(
    "change",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes() + b"x"),
        lambda path: path.write_bytes(b"x" + path.read_bytes()[1:]),
        lambda path: path.write_bytes(path.read_bytes() * 2),
        lambda path: path.unlink(),
    ],
)
def test_another_file_than_the_person_saw_is_never_packed(
    clip: Clip,
    tmp_path: Path,
    change: object,
) -> None:
    """No partial package remains."""
    assert callable(change)
    intent = make_intent(clip, tmp_path / "staging")
    change(intent.staged.path)
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(SharingError, match="staged_changed"):
        make_package(intent, folder / "package.tar")
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("share_id", ["", "../x", "a/b", "x" * 65, "ä"])
def test_a_share_id_is_never_a_path(clip: Clip, tmp_path: Path, share_id: str) -> None:
    """The share id is the name of the folder in the tar."""
    with pytest.raises(ValueError):
        make_package(
            make_intent(clip, tmp_path), tmp_path / "package.tar", share_id=share_id
        )


def test_a_part_left_by_a_crash_is_written_over(clip: Clip, tmp_path: Path) -> None:
    (tmp_path / ".package.tar.age.part").write_bytes(b"x" * 1000)
    made = make_package(make_intent(clip, tmp_path), tmp_path / "package.tar")
    assert not list(tmp_path.glob("*.part"))
    assert contents(made.package.path)


_ON_A_SMALL_DISK = """
import pickle, resource, signal, sys
from pathlib import Path
from tests.engine.sharing.evidence import make_package
from custom_components.doorwatch.engine.sharing.errors import SharingError

intent = pickle.loads(Path(sys.argv[1]).read_bytes())
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))
try:
    make_package(intent, Path(sys.argv[2]))
except SharingError as err:
    print(err.problem)
"""


def test_a_full_disk_is_said_and_leaves_nothing(clip: Clip, tmp_path: Path) -> None:
    """The staged file remains, so a retry is possible."""
    intent = make_intent(clip, tmp_path / "staging")
    (tmp_path / "intent").write_bytes(pickle.dumps(intent))
    out = tmp_path / "out"
    out.mkdir()
    said = run_python(
        _ON_A_SMALL_DISK, str(tmp_path / "intent"), str(out / "package.tar")
    )
    assert said.split() == ["disk_full"]
    assert list(out.iterdir()) == []
    assert intent.staged.path.exists()


_LARGE = """
import hashlib, pickle, sys
from dataclasses import replace
from pathlib import Path
from tests.age_program import desk
from tests.engine.sharing.evidence import NOW, SHARE_ID, new_key
from tests.memory import peak
from custom_components.doorwatch.engine.sharing.package.package import PackageContext, build_package

intent = pickle.loads(Path(sys.argv[1]).read_bytes())
path = Path(sys.argv[2])
with path.open("wb") as file:
    file.truncate(300_000_000)
with path.open("rb") as file:
    digest = hashlib.file_digest(file, "sha256").hexdigest()
staged = replace(intent.staged, path=path, sha256=digest, size=300_000_000)
context = PackageContext(share_id=SHARE_ID, confirmed_at=NOW, ledger_head="cd", system={})
arguments = replace(intent, staged=staged), context, new_key(), Path(sys.argv[3])
before = peak()
package = build_package(*arguments, [desk().recipient])
after = peak()
assert package.size > 300_000_000
print(after - before)
"""


def test_a_large_file_takes_no_more_memory(clip: Clip, tmp_path: Path) -> None:
    """300 MB are processed in chunks."""
    intent = make_intent(clip, tmp_path / "staging")
    (tmp_path / "intent").write_bytes(pickle.dumps(intent))
    arguments = (tmp_path / "intent", tmp_path / "large", tmp_path / "package.tar")
    grown = int(run_python(_LARGE, *map(str, arguments)))
    assert grown < 20_000  # kB
    for path in arguments[1:]:
        path.unlink()


def test_tar_reads_it_from_a_pipe(made: Made) -> None:
    """The intake may unpack the tar while it arrives."""
    stream = io.BytesIO(made.package.path.read_bytes())
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        assert len(list(tar)) == 10


def test_a_context_made_by_older_code_needs_no_other_parts(made: Made) -> None:
    """None means unknown, not that there are no other parts."""
    context = PackageContext(share_id="a", confirmed_at=1.0, ledger_head="0", system={})
    assert context.other_parts is None


def test_what_is_answered_and_declared_is_in_the_package(
    clip: Clip, tmp_path: Path
) -> None:
    """Feed and declaration are unchanged, listed with their digests, and in the statement."""
    made = make_package(make_answer(clip, tmp_path / "staging"), tmp_path / "p.tar")
    files = contents(made.package.path)
    said: Any = statement(made.package.path)
    assert files[f"{TOP}/data/requests.jws"].decode() == FEED
    assert files[f"{TOP}/data/declaration.txt"].decode() == DECLARATION
    listed = files[f"{TOP}/manifest-sha256.txt"].decode()
    for name in ("data/requests.jws", "data/declaration.txt"):
        digest = hashlib.sha256(files[f"{TOP}/{name}"]).hexdigest()
        assert f"{digest}  {name}\n" in listed
    assert (
        said["request"].pop("feed_sha256") == hashlib.sha256(FEED.encode()).hexdigest()
    )
    notice = said["consent"]["pii_processing"]["privacy_notice"]["notice"]
    assert said["request"] == notice["request"]
    assert said["request_id"] == said["request"]["request_id"] == "2025-0001"
    digest = hashlib.sha256(DECLARATION.encode()).hexdigest()
    assert said["declaration_sha256"] == notice["declaration_sha256"] == digest
    sheet = files[f"{TOP}/data/cover-sheet.txt"].decode()
    assert (
        "THE REQUEST THAT IT ANSWERS, AS IT WAS SHOWN\n2025-0001, version 1\n" in sheet
    )
    assert "data/declaration.txt. No one has signed it." in sheet


def test_a_share_that_answers_nothing_says_so(made: Made) -> None:
    said = statement(made.package.path)
    assert (said["request"], said["declaration_sha256"]) == (None, None)
