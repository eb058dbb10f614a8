"""The proxy that stands between this home and what is published for everybody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
import re
from typing import Final, Self

import aiohttp
from aiohttp import hdrs
from yarl import URL

from .errors import OutsideError
from .reach import literal, may_connect

# What holds no login, although it is no proxy as it must be.
_HARMLESS: Final = re.compile(
    r"(\w+://)?([\w.-]+|\[[0-9a-f:.]+\])(:\d*)?/?", re.IGNORECASE
)
_SCHEME: Final = re.compile(r"(https?|socks\w?\w?)://", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Proxy:
    """Where it is, and the login that it asks for, which is a secret."""

    address: URL
    # As a header says it; empty when it asks for none.
    login: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `http://host:port`, or https, with `user:password@` if there is a login.

        Raises `OutsideError`, `invalid_address` or `address_refused`.
        """
        try:
            url = URL(text)
            host, user, password = url.host, url.user, url.password
            login: dict[str, str] = {}
            if user is not None or password is not None:
                encoded = aiohttp.encode_basic_auth(user or "", password or "", "utf-8")
                login = {hdrs.PROXY_AUTHORIZATION: encoded}
        except ValueError, TypeError:
            # Not chained: what was typed holds a secret.
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
        """The address as people may see it: without the login."""
        port = self.address.explicit_port or self.address.port
        return f"{self.address.scheme}://{self.address.host_subcomponent}:{port}"


def without_login(typed: str) -> str:
    """Return what may be shown of what somebody typed: nothing that could be a login."""
    typed = typed.strip()
    try:
        return Proxy.parse(typed).shown
    except OutsideError:
        before, at, rest = typed.rpartition("@")
        if at and (scheme := _SCHEME.match(before)):
            rest = scheme[0] + rest
        return rest if _HARMLESS.fullmatch(rest) else ""
