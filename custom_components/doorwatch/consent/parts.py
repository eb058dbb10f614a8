"""Hold the objects that this package keeps per Home Assistant instance."""

from dataclasses import dataclass

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..engine.clips.model import Clip
from ..signals import SIGNAL_CLIP_CHANGED
from .deliveries import async_setup_deliveries
from .prepare import Preparations
from .proposals import Proposals


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentParts:
    """The open proposals and preparations."""

    proposals: Proposals
    preparations: Preparations


CONSENT: HassKey[ConsentParts] = HassKey(f"{DOMAIN}_consent")


@callback
def async_setup_consent(hass: HomeAssistant) -> None:
    """End proposals when their clip is deleted, and report the results of shares."""
    async_setup_deliveries(hass)

    async def on_clip_changed(clip: Clip | str) -> None:
        if isinstance(clip, str):
            await proposals(hass).async_end(lambda each: each.clip_id == clip, "over")

    async_dispatcher_connect(hass, SIGNAL_CLIP_CHANGED, on_clip_changed)


@callback
def _parts(hass: HomeAssistant) -> ConsentParts:
    """Return the parts, and create them if needed, for example while removing an entry."""
    if CONSENT not in hass.data:
        hass.data[CONSENT] = ConsentParts(
            proposals=Proposals(hass), preparations=Preparations(hass)
        )
    return hass.data[CONSENT]


@callback
def proposals(hass: HomeAssistant) -> Proposals:
    """Return all open proposals."""
    return _parts(hass).proposals


@callback
def preparations(hass: HomeAssistant) -> Preparations:
    """Return all open preparations."""
    return _parts(hass).preparations
