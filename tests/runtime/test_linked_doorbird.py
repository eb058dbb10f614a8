"""Test DoorBird, which has a stream and calls Home Assistant for events."""

from collections.abc import AsyncIterator

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import CONF_MOTION_ENTITY, CONF_RING_ENTITY
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.cameras.fixtures import Links
from tests.cameras.vendors.doorbird import DoorBirdDoorbell
from tests.conftest import Until
from tests.discovery.offers import offered
from tests.rtsp.fixtures import StartRtspServer

LOGIN = "ghabcd0001:porch-word"


@pytest.fixture
async def doorbird(
    hass: HomeAssistant, ready: None, start_rtsp_server: StartRtspServer
) -> AsyncIterator[DoorBirdDoorbell]:
    """Set up core's integration."""
    rtsp = start_rtsp_server(login=LOGIN)
    doorbell = DoorBirdDoorbell(hass, rtsp.address(login=LOGIN))
    async with doorbell.set_up():
        yield doorbell


async def test_a_ring_is_recorded_from_its_stream(
    hass: HomeAssistant,
    links: Links,
    doorbird: DoorBirdDoorbell,
    until: Until,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """The live one of its three cameras is chosen, with the device's sensors."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    registry = er.async_get(hass)
    bell = registry.async_get(doorbird.entity_id("event", "front_door_doorbell"))
    motion = registry.async_get(doorbird.entity_id("event", "front_door_motion"))
    live = registry.async_get(doorbird.entity_id("camera", "live"))
    assert bell
    assert motion
    assert live
    # It has a bell, so it was discovered.
    (flow,) = offered(hass)
    assert flow["context"]["unique_id"] == f"linked-{live.id}"

    entry = await links.link(camera=live.entity_id)
    await until(lambda: entry.runtime_data.data.connected)
    client = await hass_client_no_auth()
    await doorbird.call(client, "doorbell")
    await until(lambda: saved)

    assert entry.unique_id == f"linked-{live.id}"
    assert entry.options[CONF_RING_ENTITY] == bell.id
    assert entry.options[CONF_MOTION_ENTITY] == motion.id
    (clip,) = await hass.data[DATA].library.list([entry.entry_id])
    assert clip.event == "ring"
    assert await hass.async_add_executor_job(clip.path.is_file)
    own = er.async_entries_for_config_entry(registry, entry.entry_id)
    assert {entity.device_id for entity in own} == {bell.device_id}
