"""Test that labels come from the current entities of the camera's device."""

from typing import Any

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.const import (
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    EntityCategory,
    Platform,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_CAMERA,
    CONF_LABELS,
    CONF_MOTION_ENTITY,
)
from custom_components.doorwatch.engine.doorbells.base import EventKind
from tests.runtime.doors import Door

SENSOR, EVENT = Platform.BINARY_SENSOR, Platform.EVENT


class Device:
    """A camera's device of another integration, and the doorbell linked to it."""

    def __init__(self, hass: HomeAssistant, platform: str) -> None:
        """Create the device and its camera."""
        self.hass = hass
        self.entry = MockConfigEntry(domain=platform)
        self.entry.add_to_hass(hass)
        self.device = dr.async_get(hass).async_get_or_create(
            config_entry_id=self.entry.entry_id, identifiers={(platform, "front")}
        )
        self.camera = self.add(Platform.CAMERA, "camera")

    def add(
        self, domain: str, key: str, types: list[str] | None = None, **more: Any
    ) -> er.RegistryEntry:
        """Add an entity to the device."""
        return er.async_get(self.hass).async_get_or_create(
            domain,
            self.entry.domain,
            f"UID_0_{key}",
            config_entry=self.entry,
            device_id=self.device.id,
            translation_key=key,
            capabilities=None if types is None else {"event_types": types},
            **more,
        )

    def door(self, **options: Any) -> Door:
        """Start the event sources of the linked doorbell."""
        return Door(self.hass, **{CONF_CAMERA: self.camera.id}, **options)


def seen(door: Door) -> list[dict[str, str]]:
    """Return the labels of each event since the last call."""
    told = [dict(event.labels) for event in door.events if event.kind is EventKind.SEEN]
    door.events.clear()
    return told


@pytest.fixture
def reolink(hass: HomeAssistant) -> Device:
    """Create a Reolink device."""
    return Device(hass, "reolink")


async def test_a_sensor_that_turns_on_tells_its_label(
    hass: HomeAssistant, reolink: Device
) -> None:
    """The label is reported with its source each time, and without motion."""
    person = reolink.add(SENSOR, "person").entity_id
    package = reolink.add(SENSOR, "package").entity_id
    for entity_id in (person, package):
        hass.states.async_set(entity_id, STATE_OFF)
    door = reolink.door()

    await door.set(person, STATE_ON)
    await door.set(package, STATE_ON)
    (one, other) = door.events
    state = hass.states.get(person)
    assert state is not None
    assert one.at == state.last_changed
    assert seen(door) == [{"person": "reolink"}, {"package": "reolink"}]
    assert other.transport == SENSOR

    await door.set(person, STATE_ON, battery=12)
    await door.set(person, STATE_OFF)
    assert not door.events
    await door.set(person, STATE_ON)
    assert seen(door) == [{"person": "reolink"}]
    door.sources.stop()
    await door.set(person, STATE_OFF)
    await door.set(person, STATE_ON)
    assert not door.events


async def test_what_was_on_already_or_comes_back_on_was_not_seen_now(
    hass: HomeAssistant, reolink: Device
) -> None:
    """A sensor returns to its last state after a restart or after being unavailable."""
    person = reolink.add(SENSOR, "person").entity_id
    door = reolink.door()
    await door.set(person, STATE_ON)
    await door.set(person, STATE_UNAVAILABLE)
    await door.set(person, STATE_ON)
    await door.set(person, STATE_UNKNOWN)
    await door.set(person, STATE_ON)

    assert not seen(door)
    door.sources.stop()


async def test_an_event_tells_what_its_type_says(hass: HomeAssistant) -> None:
    """Event types without a label and repeated old events report nothing."""
    types = ["triggered", "human", "pet", "vehicle"]
    hikvision = Device(hass, "hikvision")
    motion = hikvision.add(EVENT, "motion", types).entity_id
    crossing = hikvision.add(EVENT, "line_crossing", types).entity_id
    for entity_id in (motion, crossing):
        hass.states.async_set(entity_id, STATE_UNKNOWN)
    door = hikvision.door()

    async def fire(entity_id: str, kind: str) -> None:
        door.types[entity_id] = types
        await door.event(entity_id, kind)

    for entity_id, kind in (
        (motion, "triggered"),
        (motion, "human"),
        (crossing, "vehicle"),
        (motion, "pet"),
    ):
        await fire(entity_id, kind)
    assert seen(door) == [
        {"person": "hikvision"},
        {"vehicle": "hikvision"},
        {"animal": "hikvision"},
    ]
    await door.set(motion, STATE_UNAVAILABLE)
    await fire(motion, "pet")
    assert not seen(door)
    door.sources.stop()


