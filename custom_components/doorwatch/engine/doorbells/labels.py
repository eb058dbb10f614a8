"""Map the words of cameras, manufacturers and integrations to labels."""

from collections.abc import Iterable, Mapping
from typing import Final

from .base import Label

WORDS: Final[Mapping[str, Label]] = {
    "person": Label.PERSON,
    "people": Label.PERSON,
    "human": Label.PERSON,
    "face": Label.PERSON,
    "camera_person": Label.PERSON,
    "vehicle": Label.VEHICLE,
    "car": Label.VEHICLE,
    "bus": Label.VEHICLE,
    "truck": Label.VEHICLE,
    "motorcycle": Label.VEHICLE,
    "bicycle": Label.VEHICLE,
    "license_plate": Label.VEHICLE,
    "animal": Label.ANIMAL,
    "pet": Label.ANIMAL,
    "dog": Label.ANIMAL,
    "cat": Label.ANIMAL,
    "bird": Label.ANIMAL,
    "package": Label.PACKAGE,
}


def labels_in(words: Iterable[str]) -> frozenset[Label]:
    """Return the labels of known words; case and spaces are normalized."""
    plain = (word.strip().lower().replace(" ", "_") for word in words)
    return frozenset(WORDS[word] for word in plain if word in WORDS)
