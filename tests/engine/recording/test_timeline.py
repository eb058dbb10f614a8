"""Test picture times from clocks that jump, restart or have no times."""

from collections.abc import Callable, Iterator
import contextlib
from fractions import Fraction
from itertools import pairwise
from operator import attrgetter
from pathlib import Path

import av
from av.stream import Stream
import numpy as np
import pytest

from tests import videos as media
from tests.engine.recording.studio import (
    Packets,
    Studio,
    assert_in_a_row,
    is_video,
    lengths,
    offsets,
    stream_of,
    studio,
)
from tests.rtsp.check import check_clip
from tests.series import drawn_from, series, times

__all__ = ["studio"]


def shifted(
    seconds: float, at: float, *, wrap: int = 0
) -> Callable[[Packets], Packets]:
    """Let a camera's clock jump, or restart, after `at` seconds."""

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
    """Until the next keyframe, pictures keep following those before the jump."""
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
    # An open group of pictures after the jump cannot refer to pictures before it.
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
    """The clip has one part before the jump and one after it."""
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
    begun = clips[0].started_at.timestamp() - studio.wall(event).timestamp()
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


@pytest.mark.parametrize("jump", [5.0, -3.0, 3600.0])
def test_clock_that_jumps_cuts_neither_sound_nor_post_roll(
    studio: Studio, tmp_path: Path, jump: float
) -> None:
    """Sound lasts until the end of each part, and the last part until the end of the clip.

    Packets after the jump arrive in the buffer a second later, when the clip is due to end.
    """
    studio.POST_ROLL = 1.5
    stream = stream_of(media.SMALL, tmp_path / "scene.ts", seconds=12)

    def edit(packets: Packets) -> Iterator[av.Packet[Stream]]:
        # A transport stream has its sound in packets of half a second.
        for packet in sorted(shifted(jump, 6.4)(packets), key=attrgetter("opaque")):
            yield packet
            if studio.session and 8.1 < studio.now - studio.started < 8.3:
                studio.session._queue.put(None)  # makes it check whether it is over

    # Motion ends at 6.5, so the clip ends at 8. The keyframe after the jump comes at 7.
    clips = studio.play(stream, edit=edit, end=6.5)
    assert len(clips) == 2
    ended = clips[-1].ended_at - studio.wall(studio.started)
    assert ended.total_seconds() == pytest.approx(8, abs=0.2)
    for clip in clips:
        pictures, sound = lengths(clip)
        assert sound == pytest.approx(pictures, abs=0.13)


@pytest.mark.parametrize("wrap", [1 << 33, 1 << 32])
def test_clock_that_begins_anew_goes_on(
    studio: Studio, tmp_path: Path, wrap: int
) -> None:
    """MPEG clocks wrap every 26 hours, RTP clocks every 13."""
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
    """Every fifth picture and every third sound packet has no time."""

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
    """RTP gives no decoding times."""

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
    """A picture with the time of another is kept; a picture that arrives twice is dropped."""

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
    """Negative and very large start times work."""
    stream = stream_of(media.REORDERED, tmp_path / "scene.ts", seconds=12)
    [clip] = studio.play(stream, edit=shifted(start, 0), end=10)
    assert len(assert_in_a_row([clip])) > 120
    assert Fraction(0) <= max(map(abs, offsets([clip]))) < 0.020


@series
@pytest.mark.parametrize("number", range(times(3)))
def test_nonsense_in_the_times_breaks_nothing(
    studio: Studio, tmp_path: Path, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The files play, whatever times the camera sends."""
    random = np.random.default_rng([drawn_from(), number])
    scene = (media.REORDERED, media.OPEN, media.HEVC_OPEN)[number % 3]

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
