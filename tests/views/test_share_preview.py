"""Test that a confirmation is valid only after its preview could have been watched.

Players request ranges, cancel requests and retry; all bytes that were sent to the login
that prepared the share count together, and no others.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
import socket
import struct
import subprocess
import threading
from typing import Any

from homeassistant.auth.models import User
from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.engine.clips.video.media import first_picture_end
from custom_components.doorwatch.engine.sharing.tap.look import Look
from tests import waiting
from tests.agencies.pages import PAGE, page
from tests.consent.preparing import staged, try_prepare, until
from tests.outside_servers import HOST
from tests.sharing_fixtures import (
    DASHBOARD,
    Home,
    Message,
    command,
    prepare,
    record,
    tap,
)
from tests.views.ways import WAYS, Way, tls_on

__all__ = ["page"]

# With audio, the file is the unchanged recording, whose index is at the end.
UNTOUCHED = {"audio": True}
# Reset the connection when it is closed.
LINGER_NOT = struct.pack("ii", 1, 0)
WORDS = (
    "Content-Type",
    "Content-Length",
    "Content-Range",
    "Accept-Ranges",
    "Cache-Control",
    "X-Content-Type-Options",
    "Referrer-Policy",
)
CLIP_ID = "0199c0de-0000-7000-8000-000000000265"


class Dialog:
    """A dialog with a prepared share, and its player."""

    def __init__(
        self, home: Home, client: MockHAClientWebSocket, ready: Message
    ) -> None:
        """Store the preparation, which was not watched yet."""
        self.home = home
        self.client = client
        self.ready = ready
        self.url: str = ready["preview_url"]
        self.path = self.url.partition("?")[0]
        preparation = home.preparation(ready)
        assert preparation.look is not None
        assert preparation.clip is not None
        self.clip_id = preparation.clip.clip_id
        self.look: Look = preparation.look
        self.content = self.look.path.read_bytes()
        self.size = len(self.content)
        end = first_picture_end(self.look.path)
        assert end is not None
        self.end = end

    async def get(self, **headers: str) -> Any:
        """Fetch the dialog's link."""
        answer = await self.client.client.get(self.url, headers=headers)
        await answer.read()
        return answer

    async def tap(self) -> Message:
        """Tap Share."""
        told: Any = {"clip_id": self.clip_id}
        return await tap(self.client, self.home, self.ready["confirmation"], **told)

    async def is_refused(self) -> None:
        """Check that the tap is refused for the missing look, without using it up."""
        before = await self.home.refused()
        answer = await self.tap()
        assert not answer["success"]
        assert answer["error"]["translation_key"] == "confirmation_required"
        assert await self.home.shares() == []
        assert await self.home.refused() == before + 1
        assert await self.home.refusals() == [("dashboard", "preview_unseen")]

    async def is_taken(self) -> None:
        """Check that the tap shares."""
        answer = await self.tap()
        assert answer["success"], answer
        assert len(await self.home.shares()) == 1

    @property
    def connections(self) -> list[Any]:
        """Return the open connections of the server."""
        runner = self.client.client.server.runner
        assert runner is not None
        assert runner.server is not None
        return runner.server.connections

    async def connect(self, *, narrow: bool = False) -> socket.socket:
        """Connect as a player that may disconnect at any time.

        A narrow connection has small buffers, like that of a remote client.
        """
        before = set(self.connections)
        port = self.client.client.server.port
        assert port is not None
        line = socket.socket()
        line.settimeout(30)
        if narrow:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        await self.home.hass.async_add_executor_job(line.connect, ("127.0.0.1", port))
        await until(self.home.hass, lambda: set(self.connections) > before)
        [here] = set(self.connections) - before
        if narrow:
            given = here.transport.get_extra_info("socket")
            given.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        return line

    def ask(self, line: socket.socket, asked: str | None = None) -> None:
        """Request the file or a range."""
        more = f"Range: {asked}\r\n" if asked else ""
        head = f"GET {self.url} HTTP/1.1\r\nHost: home\r\n{more}\r\n"
        line.sendall(head.encode())

    async def take(self, asked: str, most: int, *, narrow: bool = False) -> bytes:
        """Request a range, read up to a number of bytes, and disconnect."""
        line = await self.connect(narrow=narrow)

        def play() -> bytes:
            self.ask(line, asked)
            got = b""
            while not got.endswith(b"\r\n\r\n"):
                got += line.recv(1)
            assert got.startswith(b"HTTP/1.1 206 "), got
            got = b""
            while len(got) < most and (more := line.recv(min(65_536, most - len(got)))):
                got += more
            return got

        before = len(self.connections)
        with closing(line):
            got = await self.home.hass.async_add_executor_job(play)
        await until(self.home.hass, lambda: len(self.connections) < before)
        return got


