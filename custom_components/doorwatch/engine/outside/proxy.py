"""The proxy through which public documents are fetched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import re
from typing import Final, Self

import aiohttp
from aiohttp import hdrs
from yarl import URL

from .errors import OutsideError
from .reach import literal, may_connect

# Text that contains no login, even if it is not a valid proxy address.
_HARMLESS: Final = re.compile(
    r"(\w+://)?([\w.-]+|\[[0-9a-f:.]+\])(:\d*)?/?", re.IGNORECASE
)
_SCHEME: Final = re.compile(r"(https?|socks\w?\w?)://", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Proxy:
    """The address of a proxy and its login, which is secret."""

    address: URL
    # The header with the login; empty if the proxy requires none.
    login: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `http://host:port` or https, with an optional `user:password@`.

        Raises `OutsideError` with `invalid_address` or `address_refused`.
        """
        try:
            url = URL(text)
            host, user, password = url.host, url.user, url.password
            login: dict[str, str] = {}
            if user is not None or password is not None:
                encoded = aiohttp.encode_basic_auth(user or "", password or "", "utf-8")
                login = {hdrs.PROXY_AUTHORIZATION: encoded}
        except ValueError, TypeError:
            # Not chained, because the typed text can contain a password.
            raise OutsideError("invalid_address") from None
        if (
            url.scheme not in ("http", "https")
            or not host
            or url.explicit_port is None
            or url.raw_path not in ("", "/")
            or url.raw_query_string
            or url.raw_fragment
        ):
            raise OutsideError("invalid_address")
        if literal(host) is not None and not may_connect(host, local=True):
            raise OutsideError("address_refused")
        address = URL.build(scheme=url.scheme, host=host, port=url.explicit_port)
        return cls(address=address, login=login)

    @property
    def shown(self) -> str:
        """The address without the login, to show to people."""
        port = self.address.explicit_port or self.address.port
        return f"{self.address.scheme}://{self.address.host_subcomponent}:{port}"


def without_login(typed: str) -> str:
    """Return what a person typed without anything that could be a login."""
    typed = typed.strip()
    try:
        return Proxy.parse(typed).shown
    except OutsideError:
        before, at, rest = typed.rpartition("@")
        if at and (scheme := _SCHEME.match(before)):
            rest = scheme[0] + rest
        return rest if _HARMLESS.fullmatch(rest) else ""
