"""Streams whose clock or picture changes on the way."""

from collections.abc import Callable
import contextlib
from dataclasses import replace
from fractions import Fraction
import io
from itertools import pairwise
from pathlib import Path
from typing import Final

import av
from av.stream import Stream
import numpy as np
import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellError
from custom_components.doorwatch.engine.recording.model import FinishedClip
from tests import videos as media
from tests.rtsp.check import check_clip

from .studio import Packets, Studio, assert_in_a_row, offsets, stream_of, studio

__all__ = ["studio"]

TINY: Final = replace(media.SMALL, width=480, height=272)
HEVC_TINY: Final = replace(media.HEVC, width=480, height=272)
# Another SPS, the same size.
OTHER: Final = replace(
    media.SMALL, flags=("-bf", "0", "-profile:v", "baseline", "-level", "4.2")
)
WRAP: Final = 1 << 33


def is_video(packet: av.Packet[Stream]) -> bool:
    return packet.stream.type == "video"


def thumbnail_size(clip: FinishedClip) -> tuple[int, int]:
    with av.open(io.BytesIO(clip.thumbnail), "r") as picture:
        frame = next(picture.decode(video=0))
    return frame.width, frame.height


def joined(first: Path, second: Path, target: Path) -> Path:
    """Join transport streams: the second one goes on where the first ends."""
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
    """Without a reconnect; each part is what its row says, and all of it plays."""
    one = stream_of(before, tmp_path / "one.ts", seconds=6)
    # Goes on in time, with the lead-in of the sound that FFmpeg begins the first with.
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
    # All of the first, and the second from its first picture on.
    assert check_clip(clips[0].path).frames[-1] == 89
    assert check_clip(clips[1].path).frames[0] == 0
    assert clips[1].started_at == clips[0].ended_at
    assert clips[1].gaps == ()
    assert (clips[1].event_id, clips[1].part) == (clips[0].clip_id, 2)
    found = offsets(clips)
    assert len(found) > 5
    assert max(map(abs, found)) < 0.020


def test_other_codec_after_a_reconnect(studio: Studio, tmp_path: Path) -> None:
    """A doorbell that was set to H.265 while somebody was at the door."""
    one = stream_of(media.SMALL, tmp_path / "one.ts", seconds=6)
    two = stream_of(media.HEVC, tmp_path / "two.ts", seconds=6)
    first, second = studio.play(one, two)
    assert (first.video_codec, second.video_codec) == ("h264", "hevc")
    for clip in (first, second):
        facts = check_clip(clip.path)
        assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)
    assert second.gaps == ((first.ended_at, second.started_at),)


@pytest.mark.parametrize("order", [1, -1])
def test_other_codec_on_the_same_connection_ends_it(
    studio: Studio, tmp_path: Path, order: int
) -> None:
    """FFmpeg does not notice; the next connection does."""
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
    # Up to the next keyframe nobody knew: a second of the other codec is in it.
    whole = 0
    with av.open(first.path) as container:
        for packet in container.demux(video=0):
            with contextlib.suppress(av.InvalidDataError):
                whole += len(packet.decode())
    assert whole >= 70
    facts = check_clip(second.path)
    assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)


def test_flag_without_a_keyframe_begins_no_clip(studio: Studio, tmp_path: Path) -> None:
    """A packet of parameters that says it is a keyframe, and a broken one."""

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
    """What no file can be described with is a broken picture, and no other stream."""

    def edit(packets: Packets) -> Packets:
        keys = [n for n, p in enumerate(packets) if is_video(p) and p.is_keyframe]
        whole = packets[keys[2]]
        data = bytearray(bytes(whole))
        data[data.index(b"\0\0\1\x68") + 3] |= 0x80  # no unit may have this bit
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


def shifted(
    seconds: float, at: float, *, wrap: int = 0
) -> Callable[[Packets], Packets]:
    """Let a camera's clock jump after `at` seconds, or begin anew."""

    def edit(packets: Packets) -> Packets:
        video = next(p for p in packets if is_video(p))
        assert video.dts is not None
        start = video.dts
        for packet in packets:
            assert packet.pts is not None and packet.dts is not None
            packet.opaque = packet.dts
            if packet.dts >= start + at * 90000:
                packet.pts += round(seconds * 90000)
                packet.dts += round(seconds * 90000)
            if wrap:
                packet.pts, packet.dts = packet.pts % wrap, packet.dts % wrap
        return packets

    return edit


