"""A memory of which doorbell each clip belongs to that a card was told about."""

from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from .clips.model import Clip
from .const import DOMAIN

# More than all cards show at once.
MOST_REMEMBERED: Final = 10_000


class ShownClips:
    """Says who may hear of a clip that is not in the library any more.

    A clip that is gone is known by its id only; what no card was told about needs
    no word.
    """

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._doorbells: dict[str, str] = {}

    @callback
    def add(self, clip: Clip) -> None:
        """Remember a clip; the oldest is forgotten."""
        self._doorbells.pop(clip.clip_id, None)
        self._doorbells[clip.clip_id] = clip.doorbell_id
        if len(self._doorbells) > MOST_REMEMBERED:
            del self._doorbells[next(iter(self._doorbells))]

    @callback
    def doorbell_of(self, clip_id: str) -> str | None:
        """Return the doorbell, None for a clip that was not shown."""
        return self._doorbells.get(clip_id)


SHOWN_CLIPS: HassKey[ShownClips] = HassKey(f"{DOMAIN}_shown_clips")


@callback
def shown_clips(hass: HomeAssistant) -> ShownClips:
    """Return the one memory."""
    if SHOWN_CLIPS not in hass.data:
        hass.data[SHOWN_CLIPS] = ShownClips()
    return hass.data[SHOWN_CLIPS]
