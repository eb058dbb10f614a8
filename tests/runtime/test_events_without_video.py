"""Test that rings and motion are reported without the doorbell's video."""

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_MOTION_ENTITY,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_WEBHOOK,
    CONF_WEBHOOK_ID,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_RTSP,
)

NOBODY = "rtsp://127.0.0.1:1/nobody"


@pytest.fixture
def entry(doorwatch: HomeAssistant) -> MockConfigEntry:
    """Create a doorbell whose video is never available."""
    made = MockConfigEntry(
        domain=DOMAIN,
        title="Front door",
        data={
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_RTSP,
            CONF_STREAM: NOBODY,
            CONF_WEBHOOK_ID: "porch-webhook",
        },
    )
    made.add_to_hass(doorwatch)
    return made


def shown(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state.state


async def test_a_ring_by_webhook_is_told_without_video(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    assert await async_setup_component(hass, "webhook", {})
    hass.config_entries.async_update_entry(entry, options={CONF_WEBHOOK: True})
    assert await hass.config_entries.async_setup(entry.entry_id)
    client = await hass_client_no_auth()
    assert shown(hass, "event.front_door_doorbell") == STATE_UNKNOWN
    assert shown(hass, "camera.front_door") == STATE_UNAVAILABLE

    await client.post("/api/webhook/porch-webhook?event=ring")
    await client.post("/api/webhook/porch-webhook?event=motion")
    await hass.async_block_till_done()

    assert shown(hass, "event.front_door_doorbell") not in (
        STATE_UNKNOWN,
        STATE_UNAVAILABLE,
    )
    assert shown(hass, "binary_sensor.front_door_motion") == STATE_ON


async def test_motion_is_as_available_as_the_sensor_it_comes_from(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    sensor = "binary_sensor.porch"
    hass.states.async_set(sensor, STATE_OFF)
    hass.config_entries.async_update_entry(entry, options={CONF_MOTION_ENTITY: sensor})
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert shown(hass, "binary_sensor.front_door_motion") == STATE_OFF

    hass.states.async_set(sensor, STATE_UNAVAILABLE)
    await hass.async_block_till_done()
    assert shown(hass, "binary_sensor.front_door_motion") == STATE_UNAVAILABLE

    hass.states.async_set(sensor, STATE_OFF)
    hass.states.async_set(sensor, STATE_ON)
    await hass.async_block_till_done()
    assert shown(hass, "binary_sensor.front_door_motion") == STATE_ON


async def test_without_any_source_the_video_decides(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    assert await hass.config_entries.async_setup(entry.entry_id)
    assert shown(hass, "event.front_door_doorbell") == STATE_UNAVAILABLE