@pytest.mark.lesson(6)
@pytest.mark.parametrize("jump", [5.0, -3.0, 3600.0, -7200.0])
@pytest.mark.parametrize("scene", [media.SMALL, media.OPEN], ids=["plain", "open"])
def test_clock_that_jumps_costs_no_picture(
    studio: Studio, tmp_path: Path, jump: float, scene: media.Scene
) -> None:
    """Up to the next keyframe pictures follow those before the jump."""
    stream = stream_of(scene, tmp_path / "scene.ts", seconds=12)
    clips = studio.play(stream, edit=shifted(jump, 5.4), end=10)
    assert len(clips) == 2
    numbers: list[int] = []
    for clip in clips:
        facts = check_clip(clip.path)
        assert facts.starts_on_keyframe
        assert facts.unreadable == 0
        assert all(0.03 < b - a < 0.11 for a, b in pairwise(facts.times))
        numbers += [n for n in facts.frames if n is not None]
    steps = [b - a for a, b in pairwise(numbers)]
    # An open group after the jump cannot refer to what another clock showed.
    lost = 3 if scene is media.OPEN else 0
    assert sum(step - 1 for step in steps) <= lost
    assert min(steps) == 1
    away = (clips[1].started_at - clips[0].ended_at).total_seconds()
    assert abs(away) < 0.5
    found = offsets(clips)
    assert found
    assert max(map(abs, found)) < 0.020


@pytest.mark.lesson(6)
@pytest.mark.parametrize("jump", [5.0, -3.0, 3600.0, -7200.0])
@pytest.mark.parametrize("scene", [media.SMALL, media.OPEN], ids=["plain", "open"])
def test_event_after_a_clock_that_jumped_has_the_seconds_before(
    studio: Studio, tmp_path: Path, jump: float, scene: media.Scene
) -> None:
    """The clip is in parts: what was before the jump, and what came after it."""
    studio.PRE_ROLL = 4.0
    stream = stream_of(scene, tmp_path / "scene.ts", seconds=14)

    clips = studio.play(stream, edit=shifted(jump, 5.4), begin=8, end=10)

    assert [clip.part for clip in clips] == [1, 2]
    assert {clip.event_id for clip in clips} == {clips[0].event_id}
    numbers: list[int] = []
    for clip in clips:
        facts = check_clip(clip.path)
        assert facts.starts_on_keyframe
        assert facts.unreadable == 0
        numbers += [n for n in facts.frames if n is not None]
    event = studio.started + 8
    begun = clips[0].started_at.timestamp() - studio._wall(event).timestamp()
    assert begun <= -studio.PRE_ROLL
    lost = 3 if scene is media.OPEN else 0
    steps = [b - a for a, b in pairwise(numbers)]
    assert sum(step - 1 for step in steps) <= lost
    assert min(steps) == 1
    away = (clips[1].started_at - clips[0].ended_at).total_seconds()
    assert abs(away) < 0.5
    assert all(a < b for clip in clips for a, b in clip.gaps)
    assert clips[1].gaps or away <= 0
    found = offsets(clips)
    assert found
    assert max(map(abs, found)) < 0.020


@pytest.mark.parametrize("wrap", [1 << 33, 1 << 32])
def test_clock_that_begins_anew_goes_on(
    studio: Studio, tmp_path: Path, wrap: int
) -> None:
    """MPEG's clock does so every 26 hours, RTP's every 13."""
    stream = stream_of(media.REORDERED, tmp_path / "scene.ts", seconds=12)
    begin = wrap / 90000 - 7  # 5.6 seconds after the start
    edit = shifted(begin, 0, wrap=wrap)
    [clip] = studio.play(stream, edit=edit, end=10)
    numbers = assert_in_a_row([clip])
    assert len(numbers) > 120
    assert clip.gaps == ()
    found = offsets([clip])
    assert len(found) > 5
    assert max(map(abs, found)) < 0.020


def test_times_that_are_missing_are_guessed(studio: Studio, tmp_path: Path) -> None:
    """Every fifth picture and every third sound without a time."""

    def edit(packets: Packets) -> Packets:
        pictures = [p for p in packets if is_video(p)]
        sounds = [p for p in packets if not is_video(p)]
        for packet in packets:
            packet.opaque = packet.dts
        for number, packet in enumerate(pictures):
            if number % 5 == 1:
                packet.dts = None
            if number % 5 == 2:
                packet.pts = None
            if number % 15 == 8:
                packet.pts = packet.dts = None
        for packet in sounds[2::3]:
            packet.pts = packet.dts = None
        return packets

    stream = stream_of(media.SMALL, tmp_path / "scene.ts", seconds=12)
    clips = studio.play(stream, edit=edit, longest=4, end=10)
    assert len(assert_in_a_row(clips)) > 120
    assert max(map(abs, offsets(clips))) < 0.020


