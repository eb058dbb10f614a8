"""Tests of the frames shown to choose a part of a clip."""

import io
from pathlib import Path
import subprocess

import numpy as np
from PIL import Image
import pytest

from custom_components.doorwatch.engine.clips.video.stills import (
    STILL_WIDTH,
    STRIP_PICTURES,
    STRIP_WIDTH,
    NoPictureError,
    make_still,
    make_strip,
)
from custom_components.doorwatch.engine.clips.video.trim import find_cut
from tests import videos as media
from tests.engine.recording.studio import Studio, stream_of, studio

__all__ = ["studio"]

SCENES = {
    "h264": media.SMALL,
    "open-gop": media.OPEN,
    "hevc": media.HEVC,
    "hevc-open-gop": media.HEVC_OPEN,
}


def number(jpeg: bytes) -> int | None:
    """Read the number of the frame."""
    picture = Image.open(io.BytesIO(jpeg)).convert("L")
    return media.read_code(np.asarray(picture))


def size(jpeg: bytes) -> tuple[int, int]:
    """Return width and height."""
    return Image.open(io.BytesIO(jpeg)).size


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_still_is_the_frame_on_the_screen_at_that_time(scene: media.Scene) -> None:
    path = media.make(scene).path
    for at, expected in (
        (0.0, 0),
        (0.9, 13),
        (0.933, 14),
        (0.934, 14),
        (1.0, 15),
        (30.05, 450),
        (media.LOOP + 9.0, media.FRAMES - 1),
    ):
        still = make_still(path, at)
        assert number(still.jpeg) == expected
        assert still.at == pytest.approx(expected / media.FPS, abs=0.001)


@pytest.mark.parametrize("scene", SCENES.values(), ids=SCENES)
def test_strip_goes_along_the_whole_clip(scene: media.Scene) -> None:
    strip = make_strip(media.make(scene).path)
    assert strip.length == pytest.approx(media.LOOP, abs=0.01)
    assert strip.keyframes == tuple(range(media.LOOP))
    assert len(strip.stills) == STRIP_PICTURES
    assert [still.at for still in strip.stills][:3] == [0, 2, 5]
    assert strip.stills[-1].at >= media.LOOP * 0.9
    for still in strip.stills:
        assert size(still.jpeg) == (STRIP_WIDTH, 90)
        assert still.at in strip.keyframes


def test_short_clip_has_a_picture_for_each_keyframe(source: Path) -> None:
    strip = make_strip(source)
    assert [still.at for still in strip.stills] == list(strip.keyframes)
    for at in strip.keyframes:
        cut = find_cut(source, at, None)
        assert cut is not None
        assert float(cut.begin - cut.origin) == pytest.approx(at, abs=0.001)


def test_hidden_keyframe_stands_for_the_first_frame(
    studio: Studio, tmp_path: Path
) -> None:
    stream = stream_of(media.OPEN, tmp_path / "scene.ts", seconds=12)
    clip = studio.play(stream, longest=4, end=10)[1]
    strip = make_strip(clip.path)
    assert strip.keyframes[0] == 0
    assert strip.stills[0].at == 0
    assert make_still(clip.path, 0.0).at == 0
    assert number(make_still(clip.path, 0.0).jpeg) is not None


def test_turned_and_large_pictures_are_shown_upright_and_small(tmp_path: Path) -> None:
    large, turned = tmp_path / "large.mp4", tmp_path / "turned.mp4"
    small = media.make(media.SMALL).path
    command = ["ffmpeg", "-v", "error", "-i", str(small), "-t", "2"]
    subprocess.run([*command, "-s", "1920x1080", str(large)], check=True, timeout=60)
    command = ["ffmpeg", "-v", "error", "-display_rotation", "90", "-i", str(large)]
    subprocess.run([*command, "-c", "copy", str(turned)], check=True, timeout=60)
    width, height = size(make_still(turned, 0.5).jpeg)
    assert width < height
    assert size(make_still(large, 0.5).jpeg) == (STILL_WIDTH, 720)
    width, height = size(make_strip(turned).stills[0].jpeg)
    assert (width, height) == (STRIP_WIDTH, 284)


def test_what_is_no_video_has_no_pictures(tmp_path: Path) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("no video")
    with pytest.raises(NoPictureError):
        make_strip(text)
    with pytest.raises(NoPictureError):
        make_still(text, 0)
    with pytest.raises(FileNotFoundError):
        make_still(tmp_path / "gone.mp4", 0)
