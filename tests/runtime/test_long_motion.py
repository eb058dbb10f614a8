"""Test that motion lasts as long as its sensor is on, with a limit."""

from datetime import timedelta

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest

from custom_components.doorwatch.const import CONF_MOTION_ENTITY
from tests.demo_visits import later, state_of
from tests.sharing_fixtures import Home

SENSOR = "binary_sensor.porch"


async def watched(hass: HomeAssistant, home: Home, named: str = SENSOR) -> None:
    """Choose a motion sensor for the front door."""
    hass.states.async_set(SENSOR, STATE_OFF)
    entry = home.front
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, CONF_MOTION_ENTITY: named}
    )
    assert await hass.config_entries.async_reload(entry.entry_id)


def motion(hass: HomeAssistant) -> str:
    """Return the state of Doorwatch's own entity."""
    return state_of(hass, "binary_sensor.front_motion")


async def turn(hass: HomeAssistant, state: str) -> None:
    """Set the sensor's state."""
    hass.states.async_set(SENSOR, state)
    await hass.async_block_till_done()


async def five_minutes_later(hass: HomeAssistant) -> None:
    """Run the next check of the sensor."""
    later(hass, timedelta(seconds=301))
    await hass.async_block_till_done()


@pytest.mark.lesson(5)
async def test_motion_lasts_as_long_as_its_sensor_is_on(
    hass: HomeAssistant, home: Home
) -> None:
    """Motion lasts up to an hour and ends with the sensor."""
    await watched(hass, home)
    await turn(hass, STATE_ON)
    for _ in range(11):
        await five_minutes_later(hass)
        assert motion(hass) == STATE_ON

    await turn(hass, STATE_OFF)
    assert motion(hass) == STATE_OFF


@pytest.mark.lesson(5)
async def test_a_sensor_that_is_named_by_its_id_in_the_registry_is_looked_at(
    hass: HomeAssistant, home: Home
) -> None:
    """Registered sensors are stored by registry id, so that they can be renamed."""
    registered = er.async_get(hass).async_get_or_create(
        "binary_sensor", "test", "porch", suggested_object_id="porch"
    )
    assert registered.entity_id == SENSOR
    await watched(hass, home, named=registered.id)
    await turn(hass, STATE_ON)
    await five_minutes_later(hass)
    assert motion(hass) == STATE_ON

    await turn(hass, STATE_OFF)
    assert motion(hass) == STATE_OFF


@pytest.mark.lesson(5)
async def test_a_sensor_that_hangs_ends_after_an_hour(
    hass: HomeAssistant, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """The sensor is used again after it was off."""
    await watched(hass, home)
    await turn(hass, STATE_ON)
    for _ in range(12):
        assert motion(hass) == STATE_ON
        await five_minutes_later(hass)
    assert motion(hass) == STATE_OFF
    assert caplog.text.count("The motion sensor of Front doesn't turn off") == 1

    await turn(hass, STATE_OFF)
    await turn(hass, STATE_ON)
    assert motion(hass) == STATE_ON
    for _ in range(11):
        await five_minutes_later(hass)
        assert motion(hass) == STATE_ON
