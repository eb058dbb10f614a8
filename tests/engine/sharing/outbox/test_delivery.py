"""Uploads to the real intake, and to servers that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Iterator
import hashlib
from pathlib import Path
from typing import Any

from aiohttp import web
import pytest

from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.sharing.errors import DeliveryError
from custom_components.doorwatch.engine.sharing.outbox import delivery, tus
from custom_components.doorwatch.engine.sharing.outbox.delivery import (
    TakenBack,
    take_back,
    upload,
)
from tests.intake import Intake
from tests.outside_servers import Handler, serve

SHARE = "5eed" * 8
CODE = "printed beside the fingerprint"


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    """Return the door."""
    async with Outside() as door:
        yield door


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a file of 3 MB and a bit."""
    path = tmp_path / "package.tar.age"
    path.write_bytes(
        b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(98_765))
    )
    return path


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    """Return a running intake."""
    with Intake(tmp_path / "agency", upload_code=CODE, max_bytes=10_000_000) as running:
        yield running


class _Sent:
    """What an upload told on its way."""

    def __init__(self) -> None:
        self.urls: list[str] = []
        self.offsets: list[int] = []
        self.progress: list[int] = []

    async def on_url(self, url: str) -> None:
        """Note an address."""
        assert not self.progress, "a byte left before the address was stored"
        self.urls.append(url)

    async def on_sending(self, offset: int) -> None:
        """Note where sending begins."""
        self.offsets.append(offset)


async def _upload(
    outside: Outside, endpoint: str, path: Path, sent: _Sent, **changes: Any
) -> None:
    arguments: dict[str, Any] = {
        "endpoint": endpoint,
        "local": True,
        "path": path,
        "metadata": {
            "filename": f"{SHARE}.tar.age",
            "filetype": "application/octet-stream",
            "share_id": SHARE,
            "home": "h" * 42 + "A",
        },
        "upload_code": CODE,
        "upload_url": None,
        "on_url": sent.on_url,
        "on_progress": sent.progress.append,
        "on_sending": sent.on_sending,
    }
    await upload(outside, **(arguments | changes))


# The real intake


async def test_arrives_whole(outside: Outside, intake: Intake, package: Path) -> None:
    """Arrives whole."""
    sent = _Sent()
    await _upload(outside, intake.endpoint, package, sent)
    (arrived,) = intake.packages()
    assert arrived.name == f"{SHARE}.tar.age"
    assert arrived.read_bytes() == package.read_bytes()
    assert sent.urls == [f"{intake.endpoint}/{SHARE}"]
    assert sent.offsets == [0]
    assert sent.progress == sorted(sent.progress)
    assert sent.progress[-1] == package.stat().st_size


@pytest.mark.parametrize("known", [True, False])
async def test_is_not_sent_twice(
    outside: Outside, intake: Intake, package: Path, known: bool
) -> None:
    """Is not sent twice."""
    first, second = _Sent(), _Sent()
    await _upload(outside, intake.endpoint, package, first)
    arrived = intake.packages()[0].stat()
    url = first.urls[0] if known else None
    await _upload(outside, intake.endpoint, package, second, upload_url=url)
    assert second.offsets == []
    assert second.progress == [package.stat().st_size]
    assert intake.packages()[0].stat().st_mtime_ns == arrived.st_mtime_ns


async def test_is_not_sent_again_when_the_agency_took_it_from_the_inbox(
    outside: Outside, intake: Intake, package: Path
) -> None:
    """Is not sent again when the agency took it from the inbox."""
    await _upload(outside, intake.endpoint, package, _Sent())
    intake.packages()[0].unlink()
    intake.kill()
    intake.start()
    sent = _Sent()
    await _upload(outside, intake.endpoint, package, sent)
    assert sent.offsets == []
    assert intake.packages() == []


