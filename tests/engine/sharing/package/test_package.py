"""The package holds the file, the statement and the signatures, and nothing else."""

from dataclasses import replace
from datetime import timedelta
import hashlib
import io
import json
from pathlib import Path
import pickle
import re
import stat
import tarfile

import bagit
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.sharing.documents.consent import (
    consent_record,
    make_notice,
    notice_digest,
)
from custom_components.doorwatch.engine.sharing.documents.statement import SCHEMA
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.engine.sharing.model import (
    Edits,
    Intent,
    PersonalDetails,
    Redaction,
)
from custom_components.doorwatch.engine.sharing.outbox.intents import (
    intent_from_json,
    intent_to_json,
)
from custom_components.doorwatch.engine.sharing.package.package import (
    PackageContext,
    build_package,
)
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    fingerprint,
    known_keys,
    public_pem,
    thumbprint,
    verify,
)
from tests.age_program import SealedError, desk, make_identity
from tests.engine.sharing.evidence import (
    NOW,
    ORIGIN,
    SHARE_ID,
    STARTED,
    Made,
    agency_document,
    make_intent,
    make_package,
    new_key,
    run_python,
)

TOP = f"doorwatch-{SHARE_ID}"
FACE = Redaction(left=0.125, top=0.5, width=0.25, height=0.4)
FULL = PersonalDetails(name="Ann Example", contact="ann@home.example")


@pytest.fixture
def made(clip: Clip, tmp_path: Path) -> Made:
    """Give a package in which everything is filled in."""
    gap = (STARTED + timedelta(seconds=5), STARTED + timedelta(seconds=6))
    intent = make_intent(
        replace(clip, gaps=(gap,), part=2, recovered=True),
        tmp_path / "staging",
        edits=Edits(start=2.0, end=7.0),
        personal=FULL,
        compared=False,
        note="He took\nthe parcel.",
        case_reference="2026/117",
    )
    return make_package(intent, tmp_path / "package.tar", other_parts=("part-1",))


def contents(package: Path) -> dict[str, bytes]:
    """Read all files of a package."""
    with tarfile.open(package) as tar:
        return {
            member.name: file.read()
            for member in tar
            if (file := tar.extractfile(member)) is not None
        }


def statement(package: Path) -> dict[str, object]:
    """Read share.json."""
    result: dict[str, object] = json.loads(contents(package)[f"{TOP}/data/share.json"])
    return result


def leaves(value: object) -> list[object]:
    """List all that is said in JSON."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value]


def test_the_tar_holds_ten_plain_files_and_says_nothing_of_this_machine(
    made: Made,
) -> None:
    """No owner, no name of a user, one time for all."""
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
    """It was hashed while it was written, as it is sent: encrypted."""
    content = made.sealed.path.read_bytes()
    assert made.sealed.size == len(content)
    assert made.sealed.sha256 == hashlib.sha256(content).hexdigest()
    assert made.package.size % tarfile.RECORDSIZE == 0
    assert stat.S_IMODE(made.sealed.path.stat().st_mode) == 0o600


def test_the_same_share_makes_the_same_tar_under_another_key(
    made: Made, tmp_path: Path
) -> None:
    """A package that is made again after a crash says the same, sealed anew."""
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
    """Neither names nor the video, whoever runs the server."""
    sealed = made.sealed.path.read_bytes()
    video = made.intent.staged.path.read_bytes()
    for known in (b"bagit", b"doorwatch", FULL.name, made.context.share_id):
        assert known is not None
        assert (known if isinstance(known, bytes) else known.encode()) not in sealed
    assert not any(video[at : at + 24] in sealed for at in range(0, len(video), 5000))
    with pytest.raises(SealedError):
        make_identity().open(made.sealed.path)


def test_each_recipient_of_the_agency_opens_it(clip: Clip, tmp_path: Path) -> None:
    """An officer's key and a spare one in a safe."""
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
    """The reference implementation, strictly."""
    with tarfile.open(made.package.path) as tar:
        tar.extractall(tmp_path / "out", filter="data")
    bag = bagit.Bag(str(tmp_path / "out" / TOP))
    bag.validate()
    assert bag.version == "1.0"
    assert bag.info["External-Identifier"] == SHARE_ID
    assert bag.info["Bagging-Date"] == "2025-01-01"
    assert "2026/117" in bag.info["External-Description"]


