"""Tests of detecting whether a camera accepts audio, with untrusted answers."""

import pytest

from custom_components.doorwatch.engine.doorbells.back_channel import (
    has_back_channel,
    takes_voice,
)
from custom_components.doorwatch.engine.doorbells.base import PROBLEMS, DoorbellError
from tests.ports import own_port
from tests.rtsp.fixtures import RtspServer, StartRtspServer
from tests.rtsp.scripted import BASIC, DIGEST, ScriptedCamera

from .servers import answering

LOGIN = "porch:s3cret"
PATH = "/live?a=1"
BACK_CHANNEL = "www.onvif.org/ver20/backchannel"


async def test_a_camera_with_a_back_channel_is_told_from_one_without(
    rtsp_server: RtspServer,
) -> None:
    assert await has_back_channel(rtsp_server.address("talk0"))
    for path in ("cam0", "alaw0", "silent0"):
        assert not await has_back_channel(rtsp_server.address(path))


async def test_a_camera_that_asks_for_a_login_gets_it(
    start_rtsp_server: StartRtspServer,
) -> None:
    """Digest authentication is used, and a wrong login is reported."""
    server = start_rtsp_server(login=LOGIN, cams=1)

    assert await has_back_channel(server.address("talk0", login=LOGIN))
    for login in (None, "porch:wrong"):
        assert await problem_at(server.address("talk0", login=login)) == "invalid_auth"


OFFERS = """\
v=0
o=- 0 0 IN IP4 127.0.0.1
s=Session
t=0 0
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
a=recvonly
m=audio 0 RTP/AVP 0
a=recvonly
m=audio 0 RTP/AVP {numbers}
a=control:track3
{lines}
"""


@pytest.mark.parametrize(
    ("numbers", "lines", "takes"),
    [
        ("0", "a=sendonly", True),
        ("8", "a=sendonly", True),
        ("97", "a=rtpmap:97 pcma/8000\na=sendonly", True),
        (
            "97 98",
            "a=rtpmap:97 G726-32/8000\na=rtpmap:98 PCMU/8000/1\na=sendonly",
            True,
        ),
        # Wideband, or codecs that browsers don't support.
        ("97", "a=rtpmap:97 PCMU/16000\na=sendonly", False),
        ("97", "a=rtpmap:97 MPEG4-GENERIC/16000\na=sendonly", False),
        ("0", "a=recvonly", False),
        ("0", "", False),
    ],
)
def test_a_description_is_read(numbers: str, lines: str, takes: bool) -> None:
    description = OFFERS.format(numbers=numbers, lines=lines)
    assert takes_voice(description) is takes
    assert takes_voice(description.replace("\n", "\r\n")) is takes


@pytest.mark.parametrize(
    "description", ["", "m=", "m=\nm=audio\na=sendonly", "m=audio"]
)
def test_a_description_of_nothing_offers_nothing(description: str) -> None:
    assert not takes_voice(description)


def answer(status: int, *headers: str, body: str = "") -> bytes:
    """Return an RTSP response."""
    lines = [f"RTSP/1.0 {status} Answer", "CSEQ", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", body]).encode()


async def problem_at(address: str, timeout: float = 20.0) -> str:
    """Query the back channel and return the problem."""
    with pytest.raises(DoorbellError) as caught:
        await has_back_channel(address, timeout)
    assert caught.value.__context__ is None
    assert caught.value.problem in PROBLEMS
    return caught.value.problem


@pytest.mark.parametrize("status", [456, 501, 551])
async def test_a_camera_that_does_not_know_the_word_has_none(status: int) -> None:
    with answering(answer(status)) as port:
        assert not await has_back_channel(f"rtsp://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    ("reply", "problem"),
    [
        (answer(401), "invalid_auth"),
        (answer(401, "WWW-Authenticate: Digest realm=x"), "unsupported_login"),
        (
            answer(401, 'WWW-Authenticate: Digest nonce="n", algorithm=X'),
            "unsupported_login",
        ),
        (answer(403), "invalid_auth"),
        (answer(404), "not_found"),
        (answer(302, "Location: rtsp://127.0.0.1/"), "not_a_stream"),
        (answer(200, "Content-Length: 10"), "refused"),
        (answer(200, "Content-Length: -1"), "not_a_stream"),
        (answer(200, "Content-Length: 99999999999"), "not_a_stream"),
        (answer(200, "Content-Length: " + 5000 * "9"), "not_a_stream"),
        (answer(200, *100 * ["X: y"]), "not_a_stream"),
        (b"RTSP/1.0 200 " + 200_000 * b"x", "not_a_stream"),
        (b"RTSP/1.0", "refused"),
        (b"RTSP/1.0 none\r\n\r\n", "not_a_stream"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "not_a_stream"),
        (b"\xff\x00\r\n", "not_a_stream"),
    ],
)
async def test_what_is_no_good_answer_is_named(reply: bytes, problem: str) -> None:
    with answering(reply) as port:
        address = f"rtsp://porch:s3cret@127.0.0.1:{port}/live"
        assert await problem_at(address) == problem


async def test_silence_ends_in_time() -> None:
    with answering(None, hang_up=False) as port:
        assert await problem_at(f"rtsp://127.0.0.1:{port}/", 0.5) == "timeout"


async def test_nobody_there_is_named() -> None:
    assert await problem_at(f"rtsp://127.0.0.1:{own_port()}/") == "cannot_connect"


async def test_only_a_bare_stream_is_asked() -> None:
    """Other transports and invalid addresses are refused without revealing a login."""
    for address in (
        "http://127.0.0.1/",
        "rtsps://127.0.0.1/",
        "rtsp:///x",
        "ffmpeg:x",
        f"rtsp://{LOGIN}@[::1/",
        f"rtsp://{LOGIN}@127.0.0.1\u2100/",
        f"rtsp://{LOGIN}@127.0.0.1:99999/",
    ):
        assert await problem_at(address) == "invalid_address"


def guarded(login: str, challenge: str) -> ScriptedCamera:
    """Return a camera with a back channel that requires a login."""
    description = OFFERS.format(numbers="0", lines="a=sendonly")
    return ScriptedCamera(
        login=login, challenges=(challenge,), special={PATH: (200, [], description)}
    )


@pytest.mark.parametrize("algorithm", [None, "MD5", "SHA-256"])
@pytest.mark.parametrize("qop", [None, "auth", "auth-int,auth"])
async def test_each_digest_that_cameras_ask_for(
    algorithm: str | None, qop: str | None
) -> None:
    challenge = f'{DIGEST}, opaque="thing"'
    if algorithm:
        challenge += f", algorithm={algorithm}"
    if qop:
        challenge += f', qop="{qop}"'
    async with guarded("porch:p@ss", challenge) as camera:
        assert await has_back_channel(camera.address(PATH, "porch:p%40ss"))
        address = camera.address(PATH)

    first, second = camera.requests
    assert "p%40ss" not in f"{first}{second}"
    assert "p@ss" not in f"{first}{second}"
    assert first.headers["require"] == second.headers["require"] == BACK_CHANNEL
    assert first.address == address
    assert second.headers["cseq"] == "2"
    assert second.login is not None
    assert 'opaque="thing"' in second.login
    assert ("algorithm=" in second.login) is (algorithm is not None)


async def test_a_camera_that_asks_for_a_basic_login_gets_it() -> None:
    async with guarded(LOGIN, BASIC) as camera:
        assert await has_back_channel(camera.address(PATH, LOGIN))
