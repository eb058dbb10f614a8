"""Hold the objects that this package keeps per Home Assistant instance."""

import asyncio
from dataclasses import dataclass

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .previews import HomePreviews


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionsParts:
    """The previews, and the lock that allows one encoding job at a time."""

    encoding: asyncio.Lock
    previews: HomePreviews


ACTIONS: HassKey[ActionsParts] = HassKey(f"{DOMAIN}_actions")


@callback
def async_setup_actions(hass: HomeAssistant) -> None:
    """Create the parts."""
    encoding = asyncio.Lock()
    previews = HomePreviews(hass, encoding)
    previews.start()
    hass.data[ACTIONS] = ActionsParts(encoding=encoding, previews=previews)


@callback
def previews(hass: HomeAssistant) -> HomePreviews:
    """Return the previews of this home."""
    return hass.data[ACTIONS].previews
