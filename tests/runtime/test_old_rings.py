"""Test that a ring is reported once: not by a reload, a restart or a returning source.

A ring of the day before once opened a front door, so each test has that automation.
test_watchdog.py tests reconnections of the doorbell itself.
"""

from datetime import UTC, datetime
import time
from typing import Any

from freezegun import api as freezegun_api
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components.event import EventExtraStoredData
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, ServiceCall, State
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_mock_service,
    mock_restore_cache_with_extra_data,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_MOTION_ENTITY,
    CONF_RING_ENTITY,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_WEBHOOK,
    CONF_WEBHOOK_ID,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_RTSP,
)
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.conftest import Until

RING = "event.front_door_doorbell"
BUTTON = "event.porch_button"
SENSOR = "binary_sensor.porch_button"
YESTERDAY = "2026-11-24T20:15:00.000+00:00"


@pytest.fixture
async def opened(doorwatch: HomeAssistant) -> list[ServiceCall]:
    """Open the door on each ring with core's trigger and return the calls."""
    assert await async_setup_component(doorwatch, "doorbell", {})
    calls = async_mock_service(doorwatch, "lock", "open")
    assert await async_setup_component(
        doorwatch,
        "automation",
        {
            "automation": {
                "alias": "Open the door",
                "triggers": {
                    "trigger": "doorbell.rang",
                    "target": {"entity_id": RING},
                },
                "actions": {
                    "action": "lock.open",
                    "target": {"entity_id": "lock.front"},
                },
            }
        },
    )
    await doorwatch.async_block_till_done()
    return calls


async def set_up(hass: HomeAssistant, **options: Any) -> MockConfigEntry:
    """Set up a doorbell without video that rings by the options."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Front door",
        data={
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_RTSP,
            CONF_STREAM: "rtsp://127.0.0.1:1/nobody",
            CONF_WEBHOOK_ID: "porch-webhook",
        },
        options=options,
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


async def show(hass: HomeAssistant, entity_id: str, state: str) -> None:
    """Set the state of the source."""
    attributes: dict[str, Any] = {}
    if entity_id.startswith("event.") and state not in (
        STATE_UNAVAILABLE,
        STATE_UNKNOWN,
    ):
        attributes = {"event_type": "ring", "event_types": ["ring"]}
    hass.states.async_set(entity_id, state, attributes)
    await hass.async_block_till_done()


def now() -> str:
    """Return the state of an event entity that rings now."""
    return dt_util.utcnow().isoformat(timespec="milliseconds")


def shown(hass: HomeAssistant) -> str:
    """Return the state of the doorbell's event entity."""
    state = hass.states.get(RING)
    assert state is not None
    return state.state


async def test_a_ring_in_the_same_millisecond_as_another_kind_counts(
    hass: HomeAssistant, opened: list[ServiceCall]
) -> None:
    """Event entities with several types can report two events at the same time."""
    await show(hass, BUTTON, YESTERDAY)
    await set_up(hass, **{CONF_RING_ENTITY: BUTTON})
    at = now()
    for kind in ("motion", "ring", "ring"):
        hass.states.async_set(
            BUTTON, at, {"event_type": kind, "event_types": ["motion", "ring"]}
        )
        await hass.async_block_till_done()
    assert len(opened) == 1


async def test_an_old_event_that_changes_its_kind_is_no_ring(
    hass: HomeAssistant, opened: list[ServiceCall], freezer: FrozenDateTimeFactory
) -> None:
    """An integration may change the event type later."""
    await show(hass, BUTTON, YESTERDAY)
    await set_up(hass, **{CONF_RING_ENTITY: BUTTON})
    at = now()
    types = ["motion", "ring"]
    hass.states.async_set(BUTTON, at, {"event_type": "motion", "event_types": types})
    await hass.async_block_till_done()
    freezer.tick(60)
    hass.states.async_set(BUTTON, at, {"event_type": "ring", "event_types": types})
    await hass.async_block_till_done()
    assert opened == []


@pytest.mark.lesson(2)
async def test_event_entity_that_rang_before_rings_no_more(
    hass: HomeAssistant, opened: list[ServiceCall]
) -> None:
    """Neither a start, a reload nor the return of its integration is a ring."""
    await show(hass, BUTTON, YESTERDAY)
    entry = await set_up(hass, **{CONF_RING_ENTITY: BUTTON})
    assert shown(hass) == STATE_UNKNOWN
    await show(hass, BUTTON, now())
    assert len(opened) == 1
    rang = shown(hass)

    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    await show(hass, BUTTON, STATE_UNAVAILABLE)
    await show(hass, BUTTON, YESTERDAY)
    assert len(opened) == 1
    assert shown(hass) == rang
    assert entry.runtime_data.recorder.diagnostics()["events"] == 0

    await show(hass, BUTTON, now())
    assert len(opened) == 2


@pytest.mark.lesson(2)
async def test_sensor_that_is_still_on_rings_no_more(
    hass: HomeAssistant, opened: list[ServiceCall]
) -> None:
    """Only a change from off to on is a ring."""
    await show(hass, SENSOR, STATE_ON)
    entry = await set_up(hass, **{CONF_RING_ENTITY: SENSOR})
    await show(hass, SENSOR, STATE_UNAVAILABLE)
    await show(hass, SENSOR, STATE_ON)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert not opened
    await show(hass, SENSOR, STATE_OFF)
    await show(hass, SENSOR, STATE_ON)
    assert len(opened) == 1


