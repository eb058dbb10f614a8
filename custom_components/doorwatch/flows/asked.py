"""Fields for agencies' requests: the positions of household and doorbells."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import callback
from homeassistant.data_entry_flow import section
from homeassistant.helpers.selector import BooleanSelector, LocationSelector
from homeassistant.util.location import distance
import voluptuous as vol

from ..const import (
    CONF_HOLD,
    CONF_ON_MAP,
    CONF_POSITION,
    CONF_RADIUS,
    CONF_REQUESTS,
    DEFAULT_RADIUS,
)
from ..requests.positions import Place, place_of
from .fields import number

# A point within this many meters of the usual position counts as none, because a map
# has no way to clear a point.
_AS_USUAL: Final = 25.0
_DEFAULTS: Final[Mapping[str, object]] = {
    CONF_RADIUS: DEFAULT_RADIUS,
    CONF_HOLD: False,
    CONF_ON_MAP: False,
}

ASKED_SCHEMA: Final = vol.Schema(
    {
        vol.Optional(CONF_POSITION): LocationSelector(),
        vol.Required(CONF_RADIUS, default=DEFAULT_RADIUS): number(0, 500, "m"),
        vol.Required(CONF_HOLD, default=False): BooleanSelector(),
        vol.Required(CONF_ON_MAP, default=False): BooleanSelector(),
    }
)
ASKED_OF_DOORBELL: Final[Mapping[vol.Marker, object]] = {
    vol.Optional(CONF_REQUESTS): section(
        vol.Schema({vol.Optional(CONF_POSITION): LocationSelector()}),
        {"collapsed": True},
    )
}


@callback
def with_asked(
    options: Mapping[str, Any], before: Mapping[str, Any], usual: Place
) -> dict[str, Any]:
    """Return options whose request settings contain only what differs from the defaults.

    `usual` is the position that applies if none is set here. Settings that were not
    asked for keep their values.
    """
    asked = {**(options.get(CONF_REQUESTS, before.get(CONF_REQUESTS)) or {})}
    options = {key: value for key, value in options.items() if key != CONF_REQUESTS}
    for key, default in _DEFAULTS.items():
        if asked.get(key) == default:
            del asked[key]
    if (point := asked.pop(CONF_POSITION, None)) is not None:
        place = place_of(point)
        away = distance(
            place.latitude, place.longitude, usual.latitude, usual.longitude
        )
        if away is None or away > _AS_USUAL:
            asked[CONF_POSITION] = place._asdict()
    return {**options, CONF_REQUESTS: asked} if asked else options
