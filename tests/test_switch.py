"""Test the switches for recording and motion detection."""

import asyncio
import json
from pathlib import Path
from unittest.mock import patch

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import CoreState, HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    mock_restore_cache,
)

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.sharing.files import write_private
from custom_components.doorwatch.household.private import PrivateFolder
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.conftest import Until
from tests.demo_visits import event, state_of, switch
from tests.repairs.fixes import issues


async def test_no_clips_while_recording_is_off(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Events still change the entities."""
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
    """The clip ends although motion has not ended."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    demo.runtime_data.handle_event(event(EventKind.MOTION))
    await until(lambda: demo.runtime_data.recorder.recording)

    await switch(hass, "recording", on=False)

    await until(lambda: saved)


async def test_motion_counts_for_nothing_while_motion_detection_is_off(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """Current motion ends immediately, and rings still count."""
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


class TestAfterAnUpdate:
    """The update of a home whose switches were off; older versions stored them only in core."""

    @pytest.fixture(autouse=True)
    def before(self, hass: HomeAssistant) -> None:
        """Restore the states of the older version."""
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
        """The update doesn't start recordings."""
        assert state_of(hass, "switch.front_door_recording") == STATE_OFF
        assert state_of(hass, "switch.front_door_motion_detection") == STATE_OFF
        assert stored(hass, demo) == {"recording": False, "motion_detection": False}
        await switch(hass, "recording", on=True)


def stored(hass: HomeAssistant, demo: MockConfigEntry) -> object:
    """Return the content of the file."""
    folder = Path(hass.config.config_dir) / ".storage/doorwatch/switches"
    return json.loads((folder / f"{demo.entry_id}.json").read_bytes())


class TestWhatIsStored:
    """The file that is written before the action of a switch returns."""

    async def test_it_outlives_a_reload_and_goes_with_the_doorbell(
        self, hass: HomeAssistant, demo: MockConfigEntry
    ) -> None:
        """Core's restored state doesn't override the file."""
        await switch(hass, "recording", on=False)
        assert stored(hass, demo) == {"recording": False, "motion_detection": True}
        mock_restore_cache(hass, [State("switch.front_door_recording", STATE_ON)])
        assert await hass.config_entries.async_reload(demo.entry_id)
        assert state_of(hass, "switch.front_door_recording") == STATE_OFF
        assert not demo.runtime_data.data.recording_enabled

        await hass.config_entries.async_remove(demo.entry_id)
        await hass.async_block_till_done()
        with pytest.raises(FileNotFoundError):
            stored(hass, demo)

    async def test_off_is_off_without_a_disk_and_on_waits_for_it(
        self, hass: HomeAssistant, demo: MockConfigEntry
    ) -> None:
        """An issue remains until the state can be stored."""
        with patch(
            "custom_components.doorwatch.runtime.switches.write_private",
            side_effect=OSError(28, "No space left on device"),
        ):
            with pytest.raises(HomeAssistantError, match="couldn't be stored"):
                await switch(hass, "recording", on=False)
            assert state_of(hass, "switch.front_door_recording") == STATE_OFF
            assert issues(hass) == {"switch_not_stored"}
            with pytest.raises(HomeAssistantError):
                await switch(hass, "recording", on=True)
            assert state_of(hass, "switch.front_door_recording") == STATE_OFF
        assert stored(hass, demo) == {"recording": True, "motion_detection": True}

        await switch(hass, "motion_detection", on=False)
        assert stored(hass, demo) == {"recording": False, "motion_detection": False}
        assert issues(hass) == set()

    async def test_the_last_of_several_counts(
        self, hass: HomeAssistant, demo: MockConfigEntry
    ) -> None:
        """The second call arrives while the first is still writing."""
        switches = demo.runtime_data.switches
        await asyncio.gather(
            switches.async_set("recording", True),
            switches.async_set("recording", False),
        )
        assert not demo.runtime_data.data.recording_enabled
        assert stored(hass, demo) == {"recording": False, "motion_detection": True}

    async def test_an_on_that_fails_leaves_the_off_after_it(
        self, hass: HomeAssistant, demo: MockConfigEntry
    ) -> None:
        """The failed call doesn't restore the earlier state, which was on."""
        switches = demo.runtime_data.switches
        write, asked = write_private, 0

        def fail_once(path: Path, content: bytes) -> None:
            nonlocal asked
            asked += 1
            if asked == 1:
                raise OSError(28, "No space left on device")
            write(path, content)

        with patch(
            "custom_components.doorwatch.runtime.switches.write_private", fail_once
        ):
            results = await asyncio.gather(
                switches.async_set("recording", True),
                switches.async_set("recording", False),
                return_exceptions=True,
            )
        assert [type(one) for one in results] == [HomeAssistantError, type(None)]
        assert not demo.runtime_data.data.recording_enabled
        assert stored(hass, demo) == {"recording": False, "motion_detection": True}

    async def test_a_file_that_cannot_be_read_turns_all_off(
        self, hass: HomeAssistant, demo: MockConfigEntry
    ) -> None:
        """The file exists only because a switch was turned off."""
        folder = Path(hass.config.config_dir) / ".storage/doorwatch/switches"
        (folder / f"{demo.entry_id}.json").write_bytes(b"{")
        assert await hass.config_entries.async_reload(demo.entry_id)
        assert state_of(hass, "switch.front_door_recording") == STATE_OFF


async def test_a_restored_backup_names_each_doorbell_that_records(
    hass: HomeAssistant, doorwatch: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """Recording may have been turned off after the backup. The issue appears only once."""
    private = PrivateFolder(hass.config.config_dir)
    await hass.async_add_executor_job(private.mark)
    hass.set_state(CoreState.starting)
    demo_entry.add_to_hass(hass)
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    hass.set_state(CoreState.running)
    assert "records_again" in issues(hass)

    await switch(hass, "recording", on=False)
    assert "records_again" not in issues(hass)
    await switch(hass, "recording", on=True)
    assert await hass.config_entries.async_reload(demo_entry.entry_id)
    assert "records_again" not in issues(hass)
