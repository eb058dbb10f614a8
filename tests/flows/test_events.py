"""What is asked of motion, bell and lengths."""

from typing import Any

from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_MOTION_ENTITY,
    CONF_RING_ENTITY,
    CONF_STREAM,
)
from tests.flows.forms import EVENTS, LENGTHS, begin, go_on, probe

__all__ = ["probe"]

pytestmark = pytest.mark.usefixtures("installed")


async def test_a_doorbell_cannot_trigger_itself(
    hass: HomeAssistant, demo: MockConfigEntry, probe: Any
) -> None:
    """Its own motion sensor would keep itself on."""
    result = await begin(hass, "rtsp")
    result = await go_on(
        hass, result, **{CONF_NAME: "Front", CONF_STREAM: "rtsp://127.0.0.1:9/live"}
    )
    own = {
        CONF_MOTION_ENTITY: "binary_sensor.front_door_motion",
        CONF_RING_ENTITY: "event.front_door_doorbell",
    }
    for field, entity_id in own.items():
        with pytest.raises(InvalidData):
            await go_on(hass, result, **{**EVENTS, field: entity_id})

    result = await go_on(
        hass, result, **{**EVENTS, CONF_MOTION_ENTITY: "binary_sensor.porch"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("field", "value"), [("pre_roll", 31), ("post_roll", 0), ("longest_clip", 5)]
)
async def test_lengths_have_limits(
    hass: HomeAssistant, probe: Any, field: str, value: int
) -> None:
    """The form says so before anything is stored."""
    result = await begin(hass, "rtsp")
    result = await go_on(
        hass, result, **{CONF_NAME: "Front", CONF_STREAM: "rtsp://127.0.0.1:9/live"}
    )
    with pytest.raises(InvalidData):
        await go_on(hass, result, **{**EVENTS, "lengths": {**LENGTHS, field: value}})
