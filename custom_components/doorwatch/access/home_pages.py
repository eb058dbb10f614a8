"""Recognize this home's own pages, where its people open Home Assistant.

Every login names its client, the page or app where the person logged in, by an address.
The address is claimed, not proven: anyone who knows a password can claim any address.
But a site that sends people to Home Assistant's login page gets a login for its own
address only, and so does another program at an address of this machine.
"""

from ipaddress import IPv4Address, IPv6Address, ip_address
import socket
from typing import Final

from aiohttp.web import Request
from homeassistant.auth.models import RefreshToken
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.network import is_cloud_connection

from ..core_interfaces import current_connection, current_request, supervisor_host_name
from ..engine.sharing.addresses import Address, parse_address
from ..engine.sharing.errors import SharingError
from .home_addresses import HomeAddresses

# Only these exact addresses: other pages of that site are not the apps.
COMPANION_APPS: Final = frozenset(
    {"https://home-assistant.io/iOS", "https://home-assistant.io/android"}
)

# Headers that a proxy adds, besides those that begin with `x-forwarded-`.
_FORWARDED: Final = frozenset({"forwarded", "via", "x-real-ip", "cf-connecting-ip"})


def client_name(client_id: str | None) -> str:
    """Return the origin of a client, or its shortened ID if that is not an address."""
    if (page := client_page(client_id)) is not None:
        return page.origin
    return ascii(client_id)[:100]


def client_page(client_id: str | None) -> Address | None:
    """Parse the address of a client; return None if no browser would open it."""
    try:
        return parse_address(client_id or "")
    except SharingError:
        return None


@callback
def is_own_client(
    hass: HomeAssistant,
    addresses: HomeAddresses,
    connection: ActiveConnection,
    token: RefreshToken,
) -> bool:
    """Return whether this connection's login was made at a page of this home or an app."""
    request = current_request.get()
    if current_connection.get() is not connection:
        request = None
    return is_own_page(hass, addresses, request, token.client_id)


@callback
def is_own_page(
    hass: HomeAssistant,
    addresses: HomeAddresses,
    request: Request | None,
    client_id: str | None,
) -> bool:
    """Return whether a client is an app, or a page of this home.

    A page belongs to this home if its address counts, or if `request` came directly to
    it.
    """
    if client_id in COMPANION_APPS:
        return True
    if (page := client_page(client_id)) is None:
        return False
    return addresses.counts(page.origin) or (
        request is not None and _is_this_socket(hass, request, page)
    )


@callback
def is_name_of_this_machine(hass: HomeAssistant, host: str) -> bool:
    """Return whether this machine has this name in its own network."""
    names = {socket.gethostname(), supervisor_host_name(hass) or ""}
    short = {name.partition(".")[0].lower() for name in names} - {"", "localhost"}
    return host.removesuffix(".local") in short


@callback
def _is_this_socket(hass: HomeAssistant, request: Request, page: Address) -> bool:
    """Return whether an address is this machine's end of a direct connection.

    Only the socket counts: a client can put anything into a request.
    """
    if is_cloud_connection(hass) or any(
        name.lower() in _FORWARDED or name.lower().startswith("x-forwarded-")
        for name in request.headers
    ):
        return False
    if (own := own_end(request)) is None or page.effective_port != own[1]:
        return False
    if (number := as_number(page.host)) is not None:
        return number == own[0]
    if page.host == "localhost":
        return own[0].is_loopback
    return is_name_of_this_machine(hass, page.host)


def own_end(request: Request) -> tuple[IPv4Address | IPv6Address, int] | None:
    """Return the IP address and port of this machine's end of the connection."""
    transport = request.transport
    own = transport.get_extra_info("sockname") if transport is not None else None
    if not isinstance(own, tuple) or (number := as_number(str(own[0]))) is None:
        return None
    return number, int(own[1])


def as_number(host: str) -> IPv4Address | IPv6Address | None:
    """Parse an IP address, and unwrap an IPv4-mapped IPv6 address."""
    try:
        number = ip_address(host)
    except ValueError:
        return None
    if isinstance(number, IPv6Address) and number.ipv4_mapped is not None:
        return number.ipv4_mapped
    return number
