"""Test single pictures of a stream: stills, thumbnails and broken keyframes."""

import asyncio
from dataclasses import replace
import io
from pathlib import Path

import av
from av.stream import Stream
import numpy as np
import pytest

from custom_components.doorwatch.engine.recording import picture
from custom_components.doorwatch.engine.recording.epoch import Epoch
from custom_components.doorwatch.engine.recording.nal import without_remarks
from custom_components.doorwatch.engine.recording.picture import decode_keyframe
from tests import videos as media
from tests.engine.recording.conftest import OpenBench, threads
from tests.engine.recording.studio import Packets, Studio, ffmpeg, stream_of, studio
from tests.rtsp.check import check_clip
from tests.rtsp.fixtures import RtspServer

__all__ = ["studio"]


def test_keyframe_of_which_no_jpeg_can_be_made_costs_no_clip(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """JPEG does not support every size and pixel format."""

    def refuse(*_: object) -> bytes:
        raise ValueError("a format")

    monkeypatch.setattr(picture, "encode_jpeg", refuse)
    with av.open(media.make(media.SMALL).path) as container:
        video = container.streams.video[0]
        extradata = video.codec_context.extradata
        keyframe = bytes(next(p for p in container.demux(video) if p.is_keyframe))
    assert picture.decode_keyframe(keyframe, extradata) is not None
    assert picture.jpeg_of_keyframe(keyframe, extradata) is None


@pytest.mark.parametrize("scene", [media.SMALL, media.HEVC, media.HEVC_OPEN])
@pytest.mark.parametrize("form", ["ts", "mkv"])
def test_every_keyframe_can_be_looked_at(
    tmp_path: Path, scene: media.Scene, form: str
) -> None:
    """The parameter sets may be in band or out of band."""
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
    """Return the beginning of a keyframe, followed by noise."""
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
    """The next good keyframe is used; at most one group of pictures in the clip is damaged."""
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


async def test_thread_of_the_stills_ends_with_the_recorder(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """The thread also ends if a picture is requested while the recorder stops."""
    bench = open_bench(rtsp_server.address("cam0"))
    await bench.recorder.start()
    await bench.filled(1)
    asked = asyncio.create_task(bench.recorder.still())
    await asyncio.sleep(0)
    await bench.recorder.stop()
    assert not threads("still")
    await asyncio.wait([asked])


@pytest.mark.parametrize("scene", [media.SMALL, media.HEVC], ids=["h264", "hevc"])
def test_keyframe_of_another_description_does_not_decode(scene: media.Scene) -> None:
    """An invalid SEI message alone does not prevent decoding."""

    def first(scene: media.Scene) -> tuple[str, bytes, bytes]:
        with av.open(str(media.make(scene).path)) as container:
            context = container.streams.video[0].codec_context
            packets = container.demux(video=0)
            keyframe = next(bytes(each) for each in packets if each.is_keyframe)
            return context.name, bytes(context.extradata or b""), keyframe

    codec, extradata, keyframe = first(scene)
    _, other, _ = first(replace(scene, width=480, height=272))
    remark = (b"\x06" if codec == "h264" else b"\x4e\x01") + b"\x2a" * 50
    data = len(remark).to_bytes(4) + remark + keyframe
    plain = without_remarks(codec, data, 4)
    assert len(plain) <= len(keyframe)
    assert decode_keyframe(plain, extradata, codec, strict=True)
    assert decode_keyframe(plain, other, codec, strict=True) is None
    assert decode_keyframe(b"", extradata, codec, strict=True) is None
