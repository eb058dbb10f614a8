"""What the sensors of a doorbell remember."""

from datetime import UTC, datetime

from homeassistant.components.sensor import SensorEntity, SensorExtraStoredData
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.entity_component import DATA_INSTANCES
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
)


async def test_the_last_motion_is_remembered_over_a_restart(
    hass: HomeAssistant, doorwatch: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """A restart is no reason to forget when somebody was there."""
    moved = datetime(2026, 11, 24, 20, 15, tzinfo=UTC)
    entity_id = "sensor.front_door_last_motion"
    mock_restore_cache_with_extra_data(
        hass,
        [
            (
                State(entity_id, moved.isoformat()),
                SensorExtraStoredData(moved, None).as_dict(),
            )
        ],
    )
    demo_entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(demo_entry.entry_id)
    await hass.async_block_till_done()

    sensor = hass.data[DATA_INSTANCES]["sensor"].get_entity(entity_id)
    assert isinstance(sensor, SensorEntity)
    assert sensor.native_value == moved
