"""Tests of cutting a part of a clip by stream copy, never more than requested."""

from pathlib import Path

import pytest

from custom_components.doorwatch.engine.clips.video.media import read_facts
from custom_components.doorwatch.engine.clips.video.trim import copy_cut, find_cut
from tests.engine.clips.homemade import FPS, GOP, SECONDS, pictures


def test_part_begins_at_the_keyframe_after_the_start(
    source: Path, tmp_path: Path
) -> None:
    target = tmp_path / "part.mp4"
    cut = find_cut(source, 1.2, 3.5)
    assert cut is not None
    copy_cut(source, target, cut, audio=True)
    assert cut.begin - cut.origin == 2
    assert abs(float(cut.end - cut.origin) - 3.5) < 1 / FPS
    assert pictures(target) == round(float(cut.end - cut.begin) * FPS)
    facts = read_facts(target)
    assert facts is not None
    assert facts.audio_codec == "aac"


def test_whole_clip_without_sound(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "silent.mp4"
    cut = find_cut(source, None, None)
    assert cut is not None
    copy_cut(source, target, cut, audio=False)
    assert pictures(target) == SECONDS * FPS
    facts = read_facts(target)
    assert facts is not None
    assert facts.audio_codec is None


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
def test_nothing_left(source: Path, start: float | None, end: float | None) -> None:
    assert find_cut(source, start, end) is None


def test_what_is_no_video_has_no_part(tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("no video")
    assert find_cut(text, 0, 1) is None
    with pytest.raises(FileNotFoundError):
        find_cut(tmp_path / "gone.mp4", 0, 1)


def test_target_that_cannot_be_written_keeps_what_was_there(
    source: Path, tmp_path: Path
) -> None:
    target = tmp_path / "part.mp4"
    target.mkdir()
    cut = find_cut(source, 0, 2)
    assert cut is not None
    with pytest.raises(OSError):
        copy_cut(source, target, cut, audio=True)
    assert list(tmp_path.iterdir()) == [target]