def test_the_statement_is_signed_for_this_agency_alone(made: Made) -> None:
    """share.jws says the very bytes of share.json."""
    files = contents(made.package.path)
    document = verify(
        files[f"{TOP}/share.jws"].decode(),
        DocumentKind.SHARE,
        key=known_keys([made.key.public_key()]),
        issuer=thumbprint(made.key.public_key()),
        audience=ORIGIN,
        now=NOW,
    )
    assert document.claims["jti"] == SHARE_ID
    assert document.claims["share"] == statement(made.package.path)
    assert files[f"{TOP}/home.pem"] == public_pem(made.key.public_key())


def test_the_statement_says_all_there_is_to_know(made: Made) -> None:
    """File, cut, original, gaps, parts, clock, ledger, fingerprints."""
    said = statement(made.package.path)
    intent = made.intent
    home = thumbprint(made.key.public_key())
    assert said["schema"] == SCHEMA
    assert said["home"] == {"thumbprint": home, "fingerprint": fingerprint(home)}
    assert said["file"] == {
        "name": "data/clip.mp4",
        "sha256": intent.staged.sha256,
        "size": intent.staged.size,
        "started_at": "2026-11-03T17:04:11.250Z",
        "ended_at": said["file"]["ended_at"],  # type: ignore[index] # JSON
        "audio": False,
        "derived": True,
        "reencoded": False,
        "edits": {"start": 2.0, "end": 7.0, "audio": False, "redact": []},
        "original_sha256": intent.clip.sha256,
    }
    clip = said["clip"]
    assert isinstance(clip, dict)
    assert clip["part"] == 2
    assert clip["other_parts"] == ["part-1"]
    assert clip["recovered"] is True
    assert clip["audio_codec"] is None
    assert clip["timezone"] == "Europe/Amsterdam"
    assert clip["gaps"] == [
        {"from": "2026-11-03T17:04:14.250Z", "to": "2026-11-03T17:04:15.250Z"}
    ]
    assert said["ledger"] == {"digest": "cd" * 32}
    assert said["system"] == {
        "clock_synchronised": True,
        "camera_clock_offset": None,
        "camera_make": None,
        "camera_model": None,
        "software": {"doorwatch": "1"},
    }
    assert said["personal"] == {"name": "Ann Example", "contact": "ann@home.example"}
    assert said["note"] == "He took\nthe parcel."


def test_gaps_outside_of_what_is_sent_are_not_told(clip: Clip, tmp_path: Path) -> None:
    """The agency gets what it concerns."""
    gap = (STARTED + timedelta(seconds=1), STARTED + timedelta(seconds=1.5))
    intent = make_intent(
        replace(clip, gaps=(gap,)), tmp_path, edits=Edits(start=3.0, audio=True)
    )
    made = make_package(intent, tmp_path / "package.tar")
    assert '"gaps":[]' in contents(made.package.path)[f"{TOP}/data/share.json"].decode()


def test_an_untouched_file_is_said_to_be_untouched(clip: Clip, tmp_path: Path) -> None:
    """Its digest is that of the recording; no edits are claimed."""
    made = make_package(make_intent(clip, tmp_path), tmp_path / "package.tar")
    file = statement(made.package.path)["file"]
    assert isinstance(file, dict)
    assert (file["derived"], file["edits"], file["audio"]) == (False, None, True)
    assert file["sha256"] == file["original_sha256"] == clip.sha256
    files = contents(made.package.path)
    assert files[f"{TOP}/data/clip.mp4"] == clip.path.read_bytes()
    assert b"byte for byte" in files[f"{TOP}/data/cover-sheet.txt"]


