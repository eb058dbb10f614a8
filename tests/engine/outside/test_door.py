"""Tests of the rules for outgoing requests, against real servers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
import gzip
import zlib

from aiohttp import web
import pytest

from custom_components.doorwatch.engine.outside.door import Outside
from custom_components.doorwatch.engine.outside.errors import OutsideError
from custom_components.doorwatch.engine.outside.reach import may_connect
from tests.outside_servers import HOST, FakeNames, drip, make_tls, serve


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow sockets on loopback."""


@pytest.fixture
async def outside() -> AsyncIterator[Outside]:
    """Return a client that trusts the test authority; HOST resolves to loopback."""
    names = FakeNames({HOST: [["127.0.0.1"]], "localhost": [["127.0.0.1"]]})
    async with Outside(tls=make_tls().client, resolver=names) as door:
        yield door


async def _hello(request: web.Request) -> web.Response:
    return web.Response(body=b"hello")


async def _problem(door: Outside, url: str, **options: object) -> str:
    """Return the problem that a fetch raises."""
    with pytest.raises(OutsideError) as caught:
        await door.fetch(url, **options)  # type: ignore[arg-type]  # passed on
    assert caught.value.__cause__ is None  # its text would contain the address
    return caught.value.problem


# Addresses


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "203.0.113.7",
        "224.0.0.251",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::ffff:0:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::808:808",
        "64:ff9b:1::1",
        "2002:7f00:1::1",
        "2002:808:808::1",
        "2001:0:808:808::1",
        "2001:db8::1",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1%eth0",
        "fec0::1",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "not an address",
        "8.8.8",
        "010.8.8.8",
    ],
)
def test_refuses_addresses_that_do_not_lead_out(address: str) -> None:
    assert not may_connect(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700::1111"])
def test_permits_public_addresses(address: str) -> None:
    assert may_connect(address)
    assert may_connect(address, local=True)


@pytest.mark.parametrize(
    ("address", "permitted"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("10.1.2.3", True),
        ("172.31.0.1", True),
        ("192.168.1.1", True),
        ("fd12:3456::1", True),
        ("169.254.169.254", False),
        ("fe80::1", False),
        ("100.64.0.1", False),
        ("224.0.0.251", False),
        ("::ffff:192.168.1.1", False),
        ("64:ff9b::c0a8:101", False),
        ("2002:c0a8:101::1", False),
    ],
)
def test_on_my_network_adds_the_addresses_of_a_home(
    address: str, permitted: bool
) -> None:
    assert may_connect(address, local=True) is permitted


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "invalid_address"),
        ("agency.example", "invalid_address"),
        ("https://", "invalid_address"),
        ("https://[::1", "invalid_address"),
        ("ftp://agency.example/", "invalid_address"),
        ("file:///etc/passwd", "invalid_address"),
        ("http://agency.example/", "invalid_address"),
        ("https://user@agency.example/", "invalid_address"),
        ("https://user:secret@agency.example/", "invalid_address"),
        ("http://127.0.0.1/", "invalid_address"),
        ("https://127.0.0.1/", "address_refused"),
        ("https://192.168.1.1/", "address_refused"),
        ("https://[::1]/", "address_refused"),
        ("https://[::ffff:127.0.0.1]/", "address_refused"),
        ("https://[64:ff9b::7f00:1]/", "address_refused"),
        ("https://169.254.169.254/latest/meta-data", "address_refused"),
    ],
)
async def test_refuses_an_address_before_any_traffic(
    outside: Outside, url: str, problem: str
) -> None:
    assert await _problem(outside, url) == problem
    with pytest.raises(OutsideError):
        outside.session(url)


@pytest.mark.parametrize("url", ["https://2130706433/", "https://127.1/"])
async def test_refuses_numbers_that_only_look_like_a_name(
    outside: Outside, url: str
) -> None:
    assert await _problem(outside, url, local=True) in (
        "invalid_address",
        "cannot_connect",
    )


@pytest.mark.parametrize(
    "url",
    ["http://192.168.1.1/", "http://agency.example/", "http://localhost.example/"],
)
async def test_plain_http_stays_on_loopback(outside: Outside, url: str) -> None:
    assert await _problem(outside, url, local=True) == "invalid_address"


