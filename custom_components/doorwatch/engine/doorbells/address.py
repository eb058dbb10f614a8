"""Check stream addresses, and split and join their logins."""

import contextlib
from ipaddress import IPv6Address
import re
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from .base import DoorbellError

# By the schemes of stream addresses.
DEFAULT_PORTS: Final = {"rtsp": 554, "rtsps": 322}

# Whitespace and control characters: FFmpeg and RTSP servers parse lines.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f]")
_HOST = re.compile(r"[^\s/?#@\[\]\\%<>\"{}|^`]+|\[[0-9A-Fa-f:.]+\]")


def add_scheme(address: str) -> str:
    """Complete an address without a scheme, such as an IP address, for RTSP."""
    address = address.strip()
    if "://" in address:
        return address
    with contextlib.suppress(ValueError):
        address = f"[{IPv6Address(address)}]"
    return f"rtsp://{address}"


def is_bare(address: str) -> bool:
    """Return whether an address is only a host for RTSP; raises `DoorbellError`."""
    parts = urlsplit(split_login(address)[0])
    return parts.scheme == "rtsp" and parts.path in ("", "/") and not parts.query


def split_login(address: str) -> tuple[str, str | None, str | None]:
    """Split a pasted address into address, user name and password.

    People paste passwords that are not percent-encoded and contain `@`, `/`, `?` or
    `#`. So the login ends at the first `@` that is followed by a valid host. Raises
    `DoorbellError`.
    """
    address = address.strip()
    scheme, separator, rest = address.partition("://")
    scheme = scheme.lower()
    if not separator or scheme not in DEFAULT_PORTS or _FORBIDDEN.search(rest):
        raise DoorbellError("invalid_address")
    # Try the last "@" before the path first, which is what the URL standard requires.
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
    """Add a percent-encoded login to an address; raises `DoorbellError`."""
    bare, _, _ = split_login(address)
    if not username:
        return bare
    login = quote(username, safe="")
    if password:
        login += ":" + quote(password, safe="")
    scheme, _, rest = bare.partition("://")
    return f"{scheme}://{login}@{rest}"


def _without_login(scheme: str, rest: str) -> SplitResult | None:
    """Parse an address without its login; return None if it has no valid host."""
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
    # A go2rtc option after "#" would be sent to the camera as part of the path.
    return parts._replace(fragment="")