async def opened(home: Home, **changes: object) -> Dialog:
    """Prepare a share without a look."""
    client = await home.connect()
    ready = await prepare(client, home, look=False, edits=UNTOUCHED, **changes)
    return Dialog(home, client, ready)


@pytest.fixture
async def dialog(home: Home) -> Dialog:
    """Prepare a share without a look."""
    return await opened(home)


# Requests that count


async def test_a_preview_that_nobody_fetched_cannot_be_shared(dialog: Dialog) -> None:
    """The tap is refused and counted, without using it up."""
    await dialog.is_refused()
    await dialog.get()
    await dialog.is_taken()


async def test_what_nobody_looked_at_cannot_be_handed_over_either(
    home: Home, page: MockConfigEntry
) -> None:
    """For an agency with an upload page, the person takes the file there."""
    client = await home.connect()
    ready = await prepare(
        client, home, look=False, agency_id=page.entry_id, link_origin=PAGE
    )
    told: Any = {"agency_id": page.entry_id}
    answer = await tap(client, home, ready["confirmation"], **told)
    assert answer["error"]["translation_key"] == "confirmation_required"
    assert await home.refusals() == [("dashboard", "preview_unseen")]
    assert await home.shares() == []
    await (await client.client.get(ready["preview_url"])).read()
    assert (await tap(client, home, ready["confirmation"], **told))["success"]


async def test_the_first_picture_is_enough(dialog: Dialog) -> None:
    """Its last byte is needed, but neither the rest of the file nor the index."""
    await dialog.get(Range=f"bytes=0-{dialog.end - 2}")
    await dialog.is_refused()
    await dialog.get(Range=f"bytes={dialog.end - 1}-{dialog.end - 1}")
    await dialog.is_taken()


