"""Restrict connections to other hosts to permitted addresses.

An address is checked three times: when a URL is given (scheme and literal address),
when its name is resolved (answers that are not permitted are dropped, which defeats DNS
rebinding), and when the socket is made (which also covers literal addresses).
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from ipaddress import ip_address
import socket
import ssl
from typing import Final, Self, override
import zlib

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.connector import AddrInfoType
from yarl import URL

from ..time_limit import time_limit
from .errors import OutsideError
from .proxy import Proxy
from .reach import is_at_home, is_loopback_name, literal, may_connect

# The user agent of a common browser; the defaults would name Python or Home Assistant.
USER_AGENT: Final = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
)

# No total timeout: a large upload on a slow line takes hours. Each step has a limit.
SESSION_TIMEOUT: Final = aiohttp.ClientTimeout(
    total=None, connect=60, sock_connect=15, sock_read=60
)

_BLOCK: Final = 65536


class _AddressRefusedError(OSError):
    """Raised if every address is refused; an OSError, so that aiohttp passes it on."""


def check_url(url: URL, *, local: bool = False) -> None:
    """Raise `OutsideError` unless scheme, host and literal address are permitted."""
    try:
        host = url.host
    except ValueError:  # invalid Punycode ("xn--") raises only when the host is read
        host = None
    if not host or url.user is not None or url.password is not None:
        raise OutsideError("invalid_address")
    address = literal(host)
    if url.scheme == "http":
        on_loopback = (
            address.is_loopback if address is not None else is_loopback_name(host)
        )
        if not (local and on_loopback):
            raise OutsideError("invalid_address")
    elif url.scheme != "https":
        raise OutsideError("invalid_address")
    if address is not None and not may_connect(host, local=local):
        raise OutsideError("address_refused")


class _Way(Enum):
    """The kind of destination; each has a separate session."""

    PUBLIC = auto()
    LOCAL = auto()  # also private networks and loopback
    HOME = auto()  # private networks and loopback only
    # Sockets connect only to the proxy, which may be on a private network.
    PROXY = auto()


type Permits = Callable[[str], bool]

# The addresses that a socket may connect to. The lambdas look the functions up at each
# call, so that tests can patch them.
_PERMITS: Final[dict[_Way, Permits]] = {
    _Way.PUBLIC: lambda address: may_connect(address),
    _Way.LOCAL: lambda address: may_connect(address, local=True),
    _Way.HOME: lambda address: is_at_home(address),
    _Way.PROXY: lambda address: may_connect(address, local=True),
}


class _Resolver(AbstractResolver):
    """Drop the answers of the inner resolver that are not permitted."""

    def __init__(self, inner: AbstractResolver, permits: Permits) -> None:
        self._inner = inner
        self._permits = permits

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        try:
            answers = await self._inner.resolve(host, port, family)
        except UnicodeError:
            # The name can't be encoded: a label is empty or too long.
            raise OSError(None, "no such name") from None
        permitted = [
            answer
            for answer in answers
            if self._permits(answer["host"])
            and (not is_loopback_name(host) or ip_address(answer["host"]).is_loopback)
        ]
        if answers and not permitted:
            raise _AddressRefusedError("address refused")
        return permitted

    @override
    async def close(self) -> None:
        """Keep the inner resolver open, as the sessions share it."""


def _connector(
    resolver: AbstractResolver, tls: ssl.SSLContext, permits: Permits
) -> aiohttp.TCPConnector:
    """Make a connector that connects only to permitted addresses."""

    def make_socket(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, where = info
        if not permits(str(where[0])):
            raise _AddressRefusedError("address refused")
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(
        ssl=tls,
        resolver=_Resolver(resolver, permits),
        use_dns_cache=False,
        # Requests are rare. A new connection for each one means that its address is
        # checked, and that it can't get a connection that the server has closed.
        force_close=True,
        socket_factory=make_socket,
        limit=20,
    )


def _traces(*, local: bool) -> aiohttp.TraceConfig:
    """Check every request of a session, even if the caller did not."""
    traces = aiohttp.TraceConfig()

    async def start(
        _session: object, _context: object, params: aiohttp.TraceRequestStartParams
    ) -> None:
        check_url(params.url, local=local)

    async def redirect(*_: object) -> None:
        raise OutsideError("redirected")

    traces.on_request_start.append(start)
    traces.on_request_redirect.append(redirect)
    return traces


# The statuses with which a proxy reports that the destination failed.
_BEYOND_THE_PROXY: Final = frozenset({502, 503, 504})


def connection_problem(
    error: aiohttp.ClientError | TimeoutError, proxy: Proxy | None = None
) -> str:
    """Return the problem of `OutsideError` that matches an error of aiohttp."""
    if isinstance(error, aiohttp.ClientHttpProxyError):
        beyond = error.status in _BEYOND_THE_PROXY
        return "cannot_connect" if beyond else "proxy_failed"
    if isinstance(error, aiohttp.ClientProxyConnectionError) or (
        proxy is not None
        and isinstance(error, aiohttp.ClientConnectorError)
        and error.host == proxy.address.raw_host
        and error.port == proxy.address.port
    ):
        return "proxy_failed"
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
    """Decompress gzip data of any number of members up to a limit."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)

    def feed(self, data: bytes, limit: int) -> bytes:
        """Return the decompressed `data`, at most `limit` + 1 bytes."""
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
        """Return whether the last member is complete."""
        return self._inner.eof


