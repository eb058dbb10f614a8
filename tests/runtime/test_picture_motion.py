"""Test motion detection in the video, with the real recorder and a demo doorbell."""

from typing import Any, override
from unittest.mock import patch

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_ON_EVENT,
    CONF_PICTURE_MOTION,
    CONF_SOURCE,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_DEMO,
)
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent
from custom_components.doorwatch.engine.doorbells.demo import VISITS, DemoDoorbell
from tests.conftest import Until

MOTION = "binary_sensor.front_door_motion"
SWITCH = "switch.front_door_motion_detection"
LENGTHS = {"pre_roll": 1, "post_roll": 1, "longest_clip": 60}


class SilentDoorbell(DemoDoorbell):
    """A demo doorbell that reports no events."""

    @override
    def _dispatch(self, event: DoorbellEvent) -> None:
        pass


def doorbell(hass: HomeAssistant, **options: Any) -> MockConfigEntry:
    """Create the entry of a doorbell."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Front door",
        unique_id="demo",
        data={CONF_KIND: KIND_DOORBELL, CONF_SOURCE: SOURCE_DEMO},
        options={**LENGTHS, **options},
    )
    entry.add_to_hass(hass)
    return entry


async def begin(
    hass: HomeAssistant, entry: MockConfigEntry, *, first: float = 1e6
) -> None:
    """Set up the doorbell without rings."""
    assert await async_setup_component(hass, "homeassistant", {})
    with patch(
        "custom_components.doorwatch.runtime.kinds.DemoDoorbell",
        lambda: SilentDoorbell(VISITS[1:], first=first, interval=1e6),
    ):
        assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()


def shown(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state.state


def looked(entry: MockConfigEntry) -> int:
    """Return the number of analyzed keyframes."""
    told = entry.runtime_data.picture_motion.diagnostics()
    return 0 if told is None else int(told["keyframes"])


@pytest.mark.lesson(5)
async def test_somebody_who_walks_up_is_motion_and_becomes_a_clip(
    doorwatch: HomeAssistant, until: Until
) -> None:
    hass = doorwatch
    entry = doorbell(hass, picture_motion=True, cool_down=0)
    # Somebody comes once, after the background was learned.
    await begin(hass, entry, first=8)
    await until(lambda: shown(hass, MOTION) == STATE_ON)
    await until(lambda: shown(hass, MOTION) == STATE_OFF)
    domain = hass.data[DATA]
    coordinator = entry.runtime_data
    await until(lambda: coordinator.data.last_clip is not None)
    (clip,) = await domain.library.list([entry.entry_id], limit=5)
    assert clip.event == "motion"
    assert clip.duration.total_seconds() > 2
    told = (await async_get_config_entry_diagnostics(hass, entry))["picture_motion"]
    assert told["keyframes"] > 5
    assert told["undecodable"] == 0
    assert told["cpu_ms"] > 0
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_a_doorstep_with_nobody_is_no_motion(
    doorwatch: HomeAssistant, until: Until
) -> None:
    hass = doorwatch
    entry = doorbell(hass, picture_motion=True)
    await begin(hass, entry)
    await until(lambda: looked(entry) >= 10)
    assert shown(hass, MOTION) == STATE_OFF
    assert entry.runtime_data.data.last_motion is None


@pytest.mark.lesson(8)
async def test_nothing_is_decoded_while_it_is_off(
    doorwatch: HomeAssistant, until: Until
) -> None:
    hass = doorwatch
    entry = doorbell(hass, picture_motion=True)
    await begin(hass, entry)
    await until(lambda: looked(entry) >= 1)
    await hass.services.async_call(
        "switch", "turn_off", {"entity_id": SWITCH}, blocking=True
    )
    picture_motion = entry.runtime_data.picture_motion
    assert picture_motion.diagnostics() is None
    await hass.services.async_call(
        "switch", "turn_on", {"entity_id": SWITCH}, blocking=True
    )
    await until(lambda: looked(entry) >= 1)


@pytest.mark.parametrize(
    ("looks", "state"), [(True, STATE_OFF), (False, STATE_UNAVAILABLE)]
)
async def test_the_picture_tells_of_motion_while_the_sensor_is_away(
    doorwatch: HomeAssistant, until: Until, looks: bool, state: str
) -> None:
    hass = doorwatch
    sensor = "binary_sensor.porch"
    hass.states.async_set(sensor, STATE_UNAVAILABLE)
    entry = doorbell(hass, motion_entity=sensor, picture_motion=looks)
    await begin(hass, entry)
    await until(lambda: entry.runtime_data.data.connected)
    assert shown(hass, MOTION) == state


@pytest.mark.lesson(8)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {CONF_PICTURE_MOTION: False},
        {CONF_PICTURE_MOTION: True, CONF_ON_EVENT: True},
    ],
)
async def test_off_by_default_and_for_doorbells_that_sleep(
    doorwatch: HomeAssistant, options: dict[str, bool]
) -> None:
    hass = doorwatch
    entry = doorbell(hass, **options)
    await begin(hass, entry)
    assert not entry.runtime_data.picture_motion.wanted
    assert entry.runtime_data.picture_motion.diagnostics() is None


async def test_areas_that_cannot_be_read_watch_everything(
    doorwatch: HomeAssistant, until: Until, caplog: pytest.LogCaptureFixture
) -> None:
    hass = doorwatch
    entry = doorbell(hass, picture_motion=True, areas="the lawn")
    await begin(hass, entry)
    assert "so the whole image is watched" in caplog.text
    await until(lambda: looked(entry) >= 1)
