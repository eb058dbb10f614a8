"""Test that an upload starts again when the server has fewer or more bytes than it should."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web
import pytest

from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.sharing.errors import DeliveryError
from custom_components.doorwatch.engine.sharing.model import (
    Outcome,
    Share,
    ShareState,
    StoppedBy,
)
from custom_components.doorwatch.engine.sharing.outbox import delivery
from custom_components.doorwatch.engine.sharing.outbox.delivery import Dropped, Upload
from custom_components.doorwatch.engine.sharing.outbox.share_upload import MOST_ANEW
from custom_components.doorwatch.engine.sharing.outbox.tus import TusClient
from tests import waiting
from tests.age_program import desk
from tests.intake import Intake
from tests.outside_servers import serve

from .home import CODE, FakeTime, Home
from .parts import make_document

DELIVERED = ShareState.DELIVERED
FAILED = ShareState.FAILED
CANCELLED = ShareState.CANCELLED
SHARE = "5eed" * 8
PART = 100_000


@pytest.fixture
def expected_lingering_timers() -> bool:
    """Allow aiohttp's read timer, which is set after writing a body even if the connection is lost.

    See `write_bytes` of its client; the timer ends after a minute.
    """
    return True


class Forgetful:
    """A tus server that stores the data and can be told to lose some of it."""

    def __init__(self) -> None:
        self.endpoint = ""
        self.uploads: dict[str, bytearray] = {}
        self.requests: list[str] = []
        self.removes = 204  # the status of responses to DELETE
        self.same_address = False
        self.breaks_off = False  # close the connection after a part of the data
        self.claims: Callable[[str, int], int] = lambda _, offset: offset
        self._sizes: dict[str, int] = {}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Handle a request."""
        self.requests.append(request.method)
        path = request.path
        if request.method == "POST":
            path = f"/uploads/{0 if self.same_address else len(self._sizes)}"
            self.uploads.setdefault(path, bytearray())
            self._sizes[path] = int(request.headers["Upload-Length"])
            return web.Response(status=201, headers={"Location": path})
        if path not in self.uploads:
            return web.Response(status=404)
        if request.method == "DELETE":
            if self.removes == 204:
                del self.uploads[path]
            return web.Response(status=self.removes)
        if request.method == "PATCH":
            assert int(request.headers["Upload-Offset"]) == len(self.uploads[path])
            await self._take(request, path)
            if self.breaks_off:
                assert request.transport is not None
                request.transport.abort()
        offset = self.claims(request.method, len(self.uploads[path]))
        return web.Response(
            status=200 if request.method == "HEAD" else 204,
            headers={
                "Upload-Offset": str(offset),
                "Upload-Length": str(self._sizes[path]),
            },
        )

    async def _take(self, request: web.Request, path: str) -> None:
        async for block in request.content.iter_chunked(10_000):
            self.uploads[path] += block
            if self.breaks_off and len(self.uploads[path]) >= PART:
                return

    def keep(self, count: int) -> None:
        """Truncate the newest upload, as a power cut does."""
        newest = self.uploads[next(reversed(self.uploads))]
        assert len(newest) > count
        del newest[count:]


