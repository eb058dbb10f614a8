"""Test pictures that are not displayed in decoding order."""

from pathlib import Path

import av
from av.stream import Stream
import pytest

from custom_components.doorwatch.engine.recording.nal import opening
from tests import videos as media
from tests.rtsp.check import check_clip

from .studio import Studio, assert_in_a_row, is_video, offsets, stream_of, studio

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
    """No frame is lost, doubled or damaged, wherever a part is cut."""
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


def test_parts_follow_each_other_when_decoding_times_are_guessed(
    studio: Studio, tmp_path: Path
) -> None:
    """RTP gives no decoding times, and guessed ones are less regular than the pictures."""

    def uneven(packets: list[av.Packet[Stream]]) -> list[av.Packet[Stream]]:
        pictures = [packet for packet in packets if is_video(packet)]
        for key, before, last in zip(*(pictures[n:] for n in range(3)), strict=False):
            if key.is_keyframe and last.pts < key.pts:
                last.duration = 0
                last.dts += (last.dts - before.dts) * 9 // 10
        return packets

    stream = stream_of(SCENES["open"], tmp_path / "scene.ts")
    clips = studio.play(stream, edit=uneven, longest=4, end=17)
    assert len(clips) >= 4
    shown = [number for clip in clips for number in check_clip(clip.path).frames]
    numbers = [number for number in shown if number is not None]
    assert numbers == [*range(numbers[0], numbers[0] + len(numbers))]


@pytest.mark.parametrize("name", ["open", "hevc open"])
def test_scenes_have_open_groups(tmp_path: Path, name: str) -> None:
    """The other tests depend on open groups of pictures."""
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
