"""Test that entities and a webhook report motion and rings, but never old ones."""

from datetime import UTC, datetime, timedelta
import time

from freezegun import api as freezegun_api
from freezegun.api import FrozenDateTimeFactory
from homeassistant.components import webhook
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.doorwatch.const import CONF_MOTION_ENTITY, CONF_RING_ENTITY
from custom_components.doorwatch.engine.doorbells.dropped import DropReason
from custom_components.doorwatch.runtime.event_sources import PULSE
from tests.runtime.doors import ENDED, MOTION, RING, SET, WEBHOOK, Door, wall_clock

__all__ = ["wall_clock"]


async def test_sensor_tells_begin_and_end_of_motion(hass: HomeAssistant) -> None:
    sensor = "binary_sensor.porch_motion"
    hass.states.async_set(sensor, STATE_OFF)
    door = Door(hass, **{CONF_MOTION_ENTITY: sensor})
    before = time.monotonic()
    await door.set(sensor, STATE_ON)
    (event,) = door.events
    assert event.kind is MOTION
    assert before - 0.1 <= event.monotonic <= time.monotonic()
    state = hass.states.get(sensor)
    assert state is not None
    assert event.at == state.last_changed
    assert door.kinds == [MOTION]
    await door.set(sensor, STATE_ON, battery=12)
    assert door.kinds == []
    await door.set(sensor, STATE_OFF)
    assert door.kinds == [ENDED]
    door.sources.stop()
    door.sources.stop()
    await door.set(sensor, STATE_ON)
    assert door.kinds == []


@pytest.mark.lesson(5)
async def test_sensor_that_goes_away_ends_motion_and_coming_back_is_none(
    hass: HomeAssistant,
) -> None:
    sensor = "binary_sensor.porch_motion"
    hass.states.async_set(sensor, STATE_OFF)
    door = Door(hass, **{CONF_MOTION_ENTITY: sensor})
    await door.set(sensor, STATE_ON)
    await door.set(sensor, STATE_UNAVAILABLE)
    assert door.kinds == [MOTION, ENDED]
    await door.set(sensor, STATE_ON)
    assert door.kinds == []
    hass.states.async_remove(sensor)
    await hass.async_block_till_done()
    assert door.kinds == [ENDED]
    await door.set(sensor, STATE_ON)
    assert door.kinds == []
    door.sources.stop()


@pytest.mark.parametrize("kind", ["ring", "pressed", "press_start", "single_press"])
async def test_event_entity_rings(hass: HomeAssistant, kind: str) -> None:
    button = "event.porch_button"
    hass.states.async_set(button, STATE_UNKNOWN)
    door = Door(hass, **{CONF_RING_ENTITY: button})
    await door.event(button, kind)
    assert door.kinds == [RING]
    await door.event(button, "long_press_end")
    assert door.kinds == []
    door.sources.stop()


async def test_only_kind_of_an_event_entity_is_a_ring(hass: HomeAssistant) -> None:
    button = "event.porch_button"
    hass.states.async_set(button, STATE_UNKNOWN)
    door = Door(hass, **{CONF_RING_ENTITY: button})
    at = dt_util.utcnow().isoformat()
    await door.set(button, at, event_type="klingel", event_types=["klingel"])
    assert door.kinds == [RING]
    door.sources.stop()


