"""Tests of how loud a clip is along its length."""

from pathlib import Path
import subprocess

import pytest

from custom_components.doorwatch.engine.clips.video.loudness import LEVELS, loudness_of
from tests import videos as media


def test_loud_parts_are_where_the_sound_is() -> None:
    """A tone sounds at each full second."""
    levels = loudness_of(media.make(media.SMALL).path)
    assert len(levels) == LEVELS
    seconds = media.LOOP / LEVELS
    for second in range(1, media.LOOP):
        assert levels[int((second + 0.03) / seconds)] > 0.3
        assert levels[int((second + 0.6) / seconds)] < 0.1


def test_clip_without_audio_has_no_loudness(tmp_path: Path) -> None:
    mute = tmp_path / "mute.mp4"
    source = media.make(media.SMALL).path
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", source, "-an", "-c", "copy", mute], check=True
    )
    assert loudness_of(mute) == ()


def test_file_that_is_no_clip_has_no_loudness(tmp_path: Path) -> None:
    path = tmp_path / "text.mp4"
    path.write_text("no video")
    assert loudness_of(path) == ()
    with pytest.raises(OSError):
        loudness_of(tmp_path / "missing.mp4")
