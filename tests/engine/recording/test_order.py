"""Pictures that are not shown in the order they come in."""

from pathlib import Path

import av
import pytest

from custom_components.doorwatch.engine.recording.nal import opening
from tests import videos as media

from .studio import Studio, assert_in_a_row, offsets, stream_of, studio

__all__ = ["studio"]

SCENES = {
    "plain": media.SMALL,
    "reordered": media.REORDERED,
    "open": media.OPEN,
    "hevc": media.HEVC,
    "hevc open": media.HEVC_OPEN,
    "hevc leading": media.HEVC_LEADING,
}


@pytest.mark.parametrize("name", SCENES)
def test_parts_follow_each_other_picture_by_picture(
    studio: Studio, tmp_path: Path, name: str
) -> None:
    """Wherever a part is cut, nothing is lost, doubled or broken."""
    stream = stream_of(SCENES[name], tmp_path / "scene.ts")
    clips = studio.play(stream, longest=4, end=17)
    assert len(clips) >= 4
    numbers = assert_in_a_row(clips)
    assert numbers[0] <= 15
    assert 268 <= numbers[-1] <= 275
    found = offsets(clips)
    assert len(found) > 8
    assert max(map(abs, found)) < 0.020
    assert {clip.width for clip in clips} == {640}


@pytest.mark.parametrize("name", ["open", "hevc open"])
def test_scenes_have_open_groups(tmp_path: Path, name: str) -> None:
    """What the other tests are about."""
    stream = stream_of(SCENES[name], tmp_path / "scene.ts")
    with av.open(stream) as container:
        video = container.streams.video[0]
        packets = [p for p in container.demux(video) if p.size]
    keys = [n for n, p in enumerate(packets) if p.is_keyframe][1:]
    assert len(keys) > 10
    codec = video.codec_context.name
    for key in keys:
        assert opening(codec, memoryview(packets[key])).kind in (1, 21)
        pts = packets[key].pts
        assert pts is not None
        assert any((p.pts or 0) < pts for p in packets[key + 1 : key + 4])
