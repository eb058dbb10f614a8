"""Decide which IP addresses may be connected to."""

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

# Networks whose addresses contain an IPv4 address and lead to it: IPv4-mapped,
# IPv4-compatible, NAT64 (both prefixes), 6to4 and its relays, Teredo. The ipaddress
# module calls some of them global.
_REFUSED: Final = (
    ip_network("::/96"),
    ip_network("::ffff:0:0/96"),
    ip_network("::ffff:0:0:0/96"),
    ip_network("64:ff9b::/96"),
    ip_network("64:ff9b:1::/48"),
    ip_network("2002::/16"),
    ip_network("2001::/32"),
    ip_network("192.88.99.0/24"),
    # Protocol assignments. Some lead to the home's own router (port control, TURN), and
    # the ipaddress module calls exactly those global.
    ip_network("192.0.0.0/24"),
    ip_network("2001::/23"),
)

# The networks that "on my network" adds. Link-local is left out: no agency needs it,
# and the metadata services of clouds use it.
_AT_HOME: Final = (
    ip_network("127.0.0.0/8"),
    ip_network("::1/128"),  # without ::ffff:127.0.0.0/104, which `is_loopback` includes
    ip_network("10.0.0.0/8"),
    ip_network("172.16.0.0/12"),
    ip_network("192.168.0.0/16"),
    ip_network("fc00::/7"),
)


def may_connect(address: str, *, local: bool = False) -> bool:
    """Return whether an address is permitted; `local` permits private networks."""
    ip = literal(address)
    if ip is None or (isinstance(ip, IPv6Address) and ip.scope_id is not None):
        return False
    if local and _within(ip, _AT_HOME):
        return True
    return (
        ip.is_global
        and not ip.is_multicast
        and not ip.is_reserved
        and not (isinstance(ip, IPv6Address) and ip.is_site_local)
        and not _within(ip, _REFUSED)
    )


def is_at_home(address: str) -> bool:
    """Return whether an address is in a private network or on loopback."""
    ip = literal(address)
    return ip is not None and _within(ip, _AT_HOME) and may_connect(address, local=True)


def _within(
    ip: IPv4Address | IPv6Address, networks: tuple[IPv4Network | IPv6Network, ...]
) -> bool:
    """Return whether the address is in one of the networks."""
    return any(ip in network for network in networks)


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address if the host is an IP address in its standard notation."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_loopback_name(host: str) -> bool:
    """Return whether the host is localhost, which RFC 6761 reserves for loopback."""
    host = host.rstrip(".")
    return host == "localhost" or host.endswith(".localhost")
