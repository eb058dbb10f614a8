"""What this room keeps of the home: made once, when the integration is set up."""

from dataclasses import dataclass

from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .prepare import Preparations
from .proposals import Proposals


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsentParts:
    """What may become a share once somebody taps."""

    proposals: Proposals
    preparations: Preparations


CONSENT: HassKey[ConsentParts] = HassKey(f"{DOMAIN}_consent")


@callback
def async_setup_consent(hass: HomeAssistant) -> None:
    """Make the parts."""
    hass.data[CONSENT] = ConsentParts(
        proposals=Proposals(hass), preparations=Preparations(hass)
    )


@callback
def proposals(hass: HomeAssistant) -> Proposals:
    """Return all open proposals."""
    return hass.data[CONSENT].proposals


@callback
def preparations(hass: HomeAssistant) -> Preparations:
    """Return all open preparations."""
    return hass.data[CONSENT].preparations
