"""Tests of asking a camera to describe its streams, with untrusted answers."""

import base64
import re

import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellError
from custom_components.doorwatch.engine.doorbells.describe import (
    Answer,
    Camera,
    ask_camera,
)
from tests.rtsp.scripted import BASIC, DIGEST, VIDEO, ScriptedCamera

LOGIN = "porch:s3cret"
DIGEST_SHA = f"{DIGEST}, algorithm=SHA-256"


async def described(
    camera: ScriptedCamera,
    *paths: str,
    login: str | None = LOGIN,
    reconnects: int = 0,
    timeout: float = 20,
) -> list[Answer]:
    """Ask for the description of each path."""

    async def ask(one: Camera) -> list[Answer]:
        return [await one.describe(camera.address(path)) for path in paths]

    return await ask_camera(
        camera.address("/", login), ask, timeout, reconnects=reconnects
    )


async def problem_of(
    camera: ScriptedCamera, *paths: str, reconnects: int = 0, timeout: float = 20
) -> str:
    """Return the problem, and check that its error does not contain the login."""
    with pytest.raises(DoorbellError) as caught:
        await described(camera, *paths, reconnects=reconnects, timeout=timeout)
    assert caught.value.__context__ is None
    return caught.value.problem


def statuses(answers: list[Answer]) -> list[int]:
    return [answer.status for answer in answers]


async def test_one_connection_and_one_challenge_serve_all_questions() -> None:
    """Requests count up, also within the nonce, and the login is never in an address."""
    challenge = f'{DIGEST}, qop="auth"'
    streams = ("/a", "/b?channel=1&subtype=0")
    async with ScriptedCamera(
        streams=streams, login=LOGIN, challenges=(challenge,)
    ) as camera:
        answers = await described(camera, *streams, "/none")

    assert statuses(answers) == [200, 200, 404]
    assert answers[0].description == VIDEO
    assert {request.connection for request in camera.requests} == {1}
    assert [request.headers["cseq"] for request in camera.requests] == list("1234")
    assert [request.path for request in camera.requests] == [
        "/a",
        "/a",
        "/b?channel=1&subtype=0",
        "/none",
    ]
    counts = [re.search(r"nc=(\w+)", login) for login in camera.logins]
    assert [count and count[1] for count in counts] == [
        "00000001",
        "00000002",
        "00000003",
    ]
    assert all("@" not in request.address for request in camera.requests)


async def test_no_login_is_sent_to_a_camera_that_asks_for_none() -> None:
    async with ScriptedCamera(streams=["/a"]) as camera:
        assert statuses(await described(camera, "/a", "/none")) == [200, 404]
    assert camera.logins == []


@pytest.mark.parametrize(
    "challenges",
    [
        (DIGEST, BASIC),
        (BASIC, DIGEST),
        (f"{DIGEST}, {BASIC}",),
        (f"{BASIC}, {DIGEST}",),
        (f'Basic realm="a, Digest b", charset="UTF-8", {DIGEST}',),
        (f"Basic, {DIGEST}",),
        (f"Negotiate, {DIGEST}, {BASIC}",),
    ],
)
async def test_basic_is_never_sent_where_digest_is_offered(
    challenges: tuple[str, ...],
) -> None:
    async with ScriptedCamera(
        streams=["/a"], login=LOGIN, challenges=challenges
    ) as camera:
        assert statuses(await described(camera, "/a")) == [200]
    assert [login.partition(" ")[0] for login in camera.logins] == ["Digest"]


@pytest.mark.parametrize(
    "challenges",
    [
        (BASIC, f"{DIGEST}, algorithm=SHA-512-256"),
        (f"{DIGEST}, algorithm=MD5-sess, {BASIC}",),
        (BASIC, 'Digest realm="no nonce"'),
        ("Digest", BASIC),
    ],
)
async def test_basic_does_not_replace_a_digest_that_is_not_supported(
    challenges: tuple[str, ...],
) -> None:
    async with ScriptedCamera(login=LOGIN, challenges=challenges) as camera:
        assert await problem_of(camera, "/a") == "unsupported_login"
    assert camera.logins == []


async def test_basic_is_not_sent_after_a_reconnect_either() -> None:
    """A camera, or something before it, can't fall back to Basic."""
    async with ScriptedCamera(
        streams=["/a"], login=LOGIN, hangs_up_after=[404]
    ) as camera:

        async def ask(one: Camera) -> None:
            await one.describe(camera.address("/none"))
            camera.challenges = (BASIC,)
            await one.describe(camera.address("/a"))

        with pytest.raises(DoorbellError) as caught:
            await ask_camera(camera.address("/", LOGIN), ask, 20, reconnects=1)

    assert caught.value.problem == "unsupported_login"
    assert [login.partition(" ")[0] for login in camera.logins] == ["Digest"]


async def test_basic_is_sent_if_nothing_else_is_offered() -> None:
    async with ScriptedCamera(
        streams=["/a"], login=LOGIN, challenges=(BASIC,)
    ) as camera:
        assert statuses(await described(camera, "/a")) == [200]
    assert camera.logins == ["Basic " + base64.b64encode(LOGIN.encode()).decode()]


