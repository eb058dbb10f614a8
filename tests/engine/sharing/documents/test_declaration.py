"""Test the text of the drafted declaration."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.video.redaction import Redaction
from custom_components.doorwatch.engine.sharing.documents.declaration import (
    DeclarationFacts,
    make_declaration,
)
from custom_components.doorwatch.engine.sharing.ledger.ledger import LedgerLine
from custom_components.doorwatch.engine.sharing.model import (
    Edits,
    PersonalDetails,
    StagedFile,
)
from tests.engine.sharing.evidence import STARTED
from tests.engine.sharing.outbox.parts import make_clip

GOLDEN = Path(__file__).with_name("declarations")
MADE = datetime(2026, 11, 4, 9, 0, tzinfo=UTC)
CLIP = replace(make_clip(Path("clip.mp4")), gaps=())
WHOLE = StagedFile(
    path=Path("staged.mp4"),
    sha256=CLIP.sha256,
    size=CLIP.size,
    derived=False,
    started_at=CLIP.started_at,
    ended_at=CLIP.ended_at,
    audio=False,
)
PART = replace(
    WHOLE,
    sha256="cd" * 32,
    size=700,
    derived=True,
    reencoded=True,
    started_at=STARTED + timedelta(seconds=2),
    ended_at=STARTED + timedelta(seconds=9),
)
FACTS = DeclarationFacts(
    clip=CLIP,
    staged=WHOLE,
    edits=Edits(),
    personal=PersonalDetails(),
    agency_name="Example Police",
    home="ABCD EFGH",
    system={
        "clock_synchronised": True,
        "camera_clock_offset": 1.25,
        "camera_make": "Acme",
        "camera_model": "Door 2",
        "time_zone": "Europe/Amsterdam",
        "software": {"doorwatch": "1.2.3", "home_assistant": "2026.10.4"},
    },
    recorded=LedgerLine(
        seq=7,
        at=STARTED + timedelta(seconds=21),
        kind="recorded",
        data={"clip_id": CLIP.clip_id, "sha256": CLIP.sha256},
        previous="00" * 32,
        digest="ef" * 32,
    ),
    made_at=MADE,
)
FETCHED: Clip = replace(CLIP, fetched_from="ring", audio_codec="aac")
ALL = {
    "whole": FACTS,
    "part": replace(
        FACTS,
        clip=FETCHED,
        staged=PART,
        edits=Edits(
            start=2.0,
            end=9.0,
            redact=(Redaction(left=0, top=0, width=0.5, height=0.5),),
        ),
        personal=PersonalDetails(name="Sam Jansen", contact="sam@example.org"),
    ),
    "unknown": replace(
        FACTS,
        clip=replace(CLIP, event="manual", gaps=((STARTED, STARTED),), recovered=True),
        staged=replace(PART, reencoded=False),
        edits=Edits(start=2.0),
        system={"clock_synchronised": None},
        recorded=None,
    ),
}


@pytest.mark.parametrize("name", ALL)
def test_the_draft_is_this_word_for_word(name: str) -> None:
    """A change must be reviewed in the full text, because it may be used in court."""
    assert make_declaration(ALL[name]) == (GOLDEN / f"{name}.txt").read_text()


@pytest.mark.parametrize("name", ALL)
def test_the_draft_says_what_it_is(name: str) -> None:
    text = " ".join(make_declaration(ALL[name]).split())
    for said in (
        "This is a draft, not legal advice. Have a lawyer read it",
        "Rules 902(13) and 902(14)",
        "under penalty of perjury under the laws of the United States of America",
        "No one has to sign it: the recording is shared without it",
        "Not signed by anyone yet.",
    ):
        assert said in text


def test_no_personal_detail_stands_in_it_unless_it_was_ticked() -> None:
    """The draft has blanks to fill in by hand."""
    assert "I, ____" in make_declaration(FACTS)
    assert "Contact" not in make_declaration(FACTS)
    named = make_declaration(replace(FACTS, personal=PersonalDetails(name="A\nB")))
    assert "I, A B, declare:" in named


def test_a_clock_that_nobody_keeps_right_is_said_to_be_one() -> None:
    """The offset of the camera's clock to this clock is stated as well."""
    system = {"clock_synchronised": False, "camera_clock_offset": -3}
    text = " ".join(make_declaration(replace(FACTS, system=system)).split())
    assert "that clock was not synchronized with a time server" in text
    assert "The camera's own clock was 3.0 seconds behind" in text
    assert "make and model not known" in text


def said(facts: DeclarationFacts) -> str:
    """Return the draft as a single line."""
    return " ".join(make_declaration(facts).split())


def test_a_time_that_a_maker_told_is_not_sworn_to_be_by_the_clock_of_the_home() -> None:
    """The home measured neither the time nor the camera clock of a fetched recording."""
    text = said(ALL["part"])
    assert "by the clock of the home's system" not in text
    assert "nothing here measured" in text
    assert "time server" not in text
    assert "camera's own clock" not in text


def test_a_time_that_a_person_corrected_is_not_sworn_to_be_by_a_clock() -> None:
    text = said(replace(FACTS, time_before=STARTED + timedelta(days=40)))
    assert "by the clock of the home's system" not in text
    assert "as a person in the home corrected these times" in text
    assert "was ahead when the recording was made. By that clock it began" in text


def test_what_is_left_out_is_said_as_it_is_in_the_copy() -> None:
    """A copy begins at a keyframe, which may be seconds after the chosen start."""
    staged = replace(
        PART,
        reencoded=False,
        started_at=STARTED + timedelta(seconds=3.5),
        ended_at=STARTED + timedelta(seconds=8.75),
    )
    text = said(replace(FACTS, staged=staged, edits=Edits(start=2.0, end=9.0)))
    assert "everything before 3.5 s, everything after 8.75 s" in text


def test_sound_that_may_have_been_made_anew_is_not_sworn_to_be_the_camera_s() -> None:
    """Only AAC is stored unchanged."""
    assert "converts it to AAC" in said(
        replace(FACTS, clip=replace(CLIP, audio_codec="aac"))
    )
    assert "AAC" not in said(FACTS)


def test_what_runs_now_is_not_sworn_to_have_run_then() -> None:
    """The software may have been updated, or the camera replaced, since the recording."""
    text = said(FACTS)
    assert "camera (when this was drafted, Acme Door 2)" in text
    assert "(when this was drafted, Doorwatch 1.2.3 on" in text


def test_a_line_that_was_written_late_is_said_to_be_one() -> None:
    """The ledger does not prove the time before the late line was written."""
    assert FACTS.recorded is not None
    line = replace(FACTS.recorded, data={**FACTS.recorded.data, "late": True})
    assert "was written late" in said(replace(FACTS, recorded=line))
    assert "late" not in said(FACTS)


def test_a_ledger_that_names_another_digest_is_not_kept_quiet() -> None:
    """A file that replaced the recording must not be declared to be the recording."""
    assert FACTS.recorded is not None
    line = replace(FACTS.recorded, data={"sha256": "cd" * 32})
    text = said(replace(FACTS, recorded=line))
    assert f"names the digest {'cd' * 32}" in text
    assert (
        "The file is not the one that was stored then, or it was changed since" in text
    )
    assert "and wrote it to" not in text