async def test_a_player_that_asks_as_webkit_does_has_looked(dialog: Dialog) -> None:
    """It requests two bytes, cancels a full request, reads the index, then ranges."""
    size, end = dialog.size, dialog.end
    probe = await dialog.get(Range="bytes=0-1")
    assert probe.status == HTTPStatus.PARTIAL_CONTENT
    assert probe.headers["Content-Range"] == f"bytes 0-1/{size}"
    assert await probe.read() == dialog.content[:2]
    await dialog.get(Range=f"bytes={size - 5000}-{size - 1}")
    await dialog.is_refused()
    half = end // 2
    for asked, most in (
        (f"bytes=0-{size - 1}", 10),
        (f"bytes={half}-{size - 1}", end - half),
        (f"bytes=2-{half - 1}", half - 2),
    ):
        first = int(asked[6:].partition("-")[0])
        got = await dialog.take(asked, most)
        assert got == dialog.content[first : first + len(got)]
    await dialog.is_taken()


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a clip whose first picture is larger than the buffers of a connection."""
    target = tmp_path_factory.mktemp("look") / "large.mp4"
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-f", "lavfi", "-t", "0.2", "-i"),
            "color=gray:s=3840x2160:r=15,noise=alls=100:allf=t",
            *("-c:v", "libx264", "-preset", "ultrafast", "-qp", "2"),
            *("-pix_fmt", "yuv420p", str(target)),
        ],
        check=True,
        timeout=120,
    )
    return target


@pytest.fixture
async def large_dialog(home: Home, large: Path) -> Dialog:
    """Prepare a share of the large clip."""
    clip = await home.hass.async_add_executor_job(
        record, home.data, home.front.entry_id, large, CLIP_ID, 5
    )
    dialog = await opened(home, clip_id=clip.clip_id)
    assert dialog.end > 8_000_000
    return dialog


async def test_what_a_player_drops_counts_as_far_as_it_may_have_had_it(
    home: Home, large_dialog: Dialog
) -> None:
    """The player continues after the last byte that it read of a larger response."""
    dialog = large_dialog
    # The narrow connection closes while the server waits to write a block.
    for narrow, step, until_ in (
        (True, 90_001, 300_000),
        (False, 700_001, dialog.end),
    ):
        at = 0 if narrow else 300_000
        while at < until_:
            most = min(step, until_ - at)
            got = await dialog.take(f"bytes={at}-", most, narrow=narrow)
            assert got == dialog.content[at : at + most]
            at += most
    assert dialog.look.is_seen
    await dialog.is_taken()


async def test_what_never_left_does_not_count(home: Home, large_dialog: Dialog) -> None:
    """The client reads nothing and disconnects, so only buffered bytes count."""
    dialog = large_dialog
    read: list[int] = []
    look_read = dialog.look.read

    def reading(start: int, stop: int) -> bytes:
        read.append(stop)
        return look_read(start, stop)

    dialog.look.read = reading  # type: ignore[method-assign] # records the reads
    before = set(dialog.connections)
    with closing(await dialog.connect()) as line:
        dialog.ask(line)
        [here] = set(dialog.connections) - before
        # The server pauses while the client reads nothing.
        await waiting.until(lambda: read and here._paused)
        await waiting.idle()
        assert read[-1] < dialog.end
    assert not dialog.look.is_seen
    assert dialog.look._written[0][1] == read[-1]


@WAYS
async def test_all_of_it_comes_on_every_way(
    home: Home, large_dialog: Dialog, way: Way
) -> None:
    """TLS and Home Assistant Cloud are tested, with several requests each."""
    dialog = large_dialog
    tls = tls_on(way)
    async with way(home) as port, asyncio.timeout(60):
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=tls, server_hostname=HOST if tls else None
        )
        half = dialog.end // 2
        for asked in (f"{half}-", f"0-{half - 1}", "0-"):
            assert not dialog.look.is_seen or asked == "0-"
            writer.write(
                f"GET {dialog.url} HTTP/1.1\r\nHost: {HOST}\r\n"
                f"Range: bytes={asked}\r\n\r\n".encode()
            )
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 206")
            first, _, last = asked.partition("-")
            wanted = dialog.content[int(first) : int(last) + 1 if last else None]
            assert await reader.readexactly(len(wanted)) == wanted
        writer.close()
    await dialog.is_taken()


# Requests that don't count


async def test_asking_for_the_head_is_no_look(dialog: Dialog) -> None:
    """A HEAD request for a range doesn't count either."""
    for headers in ({}, {"Range": "bytes=0-"}):
        answer = await dialog.client.client.head(dialog.url, headers=headers)
        assert answer.status == (206 if headers else 200)
        assert int(answer.headers["Content-Length"]) == dialog.size
        assert await answer.read() == b""
    await dialog.is_refused()


@pytest.mark.parametrize(
    "asked",
    [
        ["bytes=0-0"] * 50,
        ["bytes=1-"],
        ["bytes=-100000"],
        ["bytes=0-99", "bytes=50-150", "bytes=120-130"],
        ["bytes=999999999-"],
        ["bytes=5-2"],
        ["bytes=0-10,20-"],
    ],
)
async def test_parts_that_leave_a_hole_are_no_look(
    dialog: Dialog, asked: list[str]
) -> None:
    """Repeated ranges count once, and invalid ranges don't count."""
    for each in asked:
        await dialog.get(Range=each)
    await dialog.is_refused()


