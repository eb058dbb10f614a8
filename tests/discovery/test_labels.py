"""Test which label an entity of another integration reports, by its registry entry."""

from types import SimpleNamespace
from typing import Any

from homeassistant.components.nest import event as nest_event
from homeassistant.components.reolink import binary_sensor as reolink_sensors
from homeassistant.components.unifiprotect import (
    binary_sensor as protect_sensors,
    event as protect_event,
)
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import onvif_parsers
import pytest

from custom_components.doorwatch.discovery.labels import labels_of

SENSOR, EVENT = Platform.BINARY_SENSOR, Platform.EVENT


def told(
    hass: HomeAssistant,
    platform: str,
    domain: str,
    unique_id: str,
    key: str | None = None,
    types: list[str] | None = None,
    **more: Any,
) -> set[str]:
    """Add an entity to the registry as its integration does and return its labels."""
    entity = er.async_get(hass).async_get_or_create(
        domain,
        platform,
        unique_id,
        translation_key=key,
        capabilities=None if types is None else {"event_types": types},
        **more,
    )
    return {label.value for label in labels_of(entity)}


async def test_reolink_tells_by_its_sensors_alone(hass: HomeAssistant) -> None:
    """Sensors for crossings, lingering and types have no label."""
    found = {
        one.translation_key or one.key: told(
            hass,
            "reolink",
            SENSOR,
            f"UID_0_{one.translation_key}",
            one.translation_key,
            entity_category=one.entity_category,
        )
        for one in (
            *reolink_sensors.BINARY_PUSH_SENSORS,
            *reolink_sensors.BINARY_SENSORS,
            *reolink_sensors.BINARY_SMART_AI_SENSORS,
        )
    }

    assert {key: labels for key, labels in found.items() if labels} == {
        "person": {"person"},
        "face": {"person"},
        "vehicle": {"vehicle"},
        "non-motor_vehicle": {"vehicle"},
        "pet": {"animal"},
        "animal": {"animal"},
        "package": {"package"},
    }
    assert any(key.startswith("crossline_person") for key in found)
    assert not told(hass, "reolink", "sensor", "UID_0_person_type", "person_type")


async def test_protect_tells_by_sensors_and_by_types_of_events(
    hass: HomeAssistant,
) -> None:
    """The vehicle event is late by design; the sensor for any object has no label."""
    sensors = {
        one.translation_key: told(
            hass,
            "unifiprotect",
            SENSOR,
            f"MAC_{one.key}",
            one.translation_key,
            entity_category=one.entity_category,
        )
        for one in (
            *protect_sensors.CAMERA_SENSORS,
            *protect_sensors.EVENT_SENSORS,
        )
    }
    events = {
        one.translation_key: told(
            hass,
            "unifiprotect",
            EVENT,
            f"MAC_{one.key}",
            one.translation_key,
            one.event_types,
        )
        for one in protect_event.EVENT_DESCRIPTIONS
    }

    assert {key: labels for key, labels in sensors.items() if labels} == {
        "person_detected": {"person"},
        "vehicle_detected": {"vehicle"},
        "animal_detected": {"animal"},
    }
    assert {key: labels for key, labels in events.items() if labels} == {
        "smart_detection": {"person", "vehicle", "animal", "package"},
        "package": {"package"},
    }


async def test_nest_and_hikvision_tell_by_types_of_events(hass: HomeAssistant) -> None:
    """Hikvision's motion sensor shares its event's unique id in another domain."""
    nest = {
        one.translation_key: told(
            hass, "nest", EVENT, one.key, one.translation_key, one.event_types
        )
        for one in nest_event.ENTITY_DESCRIPTIONS
    }
    types = ["triggered", "human", "pet", "vehicle"]

    assert nest == {"chime": set(), "motion": {"person"}}
    for key, name in (
        ("motion", "Motion"),
        ("line_crossing", "Line Crossing"),
        ("field_detection", "Field Detection"),
    ):
        unique_id = f"dev_{name}_1"
        seen = told(hass, "hikvision", EVENT, unique_id, key, types)
        assert seen == {"person", "animal", "vehicle"}
        assert not told(hass, "hikvision", SENSOR, unique_id)


def message(topic: str, name: str, value: str) -> SimpleNamespace:
    """Return an ONVIF message as core's library parses it."""

    def items(*pairs: tuple[str, str]) -> SimpleNamespace:
        return SimpleNamespace(
            SimpleItem=[SimpleNamespace(Name=one, Value=each) for one, each in pairs]
        )

    return SimpleNamespace(
        Topic=SimpleNamespace(_value_1=topic),
        Message=SimpleNamespace(
            _value_1=SimpleNamespace(
                Source=items(("Source", "000")), Data=items((name, value))
            )
        ),
    )


