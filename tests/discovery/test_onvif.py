"""Test that ONVIF devices on the network are offered unless they are set up already."""

from unittest.mock import patch

from freezegun.api import FrozenDateTimeFactory
from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_USER
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.discovery.onvif import FIRST_SCAN, SCAN_EVERY
from custom_components.doorwatch.engine.doorbells.onvif.search import search_network
from tests.conftest import Until
from tests.flows.forms import go_on
from tests.flows.onvif_forms import (
    ENDPOINT,
    EVENTS,
    MAC,
    add,
    answers,
    device,
    discover,
    found_at,
    hears,
)
from tests.onvif_device.device import OnvifDevice
from tests.onvif_device.discovery import on_loopback_only, responding

__all__ = ["device"]

pytestmark = pytest.mark.usefixtures("installed")


async def test_a_device_that_is_found_in_the_background_is_offered(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """It is offered once, by name; after it was added, a new address isn't offered."""
    (flow,) = await discover(hass, found_at(device))
    assert flow["context"]["title_placeholders"] == {"name": "Video Doorbell"}
    assert len(await discover(hass, found_at(device))) == 1
    result = await go_on(hass, flow, **answers(device))
    result = await go_on(hass, result, **EVENTS)
    entry = result["result"]
    await until(lambda: hears(entry))
    assert not await discover(hass, found_at(device))


async def test_what_was_put_aside_or_belongs_to_another_integration_is_not_offered(
    hass: HomeAssistant, device: OnvifDevice
) -> None:
    """The device is recognized by its ONVIF id, its address or its MAC address."""
    MockConfigEntry(
        domain=DOMAIN, unique_id=ENDPOINT, source=SOURCE_IGNORE
    ).add_to_hass(hass)
    assert not await discover(hass, found_at(device))
    other = MockConfigEntry(domain="onvif", data={"host": "192.0.2.5"})
    other.add_to_hass(hass)
    new = found_at(device, endpoint="urn:uuid:other", host="192.0.2.5")
    assert not await discover(hass, new)
    its = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id,
        connections={(dr.CONNECTION_NETWORK_MAC, MAC)},
    )
    er.async_get(hass).async_get_or_create(
        "camera", "onvif", "its", config_entry=other, device_id=its.id
    )
    assert not await discover(hass, found_at(device, endpoint="urn:uuid:3", mac=MAC))


async def test_a_router_that_lists_a_device_does_not_have_its_camera(
    hass: HomeAssistant, device: OnvifDevice
) -> None:
    """Core's FRITZ!Box integration creates a device for every connected device."""
    router = MockConfigEntry(domain="fritz", data={"host": "192.0.2.1"})
    router.add_to_hass(hass)
    its = dr.async_get(hass).async_get_or_create(
        config_entry_id=router.entry_id,
        connections={(dr.CONNECTION_NETWORK_MAC, MAC)},
    )
    er.async_get(hass).async_get_or_create(
        "switch", "fritz", "internet_access", config_entry=router, device_id=its.id
    )

    (flow,) = await discover(hass, found_at(device, mac=MAC))

    assert flow["step_id"] == "onvif_host"


async def test_a_doorbell_that_is_away_is_looked_for(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """The search doesn't wait for the next interval."""
    entry = await add(hass, device, until)
    await device.stop()
    with patch(
        "custom_components.doorwatch.discovery.onvif.search_network", return_value=[]
    ) as search:
        await until(lambda: entry.runtime_data.doorbell.problem)
        await until(lambda: search.called)


async def test_a_device_that_answers_on_the_network_is_in_the_list(
    hass: HomeAssistant, device: OnvifDevice
) -> None:
    """Real WS-Discovery runs on loopback."""
    async with responding(
        f"{device.address}/onvif/device_service",
        "onvif://www.onvif.org/name/Porch",
    ) as answering:
        menu = await hass.config_entries.flow.async_init(
            DOMAIN, context={"source": SOURCE_USER}
        )
        with (
            on_loopback_only(),
            patch(
                "custom_components.doorwatch.discovery.onvif.search_network",
                search_network,
            ),
        ):
            result = await go_on(hass, menu, next_step_id="onvif")
    assert result["step_id"] == "onvif"
    assert result["data_schema"] is not None
    (selector,) = result["data_schema"].schema.values()
    labels = {one["value"]: one["label"] for one in selector.config["options"]}
    assert labels[answering.endpoint] == "Porch, 127.0.0.1"
    result = await go_on(hass, result, device=answering.endpoint)
    result = await go_on(hass, result, **answers(device))
    assert result["step_id"] == "onvif_events"


async def test_the_network_is_searched_now_and_then(
    hass: HomeAssistant, device: OnvifDevice, freezer: FrozenDateTimeFactory
) -> None:
    """The search runs after the start and at intervals, if it is possible."""
    with patch(
        "custom_components.doorwatch.discovery.onvif.search_network",
        side_effect=[OSError("no network"), [found_at(device)], []],
    ) as search:
        for asked, wait in enumerate((FIRST_SCAN, SCAN_EVERY, SCAN_EVERY)):
            assert search.call_count == asked
            freezer.tick(wait * 1.3)
            async_fire_time_changed(hass)
            await hass.async_block_till_done(wait_background_tasks=True)
        assert search.call_count == 3
    (flow,) = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    assert flow["step_id"] == "onvif_host"
