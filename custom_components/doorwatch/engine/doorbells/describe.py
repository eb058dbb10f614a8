"""Ask a camera over RTSP to describe its streams.

Only DESCRIBE is sent. No stream is set up, so nothing plays at the door. Redirects are
not followed, so the login reaches no other device.
"""

import asyncio
import base64
from collections.abc import Awaitable, Callable, Iterable
import contextlib
from dataclasses import dataclass
import hashlib
from http import HTTPStatus
from itertools import count
import re
import secrets
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from ..time_limit import time_limit
from .address import DEFAULT_PORTS
from .base import DoorbellError

# Seconds to connect; a camera in the same network takes a fraction of one.
CONNECT_TIMEOUT: Final = 5.0
# Maximum size of a description in bytes; most have about a thousand.
_MOST: Final = 65_536
# Maximum size of the lines before it, which are parsed in the event loop.
_MOST_HEADERS: Final = 8_192
_MOST_LINES: Final = 64
# The name of a scheme in a list of challenges. Quoted text is skipped.
_SCHEME: Final = re.compile(
    r'"[^"]*"|(?:^|,)\s*([a-z][a-z0-9-]*)(?:\s+(?=[a-z])|\s*(?=,|$))', re.IGNORECASE
)
_PAIR: Final = re.compile(r'\b([a-z]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))', re.IGNORECASE)
# The strongest first.
_HASHES: Final = {"sha-256": hashlib.sha256, "md5": hashlib.md5}

# The parameters of a challenge by their names in lowercase.
type Parameters = dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """The response to DESCRIBE; `description` is in SDP."""

    status: int
    challenges: list[str]
    description: str
    with_login: bool  # whether the request contained the login


async def ask_camera[T](
    address: str,
    ask: Callable[[Camera], Awaitable[T]],
    timeout: float,
    *,
    reconnects: int = 0,
) -> T:
    """Call `ask` with the camera at an address with its login.

    `timeout` is in seconds. Raises `DoorbellError`, which never contains the address.
    """
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port or DEFAULT_PORTS["rtsp"]
    except ValueError:
        # The error contains the login, so the next one is raised outside of it.
        host = None
    if not host or parts.scheme != "rtsp":
        raise DoorbellError("invalid_address")
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    login = unquote(parts.username or ""), unquote(parts.password or "")
    camera = Camera(bare, host, port, *login, reconnects)
    try:
        async with time_limit(timeout):
            return await ask(camera)
    except TimeoutError:
        problem = "timeout"
    except EOFError, OSError:
        problem = "refused"  # the camera closed the connection
    except ValueError:
        problem = "not_a_stream"  # the response is invalid
    finally:
        camera.close()
    # Raised outside of the handlers, because their errors can contain the address.
    raise DoorbellError(problem)


@dataclass(eq=False, repr=False)
class Camera:
    """A camera that is asked one question after the other on one connection.

    The login is sent only after the camera has asked for it, and Basic never after it
    has offered Digest. When the camera closes the connection, another one is opened,
    up to `reconnects` times.
    """

    address: str  # without login
    _host: str
    _port: int
    _username: str
    _password: str
    _reconnects: int
    _stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    _asked: int = 0
    _authorize: Callable[[str], str] | None = None
    _authorized: bool = False  # whether the camera has accepted the login
    _digest_offered: bool = False

    async def describe(self, address: str, *headers: str) -> Answer:
        """Ask for the description of the stream at an address without login.

        A status of 401 with `with_login` means that the login was refused. Raises
        `DoorbellError`, `EOFError`, `OSError` or `ValueError`.
        """
        answer = await self._ask(address, headers)
        renewed = False
        while answer.status == HTTPStatus.UNAUTHORIZED and self._username:
            digests = _digests(answer.challenges)
            if answer.with_login:
                # The login is right if only the nonce is too old (RFC 7616, 3.3).
                if renewed or not any(map(_is_stale, digests)):
                    break
                renewed = True
            self._digest_offered = self._digest_offered or bool(digests)
            self._authorize = self._answer_to(answer.challenges, digests)
            answer = await self._ask(address, headers)
        return answer

    async def digests(self) -> list[str]:
        """Return the algorithms of the digests that the camera offers for the login.

        The login is not sent. Raises as `describe` does.
        """
        if not self._username:
            return []
        answer = await self._ask(self.address, ())
        return [_algorithm(one) for one in _digests(answer.challenges)]

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._stream is not None:
            self._stream[1].close()
            self._stream = None

    async def _ask(self, address: str, headers: Iterable[str]) -> Answer:
        """Send DESCRIBE, and again if the camera closed the connection.

        Raises `DoorbellError` instead if the camera got the login and did not answer:
        it may have refused it.
        """
        while True:
            reader, writer = self._stream or await self._connect()
            try:
                return await self._exchange(reader, writer, address, headers)
            except EOFError, ConnectionError:
                untested = self._authorize is not None and not self._authorized
                if not self._reconnects and not untested:
                    raise
            if untested:
                raise DoorbellError("refused")
            self._reconnects -= 1
            self.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._authorize = None  # the nonce may be valid for one connection only
        with contextlib.suppress(OSError, UnicodeError):
            async with time_limit(CONNECT_TIMEOUT):
                self._stream = await asyncio.open_connection(
                    self._host, self._port, limit=_MOST_HEADERS
                )
            return self._stream
        raise DoorbellError("cannot_connect")

    async def _exchange(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        address: str,
        headers: Iterable[str],
    ) -> Answer:
        self._asked += 1
        lines = [
            f"DESCRIBE {address} RTSP/1.0",
            f"CSeq: {self._asked}",
            "User-Agent: Doorwatch",
            "Accept: application/sdp",
            *headers,
        ]
        if with_login := self._authorize is not None:
            lines.append(f"Authorization: {self._authorize(address)}")
        writer.write("\r\n".join([*lines, "", ""]).encode())
        await writer.drain()
        status, challenges, description = await _read(reader)
        if with_login and status != HTTPStatus.UNAUTHORIZED:
            self._authorized = True
        return Answer(status, challenges, description, with_login)

    def _answer_to(
        self, challenges: list[str], digests: list[Parameters]
    ) -> Callable[[str], str]:
        """Return what makes the header of an address; raises `DoorbellError`."""
        printable = self._username.isprintable() and '"' not in self._username
        for algorithm in _HASHES:
            for digest in digests:
                if _algorithm(digest) == algorithm and "nonce" in digest and printable:
                    return _digest(digest, self._username, self._password)
        if not self._digest_offered and _offers_basic(challenges):
            login = f"{self._username}:{self._password}".encode()
            header = f"Basic {base64.b64encode(login).decode()}"
            return lambda _: header
        raise DoorbellError("unsupported_login" if challenges else "invalid_auth")


