"""Test reading parameter sets from NAL units."""

from pathlib import Path

import av
import pytest

from custom_components.doorwatch.engine.recording.nal import length_size, opening
from tests import videos as media
from tests.engine.recording.studio import stream_of


@pytest.mark.parametrize("scene", [media.SMALL, media.HEVC], ids=["h264", "hevc"])
def test_parameter_sets_are_found(tmp_path: Path, scene: media.Scene) -> None:
    """Both stream formats work, with any number of units before the picture."""
    stream = stream_of(scene, tmp_path / "scene.ts", seconds=2)
    with av.open(stream) as container:
        video = container.streams.video[0]
        codec = video.codec_context.name
        first = next(bytes(p) for p in container.demux(video) if p.is_keyframe)
    found = opening(codec, memoryview(first))
    assert len(found.parameters) == (2 if codec == "h264" else 3)
    assert found.kind in (5, 19, 20)
    start = b"\0\0\0\1"
    remark = start + (b"\x06" if codec == "h264" else b"\x4e\x01") + b"\x2a" * 5000
    assert opening(codec, memoryview(remark + first)) == found
    lengths = b"".join(
        len(each).to_bytes(4) + each for each in (*found.parameters, b"\x26\x01")
    )
    assert opening(codec, memoryview(lengths), 4).parameters == found.parameters
    assert opening(codec, memoryview(b"")).kind is None
    assert opening(codec, memoryview(first[:40])).kind is None
    assert length_size(codec, None) == 0
    assert length_size("h264", bytes([1, 66, 0, 30, 0xFF])) == 4
