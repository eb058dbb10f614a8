"""Decode feeds into few objects, to save work for the garbage collector."""

from collections.abc import Mapping
from dataclasses import dataclass
import marshal
from typing import Final

from .area import read_area
from .turns import pause

MOST_REQUESTS: Final = 1000
_KEPT: Final = ("type", "id", "featureType")


@dataclass(eq=False, slots=True)
class _Packed:
    """A feature as bytes, in a type that `marshal` refuses inside others."""

    data: bytes


class Compactor:
    """Convert each feature of a JSON document to bytes, and its geometry to an area."""

    def __init__(self) -> None:
        """Initialize the count of features."""
        self._count = 0

    def __call__(self, found: dict[str, object]) -> object:
        """Return the replacement for an object; inner objects come first.

        A feature that contains another feature, or is too deep, keeps only its
        ID and type, so that no data is stored twice. Raises `ValueError` for more than
        `MOST_REQUESTS` features.
        """
        if found.get("type") != "Feature":
            return found
        self._count += 1
        if self._count > MOST_REQUESTS:
            raise ValueError("too many features")
        pause()
        if "geometry" in found:
            found["geometry"] = read_area(found["geometry"])
        try:
            return _Packed(marshal.dumps(found))
        except ValueError:
            kept = {name: found.get(name) for name in _KEPT}
            texts = {name: text for name, text in kept.items() if isinstance(text, str)}
            return _Packed(marshal.dumps(texts))


def read_object(value: object) -> Mapping[str, object]:
    """Return a JSON object that a `Compactor` converted; empty for other values."""
    if isinstance(value, _Packed):
        value = marshal.loads(value.data)
    return value if isinstance(value, Mapping) else {}
