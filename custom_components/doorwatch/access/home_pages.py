"""Which pages are this home's own: where its people open Home Assistant.

Every login names its client, the page or app that somebody logged in to, by an address.
The name is claimed, never proven: whoever knows a password can claim any. But a site
that sends people to Home Assistant's login page gets a login for its own address only,
and so does a program that logs in by an address of this machine.
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
from .parts import access_parts

# Exactly these: what else lies on that site is not the apps.
COMPANION_APPS: Final = frozenset(
    {"https://home-assistant.io/iOS", "https://home-assistant.io/android"}
)

# What a proxy adds; `x-forwarded-` begins several.
_FORWARDED: Final = frozenset({"forwarded", "via", "x-real-ip", "cf-connecting-ip"})


def client_name(client_id: str | None) -> str:
    """Return what to call a client: its origin, or what it calls itself."""
    if (page := client_page(client_id)) is not None:
        return page.origin
    return ascii(client_id)[:100]


def client_page(client_id: str | None) -> Address | None:
    """Take the address of a client apart; None for what no browser would open."""
    try:
        return parse_address(client_id or "")
    except SharingError:
        return None


@callback
def is_own_client(
    hass: HomeAssistant, connection: ActiveConnection, token: RefreshToken
) -> bool:
    """Whether the login of this connection was made at a page of this home, or an app."""
    request = current_request.get()
    if current_connection.get() is not connection:
        request = None
    return is_own_page(hass, request, token.client_id)


@callback
def is_own_page(
    hass: HomeAssistant, request: Request | None, client_id: str | None
) -> bool:
    """Whether a client is an app, or a page of this home by what `request` came through."""
    if client_id in COMPANION_APPS:
        return True
    if (page := client_page(client_id)) is None:
        return False
    return access_parts(hass).home_addresses.counts(page.origin) or (
        request is not None and _is_this_socket(hass, request, page)
    )


@callback
def is_name_of_this_machine(hass: HomeAssistant, host: str) -> bool:
    """Whether a host is a name that this machine has in its own network."""
    names = {socket.gethostname(), supervisor_host_name(hass) or ""}
    short = {name.partition(".")[0].lower() for name in names} - {"", "localhost"}
    return host.removesuffix(".local") in short


@callback
def _is_this_socket(hass: HomeAssistant, request: Request, page: Address) -> bool:
    """Whether an address is this end of a direct connection, as the server sees it.

    A program writes what it likes into a request, so nothing of that counts.
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
    """Return this machine's end of the connection: number and port."""
    transport = request.transport
    own = transport.get_extra_info("sockname") if transport is not None else None
    if not isinstance(own, tuple) or (number := as_number(str(own[0]))) is None:
        return None
    return number, int(own[1])


def as_number(host: str) -> IPv4Address | IPv6Address | None:
    """Return the number that a host is; that of IPv4 where IPv6 only wraps it."""
    try:
        number = ip_address(host)
    except ValueError:
        return None
    if isinstance(number, IPv6Address) and number.ipv4_mapped is not None:
        return number.ipv4_mapped
    return number
