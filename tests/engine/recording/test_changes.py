"""Test streams whose clock, picture size or codec changes."""

from collections.abc import Iterator
import contextlib
from dataclasses import replace
from datetime import timedelta
import io
from pathlib import Path
from typing import Final

import av
from av.stream import Stream
import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellError
from custom_components.doorwatch.engine.recording.model import FinishedClip
from tests import videos as media
from tests.engine.recording.studio import is_video
from tests.rtsp.check import check_clip

from .studio import Packets, Studio, offsets, stream_of, studio

__all__ = ["studio"]

TINY: Final = replace(media.SMALL, width=480, height=272)
HEVC_TINY: Final = replace(media.HEVC, width=480, height=272)
# Another SPS with the same size.
OTHER: Final = replace(
    media.SMALL, flags=("-bf", "0", "-profile:v", "baseline", "-level", "4.2")
)
WRAP: Final = 1 << 33


def thumbnail_size(clip: FinishedClip) -> tuple[int, int]:
    with av.open(io.BytesIO(clip.thumbnail), "r") as picture:
        frame = next(picture.decode(video=0))
    return frame.width, frame.height


def joined(first: Path, second: Path, target: Path) -> Path:
    """Join transport streams, so that the second one follows the end of the first."""
    target.write_bytes(first.read_bytes() + second.read_bytes())
    return target


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (TINY, media.SMALL),
        (media.SMALL, TINY),
        (media.HEVC, HEVC_TINY),
        (media.SMALL, OTHER),
    ],
    ids=["larger", "smaller", "hevc", "profile"],
)
def test_picture_that_changes_goes_on_in_the_next_part(
    studio: Studio, tmp_path: Path, before: media.Scene, after: media.Scene
) -> None:
    """The connection stays open, and each part plays with the size in its metadata."""
    one = stream_of(before, tmp_path / "one.ts", seconds=6)
    # The timestamps continue, with the audio lead-in that FFmpeg adds to the first stream.
    two = tmp_path / "two.ts"
    stream_of(after, two, "-output_ts_offset", 6.064, seconds=6)
    clips = studio.play(joined(one, two, tmp_path / "both.ts"), end=10.5)
    assert len(clips) == 2
    for clip, scene in zip(clips, (before, after), strict=True):
        assert (clip.width, clip.height) == (scene.width, scene.height)
        facts = check_clip(clip.path)
        assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)
        assert len(facts.frames) == clip.frames
        with av.open(clip.path) as container:
            shown = {(f.width, f.height) for f in container.decode(video=0)}
        assert shown == {(scene.width, scene.height)}
        assert thumbnail_size(clip) == (scene.width, scene.height)
    # The first clip has all of its stream; the second clip starts with its stream's first picture.
    assert check_clip(clips[0].path).frames[-1] == 89
    assert check_clip(clips[1].path).frames[0] == 0
    assert clips[1].started_at == clips[0].ended_at
    assert clips[1].gaps == ()
    assert (clips[1].event_id, clips[1].part) == (clips[0].clip_id, 2)
    found = offsets(clips)
    assert len(found) > 5
    assert max(map(abs, found)) < 0.020


@pytest.mark.parametrize("hours", [-1, 1])
def test_other_codec_after_a_reconnect(
    studio: Studio, tmp_path: Path, hours: int
) -> None:
    """The doorbell was switched to H.265 during a recording.

    The home's clock is set meanwhile, which changes neither lengths nor order.
    """

    def edit(packets: Packets) -> Iterator[av.Packet[Stream]]:
        yield from packets[: len(packets) // 2]
        studio.set_clock(timedelta(hours=hours))
        yield from packets[len(packets) // 2 :]

    one = stream_of(media.SMALL, tmp_path / "one.ts", seconds=6)
    two = stream_of(media.HEVC, tmp_path / "two.ts", seconds=6)
    first, second = studio.play(one, two, edit=edit)
    assert (first.video_codec, second.video_codec) == ("h264", "hevc")
    for clip in (first, second):
        facts = check_clip(clip.path)
        assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)
        assert (clip.ended_at - clip.started_at).total_seconds() == pytest.approx(
            clip.frames / media.FPS, abs=0.01
        )
    assert 0 < (second.started_at - first.ended_at).total_seconds() < 3
    assert second.gaps == ((first.ended_at, second.started_at),)


@pytest.mark.parametrize("order", [1, -1])
def test_other_codec_on_the_same_connection_ends_it(
    studio: Studio, tmp_path: Path, order: int
) -> None:
    """FFmpeg does not notice the change; the next connection uses the new codec."""
    scenes = (media.SMALL, media.HEVC)[::order]
    one = stream_of(scenes[0], tmp_path / "one.ts", seconds=6)
    two = tmp_path / "two.ts"
    stream_of(scenes[1], two, "-output_ts_offset", 6.064, seconds=6)
    both = joined(one, two, tmp_path / "both.ts")
    with pytest.raises(DoorbellError):
        studio.play(both)
    first, second = studio.play(two)
    assert [first.video_codec, second.video_codec] == (
        ["h264", "hevc"] if order == 1 else ["hevc", "h264"]
    )
    # The change is only detected at the next keyframe, so the file has a second of the other codec.
    whole = 0
    with av.open(first.path) as container:
        for packet in container.demux(video=0):
            with contextlib.suppress(av.InvalidDataError):
                whole += len(packet.decode())
    assert whole >= 70
    facts = check_clip(second.path)
    assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)


def test_flag_without_a_keyframe_begins_no_clip(studio: Studio, tmp_path: Path) -> None:
    """The stream has a packet with only parameter sets that is flagged as a keyframe."""

    def edit(packets: Packets) -> Packets:
        edited: Packets = []
        keys = 0
        for packet in packets:
            if is_video(packet) and packet.is_keyframe:
                keys += 1
                assert packet.dts is not None
                if keys == 3:
                    data = bytes(packet)
                    flagged = av.Packet(data[: data.index(b"\0\0\1\x65") - 1])
                    flagged.stream, flagged.time_base = packet.stream, packet.time_base
                    flagged.pts = flagged.dts = packet.dts - 3000
                    flagged.is_keyframe = True
                    edited.append(flagged)
            edited.append(packet)
        return edited

    stream = stream_of(media.SMALL, tmp_path / "scene.ts", seconds=12)
    clips = studio.play(stream, edit=edit, begin=2.95, longest=4, end=10)
    for clip in clips:
        facts = check_clip(clip.path)
        assert facts.starts_on_keyframe
        assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)


def test_broken_parameters_cost_no_clip(studio: Studio, tmp_path: Path) -> None:
    """Parameter sets that no file can use are treated as a broken picture, not as a new stream."""

    def edit(packets: Packets) -> Packets:
        keys = [n for n, p in enumerate(packets) if is_video(p) and p.is_keyframe]
        whole = packets[keys[2]]
        data = bytearray(bytes(whole))
        # This bit is forbidden in NAL units.
        data[data.index(b"\0\0\1\x68") + 3] |= 0x80
        broken = av.Packet(bytes(data))
        broken.stream, broken.time_base = whole.stream, whole.time_base
        broken.pts, broken.dts, broken.is_keyframe = whole.pts, whole.dts, True
        return [*packets[: keys[2]], broken, *packets[keys[2] + 1 :]]

    stream = stream_of(media.SMALL, tmp_path / "scene.ts", seconds=12)
    clips = studio.play(stream, edit=edit, begin=2.95, longest=4, end=10)
    assert sum(clip.frames for clip in clips) > 100
    for clip in clips:
        facts = check_clip(clip.path)
        assert (facts.missing, facts.doubled) == (0, 0)
