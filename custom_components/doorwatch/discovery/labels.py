"""Map entities of other integrations to labels, by their registry entries alone.

Core has no standard for this; the names are from the integrations' source code.
"""

from collections.abc import Mapping
import re
from typing import Final

from homeassistant.components.event import ATTR_EVENT_TYPES
from homeassistant.const import Platform
from homeassistant.core import callback
from homeassistant.helpers import entity_registry as er

from ..engine.doorbells.base import Label
from ..engine.doorbells.labels import WORDS, labels_in

# By platform, then by translation key.
_SENSORS: Final[Mapping[str, Mapping[str, Label]]] = {
    "reolink": {
        "person": Label.PERSON,
        "face": Label.PERSON,
        "vehicle": Label.VEHICLE,
        "non-motor_vehicle": Label.VEHICLE,
        "pet": Label.ANIMAL,
        "animal": Label.ANIMAL,
        "package": Label.PACKAGE,
    },
    "unifiprotect": {
        "person_detected": Label.PERSON,
        "vehicle_detected": Label.VEHICLE,
        "animal_detected": Label.ANIMAL,
    },
}
# Event entities whose event types are labels. UniFi Protect's event "vehicle" is
# delayed by design.
_EVENTS: Final[Mapping[str, frozenset[str]]] = {
    "unifiprotect": frozenset({"smart_detection"}),
    "hikvision": frozenset({"motion", "line_crossing", "field_detection"}),
    "nest": frozenset({"motion"}),
}
# Event entities that report one label, whatever the event type.
_PLAIN_EVENTS: Final[Mapping[tuple[str, str], Label]] = {
    ("unifiprotect", "package"): Label.PACKAGE,
}
# Sensors of platforms without translation keys, by unique ID. These topics are followed
# by "_" or end it.
_TOPICS: Final = {
    "MyRuleDetector/PeopleDetect": Label.PERSON,
    "MyRuleDetector/FaceDetect": Label.PERSON,
    "MyRuleDetector/VehicleDetect": Label.VEHICLE,
    "MyRuleDetector/DogCatDetect": Label.ANIMAL,
    "MyRuleDetector/Package": Label.PACKAGE,
    "IVA/HumanShapeDetect": Label.PERSON,
}
_ENDS: Final = {
    "IsPeople": Label.PERSON,
    "IsVehicle": Label.VEHICLE,
    "IsPet": Label.ANIMAL,
    "IsPackageDeliver": Label.PACKAGE,
    "IsPackagePickup": Label.PACKAGE,
}
_OBJECTS: Final = {
    "Human": Label.PERSON,
    "Vehicle": Label.VEHICLE,
    "Pet": Label.ANIMAL,
}
_UNIQUE_IDS: Final[Mapping[str, tuple[tuple[re.Pattern[str], Label], ...]]] = {
    "onvif": (
        *((re.compile(rf"/{topic}(?:_|$)"), label) for topic, label in _TOPICS.items()),
        *((re.compile(rf"_{end}$"), label) for end, label in _ENDS.items()),
        *(
            (re.compile(rf"/ObjectDetection/Object_.*_{name}$"), label)
            for name, label in _OBJECTS.items()
        ),
    ),
    "frigate": tuple(
        (re.compile(rf":occupancy_sensor:.*_{word}$"), label)
        for word, label in WORDS.items()
    ),
    "dahua": tuple(
        (re.compile(rf"_smart_motion_{word}$"), WORDS[word])
        for word in ("human", "vehicle")
    ),
    "eufy_security": tuple(
        (
            re.compile(
                rf"_{word}_detector_sensor_binary_sensor$|_{word}detected$",
                re.IGNORECASE,
            ),
            WORDS[word],
        )
        for word in ("person", "pet", "vehicle")
    ),
}


@callback
def labels_of(entity: er.RegistryEntry) -> frozenset[Label]:
    """Return the labels that an entity reports according to its registry entry, if any."""
    if entity.disabled or entity.entity_category is not None:
        return frozenset()
    platform, key = entity.platform, entity.translation_key or ""
    if entity.domain == Platform.BINARY_SENSOR:
        if label := _SENSORS.get(platform, {}).get(key):
            return frozenset({label})
        return frozenset(
            label
            for pattern, label in _UNIQUE_IDS.get(platform, ())
            if pattern.search(entity.unique_id)
        )
    if entity.domain == Platform.EVENT:
        if label := _PLAIN_EVENTS.get((platform, key)):
            return frozenset({label})
        if key in _EVENTS.get(platform, ()):
            return labels_in((entity.capabilities or {}).get(ATTR_EVENT_TYPES) or ())
    return frozenset()
