"""Test that failures of a doorbell or a disk lose no recorded video."""

import asyncio
import errno
from pathlib import Path

import pytest

from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.recording.epoch import Encoded
from custom_components.doorwatch.engine.recording.model import RecorderOptions
from custom_components.doorwatch.engine.recording.recorder import ClipRecorder
from custom_components.doorwatch.engine.recording.writer import ClipWriter
from tests import waiting
from tests.disks import fill
from tests.engine.recording.conftest import OpenBench, threads
from tests.engine.recording.inside import is_read, preroll_of
from tests.rtsp.check import check_clip
from tests.rtsp.fixtures import RtspServer, StartRtspServer
from tests.waiting import until

from .conftest import TIMEOUTS, Folder, event, source_of

LONG = RecorderOptions(pre_roll=2, post_roll=20, longest=60)


async def test_clip_goes_on_in_the_next_part_after_a_reconnect(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """Only the time without a connection is missing when the server is killed and restarted."""
    server = start_rtsp_server(cams=1)
    options = RecorderOptions(pre_roll=2, post_roll=2, longest=60)
    bench = open_bench(server.address(), options)
    await bench.recorder.start()
    await bench.filled()
    rang = bench.trigger(EventKind.MOTION)
    await until(lambda: bench.recorder.recording)
    await bench.shown(1)

    server.kill()
    # The first part is closed immediately, not only after the reconnect.
    [first] = await bench.clips()
    assert not bench.recorder.health.connected
    assert bench.recorder.health.problem == "cannot_connect"
    server.start()
    await bench.connected()
    await until(lambda: bench.recorder.recording)
    ended = bench.trigger(EventKind.MOTION_ENDED)
    first, second = await bench.clips(2)

    assert check_clip(first.path).before(rang) >= 1.5
    for clip in (first, second):
        facts = check_clip(clip.path)
        assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)
        # The empty packet that FFmpeg returns at the end of a connection is not a frame.
        assert len(facts.frames) == clip.frames
        assert facts.starts_on_keyframe
    assert check_clip(second.path).after(ended) == pytest.approx(2, abs=0.5)
    assert (second.event_id, second.part) == (first.clip_id, 2)
    assert second.gaps == ((first.ended_at, second.started_at),)
    assert [health.connected for health in bench.healths] == [True, False, True]
    assert bench.recorder.health.attempt == 0
    assert not bench.sink.abandoned


