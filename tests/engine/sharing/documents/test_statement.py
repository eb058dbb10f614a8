"""Test the statement about a share, in JSON and on the cover sheet."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
import json
from pathlib import Path
import re

import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.video.redaction import Redaction
from custom_components.doorwatch.engine.sharing.documents.consent import SENTENCES
from custom_components.doorwatch.engine.sharing.documents.statement import SCHEMA
from custom_components.doorwatch.engine.sharing.model import Edits
from custom_components.doorwatch.engine.sharing.outbox.intents import (
    intent_from_json,
    intent_to_json,
)
from custom_components.doorwatch.engine.sharing.signing.canonical import digest_of
from custom_components.doorwatch.engine.sharing.signing.jws import (
    DocumentKind,
    fingerprint,
    known_keys,
    public_pem,
    thumbprint,
    verify,
)
from tests.engine.sharing.evidence import (
    NOW,
    ORIGIN,
    SHARE_ID,
    STARTED,
    Made,
    make_intent,
    make_package,
)
from tests.engine.sharing.packed import FACE, TOP, contents, leaves, made, statement
from tests.repository import ROOT

__all__ = ["made"]


def test_the_statement_is_signed_for_this_agency_alone(made: Made) -> None:
    """share.jws contains exactly the bytes of share.json."""
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
    """The agency only gets data about the part that is shared."""
    gap = (STARTED + timedelta(seconds=1), STARTED + timedelta(seconds=1.5))
    intent = make_intent(
        replace(clip, gaps=(gap,)), tmp_path, edits=Edits(start=3.0, audio=True)
    )
    made = make_package(intent, tmp_path / "package.tar")
    assert '"gaps":[]' in contents(made.package.path)[f"{TOP}/data/share.json"].decode()


def test_an_untouched_file_is_said_to_be_untouched(clip: Clip, tmp_path: Path) -> None:
    """Its digest is that of the recording, and no edits are listed."""
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
    """Areas, times, re-encoding and the digest of the original are listed."""
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
        "- the audio",
        "- area 1 of the image: 12.5 % from the left, 50 % from the top, 25 % wide,"
        " 40 % high, all the time",
        "- area 2 of the image: 50 % from the left, 10 % from the top, 10 % wide,"
        " 20 % high, from 2.0 s to 3.5 s",
        "re-encoded",
        "exact to the frame",
        f"SHA-256 of the original: {clip.sha256}",
        "Areas of the image are covered. The video was re-encoded for that.",
    ):
        assert words in sheet, words
    assert "keyframe" not in sheet


def test_edits_survive_a_restart(clip: Clip, tmp_path: Path) -> None:
    """Intents stored by an earlier version can be read as well."""
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
        ("manual", "what someone recorded manually"),
        ("parcel", "parcel"),
    ],
)
def test_the_cover_sheet_says_what_the_clip_is_of(
    clip: Clip, tmp_path: Path, event: str, words: str
) -> None:
    """An unknown event kind of a later version is shown as it is."""
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
            'fetched it from there through the integration "ring".\n',
            "left out:\n- anything in the original other than the video and audio that players play\n",
        ),
    ],
)
def test_the_package_says_who_recorded_the_clip(
    clip: Clip, tmp_path: Path, fetched_from: str | None, words: str, how: str
) -> None:
    """Both the JSON and the cover sheet say it."""
    intent = make_intent(replace(clip, fetched_from=fetched_from), tmp_path)
    made = make_package(intent, tmp_path / "package.tar")
    said = statement(made.package.path)["clip"]
    assert isinstance(said, dict)
    assert said["fetched_from"] == fetched_from
    sheet = contents(made.package.path)[f"{TOP}/data/cover-sheet.txt"].decode()
    assert words in sheet
    assert ("This home did not record it." in sheet) is (fetched_from is not None)
    assert how in sheet


def test_the_package_says_that_a_person_corrected_the_time(
    clip: Clip, tmp_path: Path
) -> None:
    """The time by the clock is included; without a correction there is no such field."""
    for before in (None, datetime(2027, 1, 9, 12, 0, 0, tzinfo=UTC)):
        intent = replace(make_intent(clip, tmp_path), time_before=before)
        assert intent_from_json(intent_to_json(intent)) == intent
        made = make_package(intent, tmp_path / "package.tar")
        said = statement(made.package.path)["clip"]
        assert isinstance(said, dict)
        assert said.get("time_before") == (before and "2027-01-09T12:00:00.000Z")
        sheet = contents(made.package.path)[f"{TOP}/data/cover-sheet.txt"].decode()
        began = "By that clock the recording began at 2027-01-09T12:00:00.000Z (UTC).\n"
        assert (began in sheet) is (before is not None)


def test_the_package_says_what_the_camera_claims_and_who_passed_it_on(
    clip: Clip, tmp_path: Path
) -> None:
    """Labels are attributed to their source and never presented as verified."""
    for labels in ({"animal": "onvif", "package": "unifiprotect"}, {}):
        intent = make_intent(replace(clip, labels=labels), tmp_path)
        made = make_package(intent, tmp_path / "package.tar")
        said = statement(made.package.path)["clip"]
        assert isinstance(said, dict)
        assert said["labels"] == labels
        sheet = contents(made.package.path)[f"{TOP}/data/cover-sheet.txt"].decode()
        assert sheet.count("Label from the camera: ") == len(labels)
        for label, said_by in labels.items():
            assert (
                f'Label from the camera: {label}, as reported by "{said_by}".\n'
                in sheet
            )
        assert ("No one checked these labels" in sheet) is bool(labels)


def test_the_cover_sheet_says_everything_that_the_statement_says(made: Made) -> None:
    """Every value of the JSON is on the sheet."""
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
        "- the audio",
        "Frames are missing from 2026-11-03T17:04:14.250Z",
        "part 2 of one event",
        "cut short",
        "The agency will see your internet address.",
        "fingerprint was never compared",
        "They do not prove what the camera saw",
        "by the home's own clock",
    ):
        assert sentence in sheet


def test_the_cover_sheet_repeats_what_the_dialog_says(
    clip: Clip, tmp_path: Path
) -> None:
    """The sentences are identical to those of the frontend."""
    shown = json.loads((ROOT / "frontend/src/i18n/panel/en.json").read_text())
    assert shown["notice"]["sentences"] == SENTENCES
    intent = make_intent(clip, tmp_path, compared=False)
    made = make_package(intent, tmp_path / "package.tar")
    sheet = contents(made.package.path)[f"{TOP}/data/cover-sheet.txt"].decode()
    told = sheet.partition("WHAT THE PERSON WAS TOLD\n")[2].partition("\n\n")[0]
    keys = intent.notice["sentences"]
    assert isinstance(keys, list)
    assert told.splitlines() == [f"- {SENTENCES[key]}" for key in keys]


def test_the_package_says_in_which_language_the_notice_was_read(
    clip: Clip, tmp_path: Path
) -> None:
    """The cover sheet is in English and does not claim that the person read English."""
    read = make_intent(clip, tmp_path)
    before = {name: said for name, said in read.notice.items() if name != "language"}
    for notice, language in (
        ({**read.notice, "language": "de"}, "de"),
        (read.notice, "en"),
        # An intent of an earlier version, whose panel was in English only.
        (before, "en"),
    ):
        intent = replace(read, notice=notice, notice_digest=digest_of(notice))
        made = make_package(intent, tmp_path / "package.tar")
        consent = statement(made.package.path)["consent"]
        assert isinstance(consent, dict)
        assert consent["pii_processing"]["language"] == language
        sheet = contents(made.package.path)[f"{TOP}/data/cover-sheet.txt"].decode()
        said = 'The person read it in another language ("de"). In English:\n- '
        assert (said in sheet) is (language == "de")


def test_who_lives_there_stays_at_home(clip: Clip, tmp_path: Path) -> None:
    """Without user and entry ids, agencies cannot match shares of the same home."""
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
    """The home is named by the thumbprint of its key for that agency."""
    intent = make_intent(clip, tmp_path)
    one = statement(make_package(intent, tmp_path / "1.tar").package.path)
    two = statement(make_package(intent, tmp_path / "2.tar").package.path)
    assert one["home"] != two["home"]
    assert "Ann" not in json.dumps(one)
