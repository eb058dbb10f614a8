"""Helpers that go through the forms of an ONVIF doorbell against a device."""

from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import (
    SOURCE_INTEGRATION_DISCOVERY,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.util import dt as dt_util
import pytest

from custom_components.doorwatch.const import (
    CONF_HOST,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_USERNAME,
    CONF_WEBHOOK,
    DOMAIN,
)
from custom_components.doorwatch.discovery.onvif import Scanner
from custom_components.doorwatch.engine.doorbells.onvif.search import DiscoveredDevice
from tests.conftest import Until
from tests.flows.forms import go_on
from tests.onvif_device.device import OnvifDevice, onvif_device
from tests.rtsp.fixtures import RtspServer

MAC = "ec:71:db:00:11:22"
ENDPOINT = "urn:uuid:5f5a69c2-e0ae-504f-829b-ec71db001122"
LENGTHS = {"pre_roll": 1, "post_roll": 1, "longest_clip": 30}
OPTIONS: dict[str, Any] = {CONF_WEBHOOK: False, "lengths": LENGTHS}
EVENTS: dict[str, Any] = {CONF_NAME: "Front", **OPTIONS}


def found_at(device: OnvifDevice, **more: Any) -> DiscoveredDevice:
    """Return the result of a network search."""
    return DiscoveredDevice(
        **{
            "endpoint": ENDPOINT,
            "host": "127.0.0.1",
            "port": device.port,
            "name": "Video Doorbell",
            **more,
        }
    )


def answers(device: OnvifDevice, **more: Any) -> dict[str, Any]:
    """Return the values that a user enters."""
    return {
        CONF_HOST: "127.0.0.1",
        CONF_PORT: device.port,
        CONF_USERNAME: device.login[0],
        CONF_PASSWORD: device.login[1],
        **more,
    }


async def begin(hass: HomeAssistant, *found: DiscoveredDevice) -> ConfigFlowResult:
    """Open the menu and choose ONVIF, with these devices on the network."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    with patch(
        "custom_components.doorwatch.discovery.onvif.search_network",
        return_value=list(found),
    ):
        return await go_on(hass, menu, next_step_id="onvif")


async def add(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> ConfigEntry[Any]:
    """Add a device by its address and wait for the event subscription."""
    result = await begin(hass)
    result = await go_on(hass, result, **answers(device))
    assert result["step_id"] == "onvif_events", result
    result = await go_on(hass, result, **EVENTS)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry: ConfigEntry[Any] = result["result"]
    await until(lambda: entry.runtime_data.data.connected)
    await until(lambda: hears(entry))
    return entry


def hears(entry: ConfigEntry[Any]) -> bool:
    """Return whether events arrive; they don't during a reload."""
    loaded = entry.state is ConfigEntryState.LOADED
    return loaded and bool(entry.runtime_data.doorbell.hears_events)


def shown(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state.state


async def discover(
    hass: HomeAssistant, found: DiscoveredDevice
) -> list[ConfigFlowResult]:
    """Simulate a result of the background search and return the open flows."""
    with patch(
        "custom_components.doorwatch.discovery.onvif.search_network",
        return_value=[found],
    ):
        await Scanner(hass)._async_scan(dt_util.utcnow())
    await hass.async_block_till_done(wait_background_tasks=True)
    return [
        flow
        for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        if flow["context"]["source"] == SOURCE_INTEGRATION_DISCOVERY
    ]


def choices(result: ConfigFlowResult) -> dict[str, str]:
    """Return the selectable lenses and their labels."""
    assert result["data_schema"] is not None
    (selector,) = result["data_schema"].schema.values()
    return {one["value"]: one["label"] for one in selector.config["options"]}


@pytest.fixture
async def device(rtsp_server: RtspServer) -> AsyncIterator[OnvifDevice]:
    """Run a doorbell with two streams."""
    async with onvif_device(
        rtsp_server.address("cam0"), rtsp_server.address("cam1")
    ) as one:
        yield one


RING, MOTION = "event.front_doorbell", "binary_sensor.front_motion"
