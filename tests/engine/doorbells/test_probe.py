"""Tests of probing a stream, which returns its facts or raises a problem."""

import errno
import socket

import av
import pytest

from custom_components.doorwatch.engine.doorbells import probe
from custom_components.doorwatch.engine.doorbells.base import (
    PROBLEMS,
    DoorbellError,
    StreamSource,
)
from custom_components.doorwatch.engine.doorbells.probe import (
    _log_once,
    classify_error,
    open_options,
    probe_stream,
)
from custom_components.doorwatch.engine.doorbells.rtsp import RtspDoorbell
from tests.ports import own_port
from tests.rtsp.fixtures import RtspServer, StartRtspServer

from .servers import answering


async def problem_at(address: str, timeout: float = 3.0) -> str:
    """Probe and return the problem."""
    source = RtspDoorbell(address, "porch", "s3cret").stream_source()
    with pytest.raises(DoorbellError) as caught:
        await probe_stream(source, timeout)
    error = caught.value
    # FFmpeg's error contains the address with the login.
    assert error.__context__ is None
    assert error.__cause__ is None
    assert error.problem in PROBLEMS
    return error.problem


def status(code: int) -> bytes:
    """Return an RTSP response."""
    return b"RTSP/1.0 %d Answer\r\nCSEQ\r\n\r\n" % code


@pytest.mark.parametrize("path", ["cam0", "hevc0", "alaw0", "silent0"])
async def test_streams_that_can_be_recorded_are_accepted(
    rtsp_server: RtspServer, path: str
) -> None:
    """With older and newer video, other sound and none."""
    await probe_stream(RtspDoorbell(rtsp_server.address(path)).stream_source())


@pytest.mark.parametrize(
    ("path", "problem"),
    [("sound0", "no_video"), ("nothing", "not_found"), ("udp0", "udp_only")],
)
async def test_streams_that_cannot_be_recorded_are_named(
    rtsp_server: RtspServer, path: str, problem: str
) -> None:
    assert await problem_at(rtsp_server.address(path), 10) == problem


@pytest.mark.parametrize("password", ["s3cret", "p@ss/w:rd?#%20 ü"])
async def test_login_is_needed_and_taken(
    start_rtsp_server: StartRtspServer, password: str
) -> None:
    server = start_rtsp_server(login=f"porch:{password}")
    address = server.address()
    right = RtspDoorbell(address, "porch", password).stream_source()
    await probe_stream(right)
    for username, wrong in (("porch", "wrong"), (None, None), ("other", password)):
        source = RtspDoorbell(address, username, wrong).stream_source()
        with pytest.raises(DoorbellError) as caught:
            await probe_stream(source)
        assert caught.value.problem == "invalid_auth"


@pytest.fixture
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a busy camera again at once."""
    monkeypatch.setattr(probe, "_BUSY_PAUSE", 0)


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (400, "not_found"),
        (401, "invalid_auth"),
        (403, "invalid_auth"),
        (404, "not_found"),
        (453, "refused"),
        (500, "refused"),
        (503, "refused"),
    ],
)
async def test_refusals_are_named(code: int, problem: str, no_pause: None) -> None:
    with answering(status(code)) as port:
        assert await problem_at(f"rtsp://127.0.0.1:{port}/x") == problem


async def test_a_camera_that_is_busy_is_asked_again(
    rtsp_server: RtspServer, no_pause: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The camera may have just ended another session."""
    with answering(status(503)) as port:
        addresses = iter((f"rtsp://127.0.0.1:{port}/x", rtsp_server.address("cam0")))
        open_stream = av.open
        monkeypatch.setattr(
            av, "open", lambda _, **named: open_stream(next(addresses), **named)
        )
        source = RtspDoorbell(f"rtsp://127.0.0.1:{port}/x").stream_source()
        await probe_stream(source)
    assert not list(addresses)


@pytest.mark.parametrize(
    "reply",
    [b"x" * 5000, b"HTTP/1.1 400 Bad Request\r\n\r\nhello", b"\0" * 100],
    ids=["text", "http", "zeros"],
)
async def test_garbage_is_not_a_stream(reply: bytes) -> None:
    with answering(reply) as port:
        assert await problem_at(f"rtsp://127.0.0.1:{port}/x") == "not_a_stream"


