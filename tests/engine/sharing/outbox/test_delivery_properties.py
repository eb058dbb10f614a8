"""Test with generated answers that an upload either fails with a problem or is complete."""

import asyncio
import hashlib
from itertools import groupby
from pathlib import Path
import ssl
import threading

from hypothesis import example, given, strategies as st
import pytest

from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.sharing.errors import DeliveryError
from custom_components.doorwatch.engine.sharing.outbox.delivery import (
    TakenBack,
    Upload,
    take_back,
)
from custom_components.doorwatch.engine.sharing.outbox.tus import TusClient
from tests import waiting
from tests.engine.outside.raw_server import RawServer, serving
from tests.series import examples

SIZE = 300_000  # more than one block, and more than a socket accepts at once
PROBLEMS = {
    "agency_unauthorized": True,
    "agency_too_large": True,
    "agency_refused": True,
    "agency_moved": True,
    "agency_unavailable": False,
}
CODE = "printed beside the fingerprint"


# Nothing is encrypted, and loading all certificate authorities takes longer than an upload.
_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow sockets on the loopback interface."""


_NUMBERS = st.sampled_from(
    [
        str(SIZE),
        str(SIZE),
        "0",
        "1",
        str(SIZE - 1),
        str(SIZE + 1),
        "-1",
        "-0",
        "+0",
        "00",
        f"0{SIZE}",
        " 0",
        "0 ",
        "0x0",
        "1e3",
        "0.0",
        "1_0",
        "",
        "9" * 18,
        "9" * 19,
        "9" * 20,
        "9" * 5000,
        str(2**63),
        str(2**64 + SIZE),
        "\u0660",  # an Arabic zero in UTF-8
        "\uff10",
        "\u00b2",
        "null",
        "0, 0",
        "\x000",
    ]
)
_LOCATIONS = st.sampled_from(
    [
        "/uploads/1",
        "1",
        "./1",
        "",
        " ",
        "?upload=1",
        "#1",
        "/uploads/1#there",
        "//127.0.0.1:{port}/uploads/1",
        "http://127.0.0.1:{port}/uploads/1",
        "http://127.0.0.1:{port}/uploads/%zz%",
        "HTTP://127.0.0.1:{port}/uploads/1",
        "http://127.0.0.1:0{port}/uploads/1",
        "http://127.1:{port}/uploads/1",
        "http://2130706433:{port}/uploads/1",
        "http://localhost:{port}/uploads/1",
        "http://[::ffff:127.0.0.1]:{port}/uploads/1",
        "http://user@127.0.0.1:{port}/uploads/1",
        "http://:word@127.0.0.1:{port}/uploads/1",
        "http://127.0.0.1:{port}@evil.example/",
        "http://127.0.0.1:{port}\\@evil.example/",
        "https://127.0.0.1:{port}/uploads/1",
        "https://evil.example/",
        "//evil.example/uploads/1",
        "///evil.example/uploads/1",
        "/\\evil.example/uploads/1",
        "http:///uploads/1",
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:x/",
        "http://[::1/",
        "http:1",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:,1",
        "/uploads/../../1",
        "/uploads/\u00e9\u202e",
        "/uploads/\udcff",
        "/uploads/\ta",
        "/" + "a" * 7000,
        "/" + "a" * 20_000,
        "http://" + "a" * 5000 + "/",
        "http://xn--/",
        "http://\u00ad/",
        "mailto:desk@agency.example",
    ]
) | st.text(max_size=12)
_STATUS = st.sampled_from(
    [
        "201 Created",
        "200 OK",
        "204 No Content",
        "100 Continue",
        "101 Switching Protocols",
        "103 Early Hints",
        "301 Moved",
        "307 Temporary",
        "400 Bad",
        "401 Who",
        "404 Not Found",
        "409 Conflict",
        "410 Gone",
        "413 Large",
        "423 Locked",
        "429 Slow",
        "500 Broken",
        "503 Later",
        "600 What",
        "99 Low",
        "999 High",
        "200",
        "abc Def",
        "-200 OK",
        "\u0662\u0660\u0660 OK",
    ]
)
_MORE = st.sampled_from(
    [
        "",
        "",
        "",
        "Content-Length: 0\r\n",
        "Content-Length: 5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Content-Encoding: gzip\r\n",
        "Content-Encoding: br\r\nTransfer-Encoding: chunked\r\n",
        "Connection: Upgrade\r\nUpgrade: h2c\r\n",
        "Connection: keep-alive\r\n",
        "Set-Cookie: a=b; Domain=127.0.0.1\r\n",
        "Set-Cookie: \x01\r\n",
        "X: y\r\n folded\r\n",
        "No colon\r\n",
        ": empty\r\n",
        "X: " + "y" * 9000 + "\r\n",
        "X: y\r\n" * 500,
        "Tus-Resumable: 9\r\n",
        "Refresh: 0; url=https://evil.example/\r\n",
        "Link: <https://evil.example/>; rel=preload\r\n",
        'Alt-Svc: h2="evil.example:443"\r\n',
    ]
)
_BODIES = st.sampled_from(
    [
        "",
        "",
        "",
        "hello",
        "5\r\nhello\r\n0\r\n\r\n",
        "zz\r\n",
        "5;" + "x" * 9000,
        "\x1f\x8b\x08",
        "0\r\nX: y\r\n",
    ]
) | st.text(max_size=8)


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """Draw one answer, which is nearly valid or not an answer at all."""
    status = draw(
        st.sampled_from(["201 Created", "204 No Content", "200 OK"]) | _STATUS
    )
    lines = [f"HTTP/1.1 {status}\r\n"]
    for name, values in (
        ("Location", _LOCATIONS),
        ("Upload-Offset", _NUMBERS),
        ("Upload-Length", st.just(str(SIZE)) | _NUMBERS),
    ):
        times = range(draw(st.sampled_from([1, 1, 1, 1, 0, 0, 2])))
        lines.extend(f"{name}: {draw(values)}\r\n" for _ in times)
    lines.append(draw(_MORE))
    text = "".join(lines) + "\r\n" + draw(_BODIES)
    answer = text.encode("utf-8", "surrogateescape")
    match draw(st.sampled_from(["whole"] * 12 + ["cut", "early", "garbage", "none"])):
        case "cut":
            return answer[: draw(st.integers(0, len(answer)))]
        case "early":
            early = draw(st.sampled_from([b"100 Continue", b"103 Early Hints"]))
            return b"HTTP/1.1 " + early + b"\r\n\r\n" + answer
        case "garbage":
            return draw(st.binary(max_size=60))
        case "none":
            return b""
    return answer


_GOOD = (
    b"HTTP/1.1 201 Created\r\nLocation: /uploads/1\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nUpload-Offset: 0\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\nUpload-Offset: %d\r\n\r\n" % SIZE,
)


@st.composite
def conversations(draw: st.DrawFn) -> list[bytes]:
    """Draw a server's answers in order; some start with valid ones to reach later steps."""
    right = draw(st.integers(0, len(_GOOD)))
    return [*_GOOD[:right], *draw(st.lists(answers(), min_size=1, max_size=6))]