def test_covered_areas_are_told_to_programs_and_to_people(
    clip: Clip, tmp_path: Path
) -> None:
    """Where, when, that the picture was made anew, and of which recording."""
    brief = Redaction(left=0.5, top=0.1, width=0.1, height=0.2, start=2.0, end=3.5)
    intent = make_intent(
        replace(clip, video_codec="hevc"),
        tmp_path,
        edits=Edits(start=1.5, redact=(FACE, brief)),
    )
    made = make_package(intent, tmp_path / "package.tar")
    said = statement(made.package.path)
    file, about = said["file"], said["clip"]
    assert isinstance(file, dict)
    assert isinstance(about, dict)
    assert (file["derived"], file["reencoded"]) == (True, True)
    assert file["original_sha256"] == clip.sha256 != file["sha256"]
    assert about["video_codec"] == "h264"
    assert file["edits"]["redact"] == [
        [0.125, 0.5, 0.25, 0.4, None, None],
        [0.5, 0.1, 0.1, 0.2, 2.0, 3.5],
    ]
    expected = [
        {"left": 0.125, "top": 0.5, "width": 0.25, "height": 0.4}
        | {"start": None, "end": None},
        {"left": 0.5, "top": 0.1, "width": 0.1, "height": 0.2}
        | {"start": 2.0, "end": 3.5},
    ]
    shown = intent.notice["file"]
    assert isinstance(shown, dict)
    assert shown["edits"]["redact"] == expected
    assert shown["original_sha256"] == clip.sha256
    assert shown["reencoded"] is True
    assert (
        "picture_made_anew"
        in said["consent"]["pii_processing"]["privacy_notice"][  # type: ignore[index] # JSON
            "notice"
        ]["sentences"]
    )
    sheet = contents(made.package.path)[f"{TOP}/data/cover-sheet.txt"].decode()
    for words in (
        "- everything before 1.5 s",
        "- the sound",
        "- area 1 of the picture: 12.5 % from the left, 50 % from the top, 25 % wide,"
        " 40 % high, all the time",
        "- area 2 of the picture: 50 % from the left, 10 % from the top, 10 % wide,"
        " 20 % high, from 2.0 s to 3.5 s",
        "encoded anew",
        "exact to the frame",
        f"SHA-256 of the original: {clip.sha256}",
        "Areas of the picture are covered",
    ):
        assert words in sheet, words
    assert "keyframe" not in sheet


def test_edits_survive_a_restart(clip: Clip, tmp_path: Path) -> None:
    """Those that an earlier version wrote down, too."""
    intent = make_intent(clip, tmp_path, edits=Edits(start=2.0, redact=(FACE,)))
    written = intent_to_json(intent)
    assert intent_from_json(written) == intent
    old = json.loads(written)
    del old["edits"]["redact"], old["staged"]["reencoded"]
    old["clip"]["thumbnail"] = "/media/clip.jpg"
    read = intent_from_json(json.dumps(old))
    assert read.edits == Edits(start=2.0)
    assert read.clip == clip
    assert not read.staged.reencoded


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("ring", "a ring"),
        ("motion", "motion"),
        ("manual", "what was recorded manually"),
        ("parcel", "parcel"),
    ],
)
def test_the_cover_sheet_says_what_the_clip_is_of(
    clip: Clip, tmp_path: Path, event: str, words: str
) -> None:
    """One by a later version too."""
    intent = make_intent(replace(clip, event=event), tmp_path)
    made = make_package(intent, tmp_path / "package.tar")
    sheet = contents(made.package.path)[f"{TOP}/data/cover-sheet.txt"].decode()
    assert f"It shows {words} at the door,\n" in sheet


@pytest.mark.parametrize(
    ("fetched_from", "words", "how"),
    [
        (None, "This home recorded it itself.\n", "byte for byte, as it was when it"),
        (
            "ring",
            'fetched it from there by the integration "ring".\n',
            "left out:\n- what the original holds beside the picture and the sound that players show\n",
        ),
    ],
)
def test_the_package_says_who_recorded_the_clip(
    clip: Clip, tmp_path: Path, fetched_from: str | None, words: str, how: str
) -> None:
    """For programs and for people."""
    intent = make_intent(replace(clip, fetched_from=fetched_from), tmp_path)
    made = make_package(intent, tmp_path / "package.tar")
    said = statement(made.package.path)["clip"]
    assert isinstance(said, dict)
    assert said["fetched_from"] == fetched_from
    sheet = contents(made.package.path)[f"{TOP}/data/cover-sheet.txt"].decode()
    assert words in sheet
    assert ("This home did not record it." in sheet) is (fetched_from is not None)
    assert how in sheet


