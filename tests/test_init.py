"""Test setup, unload and removal of doorbells."""

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.doorwatch.const import CONF_KIND, DOMAIN, KIND_HOUSEHOLD
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.conftest import Until
from tests.demo_visits import begin_clip, record, state_of


async def test_the_first_entry_makes_the_household(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """The entry is added once, with the translated title."""
    await hass.async_block_till_done()
    found = [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN)
        if entry.data[CONF_KIND] == KIND_HOUSEHOLD
    ]

    assert [entry.title for entry in found] == ["Household"]
    assert found[0].state is ConfigEntryState.LOADED

    assert await hass.config_entries.async_reload(demo.entry_id)
    await hass.async_block_till_done()
    assert len(hass.config_entries.async_entries(DOMAIN)) == 2


async def test_unloading_finishes_the_open_clip(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """The clip is complete and announced after the unload."""
    coordinator = demo.runtime_data
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    await begin_clip(demo, until)

    assert await hass.config_entries.async_unload(demo.entry_id)

    await hass.async_block_till_done()
    assert len(saved) == 1
    assert await hass.data[DATA].library.verify(saved[0].data["clip_id"])
    assert state_of(hass, "camera.front_door") == STATE_UNAVAILABLE
    assert not coordinator.recorder.recording


async def test_stopping_home_assistant_finishes_the_open_clip(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """Recorders stop before the library closes."""
    folder = hass.data[DATA].library.folder
    await begin_clip(demo, until)

    await hass.async_stop(force=True)

    assert DATA not in hass.data
    assert len(list((folder / demo.entry_id).rglob("*.mp4"))) == 1
    assert len(list((folder / demo.entry_id).rglob("*.jpg"))) == 1


async def test_removing_a_doorbell_leaves_its_clips(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """The limits of the library still apply to the clips."""
    clip_id = (await record(hass, demo, until))["clip_id"]

    await hass.config_entries.async_remove(demo.entry_id)
    await hass.async_block_till_done()

    clip = await hass.data[DATA].library.get(clip_id)
    assert clip is not None
    assert clip.path.exists()


async def test_a_disabled_doorbell_can_be_removed(
    doorwatch: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    """Home Assistant removes the entry without setting up the integration."""
    hass = doorwatch
    MockConfigEntry(
        domain=DOMAIN,
        data=demo_entry.data,
        entry_id="disabled",
        disabled_by=ConfigEntryDisabler.USER,
    ).add_to_hass(hass)

    assert await hass.config_entries.async_remove("disabled")

    assert DOMAIN not in hass.config.components
    assert hass.config_entries.async_entries(DOMAIN) == []
