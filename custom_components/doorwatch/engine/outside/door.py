"""The one door to the outside: everything fetched from or sent to another host.

An address is looked at three times: when it is given (scheme, literal addresses), when
its name is resolved (only permitted answers are handed on, so a name that is rebound to
an address of this home fails), and when the socket is made (the last step before the
connection, which literal addresses pass too).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from ipaddress import ip_address
import socket
import ssl
from types import SimpleNamespace, TracebackType
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

__all__ = [
    "USER_AGENT",
    "Outside",
    "OutsideError",
    "check_url",
    "may_connect",
    "problem_of",
]

# What a great many browsers send; the default would say Python, core's "Home Assistant".
USER_AGENT: Final = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
)

# No total: a large upload on a slow line takes hours. Each step has its own limit.
SESSION_TIMEOUT: Final = aiohttp.ClientTimeout(
    total=None, connect=60, sock_connect=15, sock_read=60
)

_BLOCK: Final = 65536


class _AddressRefusedError(OSError):
    """Only refused addresses; an OSError, so that aiohttp carries it through."""


def check_url(url: URL, *, local: bool = False) -> None:
    """Raise `OutsideError` unless scheme, host and literal address are permitted."""
    try:
        host = url.host
    except ValueError:  # "xn--" that stands for nothing, found out when it is read
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
    """How something outside is reached; a session of its own for each."""

    PUBLIC = auto()
    LOCAL = auto()  # the addresses of a home as well
    HOME = auto()  # these alone
    PROXY = auto()  # only what the proxy is asked for is checked; it may be at home


type Permits = Callable[[str], bool]

# Which addresses a socket is made to. Looked up at each call, as tests expect.
_PERMITS: Final[dict[_Way, Permits]] = {
    _Way.PUBLIC: lambda address: may_connect(address),
    _Way.LOCAL: lambda address: may_connect(address, local=True),
    _Way.HOME: lambda address: is_at_home(address),
    _Way.PROXY: lambda address: may_connect(address, local=True),
}


class _Resolver(AbstractResolver):
    """Hands on only permitted answers of the resolver inside."""

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
            # A name that cannot be asked for at all: a label too long, or none.
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
        """Leave the inner resolver to whoever made it: two sessions share it."""


def _connector(
    resolver: AbstractResolver, tls: ssl.SSLContext, permits: Permits
) -> aiohttp.TCPConnector:
    """Make a connector that connects to permitted addresses only."""

    def make_socket(info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, where = info
        if not permits(str(where[0])):
            raise _AddressRefusedError("address refused")
        return socket.socket(family, kind, protocol)

    return aiohttp.TCPConnector(
        ssl=tls,
        resolver=_Resolver(resolver, permits),
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


# What a proxy answers when the other side is to blame.
_BEYOND_THE_PROXY: Final = frozenset({502, 503, 504})


def problem_of(
    error: aiohttp.ClientError | TimeoutError, proxy: Proxy | None = None
) -> str:
    """Return which problem of `OutsideError` an error of aiohttp is."""
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
    """Sessions to the public internet, to agencies marked "on my network", to a proxy.

    Each has a resolver of its own that refuses at connect time. https only, no
    redirects, plain http only on loopback and only when `local`; no cookies; an
    unremarkable user agent; caps on bytes, time and decompressed size. Tests may bring
    their own certificates and name service; neither loosens a rule.

    `proxy` returns the proxy as it is set now, None for none. Raises `OutsideError` when
    what is set is none.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        resolver: AbstractResolver | None = None,
        proxy: Callable[[], Proxy | None] = lambda: None,
    ) -> None:
        """Use the system's certificates and names unless told otherwise."""
        self._tls = tls
        self._resolver = resolver
        self._proxy = proxy
        self._sessions: dict[_Way, aiohttp.ClientSession] = {}

    async def __aenter__(self) -> Self:
        """Make the sessions."""
        # Reads a file of a few hundred certificates: not in the event loop.
        tls = self._tls
        if tls is None:
            tls = await asyncio.to_thread(ssl.create_default_context)
        resolver = self._resolver or aiohttp.ThreadedResolver()
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
        return self._sessions[_Way.LOCAL if local else _Way.PUBLIC]

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
        return await _get(session, url, limit=limit, timeout=timeout)

    async def fetch_published(
        self,
        url: str,
        *,
        local: bool = False,
        limit: int = 1_000_000,
        timeout: float = 30,
    ) -> bytes:
        """`fetch` what is there for everybody: by way of the proxy, if one is set.

        The proxy looks the name up, so which address it leads to is for it to check.
        What is on one's own network is asked directly, at addresses of a home only.
        """
        try:
            proxy = self._proxy()
        except OutsideError:
            raise OutsideError("proxy_failed") from None
        if proxy is None:
            return await self.fetch(url, local=local, limit=limit, timeout=timeout)
        check_url(_parsed(url), local=local)
        session = self._sessions[_Way.HOME if local else _Way.PROXY]
        through = None if local else proxy
        return await _get(session, url, limit=limit, timeout=timeout, proxy=through)


async def _get(
    session: aiohttp.ClientSession,
    url: str,
    *,
    limit: int,
    timeout: float,
    proxy: Proxy | None = None,
) -> bytes:
    """GET the whole body within the limits. Raises `OutsideError`."""
    try:
        async with (
            time_limit(timeout),
            session.get(
                _parsed(url),
                allow_redirects=False,
                headers={"Accept": "*/*", "Accept-Encoding": "gzip"},
                proxy=None if proxy is None else proxy.address,
                # Of the request for a tunnel, which names its program else.
                proxy_headers=None
                if proxy is None
                else {"User-Agent": USER_AGENT, **proxy.login},
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
        raise OutsideError(problem_of(error, proxy)) from None


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
