"""Test the binary sensors of motion, connection and disk."""

from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.engine.doorbells.base import EventKind
from tests.conftest import Until
from tests.demo_visits import event, state_of
from tests.disks import Disk, fill, mounted
from tests.household.upkeep import checked, choose
from tests.sharing_fixtures import set_state

MOTION = "binary_sensor.front_door_motion"
CONNECTION = "binary_sensor.front_door_connectivity"
STORAGE = "binary_sensor.front_door_storage"


async def test_motion_is_shown_until_it_is_over(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """A ring is not motion."""
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
    """Without a connection, motion is unavailable, but the clips are still counted."""
    assert state_of(hass, CONNECTION) == STATE_ON

    await demo.runtime_data.recorder.stop()
    set_state(demo, connected=False, problem="timeout")
    await hass.async_block_till_done()

    assert state_of(hass, CONNECTION) == STATE_OFF
    assert state_of(hass, MOTION) == STATE_UNAVAILABLE
    assert state_of(hass, "sensor.front_door_clips_today") == "0"


async def test_a_full_disk_is_told_at_the_next_ring_and_when_it_is_over(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until, tmp_path: Path
) -> None:
    """A full disk prevents recording, so no clip can report it."""
    disk = tmp_path / "disk"
    disk.mkdir()
    await hass.config_entries.async_unload(demo.entry_id)
    with mounted(disk, "16m") as real:
        await choose(hass, disk)
        assert await hass.config_entries.async_setup(demo.entry_id)
        await until(lambda: demo.runtime_data.data.connected)
        assert state_of(hass, STORAGE) == STATE_OFF

        with ExitStack() as full:
            if real:
                full.callback(fill(disk).unlink)
            else:
                none_left = Disk(10**9, 10**9, 0)
                full.enter_context(patch("shutil.disk_usage", lambda _: none_left))
            demo.runtime_data.handle_event(event(EventKind.RING))
            await until(lambda: state_of(hass, STORAGE) == STATE_ON)
            with pytest.raises(HomeAssistantError, match="disk for clips is full"):
                await hass.services.async_call(
                    DOMAIN,
                    "record_clip",
                    {"entity_id": "camera.front_door"},
                    blocking=True,
                )

        await checked(hass)
        assert state_of(hass, STORAGE) == STATE_OFF
        await hass.config_entries.async_unload(demo.entry_id)
