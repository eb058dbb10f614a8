"""H.265 and G.711 from a real RTSP server; broken keyframes; what a row says."""

import asyncio
from collections.abc import Callable
import io
from itertools import pairwise
from pathlib import Path

import av
from av.stream import Stream
import numpy as np
import pytest

from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.recording.epoch import Epoch
from custom_components.doorwatch.engine.recording.model import RecorderOptions
from custom_components.doorwatch.engine.recording.nal import length_size, opening
from custom_components.doorwatch.engine.recording.picture import decode_keyframe
from tests import videos as media
from tests.rtsp.check import check_clip
from tests.rtsp.fixtures import RtspServer, StartRtspServer

from .conftest import OPTIONS, Bench, until
from .studio import Packets, Studio, assert_in_a_row, ffmpeg, offsets, stream_of, studio

__all__ = ["studio"]

SLACK = 0.5


def boxes(path: Path) -> list[str]:
    """Return the outer boxes of an MP4."""
    found = []
    with path.open("rb") as file:
        while head := file.read(8):
            size = int.from_bytes(head[:4])
            if size == 1:
                size = int.from_bytes(file.read(8)) - 8
            file.seek(size - 8, 1)
            found.append(head[4:].decode())
    return [box for box in found if box != "free"]


def picture_of(jpeg: bytes) -> tuple[int, int]:
    with av.open(io.BytesIO(jpeg), "r") as picture:
        frame = next(picture.decode(video=0))
    return frame.width, frame.height


@pytest.mark.lesson(6)
@pytest.mark.lesson(9)
async def test_newer_video_is_recorded(
    rtsp_server: RtspServer, open_bench: Callable[..., Bench]
) -> None:
    """H.265 plays while the clip grows and when it is closed."""
    bench = open_bench(rtsp_server.address("hevc0"))
    await bench.recorder.start()
    await bench.filled(4)
    rang = bench.trigger()
    session = bench.recorder._sessions[0]
    await until(lambda: session.first_readable is not None)
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
    open_bench: Callable[..., Bench],
    scene: media.Scene,
) -> None:
    """RTP only says when a picture is shown."""
    server = start_rtsp_server(scene=scene, cams=1)
    options = RecorderOptions(pre_roll=1, post_roll=1, longest=3)
    bench = open_bench(server.address(), options)
    await bench.recorder.start()
    await bench.filled(3)
    bench.trigger(EventKind.MOTION)
    await bench.clips(2)
    bench.trigger(EventKind.MOTION_ENDED)
    await until(lambda: not bench.recorder._sessions[0].is_alive())
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
    rtsp_server: RtspServer, open_bench: Callable[..., Bench]
) -> None:
    """G.711 becomes AAC, as late after the flash as it came."""
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
    """NAL units with lengths instead of start codes, parameter sets outside."""
    path = tmp_path / "scene.mkv"
    ffmpeg("-i", media.make(scene).path, "-t", 12, "-c", "copy", path)
    clips = studio.play(path, longest=4, end=10)
    assert len(clips) >= 2
    assert_in_a_row(clips)
    assert max(map(abs, offsets(clips))) < 0.020


@pytest.mark.parametrize("scene", [media.SMALL, media.HEVC, media.HEVC_OPEN])
@pytest.mark.parametrize("form", ["ts", "mkv"])
def test_every_keyframe_can_be_looked_at(
    tmp_path: Path, scene: media.Scene, form: str
) -> None:
    """With the parameter sets inside, or outside."""
    path = tmp_path / f"scene.{form}"
    source = media.make(scene).path
    ffmpeg("-i", source, "-t", 4, "-c", "copy", "-an", path)
    with av.open(path) as container:
        video = container.streams.video[0]
        epoch = Epoch(video, None)
        keys = [bytes(p) for p in container.demux(video) if p.is_keyframe and p.size]
    assert len(keys) >= 4
    for key in keys:
        frame = decode_keyframe(key, epoch.extradata, epoch.video_codec)
        assert frame is not None
        assert (frame.width, frame.height) == (640, 360)
        if form == "ts" and scene is not media.HEVC_OPEN:
            assert decode_keyframe(key, None, epoch.video_codec) is not None
    assert decode_keyframe(keys[0], None, "no such codec") is None


def damaged(packet: av.Packet[Stream]) -> av.Packet[Stream]:
    """Return a keyframe of which only the head is left, then noise."""
    data = bytes(packet)
    whole = len(data) // 40
    spoilt: av.Packet[Stream] = av.Packet(
        data[:whole] + bytes(255 - b for b in data[whole : whole * 2])
    )
    spoilt.pts, spoilt.dts = packet.pts, packet.dts
    spoilt.time_base, spoilt.stream = packet.time_base, packet.stream
    spoilt.duration, spoilt.is_keyframe = packet.duration, True
    return spoilt


@pytest.mark.lesson(10)
@pytest.mark.parametrize("scene", [media.SMALL, media.HEVC], ids=["h264", "hevc"])
def test_broken_keyframe_is_not_the_thumbnail(
    studio: Studio, tmp_path: Path, scene: media.Scene
) -> None:
    """The next good one is; the clip plays, and is damaged for one group at most."""
    stream = stream_of(scene, tmp_path / "scene.ts", seconds=12)

    def edit(packets: Packets) -> Packets:
        keys = [
            n
            for n, p in enumerate(packets)
            if p.stream.type == "video" and p.is_keyframe
        ]
        for number in (keys[1], keys[3], keys[4]):
            packets[number] = damaged(packets[number])
        return packets

    [clip] = studio.play(stream, edit=edit, end=10)
    with av.open(io.BytesIO(clip.thumbnail), "r") as picture:
        frame = next(picture.decode(video=0))
    luma = np.asarray(frame.to_ndarray(format="gray"), np.uint8)
    number = media.read_code(luma)
    assert number is not None
    assert number % scene.gop == 0
    assert number // scene.gop not in (1, 3, 4)
    facts = check_clip(clip.path)
    good = [n for n in facts.frames if n is not None]
    assert len(good) >= clip.frames - 3 * scene.gop
    assert good[-1] > 150


@pytest.mark.parametrize("scene", [media.SMALL, media.HEVC], ids=["h264", "hevc"])
def test_parameter_sets_are_found(tmp_path: Path, scene: media.Scene) -> None:
    """In both forms, however much stands before the picture."""
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


async def test_thread_of_the_stills_ends_with_the_recorder(
    rtsp_server: RtspServer, open_bench: Callable[..., Bench]
) -> None:
    """Though a picture is asked for while it stops."""
    bench = open_bench(rtsp_server.address("cam0"))
    await bench.recorder.start()
    await bench.filled(1)
    asked = asyncio.create_task(bench.recorder.still())
    await asyncio.sleep(0)
    await bench.recorder.stop()
    assert not any(thread.is_alive() for thread in bench.recorder._pictures._threads)
    await asyncio.wait([asked])
