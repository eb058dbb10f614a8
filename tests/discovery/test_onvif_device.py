"""Test that ONVIF doorbells, and no other devices, are followed to a new address."""

from aiohttp import web
from homeassistant.config_entries import SOURCE_DHCP
from homeassistant.core import HomeAssistant
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_ENDPOINT,
    CONF_HOST,
    CONF_PORT,
    DOMAIN,
)
from tests.conftest import Until
from tests.flows.onvif_forms import (
    ENDPOINT,
    MAC,
    add,
    device,
    discover,
    found_at,
    hears,
)
from tests.onvif_device.device import OnvifDevice

__all__ = ["device"]

pytestmark = pytest.mark.usefixtures("installed")


async def test_a_doorbell_that_another_integration_has_as_well_is_found_again(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """The other integration may know its new address first; its login is not tried."""
    entry = await add(hass, device, until)
    MockConfigEntry(domain="onvif", data={"host": "127.0.0.1"}).add_to_hass(hass)
    assert not await discover(hass, found_at(device))
    assert entry.data[CONF_ENDPOINT] == ENDPOINT
    await device.move()
    await until(lambda: entry.runtime_data.doorbell.problem)

    asked = len(device.asked)
    stranger = found_at(device, endpoint="urn:uuid:stranger")
    assert not await discover(hass, stranger)
    assert len(device.asked) == asked
    assert not await discover(hass, found_at(device))

    assert entry.data[CONF_PORT] == device.port
    await until(lambda: hears(entry))


@pytest.mark.parametrize("by", ["endpoint", "mac", "login", "serial"])
async def test_a_doorbell_with_another_address_is_found_again_by_itself(
    hass: HomeAssistant, device: OnvifDevice, until: Until, by: str
) -> None:
    """It is recognized by ONVIF id, MAC address or serial number."""
    if by == "serial":
        device.mac = None
    entry = await add(hass, device, until)
    assert entry.unique_id == (device.serial if by == "serial" else MAC)
    if by == "endpoint":
        assert not await discover(hass, found_at(device))
        assert entry.data[CONF_ENDPOINT] == ENDPOINT
    await device.move()
    await until(lambda: entry.runtime_data.doorbell.problem)
    moved = found_at(device, mac=MAC if by == "mac" else None)
    assert not await discover(hass, moved)
    assert entry.data[CONF_PORT] == device.port
    await until(lambda: hears(entry))


async def test_another_device_at_a_new_address_is_no_doorbell_of_ours(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """Another device is offered, although a doorbell is away and the login works."""
    entry = await add(hass, device, until)
    port = entry.data[CONF_PORT]
    device.mac, device.serial = "EC:71:DB:99:99:99", "another"
    await device.move()
    await until(lambda: entry.runtime_data.doorbell.problem)
    (flow,) = await discover(hass, found_at(device))
    assert flow["step_id"] == "onvif_host"
    assert entry.data[CONF_PORT] == port
    # This is also true of a device that disappears while ours is not set up.
    assert await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.flow.async_abort(flow["flow_id"])
    await device.stop()
    (flow,) = await discover(hass, found_at(device, endpoint="urn:uuid:gone"))
    assert flow["step_id"] == "onvif_host"
    assert entry.data[CONF_PORT] == port


async def told_by_router(hass: HomeAssistant, ip: str) -> None:
    """Let the router report the doorbell, as it does once for each new address."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_DHCP},
        data=DhcpServiceInfo(ip=ip, hostname="door", macaddress="ec71db001122"),
    )
    assert result["reason"] == "already_configured"


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
async def test_the_router_is_quicker_than_the_silence(
    hass: HomeAssistant,
    device: OnvifDevice,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The router reports once, while a query to the old address is still waiting."""
    monkeypatch.setattr(
        "custom_components.doorwatch.discovery.onvif_device.SETTLED_AFTER", 0.1
    )
    entry = await add(hass, device, until)

    assert entry.runtime_data.doorbell.problem is None
    await told_by_router(hass, "127.0.0.2")
    await device.stop()

    await until(lambda: entry.data[CONF_HOST] == "127.0.0.2")


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
async def test_a_doorbell_that_still_answers_where_it_was_stays_there(
    hass: HomeAssistant,
    device: OnvifDevice,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It has two addresses, and both work."""
    monkeypatch.setattr(
        "custom_components.doorwatch.discovery.onvif_device.SETTLED_AFTER", 0.1
    )
    entry = await add(hass, device, until)
    asked = device.asked.count("GetNetworkInterfaces")

    await told_by_router(hass, "127.0.0.2")
    await until(lambda: device.asked.count("GetNetworkInterfaces") > asked)
    # Its events are still received.
    pulls = device.events.pulls
    device.ring()
    await until(lambda: device.events.pulls > pulls)

    assert entry.data[CONF_HOST] == "127.0.0.1"
    assert device.asked.count("CreatePullPointSubscription") == 1


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
async def test_one_query_that_goes_astray_is_not_a_doorbell_that_left(
    hass: HomeAssistant,
    device: OnvifDevice,
    until: Until,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Anyone can forge the messages of a router, and cheap doorbells may be busy."""
    monkeypatch.setattr(
        "custom_components.doorwatch.discovery.onvif_device.SETTLED_AFTER", 0.1
    )
    entry = await add(hass, device, until)

    async def is_busy(_: web.Request) -> web.Response:
        del device.misbehaves["GetDeviceInformation"]
        return web.Response(status=503)

    device.misbehaves["GetDeviceInformation"] = is_busy
    asked = device.asked.count("GetNetworkInterfaces")
    await told_by_router(hass, "127.0.0.2")
    await until(
        lambda: (
            device.asked.count("GetNetworkInterfaces") > asked
            or entry.data[CONF_HOST] != "127.0.0.1"
        )
    )

    assert entry.data[CONF_HOST] == "127.0.0.1"


@pytest.mark.filterwarnings("ignore:A test tried to use socket")
async def test_the_router_tells_of_a_new_address(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """The new address is only used if the doorbell is away."""
    entry = await add(hass, device, until)

    async def told(ip: str, mac: str = "ec71db001122") -> None:
        result = await hass.config_entries.flow.async_init(
            DOMAIN,
            context={"source": SOURCE_DHCP},
            data=DhcpServiceInfo(ip=ip, hostname="door", macaddress=mac),
        )
        assert result["reason"] == "already_configured"
        await hass.async_block_till_done()

    await told("192.0.2.44")
    assert entry.data[CONF_HOST] == "127.0.0.1"
    await device.stop()
    await until(lambda: entry.runtime_data.doorbell.problem)
    await told("127.0.0.2", mac="000000000001")
    assert entry.data[CONF_HOST] == "127.0.0.1"
    await told("127.0.0.2")
    assert entry.data[CONF_HOST] == "127.0.0.2"
    address = entry.runtime_data.doorbell.stream_source().address
    assert "@127.0.0.2:" in address


async def test_the_router_tells_nothing_of_a_doorbell_that_has_a_name(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """A host name resolves to the new address."""
    entry = await add(hass, device, until)
    await device.stop()
    await until(lambda: entry.runtime_data.doorbell.problem)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_HOST: "localhost"}
    )

    result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_DHCP},
        data=DhcpServiceInfo(
            ip="127.0.0.2", hostname="door", macaddress="ec71db001122"
        ),
    )

    assert result["reason"] == "already_configured"
    assert entry.data[CONF_HOST] == "localhost"
