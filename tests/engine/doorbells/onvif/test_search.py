"""Tests of discovery with real multicast on loopback."""

import asyncio
from collections.abc import Callable, Iterator
import uuid

import pytest

from custom_components.doorwatch.engine.doorbells.onvif.search import (
    LONGEST_ANSWER,
    MOST_FOUND,
    DiscoveredDevice,
    search_network,
)
from tests.engine.doorbells.onvif.listening import sparing
from tests.onvif_device.discovery import on_loopback_only, responding

SCOPE = "onvif://www.onvif.org/"


@pytest.fixture(autouse=True)
def loopback_only() -> Iterator[None]:
    """Search on loopback only."""
    with on_loopback_only():
        yield


async def search(endpoint: str) -> DiscoveredDevice | None:
    """Search until the device answers; devices of other tests may answer as well."""
    for _ in range(10):
        for found in await asyncio.to_thread(search_network, 1.0):
            if found.endpoint == endpoint:
                return found
    return None


async def test_a_device_on_the_network_is_found() -> None:
    """The result has the name, model and MAC that the device sends."""
    async with responding(
        "http://127.0.0.1:8000/onvif/device_service",
        f"{SCOPE}name/Video%20Doorbell",
        f"{SCOPE}hardware/Door-2",
        f"{SCOPE}MAC/ec71db001122",
        f"{SCOPE}Profile/Streaming",
    ) as device:
        assert await search(device.endpoint) == DiscoveredDevice(
            endpoint=device.endpoint,
            host="127.0.0.1",
            port=8000,
            name="Video Doorbell",
            hardware="Door-2",
            mac="ec:71:db:00:11:22",
        )


async def test_the_address_that_can_be_used_is_taken() -> None:
    """Invalid addresses are skipped, and the default port is filled in."""
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
    async with responding("soap.udp://127.0.0.1:3702") as device:
        assert await search_once(device.endpoint) is None
        assert device.probes


async def search_once(endpoint: str) -> DiscoveredDevice | None:
    """Search once."""
    everybody = await asyncio.to_thread(search_network, 1.0)
    return next((found for found in everybody if found.endpoint == endpoint), None)


def with_entities(answer: str) -> str:
    """Add nested entities that expand to more scopes than a datagram can hold."""
    declared = f'<!ENTITY e0 "{"a " * 500}">' + "".join(
        f'<!ENTITY e{level + 1} "{f"&e{level};" * 19}">' for level in range(3)
    )
    return answer.replace("?>", f"?><!DOCTYPE x [{declared}]>", 1).replace(
        "<d:Scopes>", "<d:Scopes>&e3;"
    )


def with_one_entity(answer: str) -> str:
    """Declare an entity that holds another address."""
    return answer.replace("?>", '?><!DOCTYPE x [<!ENTITY e "http://192.0.2.9/">]>', 1)


def with_too_many_scopes(answer: str) -> str:
    """Fill a datagram with scopes."""
    return answer.replace("<d:Scopes>", f"<d:Scopes>{'a ' * (LONGEST_ANSWER // 2)}")


def with_a_long_name(answer: str) -> str:
    """Use an endpoint that is too long to remember."""
    return answer.replace("urn:uuid:", f"urn:{'x' * 1000}:uuid:")


@pytest.mark.parametrize(
    "changes",
    [
        with_entities,
        with_one_entity,
        with_too_many_scopes,
        with_a_long_name,
        lambda _: "",
        lambda _: "<a>" * 5000,
    ],
    ids=["entities", "entity", "scopes", "name", "nothing", "depth"],
)
async def test_answers_of_a_device_that_means_harm_are_left(
    changes: Callable[[str], str],
) -> None:
    """They use little memory, and other devices are found."""
    async with (
        responding("http://192.0.2.1/onvif") as hostile,
        responding("http://192.0.2.2/onvif") as other,
    ):
        hostile.changes = changes
        assert await search(other.endpoint)
        with sparing(16_000_000):
            found = await asyncio.to_thread(search_network, 1.0)
    assert not [one for one in found if one.host == "192.0.2.1"]
    assert hostile.probes


async def test_a_device_that_says_to_be_many_is_not_all_of_them() -> None:
    """The number of results is limited."""
    async with responding("http://192.0.2.1/onvif") as hostile:
        hostile.changes = lambda answer: answer.replace(
            hostile.endpoint, uuid.uuid4().urn
        )
        hostile.times = MOST_FOUND
        for _ in range(10):
            found = await asyncio.to_thread(search_network, 1.0)
            if len(found) >= MOST_FOUND:
                break
    assert len(found) == MOST_FOUND