async def test_another_login_of_the_same_person_is_no_look(
    home: Home, dialog: Dialog
) -> None:
    """It may fetch the preview, as a second window may, but that is another look."""
    hass = home.hass
    token = await hass.auth.async_create_refresh_token(home.admin, CLIENT_ID)
    other = await home.client(hass.auth.async_create_access_token(token))
    long_lived = await home.client(await home.long_lived(home.admin))
    signed = async_sign_path(
        hass, dialog.path, timedelta(minutes=10), refresh_token_id=token.id
    )
    half = dialog.size // 2
    for http, url in (
        (other, dialog.path),
        (long_lived, dialog.path),
        (await home.client(), signed),
    ):
        answer = await http.get(url)
        assert (answer.status, await answer.read()) == (200, dialog.content)
    await dialog.is_refused()
    # Two logins can't each watch a half.
    await (await other.get(dialog.path, headers={"Range": "bytes=0-9"})).read()
    await dialog.get(Range="bytes=10-")
    await dialog.is_refused()
    await dialog.get(Range=f"bytes=0-{half}")
    await dialog.is_taken()


async def test_the_login_itself_is_a_look_however_it_asks(
    home: Home, dialog: Dialog
) -> None:
    """The phone app may send its own authorization header."""
    (login,) = (
        token
        for token in home.admin.refresh_tokens.values()
        if token.client_id == DASHBOARD
    )
    http = await home.client(home.hass.auth.async_create_access_token(login))
    await (await http.get(dialog.path)).read()
    await dialog.is_taken()


async def test_somebody_else_sees_nothing(home: Home, dialog: Dialog) -> None:
    """Another administrator is refused, with or without the signed path."""
    other = await home.user("Lee", control=[home.front])
    home.configure(sharers=[other.id])
    http = await home.client(await home.login(other))
    assert (await http.get(dialog.path)).status == HTTPStatus.NOT_FOUND
    await dialog.is_refused()


async def test_a_look_at_the_one_before_is_none_at_this(home: Home) -> None:
    """Each preparation needs its own look, even at the same file."""
    client = await home.connect()
    before = await prepare(client, home, edits=UNTOUCHED)
    after = await prepare(client, home, look=False, edits=UNTOUCHED)
    assert (await client.client.get(before["preview_url"])).status == 404
    await Dialog(home, client, after).is_refused()


