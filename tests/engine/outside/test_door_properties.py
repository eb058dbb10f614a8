"""Property tests of the rules for outgoing requests, with hostile inputs."""

import _socket
import asyncio
from collections.abc import Awaitable, Callable
from compression import zstd
from contextlib import suppress
import gzip
from ipaddress import IPv4Address, IPv6Address, ip_network
import socket
import ssl
import tracemalloc
from typing import override
import zlib

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from hypothesis import example, given, strategies as st
import pytest

from custom_components.doorwatch.engine.outside.door import USER_AGENT, Outside
from custom_components.doorwatch.engine.outside.errors import OutsideError
from custom_components.doorwatch.engine.outside.reach import may_connect
from tests.engine.outside.raw_server import RawServer, serving
from tests.outside_servers import HOST, FakeNames, serve
from tests.series import examples

_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
PROBLEMS = {
    "invalid_address",
    "address_refused",
    "redirected",
    "too_large",
    "timeout",
    "cannot_connect",
    "tls_failed",
    "bad_status",
}


@pytest.fixture(autouse=True)
def _sockets(socket_enabled: None) -> None:
    """Allow sockets on loopback."""


# Addresses

# Networks that the IANA registries do not list as global, and all of 192.0.0.0/24 and
# 2001::/23, because some of their anycast addresses reach the home's router (port
# control, TURN).
NOT_OUTSIDE = [
    ip_network(each)
    for each in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
]
GIVEN_OUT_6 = ip_network("2000::/3")
NOT_OUTSIDE_6 = [
    ip_network(each)
    for each in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
]

_inside_4 = (
    st.sampled_from(NOT_OUTSIDE)
    .flatmap(
        lambda network: st.integers(
            int(network.network_address), int(network.broadcast_address)
        )
    )
    .map(IPv4Address)
)
_any_4 = _inside_4 | st.integers(0, 2**32 - 1).map(IPv4Address)


def _at(prefix: str, shift: int) -> Callable[[IPv4Address], IPv6Address]:
    """Return a function that embeds an IPv4 address in an IPv6 prefix."""
    start = int(IPv6Address(prefix))
    return lambda address: IPv6Address(start | int(address) << shift)


# Every way to embed an IPv4 address in an IPv6 address.
CARRIERS: list[Callable[[IPv4Address], IPv6Address]] = [
    _at("::ffff:0:0", 0),  # mapped
    _at("::", 0),  # compatible
    _at("::ffff:0:0:0", 0),  # translated
    _at("64:ff9b::", 0),  # NAT64
    _at("64:ff9b:1::", 0),  # NAT64 with a network's own prefix
    _at("64:ff9b:1:ffff::", 0),
    _at("2002::", 80),  # 6to4
    _at("2002::1", 80),
    _at("2001::", 64),  # Teredo: the server
    lambda address: IPv6Address(int(IPv6Address("2001::")) | int(address) ^ 0xFFFFFFFF),
]


@examples(300)
@given(_any_4)
@example(IPv4Address("192.0.0.9"))  # port control of the home's router
@example(IPv4Address("192.0.0.10"))
def test_an_ipv4_address_is_outside_unless_a_registry_says_otherwise(
    address: IPv4Address,
) -> None:
    """Other spellings of the address are refused."""
    outside = not any(address in network for network in NOT_OUTSIDE)
    assert may_connect(str(address)) is outside
    number = int(address)
    first, *rest = str(address).split(".")
    for other in (
        str(number),
        hex(number),
        f"0{address}",
        f"{address}.",
        f" {address}",
        f"{address}\n",
        f"{address}%1",
        ".".join([hex(int(first)), *rest]),
        ".".join(rest),
        str(address).translate(
            {ord(f"{digit}"): 0xFF10 + digit for digit in range(10)}
        ),
    ):
        assert not may_connect(other)
        assert not may_connect(other, local=True)


@examples(300)
@given(_any_4, st.sampled_from(CARRIERS), st.booleans())
@example(IPv4Address("127.0.0.1"), CARRIERS[0], True)
def test_no_ipv6_address_carries_an_ipv4_address_past_the_rules(
    address: IPv4Address, carrier: Callable[[IPv4Address], IPv6Address], local: bool
) -> None:
    """Embedded public addresses are refused as well."""
    carried = carrier(address)
    permitted = may_connect(str(carried), local=local)
    assert permitted is (local and carried == IPv6Address("::1"))
    for spelled in (carried.exploded, carried.compressed.upper()):
        assert may_connect(spelled, local=local) is permitted


