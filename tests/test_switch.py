"""The switches of a doorbell: recording, and motion detection."""

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant, State
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    mock_restore_cache,
)

from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.conftest import Until
from tests.demo_visits import event, state_of, switch


async def test_no_clips_while_recording_is_off(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Events are told all the same."""
    await switch(hass, "recording", on=False)

    demo.runtime_data.handle_event(event(EventKind.RING))
    demo.runtime_data.handle_event(event(EventKind.MOTION))
    await hass.async_block_till_done()

    assert not demo.runtime_data.recorder.recording
    assert state_of(hass, "binary_sensor.front_door_motion") == STATE_ON
    assert state_of(hass, "event.front_door_doorbell") != "unknown"


async def test_turning_recording_off_ends_the_open_clip(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """The motion that holds it open counts no more."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    demo.runtime_data.handle_event(event(EventKind.MOTION))
    await until(lambda: demo.runtime_data.recorder.recording)

    await switch(hass, "recording", on=False)

    await until(lambda: saved)


async def test_motion_counts_for_nothing_while_motion_detection_is_off(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Motion that was seen is over at once; a ring still counts."""
    coordinator = demo.runtime_data
    coordinator.handle_event(event(EventKind.MOTION))
    await switch(hass, "motion_detection", on=False)
    assert state_of(hass, "binary_sensor.front_door_motion") == STATE_OFF

    coordinator.handle_event(event(EventKind.MOTION))
    await hass.async_block_till_done()
    assert state_of(hass, "binary_sensor.front_door_motion") == STATE_OFF

    await hass.services.async_call(
        "camera",
        "enable_motion_detection",
        {"entity_id": "camera.front_door"},
        blocking=True,
    )
    assert state_of(hass, "switch.front_door_motion_detection") == STATE_ON
    await hass.services.async_call(
        "camera",
        "disable_motion_detection",
        {"entity_id": "camera.front_door"},
        blocking=True,
    )
    coordinator.handle_event(event(EventKind.RING))
    await hass.async_block_till_done()
    assert state_of(hass, "event.front_door_doorbell") != "unknown"


class TestAfterARestart:
    """The switches were off when Home Assistant stopped."""

    @pytest.fixture(autouse=True)
    def before(self, hass: HomeAssistant) -> None:
        """Remember what they were."""
        mock_restore_cache(
            hass,
            [
                State("switch.front_door_recording", STATE_OFF),
                State("switch.front_door_motion_detection", STATE_OFF),
            ],
        )

    async def test_switches_stay_off(
        self, hass: HomeAssistant, demo: MockConfigEntry
    ) -> None:
        """Nothing is recorded because somebody restarted."""
        assert state_of(hass, "switch.front_door_recording") == STATE_OFF
        assert state_of(hass, "switch.front_door_motion_detection") == STATE_OFF
        await switch(hass, "recording", on=True)
