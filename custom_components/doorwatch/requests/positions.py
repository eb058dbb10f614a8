"""Where the doorbells are: it is told to nobody outside, and to no state or log."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from homeassistant.core import HomeAssistant, callback

from ..const import CONF_POSITION, CONF_RADIUS, CONF_REQUESTS, DEFAULT_RADIUS
from ..household.household import household
from ..registry import doorbell_entries


class Place(NamedTuple):
    """A point on the map, in degrees."""

    latitude: float
    longitude: float


# What Home Assistant has until somebody says where the home is.
_NOWHERE: Final = Place(0.0, 0.0)


def place_of(stored: Mapping[str, Any]) -> Place:
    """Read a point as a form gives it."""
    return Place(float(stored["latitude"]), float(stored["longitude"]))


@callback
def home_zone(hass: HomeAssistant) -> Place:
    """Return where Home Assistant has the home."""
    return Place(hass.config.latitude, hass.config.longitude)


@callback
def household_place(hass: HomeAssistant) -> Place:
    """Return where the doorbells are that have no point of their own."""
    own = household(hass).requests.get(CONF_POSITION)
    return home_zone(hass) if own is None else place_of(own)


@callback
def positions(hass: HomeAssistant) -> dict[str, Place]:
    """Return where each doorbell is, of which that is known."""
    usual = household_place(hass)
    own = {
        entry.entry_id: entry.options.get(CONF_REQUESTS, {}).get(CONF_POSITION)
        for entry in doorbell_entries(hass)
    }
    places = {one: usual if at is None else place_of(at) for one, at in own.items()}
    return {one: at for one, at in places.items() if at != _NOWHERE}


@callback
def radius(hass: HomeAssistant) -> float:
    """Return how near (metres) to a door an area covers it."""
    return float(household(hass).requests.get(CONF_RADIUS, DEFAULT_RADIUS))
