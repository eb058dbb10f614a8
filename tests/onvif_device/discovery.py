"""Answer WS-Discovery probes on loopback as a device on the network does."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
import contextlib
import socket
from typing import Final, override
from unittest.mock import patch
import uuid

from lxml import etree

from custom_components.doorwatch.engine.doorbells.onvif import search

GROUP: Final = "239.255.255.250"
PORT: Final = 3702
_WSD: Final = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
_WSA: Final = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
_SOAP: Final = "http://www.w3.org/2003/05/soap-envelope"


class Responder(asyncio.DatagramProtocol):
    """Answer probes; `xaddrs` and `scopes` are parts of the answer.

    `changes` edits the answer, `times` is how often it is sent.
    """

    def __init__(self, xaddrs: str, scopes: tuple[str, ...]) -> None:
        self.endpoint = f"urn:uuid:{uuid.uuid4()}"
        self.xaddrs = xaddrs
        self.scopes = scopes
        self.probes = 0
        self.times = 1
        self.changes: Callable[[str], str] = str
        self._transport: asyncio.DatagramTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False))
        if not root.xpath(".//d:Probe", namespaces={"d": _WSD}):
            return
        self.probes += 1
        (asked,) = root.xpath(".//a:MessageID/text()", namespaces={"a": _WSA})
        assert self._transport is not None
        for _ in range(self.times):
            answer = self.changes(self._answer(str(asked)))
            self._transport.sendto(answer.encode(), addr)

    def _answer(self, asked: str) -> str:
        return (
            f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{_SOAP}" '
            f'xmlns:a="{_WSA}" xmlns:d="{_WSD}" '
            'xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header>'
            f"<a:MessageID>urn:uuid:{uuid.uuid4()}</a:MessageID>"
            f"<a:RelatesTo>{asked}</a:RelatesTo>"
            f"<a:To>{_WSA}/role/anonymous</a:To>"
            f"<a:Action>{_WSD}/ProbeMatches</a:Action></s:Header><s:Body>"
            "<d:ProbeMatches><d:ProbeMatch><a:EndpointReference>"
            f"<a:Address>{self.endpoint}</a:Address></a:EndpointReference>"
            "<d:Types>dn:NetworkVideoTransmitter</d:Types>"
            f"<d:Scopes>{' '.join(self.scopes)}</d:Scopes>"
            f"<d:XAddrs>{self.xaddrs}</d:XAddrs>"
            "<d:MetadataVersion>1</d:MetadataVersion>"
            "</d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
        )


@contextlib.asynccontextmanager
async def responding(xaddrs: str, *scopes: str) -> AsyncIterator[Responder]:
    """Answer on the loopback interface only."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((GROUP, PORT))
    listener.setsockopt(
        socket.IPPROTO_IP,
        socket.IP_ADD_MEMBERSHIP,
        socket.inet_aton(GROUP) + socket.inet_aton("127.0.0.1"),
    )
    listener.setblocking(False)
    transport, responder = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Responder(xaddrs, scopes), sock=listener
    )
    try:
        yield responder
    finally:
        transport.close()


@contextlib.contextmanager
def on_loopback_only() -> Iterator[None]:
    """Send probes to the loopback interface only."""
    with patch(f"{search.__name__}.own_addresses", lambda: ["127.0.0.1"]):
        yield