def says_all(answer: bytes) -> bool:
    """Return whether an answer reports the whole upload, parsed independently of the client."""
    while answer.startswith((b"HTTP/1.1 100", b"HTTP/1.1 103")):
        answer = answer.partition(b"\r\n\r\n")[2]
    lines = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
    said = [
        line.partition(b":")[2].strip()
        for line in lines
        if line.lower().startswith(b"upload-offset:")
    ]
    status = lines[0].split(b" ")
    return (
        bool(said)
        and said[0].isdigit()
        and int(said[0]) == SIZE
        and len(status) > 1
        and status[1][:1] == b"2"
    )


class _Told:
    """Records the callbacks of an upload."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.urls: list[str] = []
        self.sent: list[int] = []

    async def on_url(self, url: str) -> None:
        assert url.startswith(f"http://127.0.0.1:{self.port}/")
        self.urls.append(url)

    async def on_sending(self, offset: int) -> None:
        assert 0 <= offset < SIZE

    async def on_part(self, arrived: int) -> None:
        assert 0 <= arrived < SIZE
        self.sent.append(arrived)

    def on_progress(self, count: int) -> None:
        assert 0 <= count <= SIZE
        self.sent.append(count)


def _check_requests(server: RawServer) -> None:
    """Check that all requests went to the right server with no more data than needed."""
    for request in server.requests:
        assert request.method in ("POST", "HEAD", "PATCH", "DELETE")
        assert request.header("Host") == f"127.0.0.1:{server.port}"
        assert request.header("Authorization") == f"Bearer {CODE}"
        assert request.header("Cookie") is None
        assert request.header("Referer") is None
    assert len(server.requests) <= 12  # three attempts, each with one more HEAD


async def _upload(server: RawServer, path: Path, known: bool) -> None:
    problem: DeliveryError | None = None
    threads = set(threading.enumerate())
    async with serving(server), Outside(tls=_TLS) as outside:
        told = _Told(server.port)
        tasks = asyncio.all_tasks()
        endpoint = f"http://127.0.0.1:{server.port}/uploads"
        try:
            async with asyncio.timeout(45):
                await Upload(
                    client=TusClient(outside, endpoint, True, CODE),
                    path=path,
                    metadata={"filename": "share.tar.age"},
                    url=f"{endpoint}/1" if known else None,
                    on_url=told.on_url,
                    on_progress=told.on_progress,
                    on_sending=told.on_sending,
                ).run()
        except DeliveryError as err:
            problem = err
        await _nothing_left(tasks, threads)
    _check_requests(server)
    if problem is not None:
        assert problem.permanent is PROBLEMS[problem.problem]
        assert problem.__cause__ is None
        assert problem.__suppress_context__ or problem.__context__ is None
        return
    turn = len(server.requests) - 1
    assert server.requests[turn].method in ("HEAD", "PATCH")
    assert says_all(server.answers[turn])


async def _nothing_left(
    tasks: set[asyncio.Task[object]], threads: set[threading.Thread]
) -> None:
    """Check that no task or thread remains, except those of the server."""

    def over() -> bool:
        left = [
            task
            for task in asyncio.all_tasks() - tasks
            if "RawServer" not in repr(task.get_coro())
            and "staggered" not in repr(task.get_coro())
        ]
        more = [
            thread
            for thread in set(threading.enumerate()) - threads
            if thread.name.startswith("doorwatch")
        ]
        return not left and not more

    await waiting.until(over, "tasks and threads to end")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file to send."""
    path = tmp_path_factory.mktemp("package") / "share.tar.age"
    blocks = (hashlib.sha256(b"%d" % each).digest() for each in range(SIZE // 32 + 1))
    path.write_bytes(b"".join(blocks)[:SIZE])
    return path


@examples(220)
@given(
    conversation=conversations(),
    reads=st.lists(st.booleans(), max_size=4),
    pieces=st.sampled_from([0, 0, 0, 1, 7]),
    known=st.booleans(),
)
@example(conversation=[*_GOOD], reads=[True] * 3, pieces=0, known=False)
def test_an_upload_ends_with_a_reason_or_with_all_of_it_there(
    package: Path,
    conversation: list[bytes],
    reads: list[bool],
    pieces: int,
    known: bool,
) -> None:
    """No task, thread or connection remains, and no other server is contacted."""
    server = RawServer(answers=conversation, reads=reads, pieces=pieces)
    asyncio.run(_upload(server, package, known))


async def _take_back(server: RawServer) -> None:
    taken: TakenBack | None = None
    problem: DeliveryError | None = None
    threads = set(threading.enumerate())
    async with serving(server), Outside(tls=_TLS) as outside:
        told = _Told(server.port)
        tasks = asyncio.all_tasks()
        endpoint = f"http://127.0.0.1:{server.port}/uploads"
        try:
            async with asyncio.timeout(45):
                client = TusClient(outside, endpoint, True, CODE)
                taken = await take_back(client, f"{endpoint}/1", SIZE, told.on_part)
        except DeliveryError as err:
            problem = err
        await _nothing_left(tasks, threads)
    _check_requests(server)
    # If the connection is closed before the answer, aiohttp retries once.
    methods = [name for name, _ in groupby(each.method for each in server.requests)]
    assert methods in (["HEAD"], ["HEAD", "DELETE"])
    if problem is not None:
        assert problem.permanent is PROBLEMS[problem.problem]
        return
    assert taken is not None
    if taken is TakenBack.ARRIVED:
        assert methods == ["HEAD"]
        assert says_all(server.answers[len(server.requests) - 1])
    if "DELETE" in methods:
        assert len(told.sent) == 1
    if taken is TakenBack.REMOVED:
        assert "DELETE" in methods


@examples(120)
@given(
    st.tuples(answers() | st.sampled_from(_GOOD), answers()).map(list),
    st.sampled_from([0, 0, 1, 7]),
)
def test_taking_back_ends_with_a_reason_or_with_what_became_of_it(
    conversation: list[bytes], pieces: int
) -> None:
    """No more requests than needed are sent."""
    asyncio.run(_take_back(RawServer(answers=conversation, reads=[], pieces=pieces)))
