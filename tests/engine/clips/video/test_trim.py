"""Tests of cutting a part of a clip by stream copy, never more than requested."""

from fractions import Fraction
from pathlib import Path
import stat

import pytest

from custom_components.doorwatch.engine.clips.video.trim import trim
from tests.engine.clips.homemade import FPS, GOP, SECONDS, pictures


def test_part_begins_at_the_keyframe_after_the_start(
    source: Path, tmp_path: Path
) -> None:
    target = tmp_path / "part.mp4"
    trimmed = trim(source, target, start=1.2, end=3.5)
    assert trimmed is not None
    assert (trimmed.start, trimmed.audio) == (Fraction(2), True)
    assert abs(float(trimmed.end) - 3.5) < 1 / FPS
    assert pictures(target) == round(float(trimmed.end - trimmed.start) * FPS)
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [target]


def test_whole_clip_without_sound(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "silent.mp4"
    trimmed = trim(source, target, start=None, end=None, audio=False)
    assert trimmed is not None
    assert not trimmed.audio
    assert pictures(target) == SECONDS * FPS


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (SECONDS - GOP / FPS + 0.1, None),  # no keyframe follows
        (3.0, 2.0),
        (float("nan"), None),
        (None, float("inf")),
        (0.0, -1.0),
    ],
)
def test_nothing_left_leaves_no_file(
    source: Path, tmp_path: Path, start: float | None, end: float | None
) -> None:
    assert trim(source, tmp_path / "none.mp4", start=start, end=end) is None
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_video_has_no_part(tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("no video")
    assert trim(text, tmp_path / "none.mp4", start=0, end=1) is None
    with pytest.raises(FileNotFoundError):
        trim(tmp_path / "gone.mp4", tmp_path / "none.mp4", start=0, end=1)


def test_target_that_cannot_be_written_keeps_what_was_there(
    source: Path, tmp_path: Path
) -> None:
    target = tmp_path / "part.mp4"
    target.mkdir()
    with pytest.raises(OSError):
        trim(source, target, start=0, end=2)
    assert list(tmp_path.iterdir()) == [target]
