"""Check whether a camera has an ONVIF audio back channel.

Only DESCRIBE is sent. No stream is set up, so nothing is audible at the door.
"""

import asyncio
import base64
from dataclasses import dataclass
import hashlib
from http import HTTPStatus
import re
import secrets
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from ..time_limit import time_limit
from .address import DEFAULT_PORTS
from .base import DoorbellError

# Seconds for the whole check; a working camera takes one.
TIMEOUT: Final = 5.0
_REQUIRE: Final = "www.onvif.org/ver20/backchannel"
# The codecs that browsers and cameras share, and their static payload types.
_SPOKEN: Final = {"PCMU/8000": "0", "PCMA/8000": "8"}
# Maximum size of a response; descriptions have about a thousand bytes.
_MOST: Final = 65_536
_MOST_LINES: Final = 64
# The statuses of cameras that don't support the required feature.
_UNKNOWN: Final = frozenset({456, 501, 551})
_PAIR: Final = re.compile(r'([a-z]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))', re.IGNORECASE)
_HASHES: Final = {"md5": hashlib.md5, "sha-256": hashlib.sha256}


async def has_back_channel(address: str, timeout: float = TIMEOUT) -> bool:
    """Return whether the camera at an address with its login has a back channel.

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
    try:
        async with time_limit(timeout):
            reader, writer = await asyncio.open_connection(host, port, limit=_MOST)
            try:
                bare = urlunsplit(
                    parts._replace(netloc=parts.netloc.rpartition("@")[2])
                )
                asking = _Asking(reader, writer, bare)
                return await asking.ask(
                    unquote(parts.username or ""), unquote(parts.password or "")
                )
            finally:
                writer.close()
    except TimeoutError:
        problem = "timeout"
    except OSError, UnicodeError:
        problem = "cannot_connect"
    except EOFError, ValueError:
        # The camera closed the connection or sent an invalid response.
        problem = "not_a_stream"
    # Raised outside of the handlers, because their errors can contain the address.
    raise DoorbellError(problem)


@dataclass(eq=False, repr=False)
class _Asking:
    """A connection to a camera."""

    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _address: str
    _asked: int = 0

    async def ask(self, username: str, password: str) -> bool:
        """Send DESCRIBE, again with the login if required; raises `DoorbellError`."""
        status, challenges, body = await self._describe(None)
        if status == HTTPStatus.UNAUTHORIZED and username:
            login = _authorization(challenges, self._address, username, password)
            status, _, body = await self._describe(login)
        if status == HTTPStatus.OK:
            return takes_voice(body)
        if status in _UNKNOWN:
            return False
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise DoorbellError("invalid_auth")
        raise DoorbellError(
            "not_found" if status == HTTPStatus.NOT_FOUND else "not_a_stream"
        )

    async def _describe(self, authorization: str | None) -> tuple[int, list[str], str]:
        """Return the status, the authentication challenges and the description."""
        self._asked += 1
        lines = [
            f"DESCRIBE {self._address} RTSP/1.0",
            f"CSeq: {self._asked}",
            "User-Agent: Doorwatch",
            "Accept: application/sdp",
            f"Require: {_REQUIRE}",
        ]
        if authorization is not None:
            lines.append(f"Authorization: {authorization}")
        self._writer.write("\r\n".join([*lines, "", ""]).encode())
        await self._writer.drain()
        return await self._answer()

    async def _answer(self) -> tuple[int, list[str], str]:
        version, _, rest = (await self._line()).partition(" ")
        if not version.startswith("RTSP/"):
            raise ValueError
        status = int(rest.split(" ", 1)[0])
        length, challenges = 0, []
        for _ in range(_MOST_LINES):
            if not (line := await self._line()):
                break
            name, _, value = line.partition(":")
            if name.lower() == "content-length":
                length = int(value)
            elif name.lower() == "www-authenticate":
                challenges.append(value.strip())
        else:
            raise ValueError
        if not 0 <= length <= _MOST:
            raise ValueError
        body = await self._reader.readexactly(length)
        return status, challenges, body.decode(errors="replace")

    async def _line(self) -> str:
        line = await self._reader.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        return line.decode(errors="replace").rstrip("\r\n")


def takes_voice(description: str) -> bool:
    """Return whether an SDP description offers to receive audio that browsers can send.

    "sendonly" is from the client's point of view: the camera receives.
    """
    for media in re.split(r"^m=", description, flags=re.MULTILINE)[1:]:
        first, *lines = [line.strip() for line in media.splitlines()] or [""]
        kind, numbers = first.partition(" ")[0], first.split()[3:]
        if kind != "audio" or "a=sendonly" not in lines:
            continue
        names = {
            line.removeprefix("a=rtpmap:").partition(" ")[2].upper()
            for line in lines
            if line.startswith("a=rtpmap:")
        }
        for codec, number in _SPOKEN.items():
            # The number of channels is optional.
            if number in numbers or names & {codec, f"{codec}/1"}:
                return True
    return False


def _authorization(
    challenges: list[str], address: str, username: str, password: str
) -> str:
    """Answer the best supported challenge; raises `DoorbellError`."""
    basic = False
    for challenge in challenges:
        scheme, _, rest = challenge.partition(" ")
        if scheme.lower() == "digest":
            found = {
                name.lower(): quoted or plain
                for name, quoted, plain in _PAIR.findall(rest)
            }
            if answer := _digest(found, address, username, password):
                return answer
        basic = basic or scheme.lower() == "basic"
    if not basic:
        raise DoorbellError("invalid_auth")
    login = base64.b64encode(f"{username}:{password}".encode()).decode()
    return f"Basic {login}"


def _digest(
    challenge: dict[str, str], address: str, username: str, password: str
) -> str | None:
    """Return the value of the header, or None if the challenge is not supported."""
    algorithm = challenge.get("algorithm", "MD5")
    make = _HASHES.get(algorithm.lower())
    realm, nonce = challenge.get("realm", ""), challenge.get("nonce")
    if make is None or nonce is None or '"' in username:
        return None

    def digest(*texts: str) -> str:
        return make(":".join(texts).encode()).hexdigest()

    said = {"username": username, "realm": realm, "nonce": nonce, "uri": address}
    who = digest(username, realm, password)
    what = digest("DESCRIBE", address)
    plain = ""
    if "auth" in re.split(r"[\s,]+", challenge.get("qop", "")):
        once = secrets.token_hex(8)
        said["cnonce"] = once
        said["response"] = digest(who, nonce, "00000001", once, "auth", what)
        plain = ", qop=auth, nc=00000001"
    else:
        said["response"] = digest(who, nonce, what)
    if "opaque" in challenge:
        said["opaque"] = challenge["opaque"]
    if "algorithm" in challenge:
        plain += f", algorithm={algorithm}"
    quoted = ", ".join(f'{name}="{value}"' for name, value in said.items())
    return f"Digest {quoted}{plain}"
