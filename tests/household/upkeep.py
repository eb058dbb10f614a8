"""Simulate the household's disk, folder and restarts."""

from datetime import timedelta
from pathlib import Path
import shutil

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import CONF_FOLDER, CONF_KEEP_DAYS, DOMAIN
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.domain.opening import async_get_domain
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.household.household import household_entry
from tests.demo_visits import later
from tests.disks import Disk


async def choose(hass: HomeAssistant, folder: Path | None) -> None:
    """Choose another folder in the options; it is used from the next start."""
    entry = household_entry(hass)
    assert entry is not None
    options: dict[str, object] = {CONF_KEEP_DAYS: 0}
    if folder is not None:
        options |= {CONF_FOLDER: str(folder)}
    hass.config_entries.async_update_entry(entry, options=options)
    await restart(hass)
    await async_get_domain(hass)
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Set the number of free bytes of a disk of 100 GB."""
    left = [50 * 10**9]
    total = 100 * 10**9
    monkeypatch.setattr(
        shutil, "disk_usage", lambda _: Disk(total, total - left[0], left[0])
    )
    return left


def is_open(hass: HomeAssistant, issue_id: str) -> bool:
    """Return whether an issue exists."""
    return ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None


CHECK = timedelta(seconds=31)


async def checked(hass: HomeAssistant) -> None:
    """Run the next check."""
    later(hass, CHECK)
    await hass.async_block_till_done(wait_background_tasks=True)


async def restart(hass: HomeAssistant) -> None:
    """Close everything that belongs to the domain."""
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert DATA not in hass.data


def state_of_entry(entry: MockConfigEntry) -> ConfigEntryState:
    """Return the current state of an entry."""
    return entry.state


async def clips(hass: HomeAssistant) -> dict[str, Clip]:
    """Return all saved clips."""
    library = hass.data[DATA].library
    found = await library.list(await library.doorbell_ids(), limit=99)
    return {clip.clip_id: clip for clip in found}