@pytest.mark.lesson(2)
async def test_webhook_rings_once(
    hass: HomeAssistant,
    opened: list[ServiceCall],
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """It doesn't ring after a reload, or while the doorbell is disabled."""
    assert await async_setup_component(hass, "webhook", {})
    entry = await set_up(hass, **{CONF_WEBHOOK: True})
    client = await hass_client_no_auth()
    await client.post("/api/webhook/porch-webhook?event=ring")
    await hass.async_block_till_done()
    assert len(opened) == 1
    assert await hass.config_entries.async_unload(entry.entry_id)
    await client.post("/api/webhook/porch-webhook?event=ring")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert len(opened) == 1


@pytest.mark.lesson(2)
@pytest.mark.parametrize("source", [BUTTON, SENSOR])
async def test_restart_shows_the_last_ring_and_rings_no_more(
    hass: HomeAssistant, opened: list[ServiceCall], source: str
) -> None:
    """The restored states of the doorbell's event and of its source are old."""
    rang = datetime(2026, 11, 24, 20, 15, tzinfo=UTC)
    mock_restore_cache_with_extra_data(
        hass,
        [
            (
                State(RING, YESTERDAY),
                EventExtraStoredData("ring", {}).as_dict(),
            )
        ],
    )
    # The source is added later, with its restored state.
    entry = await set_up(hass, **{CONF_RING_ENTITY: source})
    await show(hass, source, STATE_ON if source == SENSOR else YESTERDAY)
    assert not opened
    assert entry.runtime_data.recorder.diagnostics()["events"] == 0
    await show(hass, source, STATE_OFF if source == SENSOR else YESTERDAY)
    assert not opened
    assert dt_util.parse_datetime(shown(hass)) == rang
    await show(hass, source, STATE_ON if source == SENSOR else now())
    assert len(opened) == 1


@pytest.mark.lesson(1)
@pytest.mark.parametrize("by", [-3 * 3600, 3 * 3600])
async def test_the_door_opens_and_motion_shows_once_the_clock_was_set(
    hass: HomeAssistant,
    opened: list[ServiceCall],
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    by: int,
) -> None:
    """Core's trigger fires and the doorbell's entities change each time."""
    monkeypatch.setattr(time, "monotonic", freezegun_api.real_monotonic)
    pir = "binary_sensor.porch_pir"
    await show(hass, BUTTON, STATE_UNKNOWN)
    await show(hass, pir, STATE_OFF)
    entry = await set_up(hass, **{CONF_RING_ENTITY: BUTTON, CONF_MOTION_ENTITY: pir})
    await show(hass, BUTTON, now())
    freezer.tick(by)
    for rings in (2, 3):
        freezer.tick(1)
        await show(hass, BUTTON, now())
        assert len(opened) == rings
    await show(hass, pir, STATE_ON)
    assert hass.states.is_state("binary_sensor.front_door_motion", STATE_ON)
    assert entry.runtime_data.recorder.diagnostics()["events"] == 4
    assert entry.runtime_data.data.last_motion == dt_util.utcnow()


@pytest.mark.lesson(6)
@pytest.mark.parametrize("by", [-3 * 3600, 3 * 3600])
async def test_a_clock_that_is_set_during_a_visit_takes_no_ring_from_its_clip(
    hass: HomeAssistant,
    demo: MockConfigEntry,
    until: Until,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    by: int,
) -> None:
    """Motion, a clock change and a ring are one clip with the kind ring."""
    monkeypatch.setattr(time, "monotonic", freezegun_api.real_monotonic)
    coordinator = demo.runtime_data
    library = hass.data[DATA].library
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)

    def happen(kind: EventKind) -> None:
        coordinator.handle_event(
            DoorbellEvent(kind=kind, at=dt_util.utcnow(), monotonic=time.monotonic())
        )

    happen(EventKind.MOTION)
    await until(lambda: coordinator.data.recording)
    freezer.tick(by)
    happen(EventKind.RING)
    happen(EventKind.MOTION_ENDED)
    await until(lambda: saved)
    (clip,) = await library.list([demo.entry_id])
    assert clip.event == "ring"
    told = saved[0].data["happened"]
    assert [each["event"] for each in told] == ["motion", "ring"]
    motion, ring = (datetime.fromisoformat(each["at"]) for each in told)
    assert (ring - motion).total_seconds() == pytest.approx(by, abs=1)


@pytest.mark.lesson(2)
async def test_what_is_not_taken_is_said_once_and_counted(
    hass: HomeAssistant,
    opened: list[ServiceCall],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The log and the diagnostics explain why a door stayed closed."""
    await show(hass, BUTTON, STATE_UNKNOWN)
    entry = await set_up(hass, **{CONF_RING_ENTITY: BUTTON})
    begun = dt_util.utcnow()
    for minute in range(3):
        await show(hass, BUTTON, f"2026-11-24T20:1{minute}:00.000+00:00")
    await show(hass, BUTTON, STATE_UNAVAILABLE)
    await show(hass, BUTTON, now())
    entry.runtime_data.handle_event(
        DoorbellEvent(kind=EventKind.RING, at=begun, monotonic=0.0)
    )

    found = await async_get_config_entry_diagnostics(hass, entry)
    dropped = found["events"]["dropped"]
    assert {why: each["count"] for why, each in dropped.items()} == {
        "before": 4,
        "back": 1,
    }
    for each in dropped.values():
        assert begun <= datetime.fromisoformat(each["last"]) <= dt_util.utcnow()
    said = [
        record.getMessage()
        for record in caplog.records
        if "was ignored" in record.getMessage()
    ]
    assert len(said) == 2
    assert all("Front door" in line for line in said)
    assert not opened
