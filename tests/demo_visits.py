"""Create events at the demo doorbell, and check their results."""

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
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.conftest import Until


def event(kind: EventKind, ago: float = 0.0) -> DoorbellEvent:
    """Make an event that happened `ago` seconds ago."""
    return DoorbellEvent(
        kind=kind,
        at=dt_util.utcnow() - timedelta(seconds=ago),
        monotonic=time.monotonic() - ago,
    )


def state_of(hass: HomeAssistant, entity_id: str) -> str:
    state = hass.states.get(entity_id)
    assert state is not None, entity_id
    return state.state


def later(hass: HomeAssistant, wait: timedelta) -> None:
    """Fire all timers that are due after `wait`, without freezing the clock of threads."""
    async_fire_time_changed(hass, dt_util.utcnow() + wait)


async def kinds(hass: HomeAssistant) -> list[str]:
    """List the kinds of the ledger's lines."""
    return [line.kind for line in await hass.data[DATA].ledger.lines(limit=1000)]


async def begin_clip(entry: MockConfigEntry, until: Until) -> None:
    """Start a clip that stays open, and wait until frames of it are on the disk."""
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
    """Ring, and return the data of the event that announces the clip."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    entry.runtime_data.handle_event(event(EventKind.RING))
    await until(lambda: saved)
    data: dict[str, Any] = dict(saved[0].data)
    return data


async def switch(hass: HomeAssistant, name: str, *, on: bool) -> None:
    """Set a switch of the doorbell, and check its state."""
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
    """Set up the entry, and return its diagnostics as a download contains them."""
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
