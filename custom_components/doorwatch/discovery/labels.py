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
from ..engine.doorbells.onvif.labels import ITEMS, TOPICS

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
# Sensors of platforms without translation keys, by patterns of their unique IDs.
_UNIQUE_IDS: Final[Mapping[str, tuple[tuple[str, Label], ...]]] = {
    "onvif": (
        # The topic is followed by "_" or at the end; the name of a value is at the end.
        *(
            (rf"(?i)/(?:MyRuleDetector|IVA)/{topic}(?:_|$)", label)
            for topic, label in TOPICS.items()
        ),
        *((rf"(?i)_{item}$", label) for item, label in ITEMS.items()),
        *(
            (rf"(?i)/ObjectDetection/Object_.*_{word}$", WORDS[word])
            for word in ("human", "vehicle", "pet")
        ),
    ),
    "frigate": tuple(
        (rf":occupancy_sensor:.*_{word}$", label) for word, label in WORDS.items()
    ),
    "dahua": tuple(
        (rf"_smart_motion_{word}$", WORDS[word]) for word in ("human", "vehicle")
    ),
    "eufy_security": tuple(
        (
            rf"(?i)_{word}_detector_sensor_binary_sensor$|_{word}detected$",
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
            if re.search(pattern, entity.unique_id)
        )
    if entity.domain == Platform.EVENT:
        if label := _PLAIN_EVENTS.get((platform, key)):
            return frozenset({label})
        if key in _EVENTS.get(platform, ()):
            return labels_in((entity.capabilities or {}).get(ATTR_EVENT_TYPES) or ())
    return frozenset()