def test_the_cover_sheet_says_everything_that_the_statement_says(made: Made) -> None:
    """In lines for people; every value is found in it."""
    sheet = contents(made.package.path)[f"{TOP}/data/cover-sheet.txt"].decode()
    for leaf in leaves(statement(made.package.path)):
        if isinstance(leaf, str):
            for line in leaf.splitlines():
                assert line in sheet
        elif isinstance(leaf, int | float) and not isinstance(leaf, bool):
            assert re.search(rf"\b{re.escape(str(leaf))}\b", sheet)
    for sentence in (
        "everything before 2.0 s",
        "everything after 7.0 s",
        "- the sound",
        "Frames are missing from 2026-11-03T17:04:14.250Z",
        "part 2 of one event",
        "cut short",
        "The agency sees the internet address of this home.",
        "fingerprint was not compared",
        "They do not prove what the camera saw",
        "by the home's own clock",
    ):
        assert sentence in sheet


def test_who_lives_there_stays_at_home(clip: Clip, tmp_path: Path) -> None:
    """No user, no entry id: two agencies have nothing to compare."""
    made = make_package(make_intent(clip, tmp_path), tmp_path / "package.tar")
    everything = made.package.path.read_bytes()
    for private in (
        "Ann",
        "0123456789abcdef",
        "01JDOORBELL",
        "01JAGENCY",
        str(tmp_path),
    ):
        assert private.encode() not in everything.replace(clip.path.read_bytes(), b"")
    assert statement(made.package.path)["personal"] == {}


def test_each_agency_gets_another_name_for_this_home(
    clip: Clip, tmp_path: Path
) -> None:
    """The thumbprint of its own key."""
    intent = make_intent(clip, tmp_path)
    one = statement(make_package(intent, tmp_path / "1.tar").package.path)
    two = statement(make_package(intent, tmp_path / "2.tar").package.path)
    assert one["home"] != two["home"]
    assert "Ann" not in json.dumps(one)


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
    """Line breaks, bidi characters, quotes: no value breaks out of its line."""
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
    """And no half package is left."""
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
    """It names the folder in the tar."""
    with pytest.raises(ValueError):
        make_package(
            make_intent(clip, tmp_path), tmp_path / "package.tar", share_id=share_id
        )


