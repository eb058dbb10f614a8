"""Detect logins that FFmpeg doesn't support, which its errors don't tell."""

from contextlib import suppress
import re
import socket
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from .address import DEFAULT_PORTS

_MOST: Final = 65_536  # maximum size of the response headers in bytes
_DIGEST: Final = re.compile(
    rb"^www-authenticate:[ \t]*digest[ \t](.*)$", re.IGNORECASE | re.MULTILINE
)
_ALGORITHM: Final = re.compile(rb'algorithm[ \t]*=[ \t]*"?([\w-]+)', re.IGNORECASE)
# The algorithms that FFmpeg 9 supports; it uses the last digest that is offered.
_SUPPORTED: Final = frozenset({b"md5", b"md5-sess"})


def wants_unsupported_login(address: str, timeout: float) -> bool:
    """Return whether a camera requires a digest that FFmpeg doesn't support.

    Blocks. Returns False if the address has no login or the camera no digest.
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
