"""Addresses of streams: what we open, and how a login gets in and out of them."""

import re
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from .base import DoorbellError

SCHEMES: Final = frozenset({"rtsp", "rtsps"})
DEFAULT_PORTS: Final = {"rtsp": 554, "rtsps": 322}

# What an address may never hold: FFmpeg and RTSP servers read lines.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f]")
_HOST = re.compile(r"[^\s/?#@\[\]\\%<>\"{}|^`]+|\[[0-9A-Fa-f:.]+\]")


def check_address(address: str) -> str:
    """Return the address, tidied, without a login. Raises `DoorbellError`."""
    return split_login(address)[0]


def split_login(address: str) -> tuple[str, str | None, str | None]:
    """Take a pasted address apart: address without login, user name, password.

    People paste passwords that were never percent-encoded, with `@`, `/`, `?` or `#`
    in them: the login ends at the first `@` behind which a valid host follows.
    Raises `DoorbellError`.
    """
    address = address.strip()
    scheme, separator, rest = address.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in SCHEMES or _FORBIDDEN.search(rest):
        raise DoorbellError("invalid_address")
    # The last "@" before the path comes first: it is what the standard says.
    authority_end = len(re.split(r"[/?#]", rest, maxsplit=1)[0])
    ends = [i for i, letter in enumerate(rest) if letter == "@"]
    inside = [i for i in ends if i < authority_end]
    for end in [*reversed(inside), -1, *(i for i in ends if i > authority_end)]:
        if (parts := _without_login(scheme, rest[end + 1 :])) is None:
            continue
        if end < 0:
            return urlunsplit(parts), None, None
        username, colon, password = rest[:end].partition(":")
        return (
            urlunsplit(parts),
            unquote(username),
            unquote(password) if colon else None,
        )
    raise DoorbellError("invalid_address")


def join_login(address: str, username: str | None, password: str | None) -> str:
    """Put a login into an address, percent-encoded. Raises `DoorbellError`."""
    bare = check_address(address)
    if not username:
        return bare
    login = quote(username, safe="")
    if password:
        login += ":" + quote(password, safe="")
    scheme, _, rest = bare.partition("://")
    return f"{scheme}://{login}@{rest}"


def redact(address: str) -> str:
    """Return what may be shown: scheme, host and port.

    The path goes too, as some makers put the password there.
    """
    try:
        parts = urlsplit(check_address(address))
    except DoorbellError:
        return "…"
    return f"{parts.scheme}://{parts.netloc}/…"


def _without_login(scheme: str, rest: str) -> SplitResult | None:
    """Parse what follows the login; None when it has no valid host."""
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        port = parts.port
    except ValueError:
        return None
    if "@" in parts.netloc:
        return None
    host, colon, _ = parts.netloc.rpartition(":")
    if not colon or parts.netloc.endswith("]"):
        host = parts.netloc
    if not _HOST.fullmatch(host) or (":" in host and not host.startswith("[")):
        return None
    if port == 0:
        return None
    # An option of go2rtc behind "#" would be sent to the camera as part of the path.
    return parts._replace(fragment="")
