"""A camera whose answers to DESCRIBE are chosen by the test, on loopback."""

import base64
from collections.abc import Collection
from dataclasses import dataclass, field
import hashlib
import re
from typing import Final, override

from .listener import Client, Listener, Request

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


@dataclass(kw_only=True)
class ScriptedCamera(Listener):
    """A camera with video at some paths, and with a login if one is given.

    In `challenges`, "{nonce}" is replaced. Each connection has its own nonce; it changes
    after `nonce_uses` requests. `hides_paths` is whether the login is required for
    unknown paths, too. `hangs_up_after` are the statuses that end a connection; with
    `hangs_up_on_wrong_login`, a wrong login ends it without an answer. `silent` and
    `special` are the paths without an answer and with another one.
    """

    streams: Collection[str] = ()
    login: str | None = None
    challenges: tuple[str, ...] = (DIGEST,)
    nonce_uses: int | None = None
    hides_paths: bool = True
    hangs_up_after: Collection[int] = ()
    hangs_up_on_wrong_login: bool = False
    silent: Collection[str] = ()
    special: dict[str, tuple[int, list[str], str]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    _nonces: int = 0

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, each once."""
        return list(dict.fromkeys(request.path for request in self.requests))

    @property
    def logins(self) -> list[str]:
        """The logins that were sent."""
        return [request.login for request in self.requests if request.login]

    @override
    async def _serve(self, client: Client) -> None:
        nonce, uses = self._next_nonce(), 0
        while request := await client.receive():
            assert isinstance(request, Request)
            if request.method == "OPTIONS":
                client.answer(request, 200)
                continue
            assert request.method == "DESCRIBE"
            self.requests.append(request)
            stale = False
            if request.login and self.nonce_uses is not None:
                uses += 1
                if stale := uses > self.nonce_uses:
                    nonce, uses = self._next_nonce(), 0
            if request.path in self.silent:
                continue
            status, headers, body = self._answer(request, nonce, stale)
            if status == 401 and request.login and self.hangs_up_on_wrong_login:
                return
            client.answer(request, status, *headers, body=body)
            if status in self.hangs_up_after:
                return

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
