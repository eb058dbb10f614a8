"""Feeds that are decoded into few objects, so that the garbage collector has little to do."""

from collections.abc import Mapping
import marshal
from typing import Final

from .area import read_area
from .turns import pause

MOST_REQUESTS: Final = 1000
_KEPT: Final = ("type", "id", "featureType")


class _Packed:
    """A feature as bytes, which `marshal` refuses to put into another one."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        """Hold the bytes."""
        self.data = data


class Compactor:
    """Makes each feature of a JSON document bytes, and its geometry an area."""

    def __init__(self) -> None:
        """Begin with the first feature."""
        self._count = 0

    def __call__(self, found: dict[str, object]) -> object:
        """Return what to put in the place of an object, the inner ones first.

        A feature that holds another one, or is nested too deeply, keeps its ID only, so
        that nothing is written twice. Raises `ValueError` at more than `MOST_REQUESTS`.
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
    """Return a JSON object as it was before a `Compactor`; an empty one for others."""
    if isinstance(value, _Packed):
        value = marshal.loads(value.data)
    return value if isinstance(value, Mapping) else {}
