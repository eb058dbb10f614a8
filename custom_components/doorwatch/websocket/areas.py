"""Read and store the watched areas of a doorbell's picture."""

from typing import Final, TypedDict

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
import voluptuous as vol

from ..const import CONF_AREAS, CONF_PICTURE_MOTION
from ..engine.motion.areas import MOST_AREAS, MOST_CORNERS, AreasError, parse, text
from ..engine.sharing.errors import SharingError
from ..registry import doorbell_ids
from .decorators import Call, without_data
from .inputs import ID


class StoredAreas(TypedDict):
    """The watched areas of a doorbell."""

    areas: list[list[list[float]]]
    # Whether Doorwatch detects motion in the picture.
    picture_motion: bool


class ChangedAreas(TypedDict):
    """The areas as stored."""

    areas: str
    changed: bool


# Twice the limits, so that parse() can report an excess with a translated message.
_AREAS: Final = vol.All(
    vol.Length(max=2 * MOST_AREAS),
    [
        vol.All(
            vol.Length(max=2 * MOST_CORNERS),
            [vol.ExactSequence([vol.Any(int, float)] * 2)],
        )
    ],
)


@callback
def _entry(hass: HomeAssistant, doorbell_id: str) -> ConfigEntry:
    if doorbell_id not in doorbell_ids(hass):
        raise SharingError("no_doorbell")
    return hass.config_entries.async_get_known_entry(doorbell_id)


@without_data.command(
    "doorwatch/areas/get", {vol.Required("doorbell_id"): ID}, admin=True
)
async def get_areas(call: Call[None]) -> StoredAreas:
    """Return the areas as lists of corners in percent.

    An empty list is the whole picture.
    """
    entry = _entry(call.hass, call.msg["doorbell_id"])
    try:
        areas = parse(entry.options.get(CONF_AREAS, ""))
    except AreasError:
        areas = ()
    return {
        "areas": [[list(corner) for corner in area] for area in areas],
        "picture_motion": bool(entry.options.get(CONF_PICTURE_MOTION)),
    }


@without_data.command(
    "doorwatch/areas/set",
    {vol.Required("doorbell_id"): ID, vol.Required("areas"): _AREAS},
    admin=True,
)
async def set_areas(call: Call[None]) -> ChangedAreas:
    """Store the areas in the doorbell's options and reload its entry."""
    entry = _entry(call.hass, call.msg["doorbell_id"])
    drawn = tuple(
        tuple((round(across, 1), round(down, 1)) for across, down in area)
        for area in call.msg["areas"]
    )
    try:
        # Apply the same limits as to areas that a person types.
        stored = text(parse(text(drawn)))
    except AreasError as err:
        raise SharingError(err.problem, where=err.where) from err
    changed = stored != entry.options.get(CONF_AREAS, "")
    if changed:
        call.hass.config_entries.async_update_entry(
            entry, options={**entry.options, CONF_AREAS: stored}
        )
        call.hass.config_entries.async_schedule_reload(entry.entry_id)
    return {"areas": stored, "changed": changed}


COMMANDS = (get_areas, set_areas)
