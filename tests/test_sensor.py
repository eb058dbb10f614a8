"""Test the sensors of doorbells and agencies."""

from datetime import UTC, datetime, timedelta

from homeassistant.components.sensor import SensorExtraStoredData
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.entity_component import DATA_INSTANCES
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
)

from custom_components.doorwatch.sensor import DoorbellSensor
from custom_components.doorwatch.signals import SIGNAL_SLOT
from tests.engine.sharing.requests.items import WINDOW, request
from tests.requests.asking import around
from tests.requests.test_board import asked
from tests.sharing_fixtures import Home
from tests.waiting import until


@pytest.mark.parametrize("ahead", [False, True])
async def test_the_last_motion_is_remembered_over_a_restart(
    hass: HomeAssistant,
    doorwatch: HomeAssistant,
    demo_entry: MockConfigEntry,
    ahead: bool,
) -> None:
    """A time that was stored while the clock was ahead is dropped."""
    moved = datetime(2026, 11, 24, 20, 15, tzinfo=UTC)
    if ahead:
        moved = dt_util.utcnow() + timedelta(days=40)
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
    assert isinstance(sensor, DoorbellSensor)
    assert sensor.native_value == (None if ahead else moved)


def open_requests(home: Home) -> str:
    """Return the state of the agency's sensor."""
    state = home.hass.states.get("sensor.harbour_police_open_requests")
    assert state is not None
    return state.state


async def test_open_requests_are_counted_when_clips_fit_them(home: Home) -> None:
    """Only requests that can be answered and have matching clips count.

    The state changes only at fixed times, so that it doesn't reveal when a clip began to match.
    """
    assert open_requests(home) == STATE_UNAVAILABLE
    area = around(home.hass)
    before = (WINDOW[0] - timedelta(hours=5), WINDOW[0] - timedelta(hours=4))
    await asked(
        home,
        request("r1", area),
        request("r2", area),
        request("quiet", area, window=before),
        request("closed", area, closed=True),
    )
    await until(lambda: open_requests(home) == "0")
    async_dispatcher_send(home.hass, SIGNAL_SLOT)
    await until(lambda: open_requests(home) == "2")
    await asked(home, request("r1", area), request("r2", area, closed=True, version=2))
    await until(lambda: open_requests(home) == "1")


async def test_open_requests_say_nothing_of_a_camera_that_is_hidden(home: Home) -> None:
    """All users can read the state, so it only counts clips that all users may see."""
    await home.user("Kim", read=[home.back])
    for clip in (home.back_clip,):
        await home.data.library.delete(clip.clip_id)
    await asked(home, request("r1", around(home.hass)))
    async_dispatcher_send(home.hass, SIGNAL_SLOT)
    await until(lambda: open_requests(home) == "0")
    [kim] = [one for one in await home.hass.auth.async_get_users() if one.name == "Kim"]
    await home.hass.auth.async_remove_user(kim)
    await home.hass.async_block_till_done()
    async_dispatcher_send(home.hass, SIGNAL_SLOT)
    await until(lambda: open_requests(home) == "1")
