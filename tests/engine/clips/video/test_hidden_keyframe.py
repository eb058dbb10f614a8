"""Tests of parts that begin with a keyframe hidden by the edit list.

Open GOPs need the last keyframe of the previous part. Hidden frames are not counted,
shown or shared.
"""

from itertools import pairwise
from pathlib import Path
import shutil

import pytest

from custom_components.doorwatch.engine.clips.video.media import (
    first_picture,
    read_facts,
    remux,
)
from custom_components.doorwatch.engine.clips.video.trim import copy_cut, find_cut
from custom_components.doorwatch.engine.recording.model import FinishedClip
from custom_components.doorwatch.engine.recording.writer import ClipWriter
from tests import videos as media
from tests.engine.recording.studio import Studio, stream_of, studio
from tests.rtsp.check import check_clip

__all__ = ["studio"]

SCENES = pytest.mark.parametrize(
    "scene", [media.OPEN, media.HEVC_OPEN], ids=["h264", "hevc"]
)


def second_part(studio: Studio, folder: Path, scene: media.Scene) -> FinishedClip:
    """Return a part that begins with a hidden keyframe."""
    stream = stream_of(scene, folder / "scene.ts", seconds=12)
    return studio.play(stream, longest=4, end=10)[1]


@SCENES
def test_crash_before_the_end_counts_what_is_shown(
    studio: Studio, tmp_path: Path, scene: media.Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = ClipWriter.close

    def snapshot(writer: ClipWriter) -> None:
        shutil.copy(writer.path, writer.path.with_suffix(".cut"))
        close(writer)

    monkeypatch.setattr(ClipWriter, "close", snapshot)
    clip = second_part(studio, tmp_path, scene)
    whole = tmp_path / "whole.mp4"
    facts = remux(clip.path.with_suffix(".cut"), whole)
    assert facts is not None
    shown = check_clip(whole)
    assert shown.unreadable == 0
    assert shown.frames[0] == check_clip(clip.path).frames[0]
    assert facts.frames == len(shown.frames)
    assert facts.duration == pytest.approx(shown.times[-1] + 1 / media.FPS, abs=0.01)
    assert read_facts(whole) == facts


@SCENES
def test_row_that_was_lost_counts_what_is_shown(
    studio: Studio, tmp_path: Path, scene: media.Scene
) -> None:
    clip = second_part(studio, tmp_path, scene)
    facts = read_facts(clip.path)
    assert facts is not None
    assert facts.frames == clip.frames
    length = (clip.ended_at - clip.started_at).total_seconds()
    assert facts.duration == pytest.approx(length, abs=0.01)


@SCENES
def test_times_are_those_of_the_player(
    studio: Studio, tmp_path: Path, scene: media.Scene
) -> None:
    """Keyframes come slightly before full seconds, so the one at 0.93 is too early."""
    clip = second_part(studio, tmp_path, scene)
    before = check_clip(clip.path)
    assert before.frames[0] is not None
    target = tmp_path / "trimmed.mp4"
    cut = find_cut(clip.path, 0.95, 3.5)
    assert cut is not None
    copy_cut(clip.path, target, cut, audio=True)
    begin = float(cut.begin - cut.origin)
    assert 0.95 <= begin < 2.0
    assert float(cut.end - cut.origin) <= 3.5 + 1 / media.FPS
    after = check_clip(target)
    assert after.unreadable == 0
    numbers = [n for n in after.frames if n is not None]
    assert numbers[0] == before.frames[0] + round(begin * media.FPS)
    # Leading frames of the last keyframe may be cut off.
    assert all(0 < b - a <= 4 for a, b in pairwise(numbers))


@SCENES
@pytest.mark.parametrize("end", [None, 2.5])
def test_beginning_is_kept_and_what_is_hidden_stays_hidden(
    studio: Studio, tmp_path: Path, scene: media.Scene, end: float | None
) -> None:
    clip = second_part(studio, tmp_path, scene)
    before = check_clip(clip.path)
    target = tmp_path / "trimmed.mp4"
    cut = find_cut(clip.path, None, end)
    assert cut is not None
    copy_cut(clip.path, target, cut, audio=False)
    assert cut.begin == cut.origin
    after = check_clip(target)
    assert after.unreadable == 0
    assert after.times[0] == pytest.approx(0, abs=0.001)
    assert after.frames == before.frames[: len(after.frames)]
    length = float(cut.end - cut.origin)
    assert len(after.frames) / media.FPS == pytest.approx(length, abs=0.01)
    assert cut.whole == (end is None)
    if end is None:
        assert after.frames == before.frames


def test_only_keyframe_is_hidden_and_there_is_a_picture(
    studio: Studio, tmp_path: Path
) -> None:
    clip = second_part(studio, tmp_path, media.OPEN)
    short = tmp_path / "short.mp4"
    cut = find_cut(clip.path, None, 0.7)
    assert cut is not None
    copy_cut(clip.path, short, cut, audio=True)
    grey = tmp_path / "text.mp4"
    grey.write_text("no video")
    assert first_picture(short) != first_picture(grey)
