"""Tests of finding the stream of a camera by known paths."""

import asyncio
import logging
from typing import Any
from unittest.mock import patch

import pytest

from custom_components.doorwatch.engine.doorbells import known_paths
from custom_components.doorwatch.engine.doorbells.base import DoorbellError
from custom_components.doorwatch.engine.doorbells.known_paths import (
    KNOWN_PATHS,
    find_stream,
)
from tests.ports import own_port
from tests.rtsp.fixtures import RtspServer, StartRtspServer
from tests.rtsp.scripted import BASIC, DIGEST, VIDEO, ScriptedCamera

LOGIN = "porch:s3cret"
MOST = 12
FIRST, SECOND = KNOWN_PATHS[0][0], KNOWN_PATHS[1][0]


async def problem_of(camera: ScriptedCamera, login: str | None = LOGIN) -> str:
    """Return the problem, and check that its error does not contain the login."""
    with pytest.raises(DoorbellError) as caught:
        await find_stream(camera.address(login=login))
    assert caught.value.__context__ is None
    assert str(caught.value) == caught.value.problem
    return caught.value.problem


@pytest.mark.parametrize(("path", "sub_path"), KNOWN_PATHS)
async def test_each_known_path_is_found(path: str, sub_path: str | None) -> None:
    """The smaller stream is found, too, if the camera has it."""
    both = [path, *filter(None, [sub_path])]
    async with ScriptedCamera(streams=both, login=LOGIN) as camera:
        found = await find_stream(camera.address(login=LOGIN))
        sub_stream = sub_path and camera.address(sub_path)
        assert found == (camera.address(path), sub_stream)
        assert len(camera.paths) <= MOST

    async with ScriptedCamera(streams=[path]) as camera:
        found = await find_stream(camera.address(login=LOGIN))
        assert found == (camera.address(path), None)


async def test_at_most_twelve_paths_are_asked_for_on_one_connection() -> None:
    async with ScriptedCamera() as camera:
        assert await find_stream(camera.address(login=LOGIN)) is None

    assert len(camera.requests) == len(camera.paths) == MOST
    assert {request.connection for request in camera.requests} == {1}
    numbers = [int(request.headers["cseq"]) for request in camera.requests]
    assert numbers == list(range(1, MOST + 1))
    assert camera.logins == []
    assert KNOWN_PATHS[-1][1] is None


@pytest.mark.parametrize("end", ["", "/"])
async def test_a_camera_that_needs_no_path_is_not_asked_for_others(end: str) -> None:
    async with ScriptedCamera(streams=["/", FIRST], login=LOGIN) as camera:
        found = await find_stream(camera.address(end, LOGIN))
        assert found == (camera.address("/"), None)
    assert camera.paths == ["/"]


@pytest.mark.parametrize("hides_paths", [True, False])
async def test_the_search_ends_when_the_login_is_refused(hides_paths: bool) -> None:
    """Cameras lock accounts, so a wrong login is sent once."""
    async with ScriptedCamera(
        streams=[FIRST, SECOND], login="porch:other", hides_paths=hides_paths
    ) as camera:
        assert await problem_of(camera) == "invalid_auth"
    assert len(camera.logins) == 1
    assert camera.paths == (["/"] if hides_paths else ["/", FIRST])


async def test_the_search_ends_when_the_user_is_not_allowed() -> None:
    async with ScriptedCamera(
        streams=[SECOND], login=LOGIN, special={FIRST: (403, [], "")}
    ) as camera:
        assert await problem_of(camera) == "invalid_auth"
    assert camera.paths == ["/", FIRST]


async def test_the_search_ends_when_a_login_is_missing() -> None:
    async with ScriptedCamera(streams=[FIRST], login=LOGIN) as camera:
        assert await problem_of(camera, login=None) == "login_missing"
    assert len(camera.requests) == 1


async def test_a_path_is_found_before_the_camera_asks_for_a_login() -> None:
    """Some cameras answer 404 first, and hide nothing but the stream."""
    async with ScriptedCamera(
        streams=[SECOND], login=LOGIN, hides_paths=False
    ) as camera:
        found = await find_stream(camera.address(login=LOGIN))
        assert found == (camera.address(SECOND), None)
    assert [request.path for request in camera.requests if request.login] == [
        SECOND,
        KNOWN_PATHS[1][1],
    ]


async def test_basic_is_not_sent_where_digest_is_offered() -> None:
    async with ScriptedCamera(
        streams=[FIRST], login=LOGIN, challenges=(BASIC, DIGEST)
    ) as camera:
        assert await find_stream(camera.address(login=LOGIN)) is not None
    assert {login.partition(" ")[0] for login in camera.logins} == {"Digest"}