@pytest.mark.lesson(2)
async def test_old_ring_is_never_told(hass: HomeAssistant) -> None:
    button = "event.porch_button"
    long_ago = (dt_util.utcnow() - timedelta(hours=5)).isoformat(
        timespec="milliseconds"
    )
    door = Door(hass, **{CONF_RING_ENTITY: button})
    # The entity is added with its restored state.
    await door.event(button, "ring", long_ago)
    # It is unavailable, then returns with the same event.
    await door.set(button, STATE_UNAVAILABLE)
    await door.event(button, "ring", long_ago)
    # It returns with a new event.
    await door.set(button, STATE_UNAVAILABLE)
    await door.event(button, "ring")
    # A cloud delivers an old event late; other states are not times.
    await door.event(button, "ring", long_ago)
    await door.set(button, "yesterday", event_type="ring")
    await door.set(button, "2026-11-25T00:00:00", event_type="ring")
    await door.set(button, STATE_UNKNOWN)
    hass.states.async_remove(button)
    await hass.async_block_till_done()
    assert door.kinds == []
    await door.event(button, "ring", long_ago)
    await door.event(button, "ring")
    assert door.kinds == [RING]
    last = hass.states.get(button)
    assert last is not None
    await door.set(button, last.state, event_type="ring", note="the same")
    older = door.last = door.last + timedelta(milliseconds=1)
    await door.event(button, "ring")
    assert door.kinds == [RING]
    await door.event(button, "ring", older.isoformat())
    assert door.kinds == []
    door.sources.stop()


