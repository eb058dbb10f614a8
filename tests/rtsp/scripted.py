"""A camera whose answers to DESCRIBE are chosen by the test, on loopback."""

import asyncio
import base64
from collections.abc import Collection
import contextlib
from dataclasses import dataclass, field
import hashlib
import re
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

VIDEO: Final = """v=0
o=- 0 0 IN IP4 127.0.0.1
s=Door
t=0 0
m=video 0 RTP/AVP 96
a=rtpmap:96 H264/90000
"""
DIGEST: Final = 'Digest realm="A door, outside", nonce="{nonce}"'
BASIC: Final = 'Basic realm="door"'
_HASHES: Final = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `connection` counts from 1, and `path` includes the query."""

    connection: int
    address: str
    path: str
    headers: dict[str, str]

    @property
    def login(self) -> str | None:
        """The header with the login."""
        return self.headers.get("authorization")


@dataclass(kw_only=True)
class ScriptedCamera:
    """A camera with video at some paths, and with a login if one is given.

    In `challenges`, "{nonce}" is replaced. Each connection has its own nonce; it changes
    after `nonce_uses` requests. `hides_paths` is whether the login is required for
    unknown paths, too. `hangs_up_after` are the statuses that end a connection, and
    `silent` and `special` the paths without an answer and with another one.
    """

    streams: Collection[str] = ()
    login: str | None = None
    challenges: tuple[str, ...] = (DIGEST,)
    nonce_uses: int | None = None
    hides_paths: bool = True
    hangs_up_after: Collection[int] = ()
    silent: Collection[str] = ()
    special: dict[str, tuple[int, list[str], str]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    _connections: int = 0
    _nonces: int = 0
    _server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen for connections."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close all connections."""
        assert self._server is not None
        self._server.close()
        self._server.close_clients()
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        """The port."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def address(self, path: str = "", login: str | None = None) -> str:
        """Return an address of this camera."""
        at = f"{login}@" if login else ""
        return f"rtsp://{at}127.0.0.1:{self.port}{path}"

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, each once."""
        return list(dict.fromkeys(request.path for request in self.requests))

    @property
    def logins(self) -> list[str]:
        """The logins that were sent."""
        return [request.login for request in self.requests if request.login]

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._connections += 1
        connection, nonce, uses = self._connections, self._next_nonce(), 0
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                line, *lines = text.strip().split("\r\n")
                method, address, version = line.split(" ")
                assert (method, version) == ("DESCRIBE", "RTSP/1.0")
                pairs = (one.partition(": ") for one in lines)
                headers = {name.lower(): value for name, _, value in pairs}
                parts = urlsplit(address)
                path = parts.path + (f"?{parts.query}" if parts.query else "")
                request = Request(connection, address, path, headers)
                self.requests.append(request)
                if request.login and self.nonce_uses is not None:
                    uses += 1
                    if stale := uses > self.nonce_uses:
                        nonce, uses = self._next_nonce(), 0
                else:
                    stale = False
                if path in self.silent:
                    continue
                status, more, body = self._answer(request, nonce, stale)
                length = [f"Content-Length: {len(body)}"] if body else []
                answer = [f"RTSP/1.0 {status} Answer", f"CSeq: {headers['cseq']}"]
                writer.write("\r\n".join([*answer, *more, *length, "", body]).encode())
                if status in self.hangs_up_after:
                    break
        writer.close()

    def _next_nonce(self) -> str:
        self._nonces += 1
        return f"nonce{self._nonces}"

    def _answer(
        self, request: Request, nonce: str, stale: bool
    ) -> tuple[int, list[str], str]:
        known = request.path in self.streams or request.path in self.special
        if (
            self.login
            and (self.hides_paths or known)
            and (stale or not self._admits(request, nonce))
        ):
            challenges = [one.format(nonce=nonce) for one in self.challenges]
            if stale:
                challenges = [f"{one}, stale=true" for one in challenges]
            return 401, [f"WWW-Authenticate: {one}" for one in challenges], ""
        if request.path in self.special:
            return self.special[request.path]
        return (200, [], VIDEO) if known else (404, [], "")

    def _admits(self, request: Request, nonce: str) -> bool:
        """Return whether a request has the right login."""
        assert self.login is not None
        scheme, _, rest = (request.login or "").partition(" ")
        if scheme == "Basic":
            return base64.b64decode(rest).decode() == self.login
        pairs = re.findall(r'(\w+)=(?:"([^"]*)"|([^,]+))', rest)
        said: dict[str, str] = {name: quoted or plain for name, quoted, plain in pairs}
        if said.get("nonce") != nonce or said.get("uri") != request.address:
            return False
        make = _HASHES[said.get("algorithm", "MD5")]

        def digest(text: str) -> str:
            return make(text.encode()).hexdigest()

        username, _, password = self.login.partition(":")
        who = digest(f"{username}:{said['realm']}:{password}")
        what = digest(f"DESCRIBE:{said['uri']}")
        middle = ""
        if "qop" in said:
            middle = f"{said['nc']}:{said['cnonce']}:{said['qop']}:"
        return said["response"] == digest(f"{who}:{nonce}:{middle}{what}")
