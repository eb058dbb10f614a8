"""Test the problem for each bad answer of a tus server."""

import asyncio
from pathlib import Path

from aiohttp import web
import pytest

from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.sharing.errors import DeliveryError
from custom_components.doorwatch.engine.sharing.outbox import tus
from tests import waiting
from tests.engine.sharing.outbox.uploads import CODE, Sent, outside, package, send
from tests.outside_servers import Handler, serve

__all__ = ["outside", "package"]


def _tus(
    *,
    post: Handler | None = None,
    head: Handler | None = None,
    patch: Handler | None = None,
) -> Handler:
    """Return a small tus server; a test may replace its answers."""
    received = bytearray()

    async def handler(request: web.Request) -> web.StreamResponse:
        replaced = {"POST": post, "HEAD": head, "PATCH": patch}[request.method]
        if replaced is not None:
            return await replaced(request)
        if request.method == "POST":
            return web.Response(status=201, headers={"Location": "/uploads/1"})
        if request.method == "PATCH":
            received.extend(await request.read())
            offset = {"Upload-Offset": str(len(received))}
            return web.Response(status=204, headers=offset)
        return web.Response(headers={"Upload-Offset": str(len(received))})

    return handler


def _status(number: int, **headers: str) -> Handler:
    """Return a handler that answers with this status."""

    async def handler(request: web.Request) -> web.Response:
        await request.read()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=number, headers=names)

    return handler


