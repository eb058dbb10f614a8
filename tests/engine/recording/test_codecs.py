"""Test H.265 and G.711 from a real RTSP server."""

from itertools import pairwise
from pathlib import Path

import av
import pytest

from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.recording.model import RecorderOptions
from tests import videos as media
from tests.engine.recording.conftest import OpenBench, threads
from tests.engine.recording.studio import picture_of
from tests.rtsp.check import check_clip
from tests.rtsp.fixtures import RtspServer, StartRtspServer
from tests.waiting import until

from .conftest import OPTIONS
from .studio import Studio, assert_in_a_row, ffmpeg, offsets, studio

__all__ = ["studio"]

SLACK = 0.5


def boxes(path: Path) -> list[str]:
    """Return the top-level boxes of an MP4."""
    found = []
    with path.open("rb") as file:
        while head := file.read(8):
            size = int.from_bytes(head[:4])
            if size == 1:
                size = int.from_bytes(file.read(8)) - 8
            file.seek(size - 8, 1)
            found.append(head[4:].decode())
    return [box for box in found if box != "free"]


@pytest.mark.lesson(6)
@pytest.mark.lesson(9)
async def test_newer_video_is_recorded(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """H.265 plays both while the clip is being written and after it is closed."""
    bench = open_bench(rtsp_server.address("hevc0"))
    await bench.recorder.start()
    await bench.filled(4)
    rang = bench.trigger()
    await until(lambda: bench.recorder.diagnostics()["last_clip_readable_after"])
    [start] = bench.sink.begun
    left = bench.sink.path / "left.mp4"
    left.write_bytes((bench.sink.path / f"{start.clip_id}.mp4").read_bytes())
    still = await bench.recorder.still()
    [clip] = await bench.clips()

    growing = check_clip(left)
    assert growing.starts_on_keyframe
    assert growing.frames
    assert (growing.missing, growing.doubled, growing.unreadable) == (0, 0, 0)
    facts = check_clip(clip.path)
    assert facts.starts_on_keyframe
    assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)
    assert facts.before(rang) >= OPTIONS.pre_roll - SLACK
    assert facts.after(rang) == pytest.approx(OPTIONS.post_roll, abs=SLACK)
    assert facts.sound_offsets
    assert max(map(abs, facts.sound_offsets)) < 0.020
    assert (clip.video_codec, clip.audio_codec) == ("hevc", "aac")
    assert (clip.video_profile, clip.pixel_format) == ("Main", "yuv420p")
    assert boxes(clip.path) == ["ftyp", "mdat", "moov"]
    with av.open(clip.path) as container:
        assert container.streams.video[0].codec_context.codec_tag == "hvc1"
    assert picture_of(clip.thumbnail) == (640, 360)
    assert still is not None
    assert picture_of(still) == (640, 360)


@pytest.mark.parametrize("scene", [media.REORDERED, media.OPEN])
async def test_reordered_pictures_over_the_network(
    start_rtsp_server: StartRtspServer,
    open_bench: OpenBench,
    scene: media.Scene,
) -> None:
    """RTP gives presentation times only."""
    server = start_rtsp_server(scene=scene, cams=1)
    options = RecorderOptions(pre_roll=1, post_roll=1, longest=3)
    bench = open_bench(server.address(), options)
    await bench.recorder.start()
    await bench.filled(3)
    bench.trigger(EventKind.MOTION)
    await bench.clips(2)
    bench.trigger(EventKind.MOTION_ENDED)
    await until(lambda: not threads("clip"))
    clips = bench.sink.finished
    assert len(clips) >= 3
    numbers: list[int] = []
    for clip in clips:
        facts = check_clip(clip.path)
        assert facts.starts_on_keyframe
        assert facts.unreadable == 0
        assert len(facts.frames) == clip.frames
        numbers += [n for n in facts.frames if n is not None]
    assert {(b - a) % media.FRAMES for a, b in pairwise(numbers)} == {1}
    found = offsets(clips)
    assert found
    assert max(map(abs, found)) < 0.020


@pytest.mark.lesson(6)
async def test_telephone_sound_is_recorded(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """G.711 becomes AAC with the same offset to the flash."""
    bench = open_bench(rtsp_server.address("alaw0"))
    await bench.recorder.start()
    await bench.filled(4)
    bench.trigger()
    [clip] = await bench.clips()
    facts = check_clip(clip.path)
    assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)
    assert clip.audio_codec == "aac"
    assert facts.sound_offsets
    assert max(map(abs, facts.sound_offsets)) < 0.020
    assert boxes(clip.path) == ["ftyp", "mdat", "moov"]


@pytest.mark.lesson(9)
@pytest.mark.parametrize("scene", [media.SMALL, media.HEVC], ids=["h264", "hevc"])
def test_stream_of_another_form_is_recorded(
    studio: Studio, tmp_path: Path, scene: media.Scene
) -> None:
    """The NAL units have lengths instead of start codes, and the parameter sets are out of band."""
    path = tmp_path / "scene.mkv"
    ffmpeg("-i", media.make(scene).path, "-t", 12, "-c", "copy", path)
    clips = studio.play(path, longest=4, end=10)
    assert len(clips) >= 2
    assert_in_a_row(clips)
    assert max(map(abs, offsets(clips))) < 0.020
