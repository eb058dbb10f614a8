"""The one door to the outside: everything fetched from or sent to another host.

An address is looked at three times: when it is given (scheme, literal addresses), when
its name is resolved (only permitted answers are handed on, so a name that is rebound to
an address of this home fails), and when the socket is made (the last step before the
connection, which literal addresses pass too).
"""

import asyncio
from contextlib import suppress
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
import socket
import ssl
from types import SimpleNamespace, TracebackType
from typing import Final, Self, override
import zlib

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType
import async_timeout
from yarl import URL

# What a great many browsers send; the default would say Python, core's "Home Assistant".
USER_AGENT: Final = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
)

# No total: a large upload on a slow line takes hours. Each step has its own limit.
SESSION_TIMEOUT: Final = aiohttp.ClientTimeout(
    total=None, connect=60, sock_connect=15, sock_read=60
)

_BLOCK: Final = 65536

# Addresses that carry an IPv4 address inside and lead there, past a look at the outer
# one: mapped, compatible, translated (NAT64, both prefixes), 6to4 and its relays, Teredo.
# The ipaddress module calls some of them global.
_TUNNELS: Final = (
    ip_network("::/96"),
    ip_network("::ffff:0:0/96"),
    ip_network("::ffff:0:0:0/96"),
    ip_network("64:ff9b::/96"),
    ip_network("64:ff9b:1::/48"),
    ip_network("2002::/16"),
    ip_network("2001::/32"),
    ip_network("192.88.99.0/24"),
)

# Kept for protocols. Some of them lead to the home's own router (port control, TURN), and
# the ipaddress module calls just these global.
_PROTOCOLS: Final = (ip_network("192.0.0.0/24"), ip_network("2001::/23"))

# What "on my network" adds. Link-local stays out: it holds the metadata services of
# clouds and is of no use to an agency.
_AT_HOME: Final = (
    ip_network("127.0.0.0/8"),
    ip_network("::1/128"),  # without the mapped ones, which `is_loopback` calls so too
    ip_network("10.0.0.0/8"),
    ip_network("172.16.0.0/12"),
    ip_network("192.168.0.0/16"),
    ip_network("fc00::/7"),
)


class OutsideError(Exception):
    """Something outside could not be reached, or must not be.

    `problem` is a translation key: `invalid_address`, `address_refused` (private,
    loopback ...), `redirected`, `too_large`, `timeout`, `cannot_connect` (also an answer
    that breaks off or is no HTTP), `tls_failed`, `bad_status` (with `status`). Never
    carries a URL.
    """

    def __init__(self, problem: str, status: int | None = None) -> None:
        """Say which problem."""
        super().__init__(problem)
        self.problem = problem
        self.status = status


class _AddressRefusedError(OSError):
    """Only refused addresses; an OSError, so that aiohttp carries it through."""


def may_connect(address: str, *, local: bool = False) -> bool:
    """Whether this address may be connected to; `local` adds the ones of a home."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.scope_id is not None:
        return False
    if local and _within(ip, _AT_HOME):
        return True
    return (
        ip.is_global
        and not ip.is_multicast
        and not ip.is_reserved
        and not (isinstance(ip, IPv6Address) and ip.is_site_local)
        and not _within(ip, (*_TUNNELS, *_PROTOCOLS))
    )


def _within(
    ip: IPv4Address | IPv6Address, networks: tuple[IPv4Network | IPv6Network, ...]
) -> bool:
    """Whether the address lies in one of the networks (of either version)."""
    return any(ip in network for network in networks)


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address when the host is one, written in the one ordinary way."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def _is_loopback_name(host: str) -> bool:
    """Whether the host is localhost (RFC 6761: such names never lead elsewhere)."""
    host = host.rstrip(".")
    return host == "localhost" or host.endswith(".localhost")


def check_url(url: URL, *, local: bool = False) -> None:
    """Raise `OutsideError` unless scheme, host and literal address are permitted."""
    try:
        host = url.host
    except ValueError:  # "xn--" that stands for nothing, found out when it is read
        host = None
    if not host or url.user is not None or url.password is not None:
        raise OutsideError("invalid_address")
    literal = _literal(host)
    if url.scheme == "http":
        on_loopback = (
            literal.is_loopback if literal is not None else _is_loopback_name(host)
        )
        if not (local and on_loopback):
            raise OutsideError("invalid_address")
    elif url.scheme != "https":
        raise OutsideError("invalid_address")
    if literal is not None and not may_connect(host, local=local):
        raise OutsideError("address_refused")


class _Resolver(AbstractResolver):
    """Hands on only permitted answers of the resolver inside."""

    def __init__(self, inner: AbstractResolver, *, local: bool) -> None:
        self._inner = inner
        self._local = local

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        try:
            answers = await self._inner.resolve(host, port, family)
        except UnicodeError:
            # A name that cannot be asked for at all: a label too long, or none.
            raise OSError(None, "no such name") from None
        permitted = [
            answer
            for answer in answers
            if may_connect(answer["host"], local=self._local)
            and (not _is_loopback_name(host) or ip_address(answer["host"]).is_loopback)
        ]
        if answers and not permitted:
            raise _AddressRefusedError("address refused")
        return permitted

    @override
    async def close(self) -> None:
        """Leave the inner resolver to whoever made it: two sessions share it."""


def _connector(
    resolver: AbstractResolver, tls: ssl.SSLContext, *, local: bool
) -> aiohttp.TCPConnector:
    """Make a connector that connects to permitted addresses only."""

    def make_socket(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, where = info
        if not may_connect(str(where[0]), local=local):
            raise _AddressRefusedError("address refused")
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(
        ssl=tls,
        resolver=_Resolver(resolver, local=local),
        use_dns_cache=False,
        # Requests are rare; one connection each means that each is looked at anew, and
        # none meets a connection that the other side has given up meanwhile.
        force_close=True,
        socket_factory=make_socket,
        limit=20,
    )


def _traces(*, local: bool) -> aiohttp.TraceConfig:
    """Check every request of a session, also where a caller forgot to."""
    traces = aiohttp.TraceConfig()

    async def start(
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        params: aiohttp.TraceRequestStartParams,
    ) -> None:
        check_url(params.url, local=local)

    async def redirect(
        session: aiohttp.ClientSession,
        context: SimpleNamespace,
        params: aiohttp.TraceRequestRedirectParams,
    ) -> None:
        raise OutsideError("redirected")

    traces.on_request_start.append(start)
    traces.on_request_redirect.append(redirect)
    return traces


def problem_of(error: aiohttp.ClientError | TimeoutError) -> str:
    """Return which problem of `OutsideError` an error of aiohttp is."""
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, aiohttp.InvalidURL):
        return "invalid_address"
    if isinstance(error, aiohttp.ClientSSLError):
        return "tls_failed"
    if isinstance(error, aiohttp.ClientConnectorError) and isinstance(
        error.os_error, _AddressRefusedError
    ):
        return "address_refused"
    return "cannot_connect"


class _Gunzip:
    """Decompress gzip of any number of members, never more than was asked for."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    def feed(self, data: bytes, limit: int) -> bytes:
        """Return what `data` holds, at most `limit` + 1 bytes of it."""
        found = bytearray()
        while data:
            if self._inner.eof:
                self._inner = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
            found += self._inner.decompress(data, limit + 1 - len(found))
            if len(found) > limit:
                break
            data = self._inner.unconsumed_tail or self._inner.unused_data
        return bytes(found)

    @property
    def complete(self) -> bool:
        """Whether the last member ended."""
        return self._inner.eof