async def test_localhost_that_is_not_loopback_is_refused() -> None:
    names = FakeNames({"localhost": [["192.168.1.5"]]})
    async with Outside(tls=make_tls().client, resolver=names) as door:
        assert (
            await _problem(door, "http://localhost/", local=True) == "address_refused"
        )


# Names


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "192.168.1.1", "::ffff:127.0.0.1", "100.64.0.1", "2002:7f00:1::1"],
)
async def test_refuses_a_name_that_leads_home(address: str) -> None:
    names = FakeNames({HOST: [[address]]})
    async with Outside(tls=make_tls().client, resolver=names) as door:
        assert await _problem(door, f"https://{HOST}/") == "address_refused"
    assert names.asked == [HOST]


async def test_a_name_rebound_between_two_requests_is_refused() -> None:
    async with serve(_hello, tls=make_tls().server) as port:
        # Permitted at first, then a refused address.
        names = FakeNames({HOST: [["127.0.0.1"], ["169.254.1.1"]]})
        async with Outside(tls=make_tls().client, resolver=names) as door:
            url = f"https://{HOST}:{port}/"
            session = door.session(url, local=True)
            async with session.get(url, headers={"Connection": "close"}) as response:
                assert await response.read() == b"hello"
            assert await _problem(door, url, local=True) == "address_refused"
    assert len(names.asked) == 2


async def test_only_the_permitted_answers_of_a_name_are_used() -> None:
    async with serve(_hello, tls=make_tls().server) as port:
        names = FakeNames({HOST: [["169.254.1.1", "127.0.0.1", "::ffff:127.0.0.1"]]})
        async with Outside(tls=make_tls().client, resolver=names) as door:
            assert await door.fetch(f"https://{HOST}:{port}/", local=True) == b"hello"


