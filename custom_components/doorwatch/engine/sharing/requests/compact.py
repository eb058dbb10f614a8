"""Feeds that are decoded into few objects, so that the garbage collector has little to do."""

from collections.abc import Mapping
import marshal

from .area import Polygon, read_area
from .turns import pause


def compact(found: dict[str, object]) -> object:
    """Read the coordinates of a JSON object as an area, and make a feature bytes."""
    if "coordinates" in found:
        found["coordinates"] = read_area(found)
    if found.get("type") != "Feature":
        return found
    pause()
    try:
        return marshal.dumps(found)
    except ValueError:  # nested too deeply for it
        return found


def read_object(value: object) -> Mapping[str, object]:
    """Return a JSON object as it was before `compact`; an empty one for anything else."""
    if isinstance(value, bytes):
        value = marshal.loads(value)
    return value if isinstance(value, Mapping) else {}


def area_of(geometry: object) -> tuple[Polygon, ...]:
    """Return the area that `compact` read; an empty one for anything else."""
    area = read_object(geometry).get("coordinates")
    return area if isinstance(area, tuple) else ()