class Outside:
    """Two sessions: to the public internet, and to agencies marked "on my network".

    Each has a resolver of its own that refuses at connect time. https only, no
    redirects, plain http only on loopback and only when `local`; no cookies; an
    unremarkable user agent; caps on bytes, time and decompressed size. Tests may bring
    their own certificates and name service; neither loosens a rule.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """Use the system's certificates and names unless told otherwise."""
        self._tls = tls
        self._resolver = resolver
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        """Make the sessions."""
        # Reads a file of a few hundred certificates: not in the event loop.
        tls = self._tls
        if tls is None:
            tls = await asyncio.to_thread(ssl.create_default_context)
        resolver = self._resolver or aiohttp.ThreadedResolver()
        for local in (False, True):
            self._sessions[local] = aiohttp.ClientSession(
                connector=_connector(resolver, tls, local=local),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
                timeout=SESSION_TIMEOUT,
                trust_env=False,
                auto_decompress=False,
                trace_configs=[_traces(local=local)],
            )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close them."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def session(self, url: str, *, local: bool = False) -> aiohttp.ClientSession:
        """Return the session for `url` after checking it.

        Callers pass `allow_redirects=False` to see a redirect as an answer; without it
        a redirect raises `OutsideError`. Raises `OutsideError` for a bad address.
        """
        check_url(_parsed(url), local=local)
        return self._sessions[local]

    async def fetch(
        self,
        url: str,
        *,
        local: bool = False,
        limit: int = 1_000_000,
        timeout: float = 30,
    ) -> bytes:
        """GET the whole body, at most `limit` bytes both sent and decompressed.

        `timeout` is in seconds and covers everything, so that an answer in drips ends
        too. Raises `OutsideError`.
        """
        session = self.session(url, local=local)
        try:
            async with (
                async_timeout.timeout(timeout),
                session.get(
                    _parsed(url),
                    allow_redirects=False,
                    headers={"Accept": "*/*", "Accept-Encoding": "gzip"},
                ) as response,
            ):
                try:
                    return await _body(response, limit)
                except OutsideError, zlib.error:
                    response.close()  # nobody waits for the rest
                    raise
        except zlib.error:
            raise OutsideError("cannot_connect") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            # Not chained: aiohttp's errors name the address.
            raise OutsideError(problem_of(error)) from None


def _parsed(url: str) -> URL:
    """Parse an address. Raises `OutsideError`."""
    with suppress(ValueError, TypeError):
        return URL(url)
    raise OutsideError("invalid_address")


async def _body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Check the status and read the body within the limit."""
    if 300 <= response.status < 400:
        raise OutsideError("redirected")
    if response.status != 200:
        raise OutsideError("bad_status", response.status)
    if response.content_length is not None and response.content_length > limit:
        raise OutsideError("too_large")
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise OutsideError("cannot_connect")  # not what was asked for
    gunzip = _Gunzip() if "gzip" in encoding else None
    body = bytearray()
    received = 0
    async for block in response.content.iter_chunked(_BLOCK):
        received += len(block)
        body += gunzip.feed(block, limit - len(body)) if gunzip else block
        if received > limit or len(body) > limit:
            raise OutsideError("too_large")
    if gunzip is not None and not gunzip.complete:
        raise OutsideError("cannot_connect")
    return bytes(body)
