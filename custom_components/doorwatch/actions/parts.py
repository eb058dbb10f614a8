"""What this room keeps of the home: made once, when the integration is set up."""

import asyncio
from dataclasses import dataclass

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .previews import HomePreviews


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionsParts:
    """The previews, and what is held while a picture is encoded: one at a time."""

    encoding: asyncio.Lock
    previews: HomePreviews


ACTIONS: HassKey[ActionsParts] = HassKey(f"{DOMAIN}_actions")


@callback
def async_setup_actions(hass: HomeAssistant) -> None:
    """Make the parts."""
    encoding = asyncio.Lock()
    previews = HomePreviews(hass, encoding)
    previews.start()
    hass.data[ACTIONS] = ActionsParts(encoding=encoding, previews=previews)


@callback
def previews(hass: HomeAssistant) -> HomePreviews:
    """Return the previews of this home."""
    return hass.data[ACTIONS].previews