async def test_nothing_is_answered_from_a_cache(dialog: Dialog) -> None:
    """The preview has no version, so conditional requests get the whole file."""
    answer = await dialog.get()
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert not {"ETag", "Last-Modified", "Expires"} & set(answer.headers)
    for headers in (
        {"If-None-Match": "*"},
        {"If-None-Match": '"a"'},
        {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"},
        {"If-Match": '"a"'},
        {"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        {"If-Range": '"a"', "Range": "bytes=5-9"},
        {"If-Range": "Fri, 01 Jan 2100 00:00:00 GMT", "Range": "bytes=5-9"},
    ):
        answer = await dialog.get(**headers)
        assert (answer.status, await answer.read()) == (200, dialog.content), headers


@pytest.mark.parametrize(
    "asked",
    [
        "bytes=0-",
        "bytes=0-0",
        "bytes=5-9",
        "BYTES=5-9",
        "bytes=5-99999999",
        "bytes=-7",
        "bytes=-99999999",
        "bytes=-0",
        "bytes={last}-",
        "bytes={size}-",
        "bytes=99999999-",
        "bytes=9-5",
        "bytes=-",
        "bytes=",
        "bytes=a-b",
        "bytes=0-1,3-4",
        pytest.param("bytes=0-" + "9" * 5000, id="long"),
        "lines=0-5",
        "",
    ],
)
async def test_parts_are_given_as_core_gives_parts_of_files(
    dialog: Dialog, asked: str
) -> None:
    """The result equals that of the recording, which core serves."""
    asked = asked.format(size=dialog.size, last=dialog.size - 1)
    clip = f"/api/doorwatch/clip/{dialog.home.clip.clip_id}"
    http = await dialog.home.client(await dialog.home.login(dialog.home.admin))
    seen = []
    for method in ("GET", "HEAD"):
        for url in (clip, dialog.path):
            answer = await http.request(method, url, headers={"Range": asked})
            told = {key: answer.headers.get(key) for key in WORDS}
            if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                told = {"Content-Range": answer.headers["Content-Range"]}
            seen.append((answer.status, told, await answer.read()))
        assert seen[-1] == seen[-2]


# Changes during a request


async def test_another_file_in_its_place_is_neither_shown_nor_counted(
    dialog: Dialog,
) -> None:
    """The file isn't accepted when the original is restored, either."""
    path = dialog.look.path
    away = path.rename(path.with_name("away"))
    path.write_bytes(dialog.content)
    assert (await dialog.get()).status == HTTPStatus.NOT_FOUND
    assert (await dialog.client.client.head(dialog.url)).status == HTTPStatus.NOT_FOUND
    away.replace(path)
    assert not dialog.look.is_seen


class Held:
    """Block reading at a position of the file until the test continues."""

    def __init__(self, look: Look, at: int) -> None:
        """Replace the original function and call it."""
        self._read, self._at = look.read, at
        self.begun, self.go_on = threading.Event(), threading.Event()
        look.read = self  # type: ignore[method-assign] # blocked by the test

    def __call__(self, start: int, stop: int) -> bytes:
        """Wait at the position, then read."""
        if start <= self._at < stop:
            self.begun.set()
            assert self.go_on.wait(30)
        return self._read(start, stop)


async def test_a_connection_that_is_closed_before_the_bytes_leave_is_no_look(
    dialog: Dialog,
) -> None:
    """The client disconnected while the disk was slow."""
    held = Held(dialog.look, 0)
    line = await dialog.connect()
    open_before = len(dialog.connections)
    dialog.ask(line)
    await until(dialog.home.hass, held.begun.is_set)
    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
    line.close()
    await until(dialog.home.hass, lambda: len(dialog.connections) < open_before)
    held.go_on.set()
    await dialog.home.hass.async_block_till_done()
    await dialog.is_refused()


async def test_a_connection_that_turns_out_to_be_closed_is_no_look(
    dialog: Dialog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is counted before the server has sent bytes."""
    opened = dialog.home.data.preparations
    line = await dialog.connect()
    asked = []

    def preview(preview_id: str, user: User) -> Any:
        asked.append(preview_id)
        if len(asked) == 2:  # just before the first block is written
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
            line.close()
        return type(opened).preview(opened, preview_id, user)

    monkeypatch.setattr(opened, "preview", preview)
    open_before = len(dialog.connections)
    dialog.ask(line)
    await until(dialog.home.hass, lambda: len(dialog.connections) < open_before)
    assert len(asked) == 2
    await dialog.is_refused()


async def _close(dialog: Dialog) -> None:
    await command(
        dialog.client,
        type="unsubscribe_events",
        subscription=dialog.ready["subscription"],
    )


async def _demote(dialog: Dialog) -> None:
    dialog.home.admin.groups = []
    dialog.home.admin.invalidate_cache()


async def _change(dialog: Dialog) -> None:
    with dialog.look.path.open("r+b") as file:
        file.write(b"other")


@pytest.mark.parametrize("what", [_close, _demote, _change])
async def test_a_preview_ends_where_it_may_not_go_on(
    dialog: Dialog, what: Callable[[Dialog], Awaitable[None]]
) -> None:
    """Closing the dialog, losing permission or changing the file ends the response."""
    held = Held(dialog.look, 70_000)
    answer = await dialog.client.client.get(dialog.url)
    assert answer.status == HTTPStatus.OK
    await until(dialog.home.hass, held.begun.is_set)
    await what(dialog)
    held.go_on.set()
    with pytest.raises(Exception, match="payload|reset"):  # noqa: PT012 - any part may fail
        async for part in answer.content.iter_any():
            assert part in dialog.content
    assert dialog.look._written[0][1] <= 70_000


# Copies for browsers that can't play the file


async def test_what_holds_no_picture_is_not_shared(
    hass: HomeAssistant, home: Home, tmp_path: Path
) -> None:
    """A file that can't be watched can't be confirmed, so it isn't prepared."""

    def make() -> str:
        file = tmp_path / "broken.mp4"
        file.write_bytes(b"\0\0\0\x18ftypisom" + bytes(5000))
        return record(home.data, home.front.entry_id, file, CLIP_ID, 3).clip_id

    client = await home.connect()
    clip_id = await hass.async_add_executor_job(make)
    error = await try_prepare(client, home, clip_id=clip_id, edits=UNTOUCHED)
    assert error["code"] == "preview_unreadable"
    assert "No image was found" in error["message"]
    await until(home.hass, lambda: staged(home) == [])