def test_reordered_pictures_without_decoding_times(
    studio: Studio, tmp_path: Path
) -> None:
    """As RTP gives them."""

    def edit(packets: Packets) -> Packets:
        for packet in packets:
            packet.opaque = packet.dts
            if is_video(packet):
                packet.dts = None
        return packets

    stream = stream_of(media.REORDERED, tmp_path / "scene.ts", seconds=12)
    clips = studio.play(stream, edit=edit, longest=4, end=10)
    for clip in clips:
        facts = check_clip(clip.path)
        assert (facts.missing, facts.unreadable) == (0, 0)


def test_equal_and_doubled_times(studio: Studio, tmp_path: Path) -> None:
    """A picture with the time of another is kept, one that comes twice is not."""

    def edit(packets: Packets) -> Packets:
        edited: Packets = []
        for number, packet in enumerate(packets):
            packet.opaque = packet.dts
            if is_video(packet) and not packet.is_keyframe and packet.dts is not None:
                if number % 7 == 0:
                    packet.dts -= 6000
                    packet.pts = packet.dts
                if number % 11 == 0:
                    again = av.Packet(bytes(packet))
                    again.stream, again.time_base = packet.stream, packet.time_base
                    again.pts, again.dts = packet.pts, packet.dts
                    again.opaque = packet.opaque
                    edited += [packet, again]
                    continue
            edited.append(packet)
        return edited

    stream = stream_of(media.SMALL, tmp_path / "scene.ts", seconds=12)
    [clip] = studio.play(stream, edit=edit, end=10)
    numbers = assert_in_a_row([clip])
    assert len(numbers) > 120


@pytest.mark.parametrize("start", [-40.0, 50_000.0])
def test_start_of_the_clock_does_not_matter(
    studio: Studio, tmp_path: Path, start: float
) -> None:
    """Times before zero and late ones."""
    stream = stream_of(media.REORDERED, tmp_path / "scene.ts", seconds=12)
    [clip] = studio.play(stream, edit=shifted(start, 0), end=10)
    assert len(assert_in_a_row([clip])) > 120
    assert Fraction(0) <= max(map(abs, offsets([clip]))) < 0.020


@pytest.mark.parametrize("seed", range(6))
def test_nonsense_in_the_times_breaks_nothing(
    studio: Studio, tmp_path: Path, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever a camera says, what comes of it are files that play."""
    random = np.random.default_rng(seed)
    scene = (media.REORDERED, media.OPEN, media.HEVC_OPEN)[seed % 3]

    def edit(packets: Packets) -> Packets:
        offset = 0
        for packet in packets:
            packet.opaque = packet.dts
            chance = random.random()
            if chance < 0.003:
                offset += int(random.integers(-(1 << 33), 1 << 33))
            if packet.dts is None or packet.pts is None:
                continue
            packet.dts += offset
            packet.pts += offset
            if chance > 0.97:
                packet.dts = None
            elif chance > 0.94:
                packet.pts = None
            elif chance > 0.92:
                packet.pts += int(random.integers(-900_000, 900_000))
            elif chance > 0.90:
                packet.dts += int(random.integers(-90_000, 90_000))
        for _ in range(3):
            at = int(random.integers(1, len(packets)))
            packets[at - 1], packets[at] = packets[at], packets[at - 1]
        return packets

    stream = stream_of(scene, tmp_path / "scene.ts", seconds=16)
    clips = studio.play(stream, edit=edit, begin=1.5, longest=4, end=14)
    assert clips
    assert not [r for r in caplog.records if r.name.endswith("recording.session")]
    assert not studio.sink.abandoned
    assert set(studio.reports) == {"ok"}
    frames = 0
    for clip in clips:
        with av.open(clip.path) as container:
            for packet in container.demux(video=0):
                with contextlib.suppress(av.InvalidDataError):
                    frames += len(packet.decode())
        with av.open(clip.path) as container:
            if container.streams.audio:
                assert sum(1 for _ in container.decode(audio=0)) >= 0
        assert clip.ended_at > clip.started_at
    assert frames > 30
