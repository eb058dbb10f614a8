"""What an ONVIF device says that it sees: a person, a vehicle, an animal, a package."""

from collections.abc import Iterable
import re
from typing import Final

from ..base import Label

# Who says so, of labels from these messages.
SAID_BY: Final = "onvif"
# What is, or is no more, by the last part of the topic.
_TOPICS: Final = {
    "peopledetect": Label.PERSON,
    "facedetect": Label.PERSON,
    "humanshapedetect": Label.PERSON,
    "vehicledetect": Label.VEHICLE,
    "dogcatdetect": Label.ANIMAL,
    "package": Label.PACKAGE,
}
# And by the name of the value, of which one message may hold several.
ITEMS: Final = {
    "ispeople": Label.PERSON,
    "isvehicle": Label.VEHICLE,
    "ispet": Label.ANIMAL,
    "ispackagedeliver": Label.PACKAGE,
    "ispackagepickup": Label.PACKAGE,
}
# What tells the classes of all objects that are there, by their names.
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
    "vehical": Label.VEHICLE,  # as an early version of the schema spelled it
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
    """Return what is there by a message; None when it does not tell.

    `items` are names and values, in small letters.
    """
    if topic in OBJECTS:
        return _objects(list(items))
    label = _TOPICS.get(topic.rsplit("/", 1)[-1].lower())
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