@pytest.fixture
async def server() -> AsyncIterator[Forgetful]:
    """Return a running server."""
    server = Forgetful()
    async with serve(server.answer) as port:
        server.endpoint = f"http://127.0.0.1:{port}/uploads"
        yield server


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    """Return an open `Outside`."""
    async with Outside() as door:
        yield door


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Return a file in which no two blocks are equal."""
    path = tmp_path / "package.tar.age"
    path.write_bytes(b"".join(at.to_bytes(4) for at in range(100_000)))
    return path


class _Heard:
    """Records the callbacks of an upload, and the state for the next attempt."""

    def __init__(self) -> None:
        self.url: str | None = None
        self.acknowledged = 0
        self.dropped: list[Dropped] = []

    async def on_url(self, url: str) -> None:
        self.url = url

    async def on_acknowledged(self, offset: int) -> None:
        self.acknowledged = offset

    async def on_dropped(self, dropped: Dropped) -> None:
        self.dropped.append(dropped)
        self.url, self.acknowledged = None, 0

    async def send(
        self, outside: Outside, endpoint: str, path: Path, **more: Any
    ) -> None:
        """Continue the upload."""
        await Upload(
            client=TusClient(outside, endpoint, True, CODE),
            path=path,
            metadata={"share_id": SHARE, "home": "h" * 42 + "A"},
            url=self.url,
            on_url=self.on_url,
            on_progress=lambda _: None,
            on_sending=self.on_acknowledged,
            acknowledged=self.acknowledged,
            on_acknowledged=self.on_acknowledged,
            on_dropped=self.on_dropped,
            **more,
        ).run()


async def _send_a_part(
    outside: Outside, server: Forgetful, package: Path, heard: _Heard
) -> int:
    """Send until a part is acknowledged and the connection is closed."""
    server.breaks_off = True
    for _ in range(2):
        with pytest.raises(DeliveryError, match="agency_unavailable"):
            await heard.send(outside, server.endpoint, package)
    server.breaks_off = False
    assert heard.acknowledged >= PART
    server.requests.clear()
    return heard.acknowledged


@pytest.mark.parametrize(
    ("removes", "dropped"),
    [
        (204, Dropped.REMOVED),
        (404, Dropped.REMOVED),
        (410, Dropped.REMOVED),
        (405, Dropped.LEFT),
        (403, Dropped.LEFT),
        (409, Dropped.LEFT),
        (501, Dropped.LEFT),
    ],
)
async def test_what_was_lost_is_not_appended_to(
    outside: Outside,
    server: Forgetful,
    package: Path,
    removes: int,
    dropped: Dropped,
) -> None:
    """The upload is removed if possible, and a new one is started."""
    heard = _Heard()
    acknowledged = await _send_a_part(outside, server, package, heard)
    first = heard.url
    server.keep(acknowledged // 2)
    server.removes = removes
    await heard.send(outside, server.endpoint, package)
    assert heard.dropped == [dropped]
    assert server.requests == ["HEAD", "DELETE", "POST", "HEAD", "PATCH"]
    assert heard.url != first
    newest = server.uploads[next(reversed(server.uploads))]
    assert bytes(newest) == package.read_bytes()


@pytest.mark.parametrize(
    ("removes", "dropped"), [(204, Dropped.EMPTY), (405, Dropped.EMPTY_LEFT)]
)
async def test_bytes_that_come_late_are_not_doubled(
    outside: Outside,
    server: Forgetful,
    package: Path,
    removes: int,
    dropped: Dropped,
) -> None:
    """The server reports no bytes, and then the earlier bytes arrive."""
    heard = _Heard()
    server.breaks_off = True
    with pytest.raises(DeliveryError, match="agency_unavailable"):
        await heard.send(outside, server.endpoint, package)
    server.breaks_off = False
    server.requests.clear()
    late, first = [bytes(*server.uploads.values())], next(iter(server.uploads))
    server.keep(0)
    real = heard.on_acknowledged

    async def come_late(offset: int) -> None:
        if late and first in server.uploads:
            server.uploads[first] += late.pop()
        await real(offset)

    heard.on_acknowledged = come_late  # type: ignore[method-assign] # called before sending
    server.removes = removes
    await heard.send(outside, server.endpoint, package)
    assert heard.dropped == [dropped]
    assert server.requests == ["HEAD", "DELETE", "POST", "HEAD", "PATCH"]
    newest = server.uploads[next(reversed(server.uploads))]
    assert bytes(newest) == package.read_bytes()


async def test_an_upload_that_cannot_be_removed_just_now_is_not_forgotten(
    outside: Outside, server: Forgetful, package: Path
) -> None:
    """Otherwise it could not be taken back."""
    heard = _Heard()
    acknowledged = await _send_a_part(outside, server, package, heard)
    first = heard.url
    server.keep(acknowledged - 1)
    server.removes = 503
    with pytest.raises(DeliveryError, match="agency_unavailable"):
        await heard.send(outside, server.endpoint, package)
    assert (heard.url, heard.dropped) == (first, [])
    assert server.requests == ["HEAD", "DELETE"]
    server.removes = 204
    await heard.send(outside, server.endpoint, package)
    assert bytes(*server.uploads.values()) == package.read_bytes()


@pytest.mark.parametrize("more", [1, 1_000_000])
async def test_more_than_was_sent_is_not_believed(
    outside: Outside, server: Forgetful, package: Path, more: int
) -> None:
    """The server reports bytes that were not sent, within the file's length or beyond it."""
    heard = _Heard()
    claimed = [True]

    def claims(method: str, offset: int) -> int:
        return (
            offset + more if method == "HEAD" and claimed and claimed.pop() else offset
        )

    server.claims = claims
    await heard.send(outside, server.endpoint, package, sent=0)
    assert heard.dropped == [Dropped.REMOVED]
    assert bytes(*server.uploads.values()) == package.read_bytes()


