"""The agency's tools accept packages with cut and covered video."""

from pathlib import Path

import pytest

from agency.doorwatch_agency.package.edits import what_it_is
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.clips.video.redaction import Redaction
from custom_components.doorwatch.engine.sharing.model import Edits
from tests.agency.officer import Officer
from tests.agency.scripts import run
from tests.engine.sharing.evidence import ORIGIN, make_intent, make_package
from tests.series import nightly

AREA = Redaction(left=0.1, top=0.2, width=0.3, height=0.4)
BRIEF = Redaction(left=0.5, top=0.5, width=0.5, height=0.5, start=1.0, end=2.5)


@pytest.mark.parametrize(
    "areas", [(), pytest.param((AREA,), marks=nightly), (AREA, BRIEF)]
)
def test_covered_copy_is_accepted(
    clip: Clip, tmp_path: Path, areas: tuple[Redaction, ...]
) -> None:
    """The script finds the digest of the video for any edits."""
    edits = Edits(start=1.0, end=3.0, redact=areas)
    intent = make_intent(clip, tmp_path / "staging", edits=edits)
    made = make_package(intent, tmp_path / "package.tar")
    result = run(made.package.path, ORIGIN)
    assert result.returncode == 0, result.stderr
    assert "something left out" in result.stdout
    assert f"whose SHA-256 is {clip.sha256}" in result.stdout
    said = f"covered areas: {len(areas)}. They are black"
    assert (said in result.stdout) == bool(areas)


def test_whole_clip_is_no_copy(clip: Clip, tmp_path: Path) -> None:
    """The script has nothing to report for a whole clip."""
    intent = make_intent(clip, tmp_path / "staging", edits=Edits(audio=True))
    made = make_package(intent, tmp_path / "package.tar")
    result = run(made.package.path, ORIGIN)
    assert result.returncode == 0, result.stderr
    assert "note:" not in result.stdout


@pytest.mark.parametrize(
    ("edits", "says", "says_not"),
    [
        (
            Edits(audio=True),
            "recording as it was when it was finished",
            "something left out",
        ),
        (
            Edits(),
            "that players play; the audio, if there was any. The digest",
            "second",
        ),
        (
            Edits(start=1.0, end=3.0, audio=True),
            "everything before second 1.0; everything after second 3.0. The digest",
            "black",
        ),
        (
            Edits(audio=True, redact=(AREA,)),
            "what is under 1 covered area. The covered areas are black",
            "second",
        ),
        (Edits(redact=(AREA, BRIEF)), "under 2 covered areas", "second"),
    ],
)
def test_officer_is_told_what_was_left_out(
    clip: Clip,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    edits: Edits,
    says: str,
    says_not: str,
) -> None:
    """The command says in words what was left out."""
    intent = make_intent(clip, tmp_path / "staging", edits=edits)
    made = make_package(intent, tmp_path / "package.tar")
    code, out = Officer(tmp_path, capsys).verify(made.package.path)
    assert code == 0
    words = " ".join(out.split())
    assert says in words
    assert says_not not in words


@pytest.mark.parametrize(
    "odd",
    [
        {"derived": True},
        {"derived": True, "edits": []},
        {"derived": True, "edits": {"start": "x", "end": None, "redact": {}}},
        {"derived": True, "edits": {"start": 0, "redact": []}, "audio": True},
    ],
)
def test_odd_edits_are_told_as_far_as_they_go(odd: dict[str, object]) -> None:
    """The statement may be of another version, or from a broken sender."""
    assert "something left out" in what_it_is(odd)