@examples(300)
@given(
    st.integers(0, 2**128 - 1).map(IPv6Address)
    | st.sampled_from([*NOT_OUTSIDE_6, GIVEN_OUT_6]).flatmap(
        lambda network: st.integers(
            int(network.network_address), int(network.broadcast_address)
        ).map(IPv6Address)
    )
)
@example(IPv6Address("2001:1::1"))  # port control of the home's router
@example(IPv6Address("2001:20::1"))
@example(IPv6Address("5f00::1"))
@example(IPv6Address("100::1"))
def test_an_ipv6_address_is_outside_when_it_is_given_out(address: IPv6Address) -> None:
    """Reserved parts of the global range are refused, and so are other spellings."""
    outside = address in GIVEN_OUT_6 and not any(
        address in network for network in NOT_OUTSIDE_6
    )
    assert may_connect(str(address)) is outside
    assert not may_connect(f"{address}%1")
    assert not may_connect(f"[{address}]")


# URLs of any form

_HOSTS = st.sampled_from(
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "0177.0.0.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[fe80::1%25lo]",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "a.localhost",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
        "\u2460\u2461\u2466.0.0.1",
        "a" * 64 + ".example",
        "a" * 5000 + ".example",
        "a..example",
        ".example",
        "example..",
        "-.example",
        "xn--.example",
        "xn--a.example",
        "\u00ad.example",
        "\u200d.example",
        "b\u00fccher.example",
        "%00.example",
        "a%2eexample",
        "a_b.example",
        "*.example",
        "a b.example",
        "0.0.0.0",
        "",
    ]
) | st.text(max_size=12)
_ADDRESSES = st.tuples(
    st.sampled_from(
        ["https://", "http://", "HTTPS://", "https:", "ws://", "//", "file://"]
    ),
    st.sampled_from(["", "", "", "user@", ":word@", "@", "a@b@"]),
    _HOSTS,
    st.sampled_from(
        ["", "", ":1", ":", ":0", ":65535", ":65536", ":-1", ":\u0661", ":1:1"]
    ),
    st.sampled_from(
        ["", "/", "/a b", "/%", "/%00", "?\ud800", "#f", "/\r\nX: y", "\\@evil"]
    ),
).map("".join) | st.text(max_size=20)


async def _ends(door: Outside, url: str, *, local: bool) -> str:
    """Return the problem that a fetch raises, or "" if it succeeds."""
    found = await _answer_of(door.fetch(url, local=local, timeout=20))
    return found if isinstance(found, str) else ""


async def _answer_of(fetching: Awaitable[bytes]) -> bytes | str:
    """Return the content or the problem, whose text must not contain the address."""
    problem: OutsideError | None = None
    try:
        return await fetching
    except OutsideError as err:
        problem = err
    assert problem.__cause__ is None
    return problem.problem


class _SystemNames(AbstractResolver):
    """The system's resolver, without queries to the network."""

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        # The function behind `socket.getaddrinfo`, which tests are not allowed to call.
        found = await asyncio.to_thread(
            _socket.getaddrinfo,
            host,
            port,
            family,
            socket.SOCK_STREAM,
            0,
            socket.AI_NUMERICHOST,
        )
        return [
            ResolveResult(
                hostname=host,
                host=str(where[0]),
                port=int(where[1]),
                family=kind,
                proto=protocol,
                flags=socket.AI_NUMERICHOST,
            )
            for kind, _, protocol, _, where in found
        ]

    @override
    async def close(self) -> None:
        """Do nothing, because there is nothing to close."""


@examples(250)
@given(_ADDRESSES, st.booleans())
@example("https://" + "a" * 64 + ".example/", False)
@example("https://a..example/", False)
@example("https://xn--.example/", False)
@example("https://[::ffff:127.0.0.1]/", True)
def test_an_address_of_any_shape_ends_in_one_way(url: str, local: bool) -> None:
    """The system's resolver rejects some of these addresses."""

    async def fetch() -> str:
        async with Outside(tls=_TLS, resolver=_SystemNames()) as door:
            # Tests can connect to 127.0.0.1 only.
            return await _ends(door, url, local=local and "[::1]" not in url)

    assert asyncio.run(fetch()) in PROBLEMS


# Names that resolve differently each time