async def test_all_of_it_is_not_believed_when_nothing_was_sent(
    outside: Outside, server: Forgetful, package: Path
) -> None:
    """Otherwise the share would be reported as delivered."""
    size = package.stat().st_size
    server.claims = lambda method, offset: size if method == "HEAD" else offset
    with pytest.raises(DeliveryError, match="agency_unavailable"):
        await _Heard().send(outside, server.endpoint, package, sent=0)


@pytest.mark.parametrize("answer", [-1, 1])
async def test_an_answer_to_what_was_sent_is_held_against_it(
    outside: Outside,
    server: Forgetful,
    package: Path,
    answer: int,
) -> None:
    """The server reports fewer bytes than before, or more than the file has."""
    heard = _Heard()
    acknowledged = await _send_a_part(outside, server, package, heard)
    size = package.stat().st_size
    odd = [acknowledged - 1 if answer < 0 else size + 1]

    def claims(method: str, offset: int) -> int:
        return odd.pop() if method == "PATCH" and odd else offset

    server.claims = claims
    await heard.send(outside, server.endpoint, package)
    assert heard.dropped == [Dropped.REMOVED]
    assert bytes(*server.uploads.values()) == package.read_bytes()


async def test_what_a_server_took_of_what_was_sent_is_held_against_it(
    outside: Outside, server: Forgetful, package: Path
) -> None:
    """The server acknowledges bytes and then reports fewer."""
    heard = _Heard()
    claimed = [200_000]
    server.claims = lambda method, offset: (
        claimed.pop() if method == "PATCH" and claimed else offset
    )
    real = heard.on_acknowledged

    async def lose_then(offset: int) -> None:
        await real(offset)
        if offset == 200_000:
            server.keep(199_999)

    heard.on_acknowledged = lose_then  # type: ignore[method-assign] # in the test
    await heard.send(outside, server.endpoint, package)
    assert heard.dropped == [Dropped.REMOVED]
    assert bytes(*server.uploads.values()) == package.read_bytes()


async def test_a_server_that_keeps_its_wrong_part_is_not_appended_to(
    outside: Outside, server: Forgetful, package: Path
) -> None:
    """The server removes nothing and returns the same address again, so the attempt ends."""
    heard = _Heard()
    server.same_address = True
    acknowledged = await _send_a_part(outside, server, package, heard)
    server.keep(acknowledged - 1)
    server.removes = 405
    with pytest.raises(DeliveryError, match="agency_unavailable"):
        await heard.send(outside, server.endpoint, package)
    assert "PATCH" not in server.requests
    assert set(heard.dropped) == {Dropped.LEFT}


