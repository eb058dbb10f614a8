"""How a camera wants to be logged in to, which FFmpeg doesn't say when it fails."""

from contextlib import suppress
import re
import socket
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from .address import DEFAULT_PORTS

_MOST: Final = 65_536  # bytes of an answer's headers
_DIGEST: Final = re.compile(
    rb"^www-authenticate:[ \t]*digest[ \t](.*)$", re.IGNORECASE | re.MULTILINE
)
_ALGORITHM: Final = re.compile(rb'algorithm[ \t]*=[ \t]*"?([\w-]+)', re.IGNORECASE)
# What FFmpeg 9 can compute; it takes the last digest that is offered.
_SUPPORTED: Final = frozenset({b"md5", b"md5-sess"})


def wants_unsupported_login(address: str, timeout: float) -> bool:
    """Whether a camera asks for a digest that FFmpeg can't compute, such as SHA-256.

    Blocks. False for an address without a login, and when the camera doesn't say.
    """
    parts = urlsplit(address)
    if parts.scheme != "rtsp" or not parts.hostname or not parts.username:
        return False
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    question = f"DESCRIBE {bare} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: Doorwatch\r\n\r\n"
    head = b""
    with suppress(OSError, UnicodeError):
        where = (parts.hostname, parts.port or DEFAULT_PORTS["rtsp"])
        with socket.create_connection(where, timeout) as camera:
            camera.sendall(question.encode())
            while b"\r\n\r\n" not in head and len(head) < _MOST:
                if not (more := camera.recv(4096)):
                    break
                head += more
    if not (digests := _DIGEST.findall(head)):
        return False
    algorithm = _ALGORITHM.search(digests[-1])
    return algorithm is not None and algorithm[1].lower() not in _SUPPORTED