async def test_who_answered_a_moment_ago_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The camera is reachable, so the problem is not a missing connection."""

    def hang_up(*_: object, **__: object) -> None:
        raise ConnectionResetError

    monkeypatch.setattr(av, "open", hang_up)
    with answering(b"") as port:
        assert await problem_at(f"rtsp://127.0.0.1:{port}/x") == "refused"


MD5 = b'WWW-Authenticate: Digest realm="door", nonce="1"'
SHA256 = MD5 + b", algorithm=SHA-256"
BASIC = b'WWW-Authenticate: Basic realm="door"'


@pytest.mark.parametrize(
    ("offers", "problem"),
    [
        ([SHA256], "unsupported_login"),
        ([BASIC, SHA256], "unsupported_login"),
        ([MD5, SHA256], "unsupported_login"),
        ([SHA256, MD5], "invalid_auth"),
        ([MD5], "invalid_auth"),
        ([MD5 + b', algorithm="MD5"'], "invalid_auth"),
        ([BASIC], "invalid_auth"),
    ],
)
async def test_a_login_that_ffmpeg_cannot_compute_is_not_called_wrong(
    offers: list[bytes], problem: str
) -> None:
    """FFmpeg never sends such a login, so the camera did not refuse it."""
    answer = b"\r\n".join([b"RTSP/1.0 401 Unauthorized", b"CSEQ", *offers, b"", b""])
    with answering(answer, hang_up=False) as port:
        assert await problem_at(f"rtsp://127.0.0.1:{port}/x") == problem


async def test_silence_is_a_timeout() -> None:
    with answering(None, hang_up=False) as port:
        assert await problem_at(f"rtsp://127.0.0.1:{port}/x", 1.0) == "timeout"


async def test_server_that_hangs_is_a_timeout(
    start_rtsp_server: StartRtspServer,
) -> None:
    server = start_rtsp_server(cams=1)
    server.pause()
    assert await problem_at(server.address(), 1.0) == "timeout"


async def test_nobody_there_cannot_connect(monkeypatch: pytest.MonkeyPatch) -> None:
    assert await problem_at(f"rtsp://127.0.0.1:{own_port()}/x") == "cannot_connect"

    def no_such_name(*_: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", no_such_name)
    assert await problem_at("rtsp://doorbell.invalid/x") == "cannot_connect"


@pytest.mark.parametrize("address", ["rtsp://[::1/x", "file:///etc/passwd", "rtsp:x"])
async def test_address_without_a_host_is_invalid(address: str) -> None:
    with pytest.raises(DoorbellError) as caught:
        await probe_stream(StreamSource(address=address), 1)
    assert caught.value.problem == "invalid_address"


async def test_protocols_that_are_not_listed_are_not_opened() -> None:
    with (
        answering(b"HTTP/1.1 200 OK\r\n\r\n") as port,
        pytest.raises(DoorbellError) as caught,
    ):
        await probe_stream(StreamSource(address=f"http://127.0.0.1:{port}/x"), 3)
    assert caught.value.problem == "invalid_address"


def test_options_hold_ffmpeg_to_the_protocols() -> None:
    source = StreamSource(
        address="x", protocols=("http", "tcp"), options={"timeout": "1"}
    )
    assert open_options(source) == {"timeout": "1", "protocol_whitelist": "http,tcp"}


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (DoorbellError("no_video"), "no_video"),
        (TimeoutError(), "timeout"),
        (OSError(errno.ETIMEDOUT, "x"), "timeout"),
        (av.ExitError(1, "x"), "timeout"),
        (OSError(errno.EHOSTUNREACH, "x"), "cannot_connect"),
        (OSError(errno.EIO, "x"), "cannot_connect"),
        (OSError(errno.EPERM, "x"), "cannot_connect"),
        (ConnectionResetError(), "cannot_connect"),
        (av.EOFError(1, "x"), "cannot_connect"),
        (av.InvalidDataError(1, "x"), "not_a_stream"),
        (av.DecoderNotFoundError(1, "x"), "unsupported_codec"),
        (av.ProtocolNotFoundError(1, "x"), "invalid_address"),
        (UnicodeError(), "not_a_stream"),
        (OSError(errno.EPROTONOSUPPORT, "x"), "udp_only"),
        (av.HTTPServerError(1, "x"), "refused"),
        (av.HTTPOtherClientError(1, "x"), "refused"),
        (av.HTTPTooManyRequestsError(1, "x"), "refused"),
        (RuntimeError(), "unknown_problem"),
        (av.PatchWelcomeError(1, "rtsp://porch:s3cret@x"), "unknown_problem"),
    ],
)
def test_errors_have_their_problem(
    error: BaseException, problem: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert problem in PROBLEMS
    _log_once.cache_clear()
    assert classify_error(error) == problem
    assert classify_error(error, waited=0.1, allowed=10) == problem
    named = [type(error).__name__ in record.message for record in caplog.records]
    assert named == [True] * (problem == "unknown_problem")
    assert "s3cret" not in caplog.text


def test_silence_and_garbage_differ_by_the_time_they_took() -> None:
    error = av.InvalidDataError(1, "x")
    assert classify_error(error, waited=9.5, allowed=10) == "timeout"
    assert classify_error(error, waited=0.5, allowed=10) == "not_a_stream"
    assert classify_error(error, waited=9.5) == "not_a_stream"
