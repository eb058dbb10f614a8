"""Whether a clip fits a request: its doorbell is in the area, its time in the window."""

from homeassistant.core import HomeAssistant, callback

from ..engine.clips.model import Clip
from ..engine.sharing.requests.feed import Request
from ..engine.sharing.requests.match import Door, Matcher
from .positions import positions, radius


@callback
def fits(hass: HomeAssistant, clip: Clip, request: Request) -> bool:
    """Return whether a clip fits a request; one of a removed doorbell fits none."""
    at = positions(hass).get(clip.doorbell_id)
    if at is None or not request.overlaps(clip.started_at, clip.ended_at):
        return False
    door = Door(clip.doorbell_id, at.longitude, at.latitude)
    return bool(Matcher([door], radius(hass)).covering(request))
