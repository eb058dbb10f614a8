"""Test downloads over TLS and Nabu Casa, and by clients that disconnect."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
import socket
import subprocess

from aiohttp import web
from homeassistant.auth.models import User
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import CONF_SHARERS
from custom_components.doorwatch.engine.sharing.model import ShareState
from tests import waiting
from tests.agencies.pages import address_of, new_share, page, share_until
from tests.outside_servers import HOST
from tests.sharing_fixtures import CLIP_SECONDS, Home, allow
from tests.views.ways import WAYS, Way, plain, tls_on, with_tls

__all__ = ["page"]

# More than all buffers of a connection hold.
_ENOUGH = 12_000_000


@pytest.fixture(scope="session")
def clip_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create a clip that is larger than the buffers of a connection."""
    target = tmp_path_factory.mktemp("media") / "large.mp4"
    noise = f"color=gray:s=640x360:r=15:d={CLIP_SECONDS},noise=alls=100:allf=t"
    subprocess.run(
        [
            *("ffmpeg", "-v", "error", "-f", "lavfi", "-i", noise),
            *("-c:v", "libx264", "-preset", "ultrafast", "-qp", "8", "-g", "15"),
            *("-pix_fmt", "yuv420p", target),
        ],
        check=True,
        timeout=60,
    )
    assert target.stat().st_size > _ENOUGH
    return target


@WAYS
async def test_a_whole_download_counts(
    home: Home, page: MockConfigEntry, way: Way
) -> None:
    """The transport doesn't matter, nor whether the client keeps the connection."""
    client = await home.connect()
    share = await new_share(home, client)
    url = await address_of(client, share)
    async with way(home) as port, asyncio.timeout(60):
        tls = tls_on(way)
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=tls, server_hostname=HOST if tls else None
        )
        writer.write(f"GET {url} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert len(await reader.readexactly(share.total)) == share.total
        await share_until(home, share.share_id, ShareState.HANDED_OVER)
        writer.close()


def _ask(way: Way, port: int, url: str, version: str = "1.1") -> socket.socket:
    """Start a download and return the connection after the response's headers."""
    line = socket.create_connection(("127.0.0.1", port))
    if (tls := tls_on(way)) is not None:
        line = tls.wrap_socket(line, server_hostname=HOST)
    line.sendall(f"GET {url} HTTP/{version}\r\nHost: {HOST}\r\n\r\n".encode())
    _skip_head(line)
    return line


def _skip_head(line: socket.socket) -> None:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += line.recv(1)


def _read(line: socket.socket, size: int) -> None:
    """Read a number of bytes."""
    while size:
        block = line.recv(min(size, 65_536))
        assert block, "it was broken off"
        size -= len(block)


def _take(way: Way, port: int, url: str, size: int, version: str = "1.1") -> None:
    """Download a number of bytes and disconnect at once, as some programs do."""
    with _ask(way, port, url, version) as line:
        _read(line, size)


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@WAYS
async def test_hanging_up_at_the_last_byte_is_no_breaking_off(
    home: Home, page: MockConfigEntry, way: Way, version: str
) -> None:
    """All data was sent, so no program has to wait."""
    client = await home.connect()
    async with way(home) as port:
        for _ in range(5):
            share = await new_share(home, client)
            url = await address_of(client, share)
            await asyncio.to_thread(_take, way, port, url, share.total, version)
            share = await share_until(home, share.share_id, ShareState.HANDED_OVER)
            assert share.downloads == 1


@WAYS
async def test_hanging_up_before_is_one(
    home: Home, page: MockConfigEntry, way: Way
) -> None:
    """The package is kept for the next attempt."""
    client = await home.connect()
    share = await new_share(home, client)
    async with way(home) as port:
        url = await address_of(client, share)
        await asyncio.to_thread(_take, way, port, url, 1_000_000)
        url = await address_of(client, share)
        await asyncio.to_thread(_take, way, port, url, share.total)
        share = await share_until(home, share.share_id, ShareState.HANDED_OVER)
    assert share.downloads == 2


@pytest.mark.parametrize("way", [plain, with_tls])
async def test_what_nobody_takes_any_more_is_not_handed_over(
    home: Home, page: MockConfigEntry, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client disconnects before the last block is written."""
    client = await home.connect()
    share = await new_share(home, client)
    url = await address_of(client, share)
    # The client reads almost everything, and the rest when the last block is ready.
    beside = share.total - 1_000_000
    sent = 0
    write = web.StreamResponse.write

    async def go_before_the_last(response: web.StreamResponse, block: bytes) -> None:
        nonlocal sent
        if sent + len(block) == share.total:
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            line.close()
        sent += len(block)
        await write(response, block)
        if 0 < share.total - sent < 2 * len(block):
            await reading
            await asyncio.to_thread(_read, line, sent - beside)

    monkeypatch.setattr(web.StreamResponse, "write", go_before_the_last)
    async with way(home) as port:
        line = await asyncio.to_thread(_ask, way, port, url)
        reading = asyncio.ensure_future(asyncio.to_thread(_read, line, beside))
        await waiting.until(lambda: sent >= share.total)
        url = await address_of(client, share)
        monkeypatch.undo()
        await asyncio.to_thread(_take, way, port, url, share.total)
        share = await share_until(home, share.share_id, ShareState.HANDED_OVER)
    assert share.downloads == 2


async def _leave(home: Home, user: User) -> None:
    await home.hass.auth.async_remove_user(user)


async def _sleep(home: Home, user: User) -> None:
    await home.hass.auth.async_update_user(user, is_active=False)


async def _look_away(_home: Home, user: User) -> None:
    allow(user, {})


async def _share_no_more(home: Home, _user: User) -> None:
    home.configure(**{CONF_SHARERS: []})


@pytest.mark.parametrize("lose", [_leave, _sleep, _look_away, _share_no_more])
async def test_who_may_not_have_it_any_more_gets_no_more_of_it(
    home: Home, page: MockConfigEntry, lose: Callable[[Home, User], Awaitable[None]]
) -> None:
    """The ledger has the start, and the package is kept for permitted people."""
    user = await home.user(control=[home.front])
    home.configure(**{CONF_SHARERS: [user.id]})
    client = await home.connect_as(user)
    share = await new_share(home, client)
    async with plain(home) as port:
        url = await address_of(client, share)
        await client.close()
        line = await asyncio.to_thread(_ask, plain, port, url)
        with line:
            await asyncio.to_thread(_read, line, 100_000)
            await lose(home, user)
            with pytest.raises((AssertionError, ConnectionError)):
                await asyncio.to_thread(_read, line, share.total - 100_000)

        url = await address_of(await home.connect(), share)
        await asyncio.to_thread(_take, plain, port, url, share.total)
    share = await share_until(home, share.share_id, ShareState.HANDED_OVER)
    assert share.downloads == 2
    counts = await home.data.ledger.counts()
    assert (counts["download_begun"], counts["handed_over"]) == (2, 1)