RULES = "tns1:RuleEngine"


@pytest.mark.parametrize(
    ("topic", "name", "value", "labels"),
    [
        (f"{RULES}/MyRuleDetector/PeopleDetect", "State", "true", {"person"}),
        (f"{RULES}/MyRuleDetector/FaceDetect", "State", "true", {"person"}),
        (f"{RULES}/MyRuleDetector/VehicleDetect", "State", "true", {"vehicle"}),
        (f"{RULES}/MyRuleDetector/DogCatDetect", "State", "true", {"animal"}),
        (f"{RULES}/MyRuleDetector/Package", "State", "true", {"package"}),
        (f"{RULES}/MyRuleDetector/Visitor", "State", "true", set()),
        (
            f"{RULES}/ObjectDetection/Object",
            "ClassTypes",
            "Vehicle",
            {"person", "vehicle", "animal"},
        ),
        (f"{RULES}/PeopleDetector/People", "IsPeople", "true", {"person"}),
        (f"{RULES}/TPSmartEventDetector/TPSmartEvent", "IsPet", "true", {"animal"}),
        (
            f"{RULES}/TPSmartEventDetector/TPSmartEvent",
            "IsVehicle",
            "true",
            {"vehicle"},
        ),
        (
            f"{RULES}/TPSmartEventDetector/TPSmartEvent",
            "IsPackagePickup",
            "true",
            {"package"},
        ),
        (
            f"{RULES}/TPSmartEventDetector/TPSmartEvent",
            "IsPackageDeliver",
            "true",
            {"package"},
        ),
        (f"{RULES}/TPSmartEventDetector/TPSmartEvent", "IsTamper", "true", set()),
        ("tns1:UserAlarm/IVA/HumanShapeDetect", "State", "true", {"person"}),
        (f"{RULES}/CellMotionDetector/Motion", "IsMotion", "true", set()),
    ],
)
async def test_onvif_tells_by_the_topic_in_the_unique_id(
    hass: HomeAssistant, topic: str, name: str, value: str, labels: set[str]
) -> None:
    """The messages are parsed by core's library."""
    found = await onvif_parsers.parse(
        topic, "aa:bb:cc:dd:ee:01", message(topic, name, value)
    )

    assert found
    assert labels == {
        label
        for one in found
        for label in told(hass, "onvif", one.platform, one.uid or "")
    }


@pytest.mark.parametrize(
    ("platform", "unique_id", "labels"),
    [
        ("frigate", "ID:occupancy_sensor:front_door_person", {"person"}),
        ("frigate", "ID:occupancy_sensor:front_door_car", {"vehicle"}),
        ("frigate", "ID:occupancy_sensor:front_door_dog", {"animal"}),
        ("frigate", "ID:occupancy_sensor:front_door_cat", {"animal"}),
        ("frigate", "ID:occupancy_sensor:front_door_all", set()),
        ("frigate", "ID:occupancy_sensor:cat_person_hatch_all", set()),
        ("frigate", "ID:motion_sensor:front_door", set()),
        ("dahua", "SERIAL_smart_motion_human", {"person"}),
        ("dahua", "SERIAL_smart_motion_vehicle", {"vehicle"}),
        ("eufy_security", "T82_person_detector_sensor_binary_sensor", {"person"}),
        ("eufy_security", "T82_personDetected", {"person"}),
        ("eufy_security", "T82_petDetected", {"animal"}),
        ("ring", "123-person", set()),
        ("template", "person", set()),
    ],
)
async def test_custom_integrations_tell_by_unique_ids(
    hass: HomeAssistant, platform: str, unique_id: str, labels: set[str]
) -> None:
    """The unique ids are those of the reviewed versions."""
    assert told(hass, platform, SENSOR, unique_id) == labels


async def test_what_is_disabled_or_no_plain_entity_tells_nothing(
    hass: HomeAssistant,
) -> None:
    """A diagnostic duplicate would report everything twice."""
    assert not told(
        hass,
        "reolink",
        SENSOR,
        "a",
        "person",
        disabled_by=er.RegistryEntryDisabler.INTEGRATION,
    )
    assert not told(
        hass,
        "eufy_security",
        SENSOR,
        "T82_person_detector_sensor_binary_sensor",
        entity_category=EntityCategory.DIAGNOSTIC,
    )
