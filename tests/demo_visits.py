"""What tests let happen at the demo doorbell, and look at afterwards."""

from datetime import timedelta
import json
import time
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.data import DATA
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.conftest import Until


def event(kind: EventKind, ago: float = 0.0) -> DoorbellEvent:
    """Make an event that happened so many seconds ago."""
    return DoorbellEvent(
        kind=kind,
        at=dt_util.utcnow() - timedelta(seconds=ago),
        monotonic=time.monotonic() - ago,
    )


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state.state


def later(hass: HomeAssistant, wait: timedelta) -> None:
    """Fire all timers up to then; clocks go on, for the threads that look at them."""
    async_fire_time_changed(hass, dt_util.utcnow() + wait)


async def kinds(hass: HomeAssistant) -> list[str]:
    """List the kinds of lines in the ledger."""
    return [line.kind for line in await hass.data[DATA].ledger.lines(limit=1000)]


async def begin_clip(entry: MockConfigEntry, until: Until) -> None:
    """Begin a clip that goes on, with pictures on the disk already."""
    entry.runtime_data.handle_event(event(EventKind.MOTION))
    recorder = entry.runtime_data.recorder
    await until(
        lambda: (
            recorder.recording
            and recorder.diagnostics()["last_clip_readable_after"] is not None
        )
    )


async def record(
    hass: HomeAssistant, entry: MockConfigEntry, until: Until
) -> dict[str, Any]:
    """Let somebody ring, and return the announcement of the clip."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    entry.runtime_data.handle_event(event(EventKind.RING))
    await until(lambda: saved)
    data: dict[str, Any] = dict(saved[0].data)
    return data


async def switch(hass: HomeAssistant, name: str, *, on: bool) -> None:
    """Turn a switch of the doorbell."""
    await hass.services.async_call(
        "switch",
        "turn_on" if on else "turn_off",
        {"entity_id": f"switch.front_door_{name}"},
        blocking=True,
    )
    assert state_of(hass, f"switch.front_door_{name}") == (
        STATE_ON if on else STATE_OFF
    )


PLANTED = "pl4nted"


async def diagnose(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, Any]:
    """Set the entry up and return what is told, as it would be downloaded."""
    if entry not in hass.config_entries.async_entries(DOMAIN):
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
    text = json.dumps(
        await async_get_config_entry_diagnostics(hass, entry), default=str
    )
    assert PLANTED not in text
    found: dict[str, Any] = json.loads(text)
    return found
