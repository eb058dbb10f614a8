"""Test reconnects and timeouts of the reader."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from pathlib import Path

import av
import pytest

from custom_components.doorwatch.engine.doorbells.base import (
    DoorbellError,
    StreamSource,
)
from custom_components.doorwatch.engine.recording.epoch import Epoch
from custom_components.doorwatch.engine.recording.model import (
    RecorderHealth,
    RecorderOptions,
)
from custom_components.doorwatch.engine.recording.preroll_buffer import PrerollBuffer
from custom_components.doorwatch.engine.recording.reader import (
    LASTING,
    Reader,
    RecorderTimeouts,
)
from custom_components.doorwatch.engine.recording.recorder import ClipRecorder
from tests.engine.doorbells.servers import answering
from tests.engine.recording.conftest import TIMEOUTS, Folder, OpenBench, threads
from tests.rtsp.check import check_clip
from tests.rtsp.fixtures import RtspServer, StartRtspServer
from tests.rtsp.scripted import ScriptedCamera
from tests.waiting import until

from .conftest import source_of

# After a refused login the reader asks the camera for its authentication method.
pytestmark = pytest.mark.usefixtures("socket_enabled")

LONG = RecorderOptions(pre_roll=2, post_roll=20, longest=60)


@pytest.fixture
def reader() -> Reader:
    """Make a reader with the default timeouts; it does not run."""
    return Reader(
        "porch",
        lambda: source_of("rtsp://127.0.0.1/"),
        PrerollBuffer(5),
        lambda: None,
        lambda _: None,
        RecorderTimeouts(),
        lambda: None,
        lambda: True,
    )


def pause(reader: Reader, failures: int, problem: str) -> float:
    """Return the seconds before the next attempt after this many failures."""
    return reader._pause(failures, problem)


def test_knocks_are_seconds_apart_however_long_a_doorbell_is_away(
    reader: Reader,
) -> None:
    """A doorbell that returns after a night without power is recorded within seconds."""
    assert 0.5 <= pause(reader, 1, "cannot_connect") <= 1
    assert 2.5 <= pause(reader, 10_000, "timeout") <= 5


@pytest.mark.parametrize("problem", ["unsupported_codec", "invalid_address"])
def test_answer_that_may_be_garbled_is_asked_for_again_at_once(
    reader: Reader, problem: str
) -> None:
    """A damaged packet must not cost half a minute."""
    assert pause(reader, 1, problem) <= 1
    assert pause(reader, 2, problem) >= 15


def test_refused_login_is_not_tried_again_soon(reader: Reader) -> None:
    """Some doorbells lock out clients that retry too often."""
    assert pause(reader, 1, "invalid_auth") >= 15


async def test_no_login_is_sent_before_the_next_attempt(
    open_bench: OpenBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A camera that hangs up on a wrong login may lock the account."""
    monkeypatch.setattr(Reader, "_pause", lambda *_: 600.0)
    async with ScriptedCamera(
        login="porch:other", hangs_up_on_wrong_login=True
    ) as camera:
        bench = open_bench(camera.address("/live", "porch:wrong"))
        await bench.recorder.start()
        await until(lambda: bench.recorder.health.problem)
        assert bench.recorder.health.problem not in LASTING
        asked = [asyncio.create_task(bench.recorder.next_attempt()) for _ in range(9)]
        done, _ = await asyncio.wait(asked, timeout=2 * TIMEOUTS.pause)
        assert not done
        await bench.recorder.stop()
        await asyncio.gather(*asked)
        assert len(camera.logins) == 1


