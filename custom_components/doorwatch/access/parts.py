"""Hold the objects that this package keeps per Home Assistant instance."""

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
    """The objects of this package, and the state of calls and users."""

    pin_gate: PinGate
    home_addresses: HomeAddresses
    shown_clips: ShownClips = field(default_factory=ShownClips)
    # The action that each `call_service` task was asked for. That action makes the later
    # calls in the same task, which don't replace it.
    asked_for: WeakKeyDictionary[asyncio.Task[Any], Action] = field(
        default_factory=WeakKeyDictionary
    )
    # Names in core that identify the caller and failed the check at start.
    broken_callers: frozenset[str] = frozenset()
    # All users, once they were loaded. Core updates these objects when permissions
    # change.
    users: list[User] | None = None


ACCESS: HassKey[AccessParts] = HassKey(f"{DOMAIN}_access")


@callback
def access_parts(hass: HomeAssistant) -> AccessParts:
    """Return the parts, and create them if needed, for example while removing an entry."""
    if ACCESS not in hass.data:
        hass.data[ACCESS] = AccessParts(
            pin_gate=PinGate(hass), home_addresses=HomeAddresses(hass)
        )
    return hass.data[ACCESS]


@callback
def pin_gate(hass: HomeAssistant) -> PinGate:
    """Return the PIN gate."""
    return access_parts(hass).pin_gate


@callback
def shown_clips(hass: HomeAssistant) -> ShownClips:
    """Return the clips that were shown on cards."""
    return access_parts(hass).shown_clips