async def _reset(request: web.Request) -> web.Response:
    """Abort the connection."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def _half(request: web.Request) -> web.Response:
    """Send half a response."""
    assert request.transport is not None
    request.transport.write(b"HTTP/1.1 201 Created\r\nLocat")
    request.transport.close()
    return web.Response()


async def _garbage(request: web.Request) -> web.Response:
    """Send a response that is not HTTP."""
    assert request.transport is not None
    request.transport.write(b"220 mail.example ESMTP\r\n")
    request.transport.close()
    return web.Response()


BAD_ANSWERS = [
    (_status(401), "agency_unauthorized", True),
    (_status(403), "agency_unauthorized", True),
    (_status(413), "agency_too_large", True),
    (_status(400), "agency_refused", True),
    (_status(415), "agency_refused", True),
    (_status(451), "agency_refused", True),
    (_status(301, Location="/elsewhere"), "agency_moved", True),
    (_status(302, Location="https://evil.example/"), "agency_moved", True),
    (_status(307, Location="http://127.0.0.1:9/"), "agency_moved", True),
    (_status(308, Location="/uploads"), "agency_moved", True),
    (_status(408), "agency_unavailable", False),
    (_status(423), "agency_unavailable", False),
    (_status(429), "agency_unavailable", False),
    (_status(500), "agency_unavailable", False),
    (_status(502), "agency_unavailable", False),
    (_status(503), "agency_unavailable", False),
    (_status(507), "agency_unavailable", False),
    (_reset, "agency_unavailable", False),
    (_half, "agency_unavailable", False),
    (_garbage, "agency_unavailable", False),
]


@pytest.mark.parametrize("method", ["post", "head", "patch"])
@pytest.mark.parametrize(("answer", "problem", "permanent"), BAD_ANSWERS)
async def test_a_bad_answer_is_told_apart(
    outside: Outside,
    package: Path,
    method: str,
    answer: Handler,
    problem: str,
    permanent: bool,
) -> None:
    async with serve(_tus(**{method: answer})) as port:
        with pytest.raises(DeliveryError) as caught:
            await send(outside, f"http://127.0.0.1:{port}/uploads", package, Sent())
    assert (caught.value.problem, caught.value.permanent) == (problem, permanent)
    assert caught.value.__cause__ is None
    assert "127.0.0.1" not in repr(caught.value)


@pytest.mark.parametrize(
    ("digits", "error"), [(19, tus.ContradictedError), (20, DeliveryError)]
)
async def test_a_count_of_bytes_has_at_most_19_digits(
    outside: Outside, digits: int, error: type[Exception]
) -> None:
    """A number of 20 digits is malformed; one of 19 is parsed, although no file is as large."""
    head = _status(200, Upload_Offset="1" * digits)
    async with serve(_tus(head=head)) as port:
        endpoint = f"http://127.0.0.1:{port}/uploads"
        client = tus.TusClient(outside, endpoint, local=True, upload_code=None)
        with pytest.raises(error):
            await client.offset(f"{endpoint}/1", 100)


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/uploads/1",
        "//evil.example/uploads/1",
        "http://127.0.0.1:9/uploads/1",
        "http://localhost/uploads/1",
        "https://127.0.0.1/uploads/1",
        "http://me:secret@127.0.0.1:{port}/uploads/1",
        "file:///etc/passwd",
        "http://[::1",
    ],
)
async def test_a_location_elsewhere_is_not_followed(
    outside: Outside, package: Path, location: str
) -> None:
    sent = Sent()

    async def post(request: web.Request) -> web.Response:
        port = request.url.port
        where = location.format(port=port)
        return web.Response(status=201, headers={"Location": where})

    async with serve(_tus(post=post)) as port:
        with pytest.raises(DeliveryError) as caught:
            await send(outside, f"http://127.0.0.1:{port}/uploads", package, sent)
    assert (caught.value.problem, caught.value.permanent) == ("agency_moved", True)
    assert sent.urls == []
    assert sent.progress == []


@pytest.mark.parametrize("location", ["1", "/uploads/1", "http://127.0.0.1:{port}/u/1"])
async def test_a_location_on_the_same_origin_is_followed(
    outside: Outside, package: Path, location: str
) -> None:
    async def post(request: web.Request) -> web.Response:
        where = location.format(port=request.url.port)
        return web.Response(status=201, headers={"Location": where})

    async with serve(_tus(post=post)) as port:
        await send(outside, f"http://127.0.0.1:{port}/uploads/", package, Sent())


@pytest.mark.parametrize(
    "answers",
    [
        {"post": _status(201)},
        {"post": _status(200)},
        {"head": _status(200)},
        {"head": _status(200, Upload_Offset="-1")},
        {"head": _status(200, Upload_Offset="many")},
        {"head": _status(200, Upload_Offset="²")},
        {"head": _status(200, Upload_Offset="0", Upload_Length="x")},
        {"patch": _status(204)},
        {"patch": _status(204, Upload_Offset="5")},
        {"patch": _status(409)},
        {"head": _status(404)},
        {"head": _status(200, Upload_Offset="99999999999")},
        {"head": _status(200, Upload_Offset="0", Upload_Length="7")},
    ],
)
async def test_half_answers_are_tried_again_later(
    outside: Outside, package: Path, answers: dict[str, Handler]
) -> None:
    async with serve(_tus(**answers)) as port:
        with pytest.raises(DeliveryError) as caught:
            await send(outside, f"http://127.0.0.1:{port}/uploads", package, Sent())
    assert (caught.value.problem, caught.value.permanent) == (
        "agency_unavailable",
        False,
    )


async def test_an_endpoint_that_is_not_there_is_permanent(
    outside: Outside, package: Path
) -> None:
    async with serve(_tus(post=_status(404))) as port:
        with pytest.raises(DeliveryError) as caught:
            await send(outside, f"http://127.0.0.1:{port}/uploads", package, Sent())
    assert (caught.value.problem, caught.value.permanent) == ("agency_refused", True)


async def test_an_upload_address_on_another_origin_is_forgotten(
    outside: Outside, package: Path
) -> None:
    sent = Sent()
    async with serve(_tus()) as port:
        endpoint = f"http://127.0.0.1:{port}/uploads"
        for url in ("https://evil.example/uploads/1", "http://[", "nonsense"):
            await send(outside, endpoint, package, sent, url=url)
            assert sent.urls.pop() == f"{endpoint}/1"
            sent.progress.clear()


async def test_asks_again_when_the_offset_moved(
    outside: Outside, package: Path
) -> None:
    """The upload continues at the new offset."""
    kept = 0

    async def head(_request: web.Request) -> web.Response:
        return web.Response(headers={"Upload-Offset": str(kept)})

    async def patch(request: web.Request) -> web.Response:
        nonlocal kept
        body = await request.read()
        if not kept:
            kept = len(body) // 2
            return web.Response(status=409)
        kept += len(body)
        return web.Response(status=204, headers={"Upload-Offset": str(kept)})

    async with serve(_tus(head=head, patch=patch)) as port:
        await send(outside, f"http://127.0.0.1:{port}/uploads", package, Sent())


@pytest.mark.parametrize("method", ["post", "head", "patch"])
async def test_a_server_that_never_answers_is_left(
    outside: Outside, package: Path, method: str
) -> None:
    over = asyncio.Event()

    async def never(request: web.Request) -> web.Response:
        # The time limit of a request with a body begins when all of it is sent.
        await request.read()
        await waiting.idle()
        waiting.skip(600)
        await over.wait()
        return web.Response()

    async with serve(_tus(**{method: never})) as port:
        with pytest.raises(DeliveryError) as caught:
            await send(outside, f"http://127.0.0.1:{port}/uploads", package, Sent())
        assert not over.is_set()
        over.set()
    assert (caught.value.problem, caught.value.permanent) == (
        "agency_unavailable",
        False,
    )


async def test_nobody_there(outside: Outside, package: Path) -> None:
    async with serve(_tus()) as port:
        pass
    with pytest.raises(DeliveryError) as caught:
        await send(outside, f"http://127.0.0.1:{port}/uploads", package, Sent())
    assert not caught.value.permanent


async def test_the_upload_code_goes_with_every_request(
    outside: Outside, package: Path
) -> None:
    seen = []
    inner = _tus()

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append((request.method, request.headers.get("Authorization")))
        assert request.headers["Tus-Resumable"] == "1.0.0"
        return await inner(request)

    async with serve(handler) as port:
        await send(outside, f"http://127.0.0.1:{port}/uploads", package, Sent())
    assert seen == [(name, f"Bearer {CODE}") for name in ("POST", "HEAD", "PATCH")]
