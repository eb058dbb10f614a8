"""What can go wrong with a doorbell or a disk, and that nothing is lost by it."""

import asyncio
from collections.abc import AsyncIterator, Callable
import contextlib
import errno
from pathlib import Path
import time

import pytest

from custom_components.doorwatch.engine.doorbells.base import (
    DoorbellError,
    EventKind,
    StreamSource,
)
from custom_components.doorwatch.engine.recording.epoch import Encoded
from custom_components.doorwatch.engine.recording.model import (
    RecorderHealth,
    RecorderOptions,
)
from custom_components.doorwatch.engine.recording.reader import Patience, Reader
from custom_components.doorwatch.engine.recording.recorder import ClipRecorder
from custom_components.doorwatch.engine.recording.ring import Ring
from custom_components.doorwatch.engine.recording.writer import ClipWriter
from tests.disks import fill
from tests.rtsp.check import check_clip
from tests.rtsp.fixtures import RtspServer, StartRtspServer

from .conftest import PATIENCE, Bench, Folder, event, source_of, until

type OpenBench = Callable[..., Bench]

LONG = RecorderOptions(pre_roll=2, post_roll=20, longest=60)


async def test_clip_goes_on_in_the_next_part_after_a_reconnect(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """A server that is killed and comes back costs only the time in between."""
    server = start_rtsp_server(cams=1)
    options = RecorderOptions(pre_roll=2, post_roll=2, longest=60)
    bench = open_bench(server.address(), options)
    await bench.recorder.start()
    await bench.filled()
    rang = bench.trigger(EventKind.MOTION)
    await until(lambda: bench.recorder.recording)
    await asyncio.sleep(1)

    server.kill()
    # What there is is safe at once, not only when the doorbell is back.
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
        # What FFmpeg says at the end of a connection is no picture.
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
    """The clip is closed, and nothing waits for ever."""
    server = start_rtsp_server(cams=1)
    bench = open_bench(server.address())
    await bench.recorder.start()
    await bench.filled()
    bench.trigger()
    await until(lambda: bench.recorder.recording)
    server.kill()
    [clip] = await bench.clips()
    assert check_clip(clip.path).missing == 0
    await until(lambda: not bench.recorder._sessions[0].is_alive())
    await until(lambda: bench.recorder.health.attempt >= 2)


async def test_event_too_old_for_a_new_connection_is_forgotten(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """Whoever rang long before the doorbell was back is gone."""
    server = start_rtsp_server(cams=1)
    server.kill()
    bench = open_bench(server.address())
    await bench.recorder.start()
    bench.trigger(EventKind.MOTION)
    await until(lambda: not bench.recorder._sessions[0].is_alive())
    server.start()
    await bench.filled(1)
    assert not bench.sink.begun
    assert not bench.sink.abandoned


@pytest.mark.lesson(1)
async def test_silence_is_a_reconnect(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """A doorbell that hangs is given up, its open clip closed, and tried again."""
    server = start_rtsp_server(cams=1)
    bench = open_bench(server.address())
    await bench.recorder.start()
    await bench.filled()
    bench.trigger()
    await until(lambda: bench.recorder.recording)
    server.pause()
    # The post-roll is over while nothing comes: the clip does not wait for it.
    [clip] = await bench.clips()
    assert check_clip(clip.path).missing == 0
    await until(lambda: not bench.recorder.health.connected)
    assert bench.recorder.health.problem == "timeout"
    server.resume()
    await bench.connected()


@pytest.mark.lesson(1)
async def test_doorbell_that_talks_without_pictures_is_given_up(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """An encoder that hangs behind a healthy connection is noticed and tried again."""
    server = start_rtsp_server(cams=1)
    bench = open_bench(server.address())
    bench.timeout = 60  # the socket is not silent
    await bench.recorder.start()
    await bench.filled()
    bench.trigger()
    await until(lambda: bench.recorder.recording)
    stuck = bench.recorder._connection._reader
    assert stuck
    server.hush()
    [clip] = await bench.clips()
    assert check_clip(clip.path).missing == 0
    await until(lambda: not bench.recorder.health.connected)
    assert bench.recorder.health.problem == "timeout"
    assert bench.recorder._connection._reader is not stuck
    server.hush(False)
    # The one that was given up ends without disturbing its successor.
    await until(lambda: not stuck.is_alive())
    await bench.filled(3)
    assert [health.connected for health in bench.healths] == [True, False, True]
    assert bench.recorder.diagnostics()["kept_bytes"]


@pytest.mark.lesson(1)
async def test_doorbell_that_hangs_again_and_again_is_called_away_all_the_same(
    start_rtsp_server: StartRtspServer,
    open_bench: OpenBench,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also when no further connection is tried because the others do not let go."""
    monkeypatch.setattr(
        "custom_components.doorwatch.engine.recording.connection._MOST_RETIRED", 0
    )
    server = start_rtsp_server(cams=1)
    bench = open_bench(server.address())
    bench.timeout = 60
    await bench.recorder.start()
    await bench.filled(1)
    server.hush()
    await until(lambda: not bench.recorder.health.connected)
    assert bench.recorder.health.problem == "timeout"
    server.hush(False)


async def test_stop_finishes_the_clip_although_the_doorbell_is_silent(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """Shutting down loses nothing and takes seconds."""
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
    assert not [*bench.recorder._connection.threads()]
    bench.trigger()
    assert not bench.recorder.recording


@pytest.mark.parametrize(
    ("mount", "problem"),
    [
        ("sound0", "no_video"),
        ("nothing_here", "not_found"),
    ],
)
async def test_stream_that_cannot_be_recorded_is_named(
    rtsp_server: RtspServer, open_bench: OpenBench, mount: str, problem: str
) -> None:
    """Each has a problem that the family is told."""
    bench = open_bench(rtsp_server.address(mount))
    await bench.recorder.start()
    await until(lambda: bench.healths)
    assert bench.healths[0].problem == problem
    assert not bench.healths[0].connected
    assert await bench.recorder.still() is None


async def test_wrong_login_is_named_and_never_logged(
    start_rtsp_server: StartRtspServer,
    open_bench: OpenBench,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The right one works, the wrong one asks for another."""
    server = start_rtsp_server(login="porch:s3cret", cams=1)
    bench = open_bench(server.address(login="porch:wr0ng"))
    await bench.recorder.start()
    await until(lambda: bench.healths)
    assert bench.healths[0].problem == "invalid_auth"
    # The address is asked for anew at each attempt.
    bench.address = server.address(login="porch:s3cret")
    await bench.connected()
    assert "wr0ng" not in caplog.text
    assert "s3cret" not in caplog.text


@pytest.fixture
async def garbage_port(socket_enabled: None) -> AsyncIterator[int]:
    """Return the port of a server that answers anything with nonsense."""

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read(1)
        writer.write(bytes(range(256)) * 300)
        with contextlib.suppress(OSError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def test_garbage_is_not_a_stream(
    garbage_port: int, open_bench: OpenBench
) -> None:
    """Nonsense is survived and named."""
    bench = open_bench(f"rtsp://127.0.0.1:{garbage_port}/cam0")
    await bench.recorder.start()
    await until(lambda: bench.recorder.health.attempt >= 2)
    assert bench.healths[0].problem in {"not_a_stream", "cannot_connect"}
    assert len(bench.healths) == 1  # told once


def test_next_attempt_comes_within_seconds_however_often_it_failed() -> None:
    """With the fault suite, which counts the attempts, it tells how soon one is back."""
    patience = Patience()
    reader = Reader(
        "porch", lambda: source_of(""), Ring(0), lambda: None, lambda _: None, patience
    )
    longest = {1: 1.0, 2: 2.0, 3: 4.0, 4: 5.0, 10: 5.0, 100_000: 5.0}
    for failures, most in longest.items():
        pauses = [reader._pause(failures, "cannot_connect") for _ in range(50)]
        # Doubled, and never in step with another doorbell of the same access point.
        assert most / 2 <= min(pauses) < max(pauses) <= most
    assert patience.longest_pause <= 5
    # Whoever has the wrong password is not asked to lock us out.
    assert reader._pause(1, "invalid_auth") > patience.longest_pause


async def test_source_that_fails_is_tried_again(
    rtsp_server: RtspServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a doorbell's own error nor a mistake of ours ends the reader."""
    answers: list[StreamSource | Exception] = [
        DoorbellError("cannot_connect"),
        ZeroDivisionError("rtsp://porch:s3cret@127.0.0.1/"),
        source_of(rtsp_server.address()),
    ]

    def source() -> StreamSource:
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer

    healths: list[RecorderHealth] = []
    recorder = ClipRecorder(
        "porch",
        source,
        Folder(tmp_path),
        LONG,
        on_health=healths.append,
        on_error=lambda _: None,
        loop=asyncio.get_running_loop(),
        patience=PATIENCE,
    )
    await recorder.start()
    await until(lambda: recorder.health.connected)
    await recorder.stop()
    assert [health.problem for health in healths] == [
        "cannot_connect",
        "not_a_stream",
        None,
    ]
    assert "ZeroDivisionError" in caplog.text
    assert "s3cret" not in caplog.text


async def test_unwritable_folder_is_told_once_and_tried_again(
    rtsp_server: RtspServer, open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it is repaired the event has its clip, and there is the all-clear."""
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
    """What waits for it takes memory; the next event after that begins anew."""
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
    session = bench.recorder._sessions[0]
    await until(lambda: not session.is_alive())
    assert not bench.recorder._ring._queues
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
    """A clip that no longer fits ends there, can be played, and goes on by itself."""
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

    # Nothing fits at all: nothing is left behind, and the reader goes on.
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
    # The all-clear is not sent any more to a home that shuts down.
    assert bench.errors == ["disk_full"]


async def test_gap_is_told_also_when_the_disk_refused_twice(
    rtsp_server: RtspServer, open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gap is what is missing after the last part that holds anything."""
    monkeypatch.setattr(
        "custom_components.doorwatch.engine.recording.session.RETRY", 0.1
    )
    bench = open_bench(rtsp_server.address(), LONG)
    written = dict.fromkeys(range(1, 4), 0)
    video = ClipWriter.video

    def write(writer: ClipWriter, packet: Encoded, dts: int) -> None:
        begun = len(bench.sink.begun)
        written[begun] += 1
        # Of the first part amid a group of pictures, of the second at once.
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
    """Its file stays for the library to find, and the next clip is made."""
    bench = open_bench(rtsp_server.address())
    await bench.recorder.start()
    await bench.filled(1)
    bench.sink.finish_error = error
    bench.trigger()
    session = bench.recorder._sessions[0]
    await until(lambda: not session.is_alive())
    assert (bench.sink.path / f"{bench.sink.begun[0].clip_id}.mp4").stat().st_size
    assert not bench.sink.abandoned
    bench.sink.finish_error = None
    bench.trigger()
    await bench.clips()


def test_closed_loop_is_left_alone(rtsp_server: RtspServer, tmp_path: Path) -> None:
    """Threads that outlive a loop end without an error."""

    async def begin() -> ClipRecorder:
        recorder = ClipRecorder(
            "porch",
            lambda: source_of(rtsp_server.address()),
            Folder(tmp_path),
            LONG,
            on_health=lambda _: None,
            on_error=lambda _: None,
            loop=asyncio.get_running_loop(),
            patience=PATIENCE,
        )
        await recorder.start()
        return recorder

    recorder = asyncio.run(begin())
    deadline = time.monotonic() + 30
    while [*recorder._connection.threads()] and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not [*recorder._connection.threads()]
    asyncio.run(recorder.stop())
    recorder.trigger(event())
    assert not recorder.recording