@pytest.mark.parametrize("order", [1, -1])
async def test_the_stronger_digest_is_chosen(order: int) -> None:
    challenges = (DIGEST, DIGEST_SHA)[::order]
    async with ScriptedCamera(
        streams=["/a"], login=LOGIN, challenges=challenges
    ) as camera:
        assert statuses(await described(camera, "/a")) == [200]
    assert [("algorithm=SHA-256" in login) for login in camera.logins] == [True]


async def test_the_offered_digests_are_asked_for_without_the_login() -> None:
    async with ScriptedCamera(
        login=LOGIN, challenges=(BASIC, DIGEST, DIGEST_SHA)
    ) as camera:
        address = camera.address("/a", LOGIN)
        assert await ask_camera(address, Camera.digests, 20) == ["md5", "sha-256"]
        assert await ask_camera(camera.address("/a"), Camera.digests, 20) == []
    assert len(camera.requests) == 1
    assert camera.logins == []


async def test_a_refused_login_is_sent_once() -> None:
    async with ScriptedCamera(streams=["/a"], login="porch:other") as camera:
        (answer,) = await described(camera, "/a")
    assert (answer.status, answer.with_login) == (401, True)
    assert len(camera.logins) == 1


async def test_an_old_nonce_is_renewed() -> None:
    async with ScriptedCamera(
        streams=["/a", "/b"], login=LOGIN, nonce_uses=1
    ) as camera:
        assert statuses(await described(camera, "/a", "/b")) == [200, 200]
    assert len(camera.logins) == 3


async def test_a_nonce_is_renewed_only_once() -> None:
    """A camera that calls each nonce old doesn't get the login forever."""
    async with ScriptedCamera(streams=["/a"], login=LOGIN, nonce_uses=0) as camera:
        (answer,) = await described(camera, "/a")
    assert (answer.status, answer.with_login) == (401, True)
    assert len(camera.logins) == 2


async def test_a_closed_connection_is_opened_again_as_often_as_allowed() -> None:
    """On the new connection, the login waits for a challenge, too."""
    async with ScriptedCamera(
        streams=["/a"], login=LOGIN, hangs_up_after=[404]
    ) as camera:
        answers = await described(camera, "/none", "/a", "/other", reconnects=1)
        assert statuses(answers) == [404, 200, 404]
        assert [
            (request.connection, bool(request.login)) for request in camera.requests
        ] == [(1, False), (1, True), (2, False), (2, True), (2, True)]

        assert await problem_of(camera, "/none", "/a") == "refused"
        paths = ("/none", "/other", "/a")
        assert await problem_of(camera, *paths, reconnects=1) == "refused"


async def test_a_login_that_ends_the_connection_is_not_sent_again() -> None:
    """The camera may have refused it."""
    async with ScriptedCamera(login=LOGIN, hangs_up_after=[401]) as camera:
        assert await problem_of(camera, "/a", "/b", reconnects=5) == "refused"
    assert [request.connection for request in camera.requests] == [1]


@pytest.mark.parametrize("login", ['por"ch:s3cret', "por%0D%0Ach:s3cret"])
async def test_a_user_name_that_digest_can_not_express_is_not_sent(login: str) -> None:
    async with ScriptedCamera(login=LOGIN) as camera:
        with pytest.raises(DoorbellError) as caught:
            await described(camera, "/a", login=login)
    assert caught.value.problem == "unsupported_login"
    assert camera.logins == []


async def test_a_slow_camera_ends_in_time() -> None:
    async with ScriptedCamera(silent=["/b"]) as camera:
        assert await problem_of(camera, "/a", "/b", timeout=0.5) == "timeout"


async def test_a_redirect_is_not_followed() -> None:
    """The login would reach another device."""
    async with ScriptedCamera(login=LOGIN) as other:
        moved = (302, [f"Location: {other.address('/a')}"], "")
        async with ScriptedCamera(login=LOGIN, special={"/a": moved}) as camera:
            assert statuses(await described(camera, "/a")) == [302]
        assert other.requests == []


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((200, ["Content-Length: 70000"], ""), "not_a_stream"),
        ((200, ["Content-Length: many"], ""), "not_a_stream"),
        ((200, ["X: y"] * 100, ""), "not_a_stream"),
        ((200, ["X: " + "y" * 100_000], ""), "not_a_stream"),
        # Home Assistant does nothing else while it parses them.
        ((401, ["WWW-Authenticate: " + 500 * ",a"] * 10, ""), "not_a_stream"),
        ((401, [], ""), "invalid_auth"),
        ((401, ["WWW-Authenticate: "], ""), "unsupported_login"),
        ((401, ["WWW-Authenticate: Digest " + 8_000 * "a"], ""), "unsupported_login"),
        ((401, ["WWW-Authenticate: " + 2_500 * ', "'], ""), "unsupported_login"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_named(
    answer: tuple[int, list[str], str], problem: str
) -> None:
    async with ScriptedCamera(special={"/a": answer}) as camera:
        assert await problem_of(camera, "/a") == problem
