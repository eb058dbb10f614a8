"""Find ONVIF devices on the network, by WS-Discovery. Blocking."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from wsdiscovery.discovery import ThreadedWSDiscovery
from wsdiscovery.qname import QName
from wsdiscovery.service import Service

from .onvif_answers import mac_in

# Seconds that devices have to answer; they may wait half a second by the rules.
SEARCH_TIME: Final = 3.0
_SCOPE: Final = "onvif://www.onvif.org/"
_VIDEO: Final = QName(
    "http://www.onvif.org/ver10/network/wsdl", "NetworkVideoTransmitter", "dp0"
)
# Whoever answers can write what they like.
_LONGEST_NAME: Final = 64


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A device that answered. `endpoint` is what it calls itself, wherever it is."""

    endpoint: str
    host: str
    port: int
    name: str
    hardware: str | None = None
    mac: str | None = None


def search_network(seconds: float = SEARCH_TIME) -> list[Found]:
    """Ask who is there, and wait for the answers. Raises `OSError`."""
    discovery = ThreadedWSDiscovery(ttl=4, relates_to=True)
    try:
        discovery.start()
        services = discovery.searchServices(types=[_VIDEO], timeout=seconds)
    finally:
        discovery.stop()
    found = {one.endpoint: one for service in services for one in _found_in(service)}
    return list(found.values())


def _found_in(service: Service) -> Iterator[Found]:
    """Read what a device says of itself; nothing when that makes no sense."""
    for address in service.getXAddrs():
        try:
            parts = urlsplit(address)
            port = parts.port
        except ValueError:
            continue
        if parts.scheme != "http" or not parts.hostname or ":" in parts.hostname:
            continue
        scopes = [scope.getValue() for scope in service.getScopes()]
        hardware = _scope(scopes, "hardware")
        yield Found(
            endpoint=service.getEPR(),
            host=parts.hostname,
            port=port or 80,
            name=_scope(scopes, "name") or hardware or parts.hostname,
            hardware=hardware,
            mac=mac_in(_scope(scopes, "mac") or ""),
        )
        return


def _scope(scopes: list[str], what: str) -> str | None:
    """Return the last part of a scope, as it is read."""
    prefix = f"{_SCOPE}{what}/"
    for scope in scopes:
        if scope.lower().startswith(prefix):
            text = unquote(scope[len(prefix) :].rsplit("/", 1)[-1])
            shown = "".join(letter for letter in text if letter.isprintable())
            return shown.strip()[:_LONGEST_NAME] or None
    return None