_TURNS = st.lists(
    st.sampled_from(["127.0.0.1", "127.0.0.2", "::1"])
    | _inside_4.map(str)
    | st.tuples(_any_4, st.sampled_from(CARRIERS)).map(
        lambda each: str(each[1](each[0]))
    )
    | st.sampled_from(["", "x", "127.0.0.1%lo", "0127.0.0.1", "2130706433"]),
    min_size=1,
    max_size=4,
)


@examples(60)
@given(st.lists(_TURNS, min_size=1, max_size=4))
def test_a_name_never_leads_home_whatever_it_says_in_turn(
    turns: list[list[str]],
) -> None:
    """The resolver returns several addresses, changing ones, and malformed ones."""

    async def fetch() -> tuple[list[str], int]:
        reached = 0

        async def listen(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            nonlocal reached
            reached += 1
            writer.close()

        server = await asyncio.start_server(listen, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            names = FakeNames({HOST: turns})
            async with Outside(tls=_TLS, resolver=names) as door:
                url = f"https://{HOST}:{port}/"
                found = [await _ends(door, url, local=False) for _ in turns]
        return found, reached

    found, reached = asyncio.run(fetch())
    assert set(found) == {"address_refused"}
    assert reached == 0


# Answers

_ENCODINGS = st.sampled_from(
    [
        "gzip",
        "x-gzip",
        "GZIP",
        " gzip ",
        "deflate",
        "br",
        "zstd",
        "compress",
        "identity",
        "",
        "gzip, gzip",
        "gzip,deflate",
        "deflate, gzip",
        "br, gzip",
        "zstd, zstd",
        "*",
        "gzip;q=1",
        "\u00e9",
    ]
)
_ZEROS = bytes(30_000_000)


def _many_members() -> bytes:
    return gzip.compress(b"") * 45_000


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
@pytest.mark.parametrize(
    "bomb",
    [
        gzip.compress(_ZEROS),
        gzip.compress(gzip.compress(_ZEROS)),
        gzip.compress(gzip.compress(gzip.compress(_ZEROS))),
        zlib.compress(_ZEROS),
        zstd.compress(_ZEROS),
        gzip.compress(zstd.compress(_ZEROS)),
        gzip.compress(b"x" * 1000) * 2000,
        _many_members(),
    ],
    ids=[
        "gzip",
        "twice",
        "thrice",
        "deflate",
        "zstd",
        "mixed",
        "members",
        "empty members",
    ],
)
async def test_no_bomb_takes_memory(bomb: bytes, encoding: str) -> None:
    """Includes all encodings, wrong ones, and nested ones."""

    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": encoding})

    async with serve(handler) as port, Outside(tls=_TLS) as door:
        url = f"http://127.0.0.1:{port}/"
        tracemalloc.start()
        try:
            with suppress(OutsideError):
                assert len(await door.fetch(url, local=True)) <= 1_000_000
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < 12_000_000


@examples(120)
@given(
    st.binary(max_size=40)
    | st.binary(max_size=2000).map(gzip.compress)
    | st.lists(st.binary(max_size=20), max_size=4).map(
        lambda parts: b"".join(map(gzip.compress, parts))
    ),
    _ENCODINGS,
    st.sampled_from(["exact", "none", "less", "more", "chunked", "endless"]),
    st.integers(0, 3),
    st.integers(0, 60),
)
def test_a_body_is_what_was_sent_or_refused(
    body: bytes, encoding: str, length: str, cut: int, limit: int
) -> None:
    """The stated length and encoding may be wrong."""
    body = body[: len(body) - cut] if cut else body
    head = [b"HTTP/1.1 200 OK", b"Content-Encoding: " + encoding.encode()]
    sent = body
    match length:
        case "exact":
            head.append(b"Content-Length: %d" % len(body))
        case "less":
            head.append(b"Content-Length: %d" % max(len(body) - 1, 0))
        case "more":
            head.append(b"Content-Length: %d" % (len(body) + 1))
        case "chunked":
            head.append(b"Transfer-Encoding: chunked")
            sent = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
        case "endless":
            head.append(b"Transfer-Encoding: chunked")
            sent = b"".join(b"1\r\n%c\r\n" % byte for byte in body)
    server = RawServer(answers=[b"\r\n".join(head) + b"\r\n\r\n" + sent], reads=[])
    found = asyncio.run(_fetch(server, limit))
    if isinstance(found, str):
        assert found in ("too_large", "cannot_connect")
        return
    assert length not in ("more", "endless")
    whole = body[: max(len(body) - 1, 0)] if length == "less" else body
    if encoding.strip().lower() in ("gzip", "x-gzip"):
        assert found == gzip.decompress(whole)
    else:
        assert encoding.strip() in ("identity", "")
        assert found == whole
    assert len(found) <= limit


async def _fetch(server: RawServer, limit: int) -> bytes | str:
    async with serving(server), Outside(tls=_TLS) as door:
        url = f"http://127.0.0.1:{server.port}/"
        return await _answer_of(door.fetch(url, local=True, limit=limit))


_LINES = st.sampled_from(
    [
        "Location: https://evil.example/",
        "Location: /",
        "Refresh: 0; url=https://evil.example/",
        "Set-Cookie: a=b",
        "Set-Cookie: a=b; Domain=127.0.0.1; Path=/; Max-Age=999999",
        "Set-Cookie: =",
        'ETag: "you"',
        "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT",
        "Content-Location: https://evil.example/",
        "WWW-Authenticate: Basic realm=x",
        "Proxy-Authenticate: Basic realm=x",
        "Strict-Transport-Security: max-age=1",
        'Alt-Svc: h2="evil.example:443"',
        "Accept-CH: Sec-CH-UA, DPR",
        "Link: <https://evil.example/>; rel=preload",
        "Connection: keep-alive",
        "Upgrade: h2c",
        "Retry-After: 0",
    ]
)
_STATUSES = st.sampled_from([200, 300, 301, 302, 303, 304, 305, 306, 307, 308, 399]) | (
    st.integers(200, 599)
)


@examples(120)
@given(_STATUSES, st.lists(_LINES, max_size=5))
def test_no_answer_changes_what_the_next_request_says(
    status: int, lines: list[str]
) -> None:
    """No redirect is followed, no cookie or ETag kept, and no login sent."""
    head = "\r\n".join([f"HTTP/1.1 {status} x", *lines, "Content-Length: 0"])
    server = RawServer(answers=[f"{head}\r\n\r\n".encode()] * 2, reads=[])

    async def twice() -> list[str]:
        async with serving(server), Outside(tls=_TLS) as door:
            url = f"http://127.0.0.1:{server.port}/"
            return [await _ends(door, url, local=True) for _ in range(2)]

    first, second = asyncio.run(twice())
    assert first == second
    if status != 200:
        assert first == (
            "redirected" if status < 400 and status >= 300 else "bad_status"
        )
    assert [request.head for request in server.requests] == [
        b"GET / HTTP/1.1\r\n"
        b"Host: 127.0.0.1:%d\r\n"
        b"User-Agent: %s\r\n"
        b"Accept-Encoding: gzip\r\n"
        b"Accept: */*\r\n"
        b"Connection: close\r\n\r\n" % (server.port, USER_AGENT.encode())
    ] * 2


@pytest.mark.parametrize(
    ("begin", "more"),
    [
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 1000),
        (b"HTTP/1.1 200 OK\r\n", b"y" * 1000),
        (b"HTTP/1.1 200 ", b"y" * 1000),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: <https://evil.example>\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"x" * 1000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"0" * 1000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ", b"y" * 1000),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;x=y\r\nz\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(b"")),
    ],
    ids=[
        "headers",
        "a header",
        "a name",
        "a reason",
        "100",
        "103",
        "chunk extension",
        "chunk size",
        "trailers",
        "a trailer",
        "chunks of a byte",
        "empty members",
    ],
)
async def test_an_answer_without_end_takes_neither_memory_nor_for_ever(
    begin: bytes, more: bytes
) -> None:
    """The endless part can be any part of the response, sent at full speed."""
    stop = asyncio.Event()

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(begin)
            while not stop.is_set():
                writer.write(more * (20_000 // len(more) + 1))
                await writer.drain()
                await asyncio.sleep(0)
        writer.close()

    server = await asyncio.start_server(flood, "127.0.0.1", 0)
    async with server, Outside(tls=_TLS) as door:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        tracemalloc.start()
        try:
            with pytest.raises(OutsideError) as caught:
                await door.fetch(url, local=True, limit=200_000, timeout=2)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
            stop.set()
    assert caught.value.problem in ("cannot_connect", "too_large", "timeout")
    assert most < 12_000_000