@pytest.mark.lesson(4)
async def test_ring_that_is_told_late_lies_where_it_happened(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    button = "event.porch_button"
    hass.states.async_set(button, STATE_UNKNOWN)
    door = Door(hass, **{CONF_RING_ENTITY: button})
    rang = dt_util.utcnow() + timedelta(seconds=1)
    freezer.tick(3)
    await door.event(button, "ring", rang.isoformat())
    (event,) = door.events
    assert event.at == rang
    assert time.monotonic() - event.monotonic == pytest.approx(2, abs=1)
    door.sources.stop()


@pytest.mark.lesson(1)
@pytest.mark.parametrize("by", SET, ids=str)
async def test_a_clock_that_is_set_silences_no_sensor(
    hass: HomeAssistant, wall_clock: FrozenDateTimeFactory, by: timedelta
) -> None:
    motion, button = "binary_sensor.porch_motion", "binary_sensor.porch_button"
    for sensor in (motion, button):
        hass.states.async_set(sensor, STATE_OFF)
    door = Door(hass, **{CONF_MOTION_ENTITY: motion, CONF_RING_ENTITY: button})
    wall_clock.tick(by)
    begun = time.monotonic()
    await door.set(motion, STATE_ON)
    await door.set(button, STATE_ON)
    await door.set(motion, STATE_OFF)
    assert all(begun <= event.monotonic <= time.monotonic() for event in door.events)
    assert {event.at for event in door.events} == {dt_util.utcnow()}
    assert door.kinds == [MOTION, RING, ENDED]
    assert not door.dropped
    door.sources.stop()


@pytest.mark.lesson(1)
@pytest.mark.parametrize("by", SET, ids=str)
@pytest.mark.parametrize("rings_before", [0, 1, 2])
async def test_a_clock_that_is_set_silences_no_event_entity(
    hass: HomeAssistant,
    wall_clock: FrozenDateTimeFactory,
    by: timedelta,
    rings_before: int,
) -> None:
    """After the clock is set back, core adds a little to the time of the last event."""
    motion, button = "event.porch_motion", "event.porch_button"
    for entity in (motion, button):
        hass.states.async_set(entity, STATE_UNKNOWN)
    door = Door(hass, **{CONF_MOTION_ENTITY: motion, CONF_RING_ENTITY: button})
    for _ in range(rings_before):
        wall_clock.tick(1)
        await door.event(button, "ring")
        await door.event(motion, "motion")
    assert door.kinds == [RING, MOTION] * rings_before
    wall_clock.tick(by)
    for _ in range(2):
        begun = time.monotonic()
        await door.event(button, "ring")
        await door.event(motion, "motion")
        for event in door.events:
            assert begun - 0.01 <= event.monotonic <= time.monotonic()
            assert abs(event.at - dt_util.utcnow()) < timedelta(seconds=1)
        assert door.kinds == [RING, MOTION]
    assert not door.dropped
    door.sources.stop()


@pytest.mark.lesson(1)
async def test_an_entity_that_tells_the_time_of_the_clock_is_heard_once_that_is_set_back(
    hass: HomeAssistant, wall_clock: FrozenDateTimeFactory
) -> None:
    """A program may set its entity to a time that is earlier than before."""
    button = "event.porch_button"
    hass.states.async_set(button, STATE_UNKNOWN)
    door = Door(hass, **{CONF_RING_ENTITY: button})
    for by in (1, -7200, 5):
        wall_clock.tick(by)
        await door.event(button, "ring", dt_util.utcnow().isoformat())
        assert door.kinds == [RING]
    door.sources.stop()


@pytest.mark.lesson(2)
async def test_an_old_ring_looks_no_newer_by_a_clock_that_is_set(
    hass: HomeAssistant, wall_clock: FrozenDateTimeFactory
) -> None:
    """A forward jump makes old events look new, a backward jump future."""
    button = "event.porch_button"
    hass.states.async_set(button, STATE_UNKNOWN)
    right = dt_util.utcnow()

    async def replay(door: Door, at: datetime) -> list[DropReason]:
        hass.states.async_set(button, STATE_UNKNOWN)
        await door.event(button, "ring", at.isoformat())
        assert door.kinds == []
        why, door.dropped[:] = list(door.dropped), []
        return why

    # After a dead battery, the clock starts years ago until a time server corrects it.
    wall_clock.move_to(datetime(2020, 1, 1, tzinfo=UTC))
    door = Door(hass, **{CONF_RING_ENTITY: button})
    wall_clock.move_to(right)
    assert await replay(door, right - timedelta(hours=12)) == [DropReason.BEFORE]
    assert await replay(door, right - timedelta(seconds=5)) == [DropReason.BEFORE]
    assert await replay(door, datetime(2019, 12, 31, tzinfo=UTC)) == [DropReason.BEFORE]
    door.sources.stop()

    # After an hour back, earlier events seem to be after the start or in the future.
    door = Door(hass, **{CONF_RING_ENTITY: button})
    wall_clock.tick(-3600)
    assert await replay(door, right - timedelta(minutes=10)) == [DropReason.FUTURE]
    assert await replay(door, right) == [DropReason.FUTURE]
    assert await replay(door, dt_util.utcnow() - timedelta(minutes=10)) == [
        DropReason.BEFORE
    ]
    # An old event is not accepted after a new event either.
    await door.event(button, "ring", dt_util.utcnow().isoformat())
    assert door.kinds == [RING]
    for minutes in (10, 59, 61):
        await door.event(
            button, "ring", (right - timedelta(minutes=minutes)).isoformat()
        )
    assert door.kinds == []
    assert door.dropped == [DropReason.FUTURE, DropReason.FUTURE, DropReason.BEFORE]
    door.sources.stop()


@pytest.mark.lesson(2)
async def test_what_was_told_late_may_be_older_than_a_clock_that_was_set_back_says(
    hass: HomeAssistant,
    wall_clock: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The ring is from before the start and is reported twenty minutes after it."""
    button = "event.porch_button"
    hass.states.async_set(button, STATE_UNKNOWN)
    door = Door(hass, **{CONF_RING_ENTITY: button})
    rang = dt_util.utcnow() - timedelta(minutes=10)
    wall_clock.tick(timedelta(minutes=20) - timedelta(minutes=25))
    now = freezegun_api.real_monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + 20 * 60)
    assert dt_util.utcnow() - rang == timedelta(minutes=5)
    await door.event(button, "ring", rang.isoformat())
    assert door.kinds == []
    assert door.dropped == [DropReason.BEFORE]
    door.sources.stop()


@pytest.mark.lesson(2)
async def test_what_is_not_taken_is_said(hass: HomeAssistant) -> None:
    """A repeated state is not a dropped event."""
    button = "event.porch_button"
    long_ago = dt_util.utcnow() - timedelta(hours=5)
    await Door(hass).event(button, "ring", long_ago.isoformat())
    door = Door(hass, **{CONF_RING_ENTITY: button})
    await door.event(button, "ring")
    last = hass.states.get(button)
    assert last is not None
    await door.set(button, STATE_UNAVAILABLE)
    await door.event(button, "ring", last.state)
    await door.event(button, "long_press_end", long_ago.isoformat())
    assert not door.dropped
    await door.set(button, STATE_UNAVAILABLE)
    await door.event(button, "ring", long_ago.isoformat())
    await door.event(button, "ring", "yesterday")
    await door.event(button, "ring")
    await door.event(button, "ring", long_ago.isoformat())
    assert door.dropped == [DropReason.BACK, DropReason.NO_TIME, DropReason.OLDER]
    assert door.kinds == [RING, RING]
    door.sources.stop()


async def test_sensor_can_ring(hass: HomeAssistant) -> None:
    sensor = "binary_sensor.porch_button"
    hass.states.async_set(sensor, STATE_UNAVAILABLE)
    door = Door(hass, **{CONF_RING_ENTITY: sensor})
    for state in (STATE_ON, STATE_OFF, STATE_ON, STATE_ON, STATE_OFF):
        await door.set(sensor, state)
    assert door.kinds == [RING]
    hass.states.async_remove(sensor)
    await hass.async_block_till_done()
    assert door.kinds == []
    door.sources.stop()


@pytest.mark.lesson(5)
async def test_motion_of_an_event_entity_ends_by_itself(
    hass: HomeAssistant, freezer: FrozenDateTimeFactory
) -> None:
    entity = "event.porch_motion"
    hass.states.async_set(entity, STATE_UNKNOWN)
    door = Door(hass, **{CONF_MOTION_ENTITY: entity})
    await door.event(entity, "motion")
    assert door.kinds == [MOTION]
    freezer.tick(PULSE - 1)
    async_fire_time_changed(hass)
    await door.event(entity, "motion")
    assert door.kinds == [MOTION]
    freezer.tick(PULSE - 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert door.kinds == []
    freezer.tick(2)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert door.kinds == [ENDED]
    await door.event(entity, "motion")
    freezer.tick(1)
    await door.event(entity, "cleared")
    assert door.kinds == [MOTION, ENDED]
    freezer.tick(PULSE + 1)
    async_fire_time_changed(hass)
    await hass.async_block_till_done()
    assert door.kinds == []
    door.sources.stop()


async def test_renamed_entity_is_followed(
    hass: HomeAssistant, entity_registry: er.EntityRegistry
) -> None:
    entity_id = entity_registry.async_get_or_create(
        "binary_sensor", "demo", "1234", suggested_object_id="old"
    ).entity_id
    hass.states.async_set(entity_id, STATE_OFF)
    door = Door(hass, **{CONF_MOTION_ENTITY: entity_id, "pre_roll": 7})
    entity_registry.async_update_entity(entity_id, name="Another name")
    await hass.async_block_till_done()
    for new_id in ("binary_sensor.new", "binary_sensor.newer"):
        entity_registry.async_update_entity(entity_id, new_entity_id=new_id)
        await hass.async_block_till_done()
        hass.states.async_set(new_id, STATE_OFF)
        await door.set(new_id, STATE_ON)
        assert door.kinds == [MOTION]
        assert door.entry.options == {CONF_MOTION_ENTITY: new_id, "pre_roll": 7}
        await door.set(new_id, STATE_OFF)
        door.events.clear()
        entity_id = new_id
    await door.set("binary_sensor.old", STATE_OFF)
    await door.set("binary_sensor.old", STATE_ON)
    assert door.kinds == []
    door.sources.stop()
    await door.set(entity_id, STATE_ON)
    assert door.kinds == []


async def test_without_options_nothing_is_offered(hass: HomeAssistant) -> None:
    door = Door(hass)
    assert WEBHOOK not in hass.data.get(webhook.DOMAIN, {})
    door.sources.stop()
