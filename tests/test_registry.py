"""Test following an entity of another integration by its registry id."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_OFF, STATE_ON, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.registry import async_follow_states
from tests.cameras.fixtures import Links
from tests.conftest import Until
from tests.discovery.front_camera import camera, front, motion

__all__ = ["camera", "front", "motion"]


@pytest.mark.parametrize("state_first", [False, True])
async def test_a_stranger_with_the_name_of_a_sensor_that_is_gone_tells_no_motion(
    hass: HomeAssistant,
    links: Links,
    camera: MockConfigEntry,
    front: ConfigEntry,
    motion: er.RegistryEntry,
    until: Until,
    state_first: bool,
) -> None:
    """The followed sensor was removed, which ended its motion."""
    state = front.runtime_data
    hass.states.async_set(motion.entity_id, STATE_ON)
    await until(lambda: state.data.motion)
    if state_first:
        hass.states.async_remove(motion.entity_id)
    er.async_get(hass).async_remove(motion.entity_id)
    hass.states.async_remove(motion.entity_id)
    await until(lambda: not state.data.motion)

    stranger = links.entity(
        camera,
        Platform.BINARY_SENSOR,
        "pir",
        suggested_object_id=motion.entity_id.partition(".")[2],
    )
    assert stranger.entity_id == motion.entity_id
    for each in (STATE_OFF, STATE_ON):
        hass.states.async_set(stranger.entity_id, each)
        await hass.async_block_till_done()

    assert not state.data.motion


async def test_what_is_followed_is_followed_until_told_to_stop(
    hass: HomeAssistant,
    links: Links,
    camera: MockConfigEntry,
) -> None:
    """The callbacks follow the entity when it is renamed, removed and added again."""
    told: list[tuple[str, str | None]] = []
    names: list[str | None] = []
    registry = er.async_get(hass)
    sensor = links.entity(camera, Platform.BINARY_SENSOR, "door")
    stop = async_follow_states(
        hass,
        sensor.id,
        lambda event: told.append(
            (
                event.data["entity_id"],
                new.state if (new := event.data["new_state"]) else None,
            )
        ),
        names.append,
    )
    hass.states.async_set(sensor.entity_id, STATE_ON)
    registry.async_update_entity(
        sensor.entity_id, new_entity_id="binary_sensor.porch_door"
    )
    hass.states.async_remove(sensor.entity_id)
    hass.states.async_set("binary_sensor.porch_door", STATE_ON)
    registry.async_remove("binary_sensor.porch_door")
    hass.states.async_remove("binary_sensor.porch_door")
    back = links.entity(camera, Platform.BINARY_SENSOR, "door")
    assert back.id == sensor.id
    hass.states.async_set(back.entity_id, STATE_OFF)
    stop()
    hass.states.async_set(back.entity_id, STATE_ON)
    registry.async_update_entity(back.entity_id, new_entity_id="binary_sensor.last")
    await hass.async_block_till_done()

    assert names == ["binary_sensor.porch_door", None, back.entity_id]
    assert told == [
        (sensor.entity_id, STATE_ON),
        ("binary_sensor.porch_door", STATE_ON),
        ("binary_sensor.porch_door", None),
        (back.entity_id, STATE_OFF),
    ]
