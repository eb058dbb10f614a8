"""Which addresses lead where: out, into a home, or nowhere that anybody should go."""

from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final

# Addresses that carry an IPv4 address inside and lead there, past a look at the outer
# one: mapped, compatible, translated (NAT64, both prefixes), 6to4 and its relays, Teredo.
# The ipaddress module calls some of them global.
_TUNNELS: Final = (
    ip_network("::/96"),
    ip_network("::ffff:0:0/96"),
    ip_network("::ffff:0:0:0/96"),
    ip_network("64:ff9b::/96"),
    ip_network("64:ff9b:1::/48"),
    ip_network("2002::/16"),
    ip_network("2001::/32"),
    ip_network("192.88.99.0/24"),
)

# Kept for protocols. Some of them lead to the home's own router (port control, TURN), and
# the ipaddress module calls just these global.
_PROTOCOLS: Final = (ip_network("192.0.0.0/24"), ip_network("2001::/23"))

# What "on my network" adds. Link-local stays out: it holds the metadata services of
# clouds and is of no use to an agency.
_AT_HOME: Final = (
    ip_network("127.0.0.0/8"),
    ip_network("::1/128"),  # without the mapped ones, which `is_loopback` calls so too
    ip_network("10.0.0.0/8"),
    ip_network("172.16.0.0/12"),
    ip_network("192.168.0.0/16"),
    ip_network("fc00::/7"),
)


def may_connect(address: str, *, local: bool = False) -> bool:
    """Whether this address may be connected to; `local` adds the ones of a home."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and ip.scope_id is not None:
        return False
    if local and _within(ip, _AT_HOME):
        return True
    return (
        ip.is_global
        and not ip.is_multicast
        and not ip.is_reserved
        and not (isinstance(ip, IPv6Address) and ip.is_site_local)
        and not _within(ip, (*_TUNNELS, *_PROTOCOLS))
    )


def is_at_home(address: str) -> bool:
    """Whether this is an address of a home, and none of the internet."""
    ip = literal(address)
    return ip is not None and _within(ip, _AT_HOME) and may_connect(address, local=True)


def _within(
    ip: IPv4Address | IPv6Address, networks: tuple[IPv4Network | IPv6Network, ...]
) -> bool:
    """Whether the address lies in one of the networks (of either version)."""
    return any(ip in network for network in networks)


def literal(host: str) -> IPv4Address | IPv6Address | None:
    """Return the address when the host is one, written in the one ordinary way."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_loopback_name(host: str) -> bool:
    """Whether the host is localhost (RFC 6761: such names never lead elsewhere)."""
    host = host.rstrip(".")
    return host == "localhost" or host.endswith(".localhost")