async def test_doorbell_that_stays_away_ends_the_clip(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """The clip is closed, and nothing waits forever."""
    server = start_rtsp_server(cams=1)
    bench = open_bench(server.address())
    await bench.recorder.start()
    await bench.filled()
    bench.trigger()
    await until(lambda: bench.recorder.recording)
    server.kill()
    [clip] = await bench.clips()
    assert check_clip(clip.path).missing == 0
    await until(lambda: not threads("clip"))
    await until(lambda: bench.recorder.health.attempt >= 2)


async def test_event_too_old_for_a_new_connection_is_forgotten(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """A visitor who rang long before the reconnect has left."""
    server = start_rtsp_server(cams=1)
    server.kill()
    bench = open_bench(server.address())
    await bench.recorder.start()
    bench.trigger(EventKind.MOTION)
    await until(lambda: not threads("clip"))
    server.start()
    await bench.filled(1)
    assert not bench.sink.begun
    assert not bench.sink.abandoned


async def test_stop_finishes_the_clip_although_the_doorbell_is_silent(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """Shutting down loses no video and takes only seconds."""
    server = start_rtsp_server(cams=1)
    bench = open_bench(server.address(), LONG)
    await bench.recorder.start()
    await bench.filled()
    bench.trigger(EventKind.MOTION)
    await until(lambda: bench.recorder.recording)
    server.pause()
    stopping = asyncio.create_task(bench.recorder.stop())
    [clip] = await bench.clips(timeout=3)
    assert check_clip(clip.path).missing == 0
    await stopping
    assert not threads("reader")
    bench.trigger()
    assert not bench.recorder.recording


async def test_unwritable_folder_is_told_once_and_tried_again(
    rtsp_server: RtspServer, open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The event is recorded and the problem cleared once the folder is repaired."""
    monkeypatch.setattr(
        "custom_components.doorwatch.engine.recording.session.RETRY", 0.2
    )
    bench = open_bench(rtsp_server.address())
    await bench.recorder.start()
    await bench.filled(1)
    bench.sink.refusal = PermissionError(errno.EACCES, "no")
    bench.trigger()
    await until(lambda: bench.errors)
    bench.sink.refusal = None
    folder, bench.sink.path = bench.sink.path, bench.sink.path / "gone"
    await until(lambda: bench.sink.abandoned)
    bench.sink.path = folder
    [clip] = await bench.clips()
    assert clip.part == 1
    await until(lambda: len(bench.errors) == 2)
    assert bench.errors == ["not_writable", "ok"]
    assert {reason for _, reason in bench.sink.abandoned} == {"not_writable"}
    assert {clip_id for clip_id, _ in bench.sink.abandoned} < {
        start.clip_id for start in bench.sink.begun
    }


async def test_unwritable_folder_is_given_up_in_the_end(
    rtsp_server: RtspServer, open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Waiting packets use memory, so they are dropped; the next event is recorded again."""
    monkeypatch.setattr(
        "custom_components.doorwatch.engine.recording.session.RETRY", 0.2
    )
    monkeypatch.setattr(
        "custom_components.doorwatch.engine.recording.session.GIVE_UP", 0.5
    )
    bench = open_bench(rtsp_server.address())
    await bench.recorder.start()
    await bench.filled(1)
    bench.sink.refusal = PermissionError(errno.EACCES, "no")
    bench.trigger()
    await until(lambda: not threads("clip"))
    assert not is_read(preroll_of(bench.recorder))
    bench.sink.refusal = None
    bench.trigger()
    await bench.clips()
    assert bench.errors == ["not_writable", "ok"]


async def test_full_disk_keeps_what_was_written(
    rtsp_server: RtspServer,
    open_bench: OpenBench,
    small_disk: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The clip ends early but plays, and recording continues once there is space."""
    monkeypatch.setattr(
        "custom_components.doorwatch.engine.recording.session.RETRY", 0.5
    )
    bench = open_bench(rtsp_server.address(), LONG, folder=small_disk)
    await bench.recorder.start()
    await bench.filled(1)
    bench.trigger(EventKind.MOTION)
    [clip] = await bench.clips()
    await until(lambda: bench.errors)
    assert bench.errors == ["disk_full"]
    facts = check_clip(clip.path)
    assert (facts.missing, facts.doubled, facts.unreadable) == (0, 0, 0)
    assert len(facts.frames) == clip.frames > 15
    length = (clip.ended_at - clip.started_at).total_seconds()
    assert length == pytest.approx(clip.frames / 15, abs=0.1)

    # Without any free space no file is left behind, and the reader keeps running.
    fill(small_disk)
    await until(lambda: bench.sink.abandoned)
    assert bench.sink.abandoned[0][1] == "disk_full"
    assert bench.recorder.health.connected

    (small_disk / "filler").unlink()
    clip.path.unlink()
    saved = len(bench.sink.finished)
    await until(lambda: bench.recorder.recording)
    await bench.recorder.stop()
    assert len(bench.sink.finished) > saved
    last = bench.sink.finished[-1]
    assert last.event_id == clip.clip_id
    assert last.gaps
    # Recovery is not reported while the home shuts down.
    assert bench.errors == ["disk_full"]


async def test_gap_is_told_also_when_the_disk_refused_twice(
    rtsp_server: RtspServer, open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gap is counted from the end of the last part that has pictures."""
    monkeypatch.setattr(
        "custom_components.doorwatch.engine.recording.session.RETRY", 0.1
    )
    bench = open_bench(rtsp_server.address(), LONG)
    written = dict.fromkeys(range(1, 4), 0)
    video = ClipWriter.video

    def write(writer: ClipWriter, packet: Encoded, dts: int) -> None:
        begun = len(bench.sink.begun)
        written[begun] += 1
        # Fail within a group of pictures in the first part, and at the first picture in the second.
        if begun == 2 or (begun == 1 and written[1] == 20):
            raise OSError(errno.ENOSPC, "full")
        video(writer, packet, dts)

    monkeypatch.setattr(ClipWriter, "video", write)
    await bench.recorder.start()
    await bench.filled(2)
    bench.trigger()
    await until(lambda: written[3] > 15)
    await bench.recorder.stop()
    first, last = bench.sink.finished
    assert [reason for _, reason in bench.sink.abandoned] == ["disk_full"]
    assert 0 < (last.started_at - first.ended_at).total_seconds() < 1
    assert last.gaps == ((first.ended_at, last.started_at),)


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "full"), RuntimeError("a mistake")]
)
async def test_sink_that_fails_costs_one_clip_only(
    rtsp_server: RtspServer, open_bench: OpenBench, error: Exception
) -> None:
    """The file remains for the library's scan, and the next clip is recorded."""
    bench = open_bench(rtsp_server.address())
    await bench.recorder.start()
    await bench.filled(1)
    bench.sink.finish_error = error
    bench.trigger()
    await until(lambda: not threads("clip"))
    assert (bench.sink.path / f"{bench.sink.begun[0].clip_id}.mp4").stat().st_size
    assert not bench.sink.abandoned
    bench.sink.finish_error = None
    bench.trigger()
    await bench.clips()


def test_closed_loop_is_left_alone(rtsp_server: RtspServer, tmp_path: Path) -> None:
    """Threads that outlive the event loop end without an error."""

    async def begin() -> ClipRecorder:
        recorder = ClipRecorder(
            "porch",
            lambda: source_of(rtsp_server.address()),
            Folder(tmp_path),
            LONG,
            on_health=lambda _: None,
            on_error=lambda _: None,
            loop=asyncio.get_running_loop(),
            timeouts=TIMEOUTS,
        )
        await recorder.start()
        return recorder

    recorder = asyncio.run(begin())
    waiting.block_until(lambda: not threads("reader"))
    asyncio.run(recorder.stop())
    recorder.trigger(event())
    assert not recorder.recording