async def test_the_last_check_is_made_when_the_socket_is_made(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is checked again on connecting, even if both earlier checks passed."""
    monkeypatch.setattr(
        "custom_components.doorwatch.engine.outside.door.check_url",
        lambda url, local: None,
    )
    reached = asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        reached.set()
        return web.Response()

    async with serve(handler) as port:
        assert await _problem(outside, f"http://127.0.0.1:{port}/") == "address_refused"
    assert not reached.is_set()


async def test_an_unknown_name_cannot_be_connected_to(outside: Outside) -> None:
    assert await _problem(outside, "https://nowhere.example/") == "cannot_connect"


# TLS


async def test_fetches_over_tls_and_over_loopback(outside: Outside) -> None:
    async with serve(_hello, tls=make_tls().server) as port:
        assert await outside.fetch(f"https://{HOST}:{port}/", local=True) == b"hello"
    async with serve(_hello) as port:
        for host in ("127.0.0.1", "localhost"):
            assert await outside.fetch(f"http://{host}:{port}/", local=True) == b"hello"


async def test_refuses_a_certificate_it_does_not_trust() -> None:
    names = FakeNames({HOST: [["127.0.0.1"]]})
    async with (
        serve(_hello, tls=make_tls().server) as port,
        Outside(resolver=names) as door,  # the system's certificates
    ):
        url = f"https://{HOST}:{port}/"
        assert await _problem(door, url, local=True) == "tls_failed"


async def test_refuses_a_certificate_of_another_name() -> None:
    names = FakeNames({"other.example": [["127.0.0.1"]]})
    async with (
        serve(_hello, tls=make_tls().server) as port,
        Outside(tls=make_tls().client, resolver=names) as door,
    ):
        url = f"https://other.example:{port}/"
        assert await _problem(door, url, local=True) == "tls_failed"


async def test_refuses_plain_text_where_tls_should_be(outside: Outside) -> None:
    async with serve(_hello) as port:
        problem = await _problem(outside, f"https://{HOST}:{port}/", local=True)
    assert problem in ("tls_failed", "cannot_connect")


# Answers


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 304])
async def test_follows_no_redirect(outside: Outside, status: int) -> None:
    paths = []

    async def handler(request: web.Request) -> web.Response:
        paths.append(request.path)
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async with serve(handler) as port:
        url = f"http://127.0.0.1:{port}/"
        assert await _problem(outside, url, local=True) == "redirected"
    assert paths == ["/"]


async def test_a_session_follows_no_redirect_even_when_asked_to(
    outside: Outside,
) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "https://evil.example/"})

    async with serve(handler) as port:
        url = f"http://127.0.0.1:{port}/"
        with pytest.raises(OutsideError, match="redirected"):
            await outside.session(url, local=True).get(url)


async def test_a_session_checks_every_address(outside: Outside) -> None:
    session = outside.session("https://agency.example/")
    with pytest.raises(OutsideError, match="address_refused"):
        await session.get("https://127.0.0.1/", allow_redirects=False)


@pytest.mark.parametrize("status", [204, 401, 404, 500])
async def test_tells_a_bad_status(outside: Outside, status: int) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status)

    async with serve(handler) as port:
        with pytest.raises(OutsideError) as caught:
            await outside.fetch(f"http://127.0.0.1:{port}/", local=True)
    assert caught.value.problem == "bad_status"


async def test_sends_nothing_that_tells_it_apart(outside: Outside) -> None:
    seen = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(dict(request.headers))
        response = web.Response(body=b"x")
        response.set_cookie("track", "me")
        return response

    async with serve(handler) as port:
        for _ in range(2):
            await outside.fetch(f"http://127.0.0.1:{port}/", local=True)
    for headers in seen:
        assert headers.pop("Connection") == "close"
        assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}
        agent = headers["User-Agent"]
        assert agent.startswith("Mozilla/5.0 ")
        for word in ("python", "aiohttp", "home", "doorwatch"):
            assert word not in agent.lower()


async def test_uses_no_proxy_of_the_environment(
    outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serve(_hello) as port:
        assert await outside.fetch(f"http://127.0.0.1:{port}/", local=True) == b"hello"


# Limits


async def test_takes_what_is_exactly_as_large_as_the_limit(outside: Outside) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=b"x" * 1000)

    async with serve(handler) as port:
        url = f"http://127.0.0.1:{port}/"
        assert len(await outside.fetch(url, local=True, limit=1000)) == 1000
        assert await _problem(outside, url, local=True, limit=999) == "too_large"


async def test_stops_at_the_limit_when_no_length_is_told(outside: Outside) -> None:
    sent = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        with suppress(ConnectionError):
            while sent < 100_000_000:
                await response.write(b"x" * 65536)
                sent += 65536
        return response

    async with serve(handler) as port:
        url = f"http://127.0.0.1:{port}/"
        assert await _problem(outside, url, local=True, limit=100_000) == "too_large"
    assert sent < 50_000_000


async def test_decompresses_gzip(outside: Outside) -> None:
    async def handler(request: web.Request) -> web.Response:
        assert request.headers["Accept-Encoding"] == "gzip"
        body = gzip.compress(b"hello ") + gzip.compress(b"again")
        return web.Response(body=body, headers={"Content-Encoding": "gzip"})

    async with serve(handler) as port:
        url = f"http://127.0.0.1:{port}/"
        assert await outside.fetch(url, local=True) == b"hello again"


async def test_a_compression_bomb_ends_at_the_limit(outside: Outside) -> None:
    bomb = gzip.compress(bytes(200_000_000))

    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    async with serve(handler) as port:
        url = f"http://127.0.0.1:{port}/"
        assert len(bomb) < 1_000_000
        assert await _problem(outside, url, local=True) == "too_large"


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"not gzip at all", "gzip"),
        (gzip.compress(b"hello")[:-4], "gzip"),
        (gzip.compress(b"hello") + b"rest", "gzip"),
        (b"", "gzip"),
        (zlib.compress(b"hello"), "deflate"),
        (b"hello", "br"),
        (b"hello", "gzip, gzip"),
    ],
)
async def test_refuses_a_coding_that_was_not_asked_for_or_is_broken(
    outside: Outside, body: bytes, encoding: str
) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=body, headers={"Content-Encoding": encoding})

    async with serve(handler) as port:
        url = f"http://127.0.0.1:{port}/"
        assert await _problem(outside, url, local=True) == "cannot_connect"


async def test_an_answer_in_drips_ends_in_time(outside: Outside) -> None:
    async with serve(drip) as port:
        url = f"http://127.0.0.1:{port}/"
        assert await _problem(outside, url, local=True, timeout=0.5) == "timeout"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_an_answer_that_breaks_off_or_is_no_http(
    outside: Outside, answer: bytes
) -> None:
    async def handler(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(handler, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/"
        assert await _problem(outside, url, local=True) == "cannot_connect"


async def test_closes_its_sessions() -> None:
    async with Outside() as door:
        session = door.session("https://agency.example/")
        assert not session.closed
    assert session.closed
