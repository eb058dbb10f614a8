"""Determine the doorbells' positions, which never leave the home."""

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


# Home Assistant's position before a person sets the home's.
_NOWHERE: Final = Place(0.0, 0.0)


def place_of(stored: Mapping[str, Any]) -> Place:
    """Return the position from a form's value."""
    return Place(float(stored["latitude"]), float(stored["longitude"]))


@callback
def home_zone(hass: HomeAssistant) -> Place:
    """Return the position of the home zone."""
    return Place(hass.config.latitude, hass.config.longitude)


@callback
def household_place(hass: HomeAssistant) -> Place:
    """Return the position of doorbells without their own."""
    own = household(hass).requests.get(CONF_POSITION)
    return home_zone(hass) if own is None else place_of(own)


@callback
def positions(hass: HomeAssistant) -> dict[str, Place]:
    """Return the known positions of the doorbells."""
    usual = household_place(hass)
    own = {
        entry.entry_id: entry.options.get(CONF_REQUESTS, {}).get(CONF_POSITION)
        for entry in doorbell_entries(hass)
    }
    places = {one: usual if at is None else place_of(at) for one, at in own.items()}
    return {one: at for one, at in places.items() if at != _NOWHERE}


@callback
def radius(hass: HomeAssistant) -> float:
    """Return the distance in meters within which an area includes a doorbell."""
    return float(household(hass).requests.get(CONF_RADIUS, DEFAULT_RADIUS))