def test_a_part_left_by_a_crash_is_written_over(clip: Clip, tmp_path: Path) -> None:
    """Whatever is in it."""
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
    """The staged file stays, so a retry can go on."""
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
import hashlib, pickle, resource, sys
from dataclasses import replace
from pathlib import Path
from tests.age_program import desk
from tests.engine.sharing.evidence import NOW, SHARE_ID, new_key
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
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
package = build_package(*arguments, [desk().recipient])
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert package.size > 300_000_000
print(after - before)
"""


def test_a_large_file_takes_no_more_memory(clip: Clip, tmp_path: Path) -> None:
    """300 MB go through in pieces."""
    intent = make_intent(clip, tmp_path / "staging")
    (tmp_path / "intent").write_bytes(pickle.dumps(intent))
    arguments = (tmp_path / "intent", tmp_path / "large", tmp_path / "package.tar")
    grown = int(run_python(_LARGE, *map(str, arguments)))
    assert grown < 20_000  # kB
    for path in arguments[1:]:
        path.unlink()


def test_the_notice_holds_what_the_dialog_must_show(clip: Clip, tmp_path: Path) -> None:
    """Agency, file, details, and the plain sentences."""
    document = agency_document()
    intent = make_intent(clip, tmp_path, document=document, personal=FULL)
    notice = intent.notice
    agency = notice["agency"]
    assert isinstance(agency, dict)
    assert agency["host"] == "police.example"
    assert agency["fingerprint"] == fingerprint(document.root_thumbprint)
    assert agency["retention"] == document.retention
    assert agency["terms"] == document.terms
    assert notice["personal"] == {"name": "Ann Example", "contact": "ann@home.example"}
    assert notice["sentences"] == [
        "internet_address",
        "only_agency_opens",
        "sound_on",
        "others_visible",
        "cannot_be_recalled",
        "administrators_see",
    ]
    quiet = make_intent(clip, tmp_path, edits=Edits(), compared=False)
    assert quiet.notice["personal"] == {}
    assert quiet.notice["sentences"] == [
        "internet_address",
        "only_agency_opens",
        "sound_off",
        "others_visible",
        "cannot_be_recalled",
        "administrators_see",
        "not_compared",
    ]


def test_every_part_of_the_notice_changes_its_digest(
    clip: Clip, tmp_path: Path
) -> None:
    """What a confirmation binds is all that was shown."""
    intent = make_intent(clip, tmp_path)

    def digest(**changes: object) -> str:
        given: dict[str, object] = {
            "compared": True,
            "staged": intent.staged,
            "original_sha256": clip.sha256,
            "edits": intent.edits,
            "personal": PersonalDetails(),
            "note": "",
            "case_reference": "",
            "request_id": None,
        } | changes
        document = given.pop("document", DOCUMENT)
        return notice_digest(make_notice(document, **given))  # type: ignore[arg-type] # by name

    digests = [
        digest(),
        digest(compared=False),
        digest(staged=replace(intent.staged, sha256="ab" * 32)),
        digest(original_sha256="ab" * 32),
        digest(edits=Edits(start=1.0, audio=True)),
        digest(edits=Edits(redact=(FACE,))),
        digest(edits=Edits(redact=(replace(FACE, left=0.25),))),
        digest(edits=Edits(redact=(replace(FACE, end=2.0),))),
        digest(staged=replace(intent.staged, reencoded=True)),
        digest(personal=PersonalDetails(name="A")),
        digest(personal=PersonalDetails(contact="A")),
        digest(note="x"),
        digest(case_reference="x"),
        digest(request_id="x"),
        digest(document=replace(DOCUMENT, name="Other")),
        digest(document=replace(DOCUMENT, contact="Other")),
    ]
    assert len(set(digests)) == len(digests)
    assert digest() == digests[0]


DOCUMENT = agency_document()


def test_the_consent_record_uses_the_names_of_the_standard(made: Made) -> None:
    """ISO/IEC TS 27560: header, processing, parties, event."""
    home = thumbprint(made.key.public_key())
    record = consent_record(
        made.intent, share_id=SHARE_ID, confirmed_at=NOW, principal=home
    )
    assert record == json.loads(json.dumps(record))
    assert record["record_id"] == SHARE_ID
    assert record["pii_principal_id"] == home
    processing = record["pii_processing"]
    assert isinstance(processing, dict)
    assert processing["privacy_notice"]["digest"] == made.intent.notice_digest
    (purpose,) = processing["purposes"]
    kinds = [one["pii_type"] for one in purpose["pii_information"]]
    assert kinds == [
        "picture of whoever came to the door",
        "time of the recording",
        "name of the person who shares",
        "contact of the person who shares",
    ]
    assert purpose["retention_period"] == "Deleted after 30 days."
    assert purpose["jurisdictions"] == ["NL"]
    assert purpose["withdrawal_method"]
    event = record["event"]
    assert isinstance(event, dict)
    assert event["event_time"] == "2025-01-01T00:00:00.000Z"
    parties = record["party_identification"]
    assert isinstance(parties, list)
    (party,) = parties
    assert party["party_url"] == ORIGIN
    assert party["fingerprint_compared"] is False


def test_sound_is_named_when_it_goes_along(clip: Clip, tmp_path: Path) -> None:
    """As a kind of personal information."""
    record = consent_record(
        make_intent(clip, tmp_path), share_id="a", confirmed_at=NOW, principal="p"
    )
    assert "sound at the door" in json.dumps(record)


def test_a_notice_without_an_agency_is_no_error(clip: Clip, tmp_path: Path) -> None:
    """An intent read back from an older outbox still makes a record."""
    intent: Intent = replace(make_intent(clip, tmp_path), notice={})
    made = make_package(intent, tmp_path / "package.tar", key=new_key())
    assert made.package.size > 0


def test_tar_reads_it_from_a_pipe(made: Made) -> None:
    """The intake may unpack while it arrives."""
    stream = io.BytesIO(made.package.path.read_bytes())
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        assert len(list(tar)) == 10


def test_a_context_made_by_older_code_needs_no_other_parts(made: Made) -> None:
    """Nobody looked is not the same as none."""
    context = PackageContext(share_id="a", confirmed_at=1.0, ledger_head="0", system={})
    assert context.other_parts is None
