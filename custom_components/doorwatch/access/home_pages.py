"""Which pages are this home's own: where its people open Home Assistant.

Every login names its client, the page or app that somebody logged in to, by an address.
The name is claimed, never proven: whoever knows a password can claim any. But a site
that sends people to Home Assistant's login page gets a login for its own address only,
and that is how it is told from the dashboard.
"""

from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
import re
from typing import Final, override

from aiohttp.web import Request
from homeassistant.auth.models import RefreshToken
from homeassistant.components.websocket_api.connection import (
    ActiveConnection,
    current_connection,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.http import current_request
from homeassistant.helpers.network import NoURLAvailableError, get_url
from yarl import URL

from ..household.household import household

# Exactly these: what else lies on that site is not the apps.
COMPANION_APPS: Final = frozenset(
    {"https://home-assistant.io/iOS", "https://home-assistant.io/android"}
)

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# No login, and nothing that one reader takes for a part of the name and another does not.
_ADDRESS: Final = re.compile(r"(https?)://([^/?#@\\%\s]+)(?:[/?#]\S*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host (as browsers write it, without a dot at its end) and port."""

    scheme: str
    host: str
    port: int

    @override
    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        if self.port == _DEFAULT_PORTS[self.scheme]:
            return f"{self.scheme}://{host}"
        return f"{self.scheme}://{host}:{self.port}"


def origin_of(address: str) -> Origin | None:
    """Return the origin of an address; None for what no browser would open."""
    if (found := _ADDRESS.fullmatch(address.strip())) is None:
        return None
    scheme = found[1].lower()
    if (named := _host_and_port(found[2])) is None:
        return None
    host, port = named
    return Origin(scheme, host, port or _DEFAULT_PORTS[scheme])


def client_name(client_id: str | None) -> str:
    """Return what to call a client: its origin, or what it calls itself."""
    if (origin := origin_of(client_id or "")) is not None:
        return str(origin)
    return ascii(client_id)[:100]


@callback
def is_own_client(
    hass: HomeAssistant, connection: ActiveConnection, token: RefreshToken
) -> bool:
    """Whether the login of this connection was made at a page of this home, or an app."""
    client_id = token.client_id or ""
    if client_id in COMPANION_APPS:
        return True
    if (origin := origin_of(client_id)) is None:
        return False
    return origin in home_origins(hass) or _is_at_its_host(hass, connection, origin)


@callback
def home_origins(hass: HomeAssistant) -> set[Origin]:
    """Return the addresses that Home Assistant has for itself, and those listed here."""
    addresses = {hass.config.internal_url, hass.config.external_url}
    addresses |= household(hass).client_addresses
    with suppress(NoURLAvailableError):
        addresses.add(get_url(hass, require_cloud=True))
    return {
        origin
        for address in addresses
        if address and (origin := origin_of(address)) is not None
    }


def _is_at_its_host(
    hass: HomeAssistant, connection: ActiveConnection, origin: Origin
) -> bool:
    """Whether the connection asked for the very host that its client names.

    A program writes any host into a request, and whoever owns a name can lead it here;
    so only hosts count that nobody outside can own.
    """
    request = current_request.get()
    if request is None or current_connection.get() is not connection:
        return False
    if (asked := _host_and_port(request.host)) is None:
        return False
    host, port = asked
    if host != origin.host or not _is_hosts_own(host, request):
        return False
    if port is not None:
        return port == origin.port
    # Browsers leave out 80 and 443. If Home Assistant listens on neither, something
    # stands before it, and not every proxy passes on the port that it is asked on.
    server = hass.config.api
    return origin.port in _DEFAULT_PORTS.values() or (
        server is not None and server.port not in _DEFAULT_PORTS.values()
    )


def _is_hosts_own(host: str, request: Request) -> bool:
    """Whether nobody on the internet can have this host: a name or number of a home."""
    if (number := _number(host)) is None:
        return "." not in host or host.endswith(".local")
    return not number.is_global or number == _own_number(request)


def _own_number(request: Request) -> IPv4Address | IPv6Address | None:
    """Return this machine's end of the connection, which no program can choose."""
    transport = request.transport
    own = transport.get_extra_info("sockname") if transport is not None else None
    if not isinstance(own, tuple) or (number := _number(str(own[0]))) is None:
        return None
    if isinstance(number, IPv6Address) and number.ipv4_mapped is not None:
        return number.ipv4_mapped
    return number


def _host_and_port(authority: str) -> tuple[str, int | None] | None:
    """Split a host and the port that is written, if one is; None for nonsense."""
    try:
        url = URL(f"//{authority}")
        host, port = url.raw_host, url.explicit_port
    except ValueError:
        return None
    if (
        not host
        or url.raw_user is not None
        or port == 0
        or url.raw_path not in ("", "/")
    ):
        return None
    if (number := _number(host)) is not None:
        return str(number), port
    host = host.lower().removesuffix(".")
    labels = host.split(".")
    # Browsers read a name that ends in a number as an IPv4 address, whatever it says.
    if "" in labels or re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]):
        return None
    return host, port


def _number(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