async def test_the_result_of_the_next_attempt_is_waited_for(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    server = start_rtsp_server(cams=1)
    server.kill()
    bench = open_bench(server.address())
    await bench.recorder.start()
    await bench.recorder.next_attempt()
    assert bench.recorder.health.problem == "cannot_connect"
    server.start()
    await bench.connected()
    await bench.recorder.next_attempt()
    await bench.recorder.stop()


@pytest.mark.lesson(1)
async def test_silence_is_a_reconnect(
    start_rtsp_server: StartRtspServer, open_bench: OpenBench
) -> None:
    """The connection to a doorbell that hangs is closed with its clip, and opened again."""
    server = start_rtsp_server(cams=1)
    bench = open_bench(server.address())
    await bench.recorder.start()
    await bench.filled()
    bench.trigger()
    await until(lambda: bench.recorder.recording)
    server.pause()
    # The post-roll ends during the silence, so the clip is closed before the timeout.
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
    """An encoder that hangs while the connection works is detected."""
    server = start_rtsp_server(cams=1)
    bench = open_bench(server.address())
    bench.timeout = 60  # the socket still receives data
    await bench.recorder.start()
    await bench.filled()
    bench.trigger()
    await until(lambda: bench.recorder.recording)
    [stuck] = threads("reader")
    server.hush()
    [clip] = await bench.clips()
    assert check_clip(clip.path).missing == 0
    await until(lambda: not bench.recorder.health.connected)
    assert bench.recorder.health.problem == "timeout"
    assert {*threads("reader")} - {stuck}
    server.hush(False)
    # The abandoned connection ends without affecting its successor.
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
    """The problem is reported even if no new connection starts while earlier ones hang."""
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
    """The correct login works; the wrong one is reported as invalid."""
    server = start_rtsp_server(login="porch:s3cret", cams=1)
    bench = open_bench(server.address(login="porch:wr0ng"))
    await bench.recorder.start()
    await until(lambda: bench.healths)
    assert bench.healths[0].problem == "invalid_auth"
    # The address is requested again for each attempt.
    bench.address = server.address(login="porch:s3cret")
    await bench.connected()
    assert "wr0ng" not in caplog.text
    assert "s3cret" not in caplog.text


@pytest.fixture
async def garbage_port(socket_enabled: None) -> AsyncIterator[int]:
    """Return the port of a server that answers every request with garbage."""

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
    """Garbage does not crash the reader and is reported."""
    bench = open_bench(f"rtsp://127.0.0.1:{garbage_port}/cam0")
    await bench.recorder.start()
    await until(lambda: bench.recorder.health.attempt >= 2)
    assert bench.healths[0].problem in {"not_a_stream", "cannot_connect"}
    assert len(bench.healths) == 1  # reported once


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (
            b"RTSP/1.0 401 Unauthorized\r\nCSEQ\r\n"
            b'WWW-Authenticate: Digest realm="x", nonce="1", algorithm=SHA-256\r\n\r\n',
            "unsupported_login",
        ),
        (b"RTSP/1.0 503 Busy\r\nCSEQ\r\n\r\n", "refused"),
    ],
)
async def test_a_refusal_is_named(
    open_bench: OpenBench, answer: bytes, problem: str
) -> None:
    """The problem is the same as when the doorbell is added."""
    with answering(answer, hang_up=False) as port:
        bench = open_bench(f"rtsp://porch:s3cret@127.0.0.1:{port}/x")
        await bench.recorder.start()
        await until(lambda: bench.recorder.health.problem)
        assert bench.recorder.health.problem == problem


def test_next_attempt_comes_within_seconds_however_often_it_failed() -> None:
    """The fault suite counts the attempts; together they show how soon a reader reconnects."""
    timeouts = RecorderTimeouts()
    reader = Reader(
        "porch",
        lambda: source_of(""),
        PrerollBuffer(0),
        lambda: None,
        lambda _: None,
        timeouts,
        lambda: None,
        lambda: True,
    )
    longest = {1: 1.0, 2: 2.0, 3: 4.0, 4: 5.0, 10: 5.0, 100_000: 5.0}
    for failures, most in longest.items():
        pauses = [pause(reader, failures, "cannot_connect") for _ in range(50)]
        # Doubled, with jitter so that doorbells of one access point do not reconnect in step.
        assert most / 2 <= min(pauses) < max(pauses) <= most
    assert timeouts.longest_pause <= 5
    # A wrong password is retried less often, to avoid a lockout.
    assert pause(reader, 1, "invalid_auth") > timeouts.longest_pause


def test_a_reader_that_was_stopped_while_it_connected_takes_nothing_over(
    rtsp_server: RtspServer,
) -> None:
    """Another reader may fill the buffer by then."""
    preroll = PrerollBuffer(5)
    address = rtsp_server.address()
    with av.open(address, options={"rtsp_transport": "tcp"}) as container:
        epoch = Epoch(container.streams.video[0], None)

    def source() -> StreamSource:
        stopped.stop()
        preroll.connected(epoch, "another reader")
        return source_of(address)

    stopped = Reader(
        "porch",
        source,
        preroll,
        lambda: None,
        lambda _: None,
        TIMEOUTS,
        lambda: None,
        lambda: True,
    )
    stopped.start()
    stopped.join(30)
    assert not stopped.is_alive()
    assert preroll.epoch is epoch


async def test_source_that_fails_is_tried_again(
    rtsp_server: RtspServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Errors of the doorbell and programming errors do not end the reader."""
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
        timeouts=TIMEOUTS,
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