async def test_goes_on_where_a_killed_intake_stopped(
    outside: Outside, intake: Intake, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goes on where a killed intake stopped."""
    monkeypatch.setattr(delivery, "_BLOCK", 16 * 1024)
    sent = _Sent()

    def kill_in_the_middle(count: int) -> None:
        if count > 1_500_000 and intake.arrived(SHARE) > 0:
            intake.kill()

    with pytest.raises(DeliveryError) as caught:
        await _upload(
            outside, intake.endpoint, package, sent, on_progress=kill_in_the_middle
        )
    assert (caught.value.problem, caught.value.permanent) == (
        "agency_unavailable",
        False,
    )
    arrived = intake.arrived(SHARE)
    assert 0 < arrived < package.stat().st_size
    intake.start()
    again = _Sent()
    await _upload(outside, intake.endpoint, package, again, upload_url=sent.urls[0])
    assert again.urls == []
    assert again.offsets == [arrived]
    assert intake.packages()[0].read_bytes() == package.read_bytes()


async def test_goes_on_after_an_end_before_the_address_was_stored(
    outside: Outside, intake: Intake, package: Path
) -> None:
    """Goes on after an end before the address was stored."""

    async def end(url: str) -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await _upload(outside, intake.endpoint, package, _Sent(), on_url=end)
    sent = _Sent()
    await _upload(outside, intake.endpoint, package, sent)
    assert sent.offsets == [0]
    assert intake.packages()[0].read_bytes() == package.read_bytes()


async def test_begins_anew_when_the_upload_is_gone(
    outside: Outside, intake: Intake, package: Path
) -> None:
    """Begins anew when the upload is gone."""
    sent = _Sent()
    gone = f"{intake.endpoint}/{'0' * 32}"
    await _upload(outside, intake.endpoint, package, sent, upload_url=gone)
    assert sent.urls == [f"{intake.endpoint}/{SHARE}"]
    assert len(intake.packages()) == 1


async def test_what_stops_before_the_first_byte_sends_none(
    outside: Outside, intake: Intake, package: Path
) -> None:
    """What stops before the first byte sends none."""

    async def stop(offset: int) -> None:
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        await _upload(outside, intake.endpoint, package, _Sent(), on_sending=stop)
    assert intake.arrived(SHARE) == 0
    assert intake.packages() == []


@pytest.mark.parametrize("code", [None, "", "wrong"])
async def test_without_the_upload_code_nothing_is_taken(
    outside: Outside, intake: Intake, package: Path, code: str | None
) -> None:
    """Without the upload code nothing is taken."""
    with pytest.raises(DeliveryError) as caught:
        await _upload(outside, intake.endpoint, package, _Sent(), upload_code=code)
    assert caught.value.problem == "agency_unauthorized"
    assert caught.value.permanent
    assert not any(intake.inbox.glob("*.tar.age"))


async def test_what_is_larger_than_the_intake_takes_is_refused_at_once(
    outside: Outside, intake: Intake, tmp_path: Path
) -> None:
    """What is larger than the intake takes is refused at once."""
    large = tmp_path / "large"
    with large.open("wb") as file:
        file.truncate(10_000_001)
    sent = _Sent()
    with pytest.raises(DeliveryError) as caught:
        await _upload(outside, intake.endpoint, large, sent)
    assert (caught.value.problem, caught.value.permanent) == ("agency_too_large", True)
    assert sent.progress == []


async def test_the_same_share_with_another_size_is_refused(
    outside: Outside, intake: Intake, package: Path, tmp_path: Path
) -> None:
    """The same share with another size is refused."""
    await _upload(outside, intake.endpoint, package, _Sent())
    other = tmp_path / "other"
    other.write_bytes(b"other")
    for url in (None, f"{intake.endpoint}/{SHARE}"):
        with pytest.raises(DeliveryError) as caught:
            await _upload(outside, intake.endpoint, other, _Sent(), upload_url=url)
        assert caught.value.problem == "agency_refused"
    assert intake.packages()[0].read_bytes() == package.read_bytes()


async def test_an_unfinished_upload_can_be_taken_back(
    outside: Outside, intake: Intake, package: Path
) -> None:
    """An unfinished upload can be taken back."""

    async def stop(offset: int) -> None:
        raise RuntimeError

    sent = _Sent()
    with pytest.raises(RuntimeError):
        await _upload(outside, intake.endpoint, package, sent, on_sending=stop)
    upload_file = intake.inbox / ".incoming" / SHARE
    assert upload_file.exists()
    size = package.stat().st_size
    had: list[int] = []
    for taken in (TakenBack.REMOVED, TakenBack.GONE):
        arrived = upload_file.stat().st_size if upload_file.exists() else None
        assert await _take_back(outside, intake, sent, size, had) is taken
        assert not upload_file.exists()
        assert had == [arrived] or arrived is None
    assert had == [0]  # a part of no bytes


async def test_a_whole_upload_is_not_taken_back(
    outside: Outside, intake: Intake, package: Path
) -> None:
    """It arrived, and the server says so."""
    sent = _Sent()
    await _upload(outside, intake.endpoint, package, sent)
    had: list[int] = []
    size = package.stat().st_size
    taken = await _take_back(outside, intake, sent, size, had)
    assert taken is TakenBack.ARRIVED
    assert had == []
    assert len(intake.packages()) == 1


async def test_another_place_is_not_asked_to_remove_anything(
    outside: Outside, intake: Intake
) -> None:
    """Only where it was sent."""
    sent = _Sent()
    sent.urls.append("https://other.example/uploads/1")
    with pytest.raises(DeliveryError, match="agency_moved") as refused:
        await _take_back(outside, intake, sent, 10, [])
    assert refused.value.permanent


async def _take_back(
    outside: Outside, intake: Intake, sent: _Sent, size: int, had: list[int]
) -> TakenBack:
    """Take an upload back; notes how much of it was there."""

    async def on_part(arrived: int) -> None:
        had.append(arrived)

    return await take_back(
        outside,
        endpoint=intake.endpoint,
        local=True,
        upload_code=CODE,
        upload_url=sent.urls[0],
        size=size,
        on_part=on_part,
    )


async def test_a_package_that_cannot_be_read_is_no_trouble_of_the_agency(
    outside: Outside, intake: Intake, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A package that cannot be read is no trouble of the agency."""
    with pytest.raises(FileNotFoundError):
        await _upload(outside, intake.endpoint, package.with_name("no"), _Sent())

    opened = Path.open

    def open_broken(path: Path, mode: str = "r") -> Any:
        file = opened(path, mode)
        if path == package:
            file.close()
            return _Broken()
        return file

    class _Broken:
        def seek(self, offset: int) -> None:
            if offset:
                raise OSError(5, "Input/output error")

        def read(self, count: int) -> bytes:
            return bytes(count)

        def close(self) -> None:
            pass

    monkeypatch.setattr(Path, "open", open_broken)
    with pytest.raises(OSError, match="Input/output") as caught:
        await _upload(outside, intake.endpoint, package, _Sent())
    assert not isinstance(caught.value, DeliveryError)


async def test_the_loop_stays_free_while_sending(
    outside: Outside, intake: Intake, package: Path
) -> None:
    """Reading happens on a thread of the upload, named so."""
    names = set()
    read = Path.open

    def spy(path: Path, mode: str = "r") -> Any:
        import threading  # noqa: PLC0415 - used on the spied thread only

        names.add(threading.current_thread().name)
        return read(path, mode)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "open", spy)
        await _upload(outside, intake.endpoint, package, _Sent())
    assert all(name.startswith("doorwatch-upload") for name in names)
    assert names


