"""Parse and normalize web addresses."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
import re
from typing import override
from urllib.parse import SplitResult, urlsplit

import idna

from .errors import SharingError

_DEFAULT_PORTS = {"https": 443, "http": 80}
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
# `urlsplit` silently drops some of these characters, browsers read a backslash as a
# slash, and lone surrogates cannot be encoded.
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\\\u2028\u2029\ud800-\udfff]")
_LONGEST = 2048  # a common limit of servers; also limits the conversion to punycode


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """A parsed web address; `host` is punycode or an IP address."""

    scheme: str
    host: str
    port: int | None  # None: the default of the scheme
    path: str
    query: str

    @property
    def origin(self) -> str:
        """Return scheme, host and port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + (f":{self.port}" if self.port else "")

    @property
    def netloc(self) -> str:
        """Return host, and port if it is not the default."""
        return self.origin.partition("://")[2]

    @property
    def effective_port(self) -> int:
        """Return the port to connect to, also if it is the default."""
        return self.port or _DEFAULT_PORTS[self.scheme]

    @property
    def loopback(self) -> bool:
        """Return whether the host is this machine."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost" or self.host.endswith(".localhost")

    @override
    def __str__(self) -> str:
        """Format the address."""
        query = f"?{self.query}" if self.query else ""
        return f"{self.origin}{self.path or '/'}{query}"


def parse_address(text: str) -> Address:
    """Parse an http or https address; raises `SharingError("invalid_address")`.

    Rejects more than 2048 characters, credentials, white space, control characters, and
    numbers that only resemble a host (127.1, 0x7f.1). Names become punycode, which
    exposes names that mix scripts to look like another.
    """
    if len(text) > _LONGEST or _FORBIDDEN.search(text):
        raise SharingError("invalid_address")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as err:
        raise SharingError("invalid_address") from err
    if not parts.hostname or "@" in parts.netloc:
        raise SharingError("invalid_address")
    if port == 0 or parts.netloc.endswith(":"):
        raise SharingError("invalid_address")
    if parts.scheme not in _DEFAULT_PORTS:
        raise SharingError("invalid_address")
    return Address(
        scheme=parts.scheme,
        host=_host(parts),
        port=None if port == _DEFAULT_PORTS[parts.scheme] else port,
        path=parts.path,
        query=parts.query,
    )


def origin_of(url: str) -> str:
    """Return scheme://host[:port] in lower case and punycode, without default port."""
    return parse_address(url).origin


def _host(parts: SplitResult) -> str:
    name = parts.hostname or ""
    bracketed = "[" in parts.netloc
    try:
        address: IPv4Address | IPv6Address = ip_address(name)
    except ValueError:
        pass
    else:
        if bracketed != (address.version == 6) or "%" in name:
            raise SharingError("invalid_address")
        return str(address)
    if bracketed:
        raise SharingError("invalid_address")
    name = name.removesuffix(".")
    if not name.isascii():
        try:
            name = idna.encode(name, uts46=True).decode().lower()
        except (idna.IDNAError, UnicodeError) as err:
            raise SharingError("invalid_address") from err
    labels = name.split(".")
    if (
        len(name) > 253
        or _NUMBER.fullmatch(labels[-1])
        or not all(_LABEL.fullmatch(label) for label in labels)
    ):
        raise SharingError("invalid_address")
    return name
