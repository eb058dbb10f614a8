"""Read labels (person, vehicle, animal, package) from messages of ONVIF devices."""

from collections.abc import Iterable
import re
from typing import Final

from ..base import Label

# The source of labels from these messages.
SAID_BY: Final = "onvif"
# Labels by the last part of the topic; the message's value is whether it is seen.
TOPICS: Final = {
    "peopledetect": Label.PERSON,
    "facedetect": Label.PERSON,
    "humanshapedetect": Label.PERSON,
    "vehicledetect": Label.VEHICLE,
    "dogcatdetect": Label.ANIMAL,
    "package": Label.PACKAGE,
}
# Labels by the name of a value; a message may contain several.
ITEMS: Final = {
    "ispeople": Label.PERSON,
    "isvehicle": Label.VEHICLE,
    "ispet": Label.ANIMAL,
    "ispackagedeliver": Label.PACKAGE,
    "ispackagepickup": Label.PACKAGE,
}
# Topics that list the classes of all objects currently in view.
OBJECTS: Final = frozenset(
    {
        "tns1:RuleEngine/ObjectDetection/Object",
        "tns1:RuleEngine/ObjectDetector/Object",
        "tns1:VideoAnalytics/ObjectDetection",
    }
)
_CLASS_ITEMS: Final = frozenset(
    {"classtypes", "classtype", "objecttypes", "objecttype"}
)
_CLASSES: Final = {
    "human": Label.PERSON,
    "person": Label.PERSON,
    "face": Label.PERSON,
    "vehicle": Label.VEHICLE,
    "vehical": Label.VEHICLE,  # as spelled in an early version of the schema
    "car": Label.VEHICLE,
    "truck": Label.VEHICLE,
    "bus": Label.VEHICLE,
    "bicycle": Label.VEHICLE,
    "motorcycle": Label.VEHICLE,
    "licenseplate": Label.VEHICLE,
    "animal": Label.ANIMAL,
    "pet": Label.ANIMAL,
    "dog": Label.ANIMAL,
    "cat": Label.ANIMAL,
    "bag": Label.PACKAGE,
    "package": Label.PACKAGE,
}
_TRUE: Final = frozenset({"true", "1"})


def labels_in(topic: str, items: Iterable[tuple[str, str]]) -> frozenset[Label] | None:
    """Return the labels that a message reports as seen, or None if it reports none at all.

    `items` are names and values in lowercase. An empty set means that nothing is seen.
    """
    if topic in OBJECTS:
        return _objects(list(items))
    label = TOPICS.get(topic.rsplit("/", 1)[-1].lower())
    if label is not None:
        there = any(value in _TRUE for _, value in items)
        return frozenset({label}) if there else frozenset()
    told = [(ITEMS[name], value in _TRUE) for name, value in items if name in ITEMS]
    return frozenset(label for label, there in told if there) if told else None


def _objects(items: list[tuple[str, str]]) -> frozenset[Label]:
    if any(name == "state" and value not in _TRUE for name, value in items):
        return frozenset()
    return frozenset(
        _CLASSES[word]
        for name, value in items
        if name in _CLASS_ITEMS
        for word in re.split(r"[\s,;]+", value)
        if word in _CLASSES
    )