# Servers that misbehave


def _tus(
    *,
    post: Handler | None = None,
    head: Handler | None = None,
    patch: Handler | None = None,
) -> Handler:
    """Return a small tus server whose answers a test replaces."""
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
    """Return a handler that answers so."""

    async def handler(request: web.Request) -> web.Response:
        await request.read()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=number, headers=names)

    return handler


async def _reset(request: web.Request) -> web.Response:
    """Break the connection off."""
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
    """Send what is no HTTP."""
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
    """A bad answer is told apart."""
    async with serve(_tus(**{method: answer})) as port:
        with pytest.raises(DeliveryError) as caught:
            await _upload(outside, f"http://127.0.0.1:{port}/uploads", package, _Sent())
    assert (caught.value.problem, caught.value.permanent) == (problem, permanent)
    assert caught.value.__cause__ is None
    assert "127.0.0.1" not in repr(caught.value)


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
    """A location elsewhere is not followed."""
    sent = _Sent()

    async def post(request: web.Request) -> web.Response:
        port = request.url.port
        where = location.format(port=port)
        return web.Response(status=201, headers={"Location": where})

    async with serve(_tus(post=post)) as port:
        with pytest.raises(DeliveryError) as caught:
            await _upload(outside, f"http://127.0.0.1:{port}/uploads", package, sent)
    assert (caught.value.problem, caught.value.permanent) == ("agency_moved", True)
    assert sent.urls == []
    assert sent.progress == []


