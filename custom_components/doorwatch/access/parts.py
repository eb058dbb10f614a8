"""What this room keeps of the home."""

import asyncio
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant, callback
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .home_addresses import HomeAddresses
from .pin_gate import PinGate
from .shown_clips import ShownClips

# Domain and name of an action.
type Action = tuple[str, str]


@dataclass(kw_only=True, slots=True)
class AccessParts:
    """The gate, the home's addresses, and what is known of clips, calls and accounts."""

    pin_gate: PinGate
    home_addresses: HomeAddresses
    shown_clips: ShownClips = field(default_factory=ShownClips)
    # The action that each task of `call_service` was asked for; what comes later in the
    # same task is called by that action.
    asked_for: WeakKeyDictionary[asyncio.Task[Any], Action] = field(
        default_factory=WeakKeyDictionary
    )
    # Names in core that tell who is calling and failed the check at start.
    broken_callers: frozenset[str] = frozenset()
    # Everybody who has an account, once they were read; a change of rights changes these
    # very objects.
    users: list[User] | None = None


ACCESS: HassKey[AccessParts] = HassKey(f"{DOMAIN}_access")


@callback
def access_parts(hass: HomeAssistant) -> AccessParts:
    """Return the parts; the first caller makes them, also one that removes an entry."""
    if ACCESS not in hass.data:
        hass.data[ACCESS] = AccessParts(
            pin_gate=PinGate(hass), home_addresses=HomeAddresses(hass)
        )
    return hass.data[ACCESS]


@callback
def pin_gate(hass: HomeAssistant) -> PinGate:
    """Return the one gate."""
    return access_parts(hass).pin_gate


@callback
def shown_clips(hass: HomeAssistant) -> ShownClips:
    """Return the one memory of clips that cards were told about."""
    return access_parts(hass).shown_clips