async def test_the_real_intake_gets_anew_what_a_power_cut_took(
    outside: Outside,
    package: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The intake removes the upload and creates it again at the same address."""
    monkeypatch.setattr(delivery, "_BLOCK", 16 * 1024)
    package.write_bytes(package.read_bytes() * 10)
    heard = _Heard()
    with Intake(tmp_path / "agency", upload_code=CODE) as intake:

        def kill_in_the_middle(sent: int) -> None:
            if sent < 64 * 1024:
                return
            # On a busy machine everything may be sent before the first byte is on the intake's
            # disk.
            with suppress(TimeoutError):
                waiting.block_until(lambda: intake.arrived(SHARE), seconds=30)
            intake.kill()

        with pytest.raises(DeliveryError):
            await Upload(
                client=TusClient(outside, intake.endpoint, True, CODE),
                path=package,
                metadata={"share_id": SHARE, "home": "h" * 42 + "A"},
                url=None,
                on_url=heard.on_url,
                on_progress=kill_in_the_middle,
            ).run()
        had = intake.arrived(SHARE)
        assert 0 < had < package.stat().st_size
        heard.acknowledged = had
        (intake.inbox / ".incoming" / SHARE).write_bytes(b"\0" * (had - 1))
        intake.start()
        await heard.send(outside, intake.endpoint, package)
        assert heard.dropped == [Dropped.REMOVED]
        (arrived,) = intake.packages()
        assert arrived.read_bytes() == package.read_bytes()


# Through the outbox


def _whole(server: Forgetful) -> bool:
    """Return whether the newest upload can be decrypted."""
    sealed = bytes(server.uploads[next(reversed(server.uploads))])
    return bool(desk().open_bytes(sealed))


async def _stopped_halfway(home: Home, server: Forgetful, passing: FakeTime) -> str:
    """Return the id of a share of which the agency acknowledged a part."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.breaks_off = True
    share = await home.add(document, bytes(400_000))
    await home.until(share.share_id, ShareState.UPLOADING, problem="agency_unavailable")
    patches = server.requests.count("PATCH")
    passing.advance(5)
    await home.when(
        share.share_id,
        lambda now: now.attempts == 2 and server.requests.count("PATCH") > patches,
    )
    server.breaks_off = False
    return share.share_id


@pytest.mark.parametrize("restart", [False, True])
async def test_what_was_acknowledged_is_remembered(
    home: Home, server: Forgetful, passing: FakeTime, restart: bool
) -> None:
    """The home may restart; the delivered package can be decrypted."""
    share_id = await _stopped_halfway(home, server, passing)
    if restart:
        await home.close()
    server.keep(PART - 1)
    if restart:
        await home.open()
    else:
        passing.advance(3600)
    await home.until(share_id, DELIVERED)
    assert _whole(server)
    assert server.requests.count("DELETE") == 1
    assert len(server.uploads) == 1


def _has_tried(times: int, share: Share) -> bool:
    return share.attempts == times


async def test_a_line_that_breaks_before_a_byte_arrives_is_no_loss(
    home: Home, server: Forgetful, passing: FakeTime
) -> None:
    """Such attempts do not count toward the limit of new uploads."""
    document = make_document(server.endpoint)
    home.set_agency(document)
    server.breaks_off = True
    real = server.claims

    def claim_nothing(method: str, offset: int) -> int:
        return 0

    server.claims = claim_nothing
    share = await home.add(document, bytes(400_000))
    for number in range(MOST_ANEW + 2):
        await home.when(share.share_id, partial(_has_tried, number + 1))
        server.keep(0)
        passing.advance(3600)
    server.breaks_off, server.claims = False, real
    passing.advance(3600)
    await home.until(share.share_id, DELIVERED)
    assert _whole(server)
    assert server.requests.count("POST") > MOST_ANEW


async def test_a_server_that_loses_bytes_each_time_is_not_sent_to_for_ever(
    home: Home, server: Forgetful, passing: FakeTime
) -> None:
    """The share fails, and the person can retry when the agency has fixed the server."""
    lossy = [True]
    kept: dict[str, int] = {}

    def claims(method: str, offset: int) -> int:
        # All but a few bytes arrive, and later the server reports even fewer.
        if not lossy:
            return offset
        if method == "PATCH":
            kept["told"] = offset - 10
            return offset - 10
        return max(0, kept.pop("told", 0) - 10) if kept else offset

    server.claims = claims
    document = make_document(server.endpoint)
    home.set_agency(document)
    share = await home.add(document, bytes(400_000))
    while (now := await home.outbox.get(share.share_id)) and now.state is not FAILED:
        await home.settle()
        passing.advance(3600)
    assert now is not None
    assert now.problem == "agency_lost_bytes"
    assert now.outcome is Outcome.PART
    assert server.requests.count("POST") == MOST_ANEW + 1
    (failed,) = await home.lines("failed")
    assert failed.data["problem"] == "agency_lost_bytes"
    await home.restart()
    assert server.requests.count("POST") == MOST_ANEW + 1
    lossy.clear()
    await home.outbox.retry(share.share_id)
    await home.until(share.share_id, DELIVERED)
    assert _whole(server)


async def test_what_was_left_behind_is_not_called_removed(
    home: Home, server: Forgetful, passing: FakeTime
) -> None:
    """The server removes the second upload but keeps the first."""
    share_id = await _stopped_halfway(home, server, passing)
    server.keep(PART - 1)
    server.removes = 405
    server.breaks_off = True
    passing.advance(3600)
    await home.when(share_id, lambda _: len(server.uploads) == 2)
    await home.when(share_id, lambda now: now.attempts == 3)
    server.removes = 204
    stopped = await home.outbox.cancel(share_id, StoppedBy("u1"))
    assert stopped.state is CANCELLED
    stopped = await home.when(
        share_id, lambda now: now.outcome is not Outcome.PART_ASKED
    )
    assert stopped.outcome is Outcome.PART_UNCONFIRMED
    (cancelled,) = await home.lines("cancelled")
    assert cancelled.data["sent"] is None  # the bytes of two uploads cannot be added up
