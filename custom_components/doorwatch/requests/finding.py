"""Find the clips that match a request, for the action `find_clips`."""

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant

from ..access.permissions import visible_doorbells
from ..engine.clips.library import Library
from ..engine.sharing.errors import SharingError
from ..registry import doorbell_ids
from .board import Board
from .fitting import async_matching


async def async_clips_for(
    hass: HomeAssistant,
    library: Library,
    requests: Board,
    user: User | None,
    agency_id: str,
    request_id: str,
) -> frozenset[str]:
    """Return the matching clips of the doorbells that the caller may see.

    Raises `SharingError("request_unknown")` if the request includes none of them.
    """
    seen = doorbell_ids(hass) if user is None else visible_doorbells(hass, user)
    concern = requests.concern(agency_id, request_id)
    if concern is None or not (there := concern.doorbells.intersection(seen)):
        raise SharingError("request_unknown")
    return frozenset(await async_matching(hass, library, concern, there))
