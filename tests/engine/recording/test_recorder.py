"""Test the content of clips by the bar codes of their frames."""

import asyncio
from datetime import UTC, datetime, timedelta
import io
from itertools import pairwise

import av
import pytest

from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.recording.model import (
    FinishedClip,
    RecorderOptions,
)
from tests import videos as media
from tests.engine.recording.conftest import OpenBench, threads
from tests.rtsp.check import ClipFacts, check_clip
from tests.rtsp.fixtures import RtspServer, StartRtspServer
from tests.waiting import until

from .conftest import OPTIONS, event

# Seconds between a frame's time and its arrival, plus one frame.
SLACK = 0.5
# Seconds between keyframes in the small scene.
GOP = media.SMALL.gop / media.FPS


def assert_whole(clip: FinishedClip) -> ClipFacts:
    """Check the properties that every clip has; return the decoded facts."""
    facts = check_clip(clip.path)
    assert facts.starts_on_keyframe
    assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)
    assert len(facts.frames) == clip.frames
    assert (clip.width, clip.height, clip.video_codec) == (640, 360, "h264")
    length = (clip.ended_at - clip.started_at).total_seconds()
    assert length == pytest.approx(clip.frames / media.FPS, abs=0.05)
    with av.open(io.BytesIO(clip.thumbnail), "r") as picture:
        assert next(picture.decode(video=0)).width == 640
    return facts


