"""The search of the network, by real multicast on loopback."""

import asyncio
from collections.abc import Iterator

import pytest

from custom_components.doorwatch.doorbells.onvif_search import Found, search_network
from tests.onvif_device.discovery import on_loopback_only, responding

SCOPE = "onvif://www.onvif.org/"


@pytest.fixture(autouse=True)
def loopback_only() -> Iterator[None]:
    """Ask nobody but this machine."""
    with on_loopback_only():
        yield


async def search(endpoint: str) -> Found | None:
    """Search until the device answers; other tests may have devices too."""
    for _ in range(10):
        for found in await asyncio.to_thread(search_network, 1.0):
            if found.endpoint == endpoint:
                return found
    return None


async def test_a_device_on_the_network_is_found() -> None:
    """With the name, the model and the number that it tells."""
    async with responding(
        "http://127.0.0.1:8000/onvif/device_service",
        f"{SCOPE}name/Video%20Doorbell",
        f"{SCOPE}hardware/Door-2",
        f"{SCOPE}MAC/ec71db001122",
        f"{SCOPE}Profile/Streaming",
    ) as device:
        assert await search(device.endpoint) == Found(
            endpoint=device.endpoint,
            host="127.0.0.1",
            port=8000,
            name="Video Doorbell",
            hardware="Door-2",
            mac="ec:71:db:00:11:22",
        )


async def test_the_address_that_can_be_used_is_taken() -> None:
    """Not one that is none, and the port that goes without saying."""
    async with responding(
        "http://[fe80::1]/onvif http://x:port/onvif ftp://192.0.2.1/ http://192.0.2.2/onvif",
        f"{SCOPE}name/{'%0a' * 3}{'long' * 40}",
    ) as device:
        found = await search(device.endpoint)
    assert found is not None
    assert (found.host, found.port) == ("192.0.2.2", 80)
    assert found.name == "long" * 16
    assert (found.hardware, found.mac) == (None, None)


async def test_a_device_without_an_address_is_of_no_use() -> None:
    """Though it answers."""
    async with responding("soap.udp://127.0.0.1:3702") as device:
        assert await search_once(device.endpoint) is None
        assert device.probes


async def search_once(endpoint: str) -> Found | None:
    """Search one time."""
    everybody = await asyncio.to_thread(search_network, 1.0)
    return next((found for found in everybody if found.endpoint == endpoint), None)