@dataclass(eq=False, kw_only=True, repr=False)
class Outside:
    """Sessions for the internet, for agencies marked "on my network" and for a proxy.

    The resolver of each session refuses addresses at connect time. Only https is
    permitted, and plain http only on loopback if `local`. Sessions follow no redirects,
    keep no cookies, send the user agent of a browser, and limit bytes, time and
    decompressed size. The rules also apply to the `tls` and `resolver` of tests.

    `proxy` returns the current proxy, or None. It raises `OutsideError` if the
    configured proxy is invalid.
    """

    tls: ssl.SSLContext | None = None  # None uses the certificates of the system
    resolver: AbstractResolver | None = None  # None uses the resolver of the system
    proxy: Callable[[], Proxy | None] = lambda: None
    _sessions: dict[_Way, aiohttp.ClientSession] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        """Make the sessions."""
        # Loading the certificates reads a large file and would block the event loop.
        tls = self.tls
        if tls is None:
            tls = await asyncio.to_thread(ssl.create_default_context)
        resolver = self.resolver or aiohttp.ThreadedResolver()
        for way in _Way:
            local = way in (_Way.LOCAL, _Way.HOME)
            self._sessions[way] = aiohttp.ClientSession(
                connector=_connector(resolver, tls, _PERMITS[way]),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": USER_AGENT, "Accept-Encoding": "identity"},
                timeout=SESSION_TIMEOUT,
                trust_env=False,
                auto_decompress=False,
                trace_configs=[_traces(local=local)],
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the sessions."""
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    def session(self, url: str, *, local: bool = False) -> aiohttp.ClientSession:
        """Return the session for `url` after checking it.

        Raises `OutsideError` for an address that is not permitted; so does a later
        redirect, unless the caller passes `allow_redirects=False`.
        """
        check_url(_parsed(url), local=local)
        return self._sessions[_Way.LOCAL if local else _Way.PUBLIC]

    async def fetch(
        self,
        url: str,
        *,
        local: bool = False,
        published: bool = False,
        limit: int = 1_000_000,
        timeout: float = 30,
    ) -> bytes:
        """GET a body of at most `limit` bytes, both received and decompressed.

        `timeout` is in seconds and covers the whole request. A `published` document is
        fetched through the proxy if one is configured. The proxy resolves the name, so
        the resolved address is not checked here. If such a document is on the local
        network, it is fetched without the proxy, from private addresses only. Raises
        `OutsideError`.
        """
        try:
            proxy = self.proxy() if published else None
        except OutsideError:
            raise OutsideError("proxy_failed") from None
        session = self.session(url, local=local)
        if proxy is not None:
            session = self._sessions[_Way.HOME if local else _Way.PROXY]
        async with opened(
            session,
            _parsed(url),
            timeout=timeout,
            headers={"Accept": "*/*", "Accept-Encoding": "gzip"},
            proxy=None if local else proxy,
        ) as response:
            return await _body(response, limit)


@asynccontextmanager
async def opened(
    session: aiohttp.ClientSession,
    url: URL,
    *,
    timeout: float,
    headers: Mapping[str, str] | None = None,
    proxy: Proxy | None = None,
) -> AsyncGenerator[aiohttp.ClientResponse]:
    """GET a URL; `timeout` (seconds) includes reading the body.

    Raises `OutsideError`, also for errors of aiohttp and zlib in the caller's code.
    """
    try:
        async with (
            time_limit(timeout),
            session.get(
                url,
                allow_redirects=False,
                headers=headers,
                proxy=None if proxy is None else proxy.address,
                # For the CONNECT request, which would otherwise name aiohttp.
                proxy_headers=None
                if proxy is None
                else {"User-Agent": USER_AGENT, **proxy.login},
            ) as response,
        ):
            try:
                _check_status(response)
                yield response
            except OutsideError, OSError, zlib.error:
                response.close()  # don't wait for the rest
                raise
    except zlib.error:
        raise OutsideError("cannot_connect") from None
    except (aiohttp.ClientError, TimeoutError) as error:
        # Not chained, because aiohttp's errors contain the address.
        raise OutsideError(connection_problem(error, proxy)) from None


def _check_status(response: aiohttp.ClientResponse) -> None:
    """Raise `OutsideError` unless the request succeeded."""
    if 300 <= response.status < 400:
        raise OutsideError("redirected")
    if response.status != 200:
        raise OutsideError("bad_status")


def _parsed(url: str) -> URL:
    """Parse a URL; raises `OutsideError`."""
    with suppress(ValueError, TypeError):
        return URL(url)
    raise OutsideError("invalid_address")


async def _body(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """Read the body within the limit; raises `OutsideError`."""
    if response.content_length is not None and response.content_length > limit:
        raise OutsideError("too_large")
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise OutsideError("cannot_connect")  # an encoding that was not requested
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