async def _read(reader: asyncio.StreamReader) -> tuple[int, list[str], str]:
    """Return the status, the authentication challenges and the description."""
    version, _, rest = (await _line(reader)).partition(" ")
    if not version.startswith("RTSP/"):
        raise ValueError
    status = int(rest.split(" ", 1)[0])
    length, size, challenges = 0, 0, []
    for _ in range(_MOST_LINES):
        if not (line := await _line(reader)):
            break
        size += len(line)
        if size > _MOST_HEADERS:
            raise ValueError
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            length = int(value)
        elif name.lower() == "www-authenticate":
            challenges.append(value.strip())
    else:
        raise ValueError
    if not 0 <= length <= _MOST:
        raise ValueError
    body = await reader.readexactly(length)
    return status, challenges, body.decode(errors="replace")


async def _line(reader: asyncio.StreamReader) -> str:
    line = await reader.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    return line.decode(errors="replace").rstrip("\r\n")


def _schemes(challenge: str) -> list[tuple[str, str]]:
    """Return the name of each scheme in a header, in lowercase, and its parameters."""
    found = [match for match in _SCHEME.finditer(challenge) if match[1]]
    ends = [*(match.start() for match in found[1:]), None]
    return [
        (match[1].lower(), challenge[match.end() : end])
        for match, end in zip(found, ends, strict=False)
    ]


def _digests(challenges: list[str]) -> list[Parameters]:
    return [
        {name.lower(): quoted or plain for name, quoted, plain in _PAIR.findall(rest)}
        for challenge in challenges
        for scheme, rest in _schemes(challenge)
        if scheme == "digest"
    ]


def _offers_basic(challenges: list[str]) -> bool:
    return any(
        scheme == "basic"
        for challenge in challenges
        for scheme, _ in _schemes(challenge)
    )


def _is_stale(digest: Parameters) -> bool:
    return digest.get("stale", "").lower() == "true"


def _algorithm(digest: Parameters) -> str:
    return digest.get("algorithm", "MD5").lower()


def _digest(
    challenge: Parameters, username: str, password: str
) -> Callable[[str], str]:
    """Return what makes the header of each address with the same nonce."""
    make = _HASHES[_algorithm(challenge)]
    realm, nonce = challenge.get("realm", ""), challenge["nonce"]
    uses = count(1)

    def digest(*texts: str) -> str:
        return make(":".join(texts).encode()).hexdigest()

    who = digest(username, realm, password)

    def authorize(address: str) -> str:
        said = {"username": username, "realm": realm, "nonce": nonce, "uri": address}
        what = digest("DESCRIBE", address)
        plain = ""
        if "auth" in re.split(r"[\s,]+", challenge.get("qop", "")):
            once, used = secrets.token_hex(8), f"{next(uses):08x}"
            said["cnonce"] = once
            said["response"] = digest(who, nonce, used, once, "auth", what)
            plain = f", qop=auth, nc={used}"
        else:
            said["response"] = digest(who, nonce, what)
        if "opaque" in challenge:
            said["opaque"] = challenge["opaque"]
        if "algorithm" in challenge:
            plain += f", algorithm={challenge['algorithm']}"
        quoted = ", ".join(f'{name}="{value}"' for name, value in said.items())
        return f"Digest {quoted}{plain}"

    return authorize
