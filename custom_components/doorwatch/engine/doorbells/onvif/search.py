"""Search the network for ONVIF devices with WS-Discovery; blocks.

Any host on the network can send responses with any content.
"""

from collections.abc import Iterator
import contextlib
from dataclasses import dataclass
from ipaddress import IPv4Address
import selectors
import socket
import time
from typing import Any, Final
from urllib.parse import unquote, urlsplit
import uuid

import ifaddr
from zeep.exceptions import Error
from zeep.loader import parse_xml

from .answers import mac_in
from .client import LENIENT

# Seconds to wait for responses; a device may delay its response by half a second.
SEARCH_TIME: Final = 3.0
# When the query is sent (seconds), since one may be lost on Wi-Fi. The message ID lets
# devices recognize the repetition.
_ASKED_AT: Final = (0.0, 0.1, 0.3, 0.7)
_GROUP: Final = ("239.255.255.250", 3702)
_HOPS: Final = 4
_SCOPE: Final = "onvif://www.onvif.org/"
_WSD: Final = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_WSA: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_VIDEO: Final = "NetworkVideoTransmitter"
# Maximum size of a response in bytes; usual are one or two kilobytes in a datagram.
LONGEST_ANSWER: Final = 16 * 1024
MOST_FOUND: Final = 64
_LONGEST_NAME: Final = 64
_LONGEST_ADDRESS: Final = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class DiscoveredDevice:
    """A device that responded. `endpoint` identifies it at any address."""

    endpoint: str
    host: str
    port: int
    name: str
    hardware: str | None = None
    mac: str | None = None


def search_network(seconds: float = SEARCH_TIME) -> list[DiscoveredDevice]:
    """Send queries and wait for the responses; raises `OSError`."""
    query = _query()
    found: dict[str, DiscoveredDevice] = {}
    with contextlib.ExitStack() as lines:
        heard = lines.enter_context(selectors.DefaultSelector())
        for address in own_addresses():
            # Some interfaces don't support multicast.
            with contextlib.suppress(OSError):
                heard.register(
                    lines.enter_context(_line(address)), selectors.EVENT_READ
                )
        begun = time.monotonic()
        asked = 0
        while (passed := time.monotonic() - begun) < seconds and heard.get_map():
            if asked < len(_ASKED_AT) and passed >= _ASKED_AT[asked]:
                asked += 1
                for key in heard.get_map().values():
                    with contextlib.suppress(OSError):
                        _socket_of(key).sendto(query, _GROUP)
            until = (*_ASKED_AT, seconds)[asked]
            for key, _ in heard.select(max(0.0, until - passed)):
                for one in _found_in(_receive(_socket_of(key))):
                    if one.endpoint in found or len(found) < MOST_FOUND:
                        found[one.endpoint] = one
    return list(found.values())


def own_addresses() -> list[str]:
    """Return this machine's IPv4 addresses on its networks."""
    return [
        ip
        for adapter in ifaddr.get_adapters()
        for address in adapter.ips
        if isinstance(ip := address.ip, str)
        and not (IPv4Address(ip).is_loopback or IPv4Address(ip).is_link_local)
    ]


def _line(address: str) -> socket.socket:
    """Create a socket to query one network; raises `OSError`."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        line.setblocking(False)
        line.setsockopt(
            socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address)
        )
        line.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, _HOPS)
    except OSError:
        line.close()
        raise
    return line


def _socket_of(key: selectors.SelectorKey) -> socket.socket:
    assert isinstance(key.fileobj, socket.socket)
    return key.fileobj


def _query() -> bytes:
    """Return a query for all devices with video."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><s:Envelope '
        f'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="{_WSA}" '
        f'xmlns:d="{_WSD}" xmlns:dp0="http://www.onvif.org/ver10/network/wsdl">'
        f"<s:Header><a:Action>{_WSD}/Probe</a:Action>"
        f"<a:MessageID>{uuid.uuid4().urn}</a:MessageID>"
        "<a:To>urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header>"
        f"<s:Body><d:Probe><d:Types>dp0:{_VIDEO}</d:Types></d:Probe></s:Body>"
        "</s:Envelope>"
    ).encode()


def _receive(line: socket.socket) -> bytes:
    """Receive one response; returns nothing if it is too long."""
    try:
        answer = line.recv(LONGEST_ANSWER + 1)
    except OSError:
        return b""
    return answer if len(answer) <= LONGEST_ANSWER else b""


def _found_in(answer: bytes) -> Iterator[DiscoveredDevice]:
    """Yield the devices in a response, or none if it is invalid."""
    try:
        root = parse_xml(answer, None, settings=LENIENT)  # type: ignore[arg-type] # it takes both
    except Error, AttributeError, ValueError:
        return
    for match in root.iter(f"{{{_WSD}}}ProbeMatch"):
        types = [word.rpartition(":")[2] for word in _words(match, f"{{{_WSD}}}Types")]
        endpoint = " ".join(_words(match, f"{{{_WSA}}}Address"))
        if _VIDEO in types and 0 < len(endpoint) <= _LONGEST_ADDRESS:
            yield from _device(
                endpoint,
                _words(match, f"{{{_WSD}}}XAddrs"),
                _words(match, f"{{{_WSD}}}Scopes"),
            )


def _words(match: Any, tag: str) -> list[str]:
    """Return the words of the first element with this tag at any depth."""
    found = next(match.iter(tag), None)
    return ((found is not None and found.text) or "").split()


def _device(
    endpoint: str, addresses: list[str], scopes: list[str]
) -> Iterator[DiscoveredDevice]:
    """Yield the device with its first usable address."""
    for address in addresses:
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError:
            continue
        if parts.scheme != "http" or not parts.hostname or ":" in parts.hostname:
            continue
        if len(parts.hostname) > _LONGEST_ADDRESS:
            continue
        hardware = _scope(scopes, "hardware")
        yield DiscoveredDevice(
            endpoint=endpoint,
            host=parts.hostname,
            port=port or 80,
            name=_scope(scopes, "name") or hardware or parts.hostname,
            hardware=hardware,
            mac=mac_in(_scope(scopes, "mac") or ""),
        )
        return


def _scope(scopes: list[str], what: str) -> str | None:
    """Return the printable text of a scope's last part."""
    prefix = f"{_SCOPE}{what}/"
    for scope in scopes:
        if scope.lower().startswith(prefix):
            text = unquote(scope[len(prefix) :].rsplit("/", 1)[-1])
            shown = "".join(letter for letter in text if letter.isprintable())
            return shown.strip()[:_LONGEST_NAME] or None
    return None