async def test_a_sensor_is_preferred_to_an_event(hass: HomeAssistant) -> None:
    """The preference applies to each label, so nothing is reported twice."""
    protect = Device(hass, "unifiprotect")
    types = ["person", "vehicle", "package", "face"]
    smart = protect.add(EVENT, "smart_detection", types).entity_id
    person = protect.add(SENSOR, "person_detected").entity_id
    hass.states.async_set(smart, STATE_UNKNOWN)
    hass.states.async_set(person, STATE_OFF)
    door = protect.door()
    door.types[smart] = types

    await door.set(person, STATE_ON)
    await door.event(smart, "person")
    await door.event(smart, "face")
    await door.event(smart, "package")

    assert seen(door) == [{"person": "unifiprotect"}, {"package": "unifiprotect"}]
    door.sources.stop()


async def test_an_event_of_one_meaning_tells_it_whatever_its_type(
    hass: HomeAssistant,
) -> None:
    """The package event of UniFi Protect has the type "detected"."""
    protect = Device(hass, "unifiprotect")
    package = protect.add(EVENT, "package", ["detected"]).entity_id
    hass.states.async_set(package, STATE_UNKNOWN)
    door = protect.door()
    door.types[package] = ["detected"]

    await door.event(package, "detected")

    assert seen(door) == [{"package": "unifiprotect"}]
    door.sources.stop()


async def test_the_registry_is_followed(hass: HomeAssistant, reolink: Device) -> None:
    """Added, removed, renamed, disabled and diagnostic entities need no restart."""
    registry = er.async_get(hass)
    door = reolink.door()

    async def tells(entity_id: str) -> bool:
        await door.set(entity_id, STATE_OFF)
        door.events.clear()
        await door.set(entity_id, STATE_ON)
        return seen(door) == [{"person": "reolink"}]

    async def change(entity_id: str, **changes: Any) -> None:
        registry.async_update_entity(entity_id, **changes)
        await hass.async_block_till_done()

    first = reolink.add(SENSOR, "person").entity_id
    await hass.async_block_till_done()
    assert await tells(first)
    renamed = "binary_sensor.somebody"
    await change(first, new_entity_id=renamed)
    assert await tells(renamed)
    assert not await tells(first)
    await change(renamed, disabled_by=er.RegistryEntryDisabler.USER)
    assert not await tells(renamed)
    await change(renamed, disabled_by=None)
    assert await tells(renamed)
    await change(renamed, entity_category=EntityCategory.DIAGNOSTIC)
    assert not await tells(renamed)
    await change(renamed, entity_category=None)
    await change(renamed, device_id=None)
    assert not await tells(renamed)
    await change(renamed, device_id=reolink.device.id)
    assert await tells(renamed)
    registry.async_remove(renamed)
    await hass.async_block_till_done()
    assert not await tells(renamed)
    door.sources.stop()


async def test_a_choice_goes_before_what_is_found(
    hass: HomeAssistant, reolink: Device
) -> None:
    """Entities of a label may be none or unregistered, and the doorbell unlinked."""
    person = reolink.add(SENSOR, "person").entity_id
    vehicle = reolink.add(SENSOR, "vehicle").entity_id
    other = "binary_sensor.porch_camera_says_person"
    event = "event.somebody"
    for entity_id in (person, vehicle, other):
        hass.states.async_set(entity_id, STATE_OFF)
    hass.states.async_set(event, STATE_UNKNOWN)
    door = reolink.door(**{CONF_LABELS: {"person": [other, event], "animal": []}})

    await door.set(person, STATE_ON)
    assert not seen(door)
    await door.set(vehicle, STATE_ON)
    await door.set(other, STATE_ON)
    await door.event(event, "appeared")
    assert seen(door) == [
        {"vehicle": "reolink"},
        {"person": "binary_sensor"},
        {"person": "event"},
    ]
    door.sources.stop()

    unlinked = Door(hass, **{CONF_LABELS: {"person": [person]}})
    await unlinked.set(person, STATE_OFF)
    await unlinked.set(person, STATE_ON)
    assert seen(unlinked) == [{"person": "reolink"}]
    unlinked.sources.stop()


@pytest.mark.parametrize(
    ("types", "told"), [(["camera_motion", "camera_person"], True), (["chime"], False)]
)
async def test_nest_says_person_in_its_event_for_motion(
    hass: HomeAssistant, types: list[str], told: bool
) -> None:
    """The same event entity reports motion."""
    nest = Device(hass, "nest")
    motion = nest.add(
        EVENT,
        "motion",
        types,
        original_device_class=BinarySensorDeviceClass.MOTION,
    ).entity_id
    hass.states.async_set(motion, STATE_UNKNOWN)
    door = nest.door(**{CONF_MOTION_ENTITY: motion})
    door.types[motion] = types

    await door.event(motion, types[-1])

    kinds = sorted(event.kind for event in door.events)
    assert kinds == (["motion", "seen"] if told else ["motion"])
    door.sources.stop()
