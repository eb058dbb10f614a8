"""Serve downloads over plain HTTP, TLS and Nabu Casa."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
import ssl

from cryptography.fernet import Fernet
import pytest
from snitun.client.client_peer import ClientPeer
from snitun.client.connector import TransportConnector
from snitun.server.run import SniTunServerSingle
from snitun.utils import PROTOCOL_VERSION
from snitun.utils.aes import generate_aes_keyset
from snitun.utils.server import generate_client_token

from tests.outside_servers import HOST, make_tls
from tests.ports import own_port
from tests.sharing_fixtures import Home


async def _protocols(home: Home) -> Callable[[], asyncio.Protocol]:
    """Return a function that creates the HTTP protocol of this home's server."""
    runner = (await home.client()).server.runner
    assert runner is not None
    assert runner.server is not None
    return runner.server


@asynccontextmanager
async def plain(home: Home) -> AsyncIterator[int]:
    """Serve without TLS."""
    server = (await home.client()).server
    assert server.port is not None
    yield server.port


@asynccontextmanager
async def with_tls(home: Home) -> AsyncIterator[int]:
    """Serve with a certificate."""
    server = await asyncio.get_running_loop().create_server(
        await _protocols(home), "127.0.0.1", 0, ssl=make_tls().server
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


@asynccontextmanager
async def nabu_casa(home: Home) -> AsyncIterator[int]:
    """Serve through the tunnel of Home Assistant Cloud, without a local socket."""
    key = Fernet.generate_key().decode()
    aes = generate_aes_keyset()
    port = own_port()
    tunnel = SniTunServerSingle([key], host="127.0.0.1", port=port)
    await tunnel.start()
    peer = ClientPeer("127.0.0.1", port)
    await peer.start(
        TransportConnector(await _protocols(home), make_tls().server),
        generate_client_token([key], timedelta(days=1), HOST, *aes),
        *aes,
        protocol_version=PROTOCOL_VERSION,
    )
    try:
        yield port
    finally:
        await peer.stop()
        await tunnel.stop()


WAYS = pytest.mark.parametrize("way", [plain, with_tls, nabu_casa])


type Way = Callable[[Home], AbstractAsyncContextManager[int]]


def tls_on(way: Way) -> ssl.SSLContext | None:
    return None if way is plain else make_tls().client
