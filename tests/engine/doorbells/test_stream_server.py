"""Tests of the live stream server on loopback, its access control and its limits."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest

from custom_components.doorwatch.engine.doorbells import stream_server
from custom_components.doorwatch.engine.doorbells.stream_server import (
    Chunk,
    StreamServer,
)
from tests import waiting
from tests.waiting import until


@pytest.fixture
async def server() -> AsyncIterator[StreamServer]:
    """Start a server without a stream."""
    server = await StreamServer().start()
    yield server
    await server.stop()


async def ask(address: str, request: bytes) -> bytes:
    """Send a request and return the first bytes of the response."""
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        async with asyncio.timeout(20):
            writer.write(request.replace(b"PATH", parts.path.encode()))
            return await reader.read(4096)
    finally:
        writer.close()


async def test_only_who_knows_the_path_sees_anything(
    server: StreamServer, caplog: pytest.LogCaptureFixture
) -> None:
    address = server.address
    for request, answer in (
        (b"GET PATH HTTP/1.1", b"HTTP/1.1 200 OK\r\nContent-Type: video/mp2t"),
        (b"HEAD PATH HTTP/1.0", b"HTTP/1.0 200 OK"),
        (b"GET / HTTP/1.1", b"HTTP/1.1 404"),
        (b"GET PATHx HTTP/1.1", b"HTTP/1.1 404"),
        (b"GET /\xff HTTP/1.1", b"HTTP/1.0 400"),
        (b"POST PATH HTTP/1.1", b"HTTP/1.1 405"),
        (b"PATH", b"HTTP/1.0 400"),
        (b"x" * 40_000, b"HTTP/1.0 400"),
    ):
        request += b"\r\nHost: door\r\n\r\n"
        assert (await ask(address, request)).startswith(answer), request
    # Any process on this machine can send requests, so they are not logged.
    assert urlsplit(address).path not in caplog.text
    assert not [one for one in caplog.records if one.levelname == "ERROR"]


async def test_client_that_says_nothing_is_hung_up_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stream_server, "_REQUEST_TIMEOUT", 0.1)
    server = await StreamServer().start()
    assert await ask(server.address, b"GET ") == b""
    await server.stop()


async def test_client_that_does_not_read_is_dropped_and_others_go_on(
    server: StreamServer,
) -> None:
    server.most_waiting = 200_000
    parts = urlsplit(server.address)
    # A small limit stops reading early; the kernel still buffers megabytes.
    _, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1024)
    writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: door\r\n\r\n".encode())
    await until(lambda: server.clients)
    stuffing = Chunk.of((bytes((0x47, 0x1F, 0xFF, 0x10)) + bytes(184)) * 5000)
    for _ in range(100):
        if not server.clients:
            break
        server.feed(stuffing)
        await asyncio.sleep(0)
    await until(lambda: not server.clients)
    writer.close()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: door\r\n\r\n".encode())
    await until(lambda: server.clients)
    server.feed(Chunk(b"what follows", b"", None))
    async with asyncio.timeout(20):
        await reader.readuntil(b"what follows")
    writer.close()


async def test_client_that_does_not_take_the_end_is_hung_up_on() -> None:
    server = await StreamServer().start()
    parts = urlsplit(server.address)
    _, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=1024)
    writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: door\r\n\r\n".encode())
    await until(lambda: server.clients)
    server.feed(Chunk(bytes(20_000_000), b"", None))
    server.restart()
    assert not server.clients
    waiting.skip(10)
    await until(lambda: server._web and not server._web.connections)
    await server.stop()
    writer.close()


def test_server_has_no_address_before_it_starts() -> None:
    with pytest.raises(RuntimeError):
        _ = StreamServer().address
