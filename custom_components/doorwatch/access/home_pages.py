"""Which pages are this home's own: where its people open Home Assistant.

Every login names its client, the page or app that somebody logged in to, by an address.
The name is claimed, never proven: whoever knows a password can claim any. But a site
that sends people to Home Assistant's login page gets a login for its own address only,
and that is how it is told from the dashboard.
"""

from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

from aiohttp.web import Request
from homeassistant.auth.models import RefreshToken
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.network import NoURLAvailableError, get_url

from ..core_interfaces import current_connection, current_request
from ..engine.sharing.addresses import Address, parse_address, parse_host
from ..engine.sharing.errors import SharingError
from ..household.household import household

# Exactly these: what else lies on that site is not the apps.
COMPANION_APPS: Final = frozenset(
    {"https://home-assistant.io/iOS", "https://home-assistant.io/android"}
)

# Each holds the numbers of all IPv4, of whoever has them, though none of these is global.
_TUNNELS: Final = tuple(
    IPv6Network(each) for each in ("2001::/32", "2002::/16", "64:ff9b:1::/48")
)


def client_name(client_id: str | None) -> str:
    """Return what to call a client: its origin, or what it calls itself."""
    if (page := _address(client_id)) is not None:
        return page.origin
    return ascii(client_id)[:100]


@callback
def is_own_client(
    hass: HomeAssistant, connection: ActiveConnection, token: RefreshToken
) -> bool:
    """Whether the login of this connection was made at a page of this home, or an app."""
    if token.client_id in COMPANION_APPS:
        return True
    if (page := _address(token.client_id)) is None:
        return False
    return page.origin in home_origins(hass) or _is_at_its_host(hass, connection, page)


@callback
def home_origins(hass: HomeAssistant) -> set[str]:
    """Return the addresses that Home Assistant has for itself, and those listed here."""
    addresses = {hass.config.internal_url, hass.config.external_url}
    addresses |= household(hass).client_addresses
    with suppress(NoURLAvailableError):
        addresses.add(get_url(hass, require_cloud=True))
    return {found.origin for each in addresses if (found := _address(each)) is not None}


def _is_at_its_host(
    hass: HomeAssistant, connection: ActiveConnection, page: Address
) -> bool:
    """Whether the connection asked for the very host that its client names.

    A program writes any host into a request, and whoever owns a name can lead it here;
    so only hosts count that nobody outside can own.
    """
    request = current_request.get()
    if request is None or current_connection.get() is not connection:
        return False
    try:
        host, port = parse_host(request.host)
    except SharingError:
        return False
    if host != page.host or not _is_hosts_own(host, request):
        return False
    if port is not None:
        return port == page.effective_port
    # Browsers leave out 80 and 443. If Home Assistant listens on neither, something
    # stands before it, and not every proxy passes on the port that it is asked on.
    server = hass.config.api
    return page.effective_port in (80, 443) or (
        server is not None and server.port not in (80, 443)
    )


def _is_hosts_own(host: str, request: Request) -> bool:
    """Whether nobody on the internet can have this host: a name or number of a home."""
    if (number := _number(host)) is None:
        return "." not in host or host.endswith(".local")
    if number == _own_number(request):
        return True
    return not (number.is_global or any(number in tunnel for tunnel in _TUNNELS))


def _own_number(request: Request) -> IPv4Address | IPv6Address | None:
    """Return this machine's end of the connection, which no program can choose."""
    transport = request.transport
    own = transport.get_extra_info("sockname") if transport is not None else None
    if not isinstance(own, tuple) or (number := _number(str(own[0]))) is None:
        return None
    if isinstance(number, IPv6Address) and number.ipv4_mapped is not None:
        return number.ipv4_mapped
    return number


def _address(text: str | None) -> Address | None:
    """Take an address apart; None for what no browser would open."""
    try:
        return parse_address(text or "")
    except SharingError:
        return None


def _number(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