@pytest.mark.lesson(6)
async def test_clip_holds_pre_roll_event_and_post_roll(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """The clip starts on a keyframe, and its sound is in sync."""
    bench = open_bench(rtsp_server.address("cam1"))
    await bench.recorder.start()
    await bench.filled(4)
    rang = bench.trigger()
    [clip] = await bench.clips()

    facts = assert_whole(clip)
    assert OPTIONS.pre_roll <= facts.before(rang, 1) + SLACK
    assert facts.before(rang, 1) <= OPTIONS.pre_roll + GOP + SLACK
    assert (
        OPTIONS.post_roll - SLACK <= facts.after(rang, 1) <= OPTIONS.post_roll + SLACK
    )
    assert clip.audio_codec == "aac"
    assert facts.has_sound
    assert facts.sound_offsets
    assert max(map(abs, facts.sound_offsets)) < 0.020

    # The metadata agrees with the pictures.
    assert facts.before(clip.started_at.timestamp(), 1) == pytest.approx(0, abs=SLACK)
    assert facts.after(clip.ended_at.timestamp(), 1) == pytest.approx(0, abs=SLACK)
    assert [e.kind for e in clip.events] == [EventKind.RING]
    assert (clip.part, clip.event_id, clip.gaps) == (1, clip.clip_id, ())
    assert clip.clip_id[14] == "7"  # UUIDv7
    [begun] = bench.sink.begun
    assert begun.started_at == clip.started_at


@pytest.mark.lesson(7)
async def test_second_event_extends_the_open_clip(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """Motion during the post-roll extends the clip instead of starting a second one."""
    bench = open_bench(rtsp_server.address("cam2"))
    await bench.recorder.start()
    await bench.filled()
    rang = bench.trigger()
    await bench.shown(1)
    again = bench.trigger()
    [clip] = await bench.clips()

    facts = assert_whole(clip)
    assert facts.before(rang, 2) >= OPTIONS.pre_roll - SLACK
    assert facts.after(again, 2) == pytest.approx(OPTIONS.post_roll, abs=SLACK)
    assert len(clip.events) == 2
    assert len(bench.sink.begun) == 1


@pytest.mark.lesson(7)
async def test_motion_holds_the_clip_open_until_it_ends(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """Long motion is recorded for longer than a post-roll."""
    bench = open_bench(rtsp_server.address("cam3"))
    await bench.recorder.start()
    await bench.filled()
    bench.trigger(EventKind.MOTION)
    await until(lambda: bench.recorder.recording)
    await bench.shown(OPTIONS.post_roll + 1.5)
    assert bench.recorder.recording
    ended = bench.trigger(EventKind.MOTION_ENDED)
    [clip] = await bench.clips()

    facts = assert_whole(clip)
    assert facts.after(ended, 3) == pytest.approx(OPTIONS.post_roll, abs=SLACK)
    assert [e.kind for e in clip.events] == [EventKind.MOTION, EventKind.MOTION_ENDED]
    assert not bench.recorder.recording


async def test_end_of_motion_alone_records_nothing(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """Only the start of an event opens a clip."""
    bench = open_bench(rtsp_server.address("cam3"))
    await bench.recorder.start()
    await bench.filled(1)
    bench.trigger(EventKind.MOTION_ENDED)
    bench.trigger(EventKind.RING, ago=60)  # too old to be recorded
    assert bench.recorder.clip_id is None
    bench.trigger(EventKind.RING)
    [clip] = await bench.clips()
    assert len(bench.sink.begun) == 1
    assert [happened.kind for happened in clip.events] == [EventKind.RING]
    assert clip.events[0].lasts == 0


async def test_next_part_follows_without_a_gap(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """A clip that reaches the maximum length continues in the next file without losing a frame."""
    options = RecorderOptions(pre_roll=1, post_roll=1, longest=3)
    bench = open_bench(rtsp_server.address("cam4"), options)
    await bench.recorder.start()
    await bench.filled()
    rang = bench.trigger(EventKind.MOTION)
    await bench.clips(2)
    ended = bench.trigger(EventKind.MOTION_ENDED)
    await until(lambda: not threads("clip"))
    clips = bench.sink.finished

    facts = [assert_whole(clip) for clip in clips]
    assert len(clips) >= 3
    assert [clip.part for clip in clips] == list(range(1, len(clips) + 1))
    assert {clip.event_id for clip in clips} == {clips[0].clip_id}
    for before, after in pairwise(facts):
        assert before.frames[-1] is not None
        assert after.frames[0] == (before.frames[-1] + 1) % media.FRAMES
    for first, second in pairwise(clips):
        assert abs((second.started_at - first.ended_at).total_seconds()) < 0.001
        assert second.events
        assert not second.gaps
    offsets = [offset for fact in facts for offset in fact.sound_offsets]
    assert len(offsets) >= 3
    assert max(map(abs, offsets)) < 0.020
    assert facts[0].before(rang, 4) >= 1 - SLACK
    assert facts[-1].after(ended, 4) == pytest.approx(1, abs=SLACK)


async def test_clip_can_be_read_while_it_is_written(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """After a crash the file has at least the pre-roll."""
    bench = open_bench(rtsp_server.address("cam5"))
    await bench.recorder.start()
    await bench.filled(4)
    rang = bench.trigger(EventKind.MOTION)
    await until(lambda: bench.recorder.diagnostics()["last_clip_readable_after"])
    [start] = bench.sink.begun
    growing = bench.sink.path / f"{start.clip_id}.mp4"
    left = growing.with_suffix(".copy")
    left.write_bytes(growing.read_bytes())

    facts = check_clip(left)
    assert facts.starts_on_keyframe
    assert facts.has_sound
    assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)
    assert facts.before(rang, 5) >= OPTIONS.pre_roll - SLACK


async def test_closed_clip_is_an_ordinary_mp4(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """The file has one index, as players need it for seeking."""
    bench = open_bench(rtsp_server.address("cam5"))
    await bench.recorder.start()
    await bench.filled(1)
    bench.trigger()
    [clip] = await bench.clips()
    boxes = []
    with clip.path.open("rb") as file:
        while head := file.read(8):
            size = int.from_bytes(head[:4])
            if size == 1:
                size = int.from_bytes(file.read(8))
                file.seek(size - 16, 1)
            else:
                file.seek(size - 8, 1)
            boxes.append(head[4:].decode())
    assert [box for box in boxes if box != "free"] == ["ftyp", "mdat", "moov"]


async def test_stream_without_sound_gives_a_silent_clip(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    bench = open_bench(rtsp_server.address("silent0"))
    await bench.recorder.start()
    await bench.filled(2)
    bench.trigger()
    [clip] = await bench.clips()
    facts = assert_whole(clip)
    assert clip.audio_codec is None
    assert not facts.has_sound


@pytest.mark.lesson(8)
async def test_without_a_pre_roll_the_clip_starts_at_the_last_keyframe(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """The recorder does not wait for the next keyframe."""
    options = RecorderOptions(pre_roll=0, post_roll=1, longest=60)
    bench = open_bench(rtsp_server.address("cam6"), options)
    await bench.recorder.start()
    await bench.filled(3)
    rang = bench.trigger()
    [clip] = await bench.clips()
    facts = assert_whole(clip)
    assert -0.1 <= facts.before(rang, 6) <= GOP + SLACK


async def test_event_while_connecting_is_recorded_once_connected(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """A ring during startup is not lost."""
    options = RecorderOptions(pre_roll=2, post_roll=8, longest=60)
    bench = open_bench(rtsp_server.address("cam7"), options)
    rang = bench.trigger()
    await bench.recorder.start()
    [clip] = await bench.clips()
    facts = assert_whole(clip)
    assert facts.after(rang, 7) == pytest.approx(8, abs=SLACK)
    assert max(map(abs, facts.sound_offsets)) < 0.020


async def test_eight_doorbells_at_once(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    benches = [
        open_bench(rtsp_server.address(f"cam{n}"), name=f"door {n}") for n in range(8)
    ]
    await asyncio.gather(*(bench.recorder.start() for bench in benches))
    await asyncio.gather(*(bench.filled() for bench in benches))
    times = [bench.trigger() for bench in benches]
    await asyncio.gather(*(bench.clips() for bench in benches))
    for cam, (bench, rang) in enumerate(zip(benches, times, strict=True)):
        [clip] = bench.sink.finished
        facts = await asyncio.to_thread(assert_whole, clip)
        assert facts.before(rang, cam) >= OPTIONS.pre_roll - SLACK
        assert facts.after(rang, cam) == pytest.approx(OPTIONS.post_roll, abs=SLACK)
        assert max(map(abs, facts.sound_offsets)) < 0.020


async def test_still_is_the_last_keyframe(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """A still needs no second connection and is decoded once."""
    server = start_rtsp_server(cams=1)
    bench = open_bench(server.address())
    assert await bench.recorder.still() is None
    await bench.recorder.start()
    await bench.filled(1)
    still = await bench.recorder.still()
    assert still is not None
    with av.open(io.BytesIO(still), "r") as picture:
        frame = next(picture.decode(video=0))
    assert (frame.width, frame.height) == (640, 360)
    server.kill()
    await until(lambda: not bench.recorder.health.connected)
    last = await bench.recorder.still()
    assert last is await bench.recorder.still()
    await bench.recorder.stop()
    assert await bench.recorder.still() is None


async def test_diagnostics_tell_no_address(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """Diagnostics have counts and latencies, but no addresses or credentials."""
    server = start_rtsp_server(login="porch:s3cret", cams=1)
    bench = open_bench(server.address(login="porch:s3cret"))
    await bench.recorder.start()
    await bench.filled(1)
    bench.trigger()
    await bench.clips()
    told = bench.recorder.diagnostics()
    assert told["connections"] == 1
    assert told["width"] == 640
    assert told["last_clip_readable_after"]
    assert "127.0.0.1" not in str(told)
    assert "s3cret" not in str(told)
    assert datetime.fromisoformat(str(told["since"])) <= datetime.now(UTC)


async def test_what_is_asked_for_by_hand_can_be_ended_by_hand(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """The ongoing recording is reported from its first picture to its end."""
    bench = open_bench(rtsp_server.address("cam1"))
    await bench.recorder.start()
    await bench.filled()
    assert not bench.ongoing
    wish = event(EventKind.MANUAL, lasts=600)
    assert bench.recorder.trigger(wish) is None
    clip_id = bench.recorder.clip_id
    await until(lambda: bench.recorder.ongoing)
    ongoing = bench.recorder.ongoing
    assert ongoing is not None
    assert ongoing.since < wish.at
    assert ongoing.kinds == ("manual",)
    assert ongoing.by_hand_until == wish.at + timedelta(seconds=600)

    bench.recorder.let_go()
    [clip] = await bench.clips()
    assert clip.ended_at - wish.at < timedelta(seconds=600)
    assert clip.started_at == ongoing.since
    assert clip.clip_id == clip_id
    assert [e.kind for e in clip.events] == [EventKind.MANUAL]
    await until(lambda: bench.recorder.ongoing is None)
    # Subscribers are notified of each change, including the end.
    await until(lambda: bench.ongoing[-1] is None)
    bench.recorder.let_go()  # the recording has ended


async def test_what_happens_meanwhile_goes_on_when_a_hand_lets_go(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    """The clip has all events, and each trigger returns the events that it extends."""
    bench = open_bench(rtsp_server.address("cam1"))
    await bench.recorder.start()
    await bench.filled()
    assert bench.recorder.trigger(event(EventKind.MOTION)) is None
    wish = event(EventKind.MANUAL, lasts=600)
    assert bench.recorder.trigger(wish) == ("motion",)
    assert bench.recorder.trigger(event(EventKind.RING)) == ("motion", "manual")
    await until(lambda: bench.recorder.ongoing)
    bench.recorder.let_go()
    ongoing = bench.recorder.ongoing
    assert ongoing is not None
    assert ongoing.kinds == ("ring", "motion", "manual")
    assert ongoing.by_hand_until is None
    assert not bench.sink.finished

    bench.trigger(EventKind.MOTION_ENDED)
    [clip] = await bench.clips()
    assert {e.kind for e in clip.events} == {*EventKind} - {EventKind.SEEN}


async def test_a_long_event_began_once_whatever_its_parts(
    rtsp_server: RtspServer, open_bench: OpenBench
) -> None:
    options = RecorderOptions(pre_roll=2, post_roll=2, longest=4)
    bench = open_bench(rtsp_server.address("cam1"), options)
    await bench.recorder.start()
    await bench.filled()
    bench.recorder.trigger(event(EventKind.MANUAL, lasts=600))
    await until(lambda: len(bench.sink.finished) >= 2)
    told = {one.since for one in bench.ongoing if one is not None}
    assert told == {bench.sink.finished[0].started_at}
    bench.recorder.let_go()
    await until(lambda: bench.recorder.ongoing is None)