@pytest.mark.parametrize("location", ["1", "/uploads/1", "http://127.0.0.1:{port}/u/1"])
async def test_a_location_on_the_same_origin_is_followed(
    outside: Outside, package: Path, location: str
) -> None:
    """A location on the same origin is followed."""

    async def post(request: web.Request) -> web.Response:
        where = location.format(port=request.url.port)
        return web.Response(status=201, headers={"Location": where})

    async with serve(_tus(post=post)) as port:
        await _upload(outside, f"http://127.0.0.1:{port}/uploads/", package, _Sent())


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
    """Half answers are tried again later."""
    async with serve(_tus(**answers)) as port:
        with pytest.raises(DeliveryError) as caught:
            await _upload(outside, f"http://127.0.0.1:{port}/uploads", package, _Sent())
    assert (caught.value.problem, caught.value.permanent) == (
        "agency_unavailable",
        False,
    )


async def test_an_endpoint_that_is_not_there_is_permanent(
    outside: Outside, package: Path
) -> None:
    """An endpoint that is not there is permanent."""
    async with serve(_tus(post=_status(404))) as port:
        with pytest.raises(DeliveryError) as caught:
            await _upload(outside, f"http://127.0.0.1:{port}/uploads", package, _Sent())
    assert (caught.value.problem, caught.value.permanent) == ("agency_refused", True)


async def test_an_upload_address_on_another_origin_is_forgotten(
    outside: Outside, package: Path
) -> None:
    """An upload address on another origin is forgotten."""
    sent = _Sent()
    async with serve(_tus()) as port:
        endpoint = f"http://127.0.0.1:{port}/uploads"
        for url in ("https://evil.example/uploads/1", "http://[", "nonsense"):
            await _upload(outside, endpoint, package, sent, upload_url=url)
            assert sent.urls.pop() == f"{endpoint}/1"
            sent.progress.clear()


async def test_asks_again_when_the_offset_moved(
    outside: Outside, package: Path
) -> None:
    """Asks again when the offset moved."""
    conflicts = 1

    async def patch(request: web.Request) -> web.Response:
        nonlocal conflicts
        body = await request.read()
        if conflicts:
            conflicts -= 1
            return web.Response(status=409)
        return web.Response(status=204, headers={"Upload-Offset": str(len(body))})

    async with serve(_tus(patch=patch)) as port:
        await _upload(outside, f"http://127.0.0.1:{port}/uploads", package, _Sent())


@pytest.mark.parametrize("method", ["post", "head", "patch"])
async def test_a_server_that_never_answers_is_left(
    outside: Outside, package: Path, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that never answers is left."""
    monkeypatch.setattr(tus, "_ANSWER", 0.3)
    monkeypatch.setattr(delivery, "_STALLED", 0.3)

    over = asyncio.Event()

    async def never(request: web.Request) -> web.Response:
        await over.wait()
        return web.Response()

    async with serve(_tus(**{method: never})) as port:
        with pytest.raises(DeliveryError) as caught:
            await _upload(outside, f"http://127.0.0.1:{port}/uploads", package, _Sent())
        assert not over.is_set()
        over.set()
    assert (caught.value.problem, caught.value.permanent) == (
        "agency_unavailable",
        False,
    )


async def test_nobody_there(outside: Outside, package: Path) -> None:
    """Nobody there."""
    async with serve(_tus()) as port:
        pass
    with pytest.raises(DeliveryError) as caught:
        await _upload(outside, f"http://127.0.0.1:{port}/uploads", package, _Sent())
    assert not caught.value.permanent


async def test_the_upload_code_goes_with_every_request(
    outside: Outside, package: Path
) -> None:
    """The upload code goes with every request."""
    seen = []
    inner = _tus()

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append((request.method, request.headers.get("Authorization")))
        assert request.headers["Tus-Resumable"] == "1.0.0"
        return await inner(request)

    async with serve(handler) as port:
        await _upload(outside, f"http://127.0.0.1:{port}/uploads", package, _Sent())
    assert seen == [(name, f"Bearer {CODE}") for name in ("POST", "HEAD", "PATCH")]
