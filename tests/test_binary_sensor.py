"""Motion at the door, and whether the doorbell is there."""

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.recording.model import RecorderHealth
from tests.demo_visits import event, state_of

MOTION = "binary_sensor.front_door_motion"
CONNECTION = "binary_sensor.front_door_connectivity"


async def test_motion_is_shown_until_it_is_over(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """A ring is none."""
    for kind, state in (
        (EventKind.RING, STATE_OFF),
        (EventKind.MOTION, STATE_ON),
        (EventKind.RING, STATE_ON),
        (EventKind.MOTION_ENDED, STATE_OFF),
    ):
        demo.runtime_data.handle_event(event(kind))
        await hass.async_block_till_done()
        assert state_of(hass, MOTION) == state


async def test_the_connection_is_told_also_while_there_is_none(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Motion is not: nobody looks."""
    assert state_of(hass, CONNECTION) == STATE_ON

    await demo.runtime_data.recorder.stop()
    demo.runtime_data._on_health(
        RecorderHealth(
            connected=False, problem="timeout", attempt=1, since=dt_util.utcnow()
        )
    )
    await hass.async_block_till_done()

    assert state_of(hass, CONNECTION) == STATE_OFF
    assert state_of(hass, MOTION) == STATE_UNAVAILABLE