async def test_a_camera_that_hangs_up_is_asked_on_one_more_connection() -> None:
    async with ScriptedCamera(streams=[FIRST], hangs_up_after=[404]) as camera:
        found = await find_stream(camera.address())
        assert found == (camera.address(FIRST), None)

    async with ScriptedCamera(streams=["/live"], hangs_up_after=[404]) as camera:
        assert await find_stream(camera.address()) is None
    assert [request.connection for request in camera.requests] == [1, 2]


async def test_a_camera_that_always_hangs_up_refuses() -> None:
    async with ScriptedCamera(login=LOGIN, hangs_up_after=[401]) as camera:
        assert await problem_of(camera) == "refused"
    assert camera.logins == []


@pytest.mark.parametrize(
    "answer",
    [
        (200, [], VIDEO.replace("m=video", "m=audio")),
        (200, [], ""),
        (302, ["Location: rtsp://127.0.0.1:1/"], ""),
        (403, [], ""),
        (454, [], ""),
        (500, [], ""),
    ],
)
async def test_what_is_no_video_is_passed_over(
    answer: tuple[int, list[str], str],
) -> None:
    async with ScriptedCamera(
        streams=[SECOND], special={"/": answer, FIRST: answer}
    ) as camera:
        found = await find_stream(camera.address())
        assert found == (camera.address(SECOND), None)


@pytest.mark.parametrize(
    "answer",
    [
        (401, [], ""),
        (401, [f"WWW-Authenticate: {DIGEST}"], ""),
        (200, ["Content-Length: -1"], ""),
    ],
)
async def test_the_stream_is_kept_whatever_the_smaller_one_answers(
    answer: tuple[int, list[str], str],
) -> None:
    sub_path = KNOWN_PATHS[0][1]
    assert sub_path is not None
    async with ScriptedCamera(streams=[FIRST], special={sub_path: answer}) as camera:
        found = await find_stream(camera.address(login=LOGIN))
        assert found == (camera.address(FIRST), None)


async def test_a_slow_camera_ends_in_time() -> None:
    sub_path = KNOWN_PATHS[0][1]
    assert sub_path is not None
    async with ScriptedCamera(streams=[FIRST], silent=[sub_path, "/"]) as camera:
        with pytest.raises(DoorbellError) as caught:
            await find_stream(camera.address(), timeout=0.5)
        assert caught.value.problem == "timeout"

        camera.silent = [sub_path]
        with patch.object(known_paths, "_SUB_STREAM_TIMEOUT", 0.2):
            found = await find_stream(camera.address())
        assert found == (camera.address(FIRST), None)


async def test_an_address_of_ipv6_is_asked() -> None:
    """The connection goes to IPv4, because not each machine for tests has IPv6."""
    connect = asyncio.open_connection
    async with ScriptedCamera(streams=[FIRST], login=LOGIN) as camera:

        async def connect_instead(host: str, port: int, **more: Any) -> Any:
            assert (host, port) == ("::1", 8554)
            return await connect("127.0.0.1", camera.port, **more)

        with patch("asyncio.open_connection", connect_instead):
            found = await find_stream(f"rtsp://{LOGIN}@[::1]:8554")

    assert found == (f"rtsp://[::1]:8554{FIRST}", None)
    assert camera.requests[0].address == "rtsp://[::1]:8554/"


async def test_where_nothing_answers_is_named() -> None:
    with pytest.raises(DoorbellError) as caught:
        await find_stream(f"rtsp://{LOGIN}@127.0.0.1:{own_port()}")
    assert caught.value.problem == "cannot_connect"
    assert caught.value.__context__ is None


async def test_the_password_is_neither_logged_nor_sent(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with ScriptedCamera(streams=["/live"], login=LOGIN) as camera:
        assert await find_stream(camera.address(login=LOGIN)) is not None
        assert await problem_of(camera, login="porch:pl4nted") == "invalid_auth"
    seen = f"{caplog.text}{camera.requests}"
    assert "s3cret" not in seen
    assert "pl4nted" not in seen


async def test_the_stream_of_a_real_server_is_found(
    rtsp_server: RtspServer, start_rtsp_server: StartRtspServer
) -> None:
    assert await find_stream(rtsp_server.address("")) == (
        rtsp_server.address("stream1"),
        rtsp_server.address("stream2"),
    )
    server = start_rtsp_server(login=LOGIN, cams=1)
    assert await find_stream(server.address("", login=LOGIN)) == (
        server.address("stream1"),
        server.address("stream2"),
    )
    for login, problem in (("porch:no", "invalid_auth"), (None, "login_missing")):
        with pytest.raises(DoorbellError) as caught:
            await find_stream(server.address("", login=login))
        assert caught.value.problem == problem
