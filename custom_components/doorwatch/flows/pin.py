"""Ask for the PIN in forms that weaken the protection of clips."""

from typing import Final

from homeassistant.core import Context, HomeAssistant, callback
import voluptuous as vol

from ..domain.data import DATA
from ..domain.opening import async_get_household
from ..engine.sharing.errors import SharingError
from ..household.household import household
from .fields import SECRET

CONF_CURRENT_PIN: Final = "current_pin"
CONF_PIN_UNKNOWN: Final = "pin_unknown"
_FIELDS: Final = {
    "pin_required": CONF_CURRENT_PIN,
    "pin_wrong": CONF_CURRENT_PIN,
    "pin_locked": CONF_CURRENT_PIN,
    "pin_unknown_alone": CONF_PIN_UNKNOWN,
}


@callback
def pin_field(hass: HomeAssistant) -> dict[vol.Marker, object]:
    """Return the field for the PIN, if there is one."""
    if household(hass).pin_hash is None:
        return {}
    return {vol.Optional(CONF_CURRENT_PIN): SECRET}


def pin_errors(error: SharingError) -> dict[str, str]:
    """Return the error for its field, or for the form."""
    return {_FIELDS.get(error.problem, "base"): error.problem}


async def async_check_pin(hass: HomeAssistant, pin: str | None) -> None:
    """Verify the PIN, and refuse for a day after it was removed without being entered.

    Raises `SharingError`.
    """
    await async_verify_pin(hass, pin)
    gate = (await async_get_household(hass)).pin_gate
    await gate.async_load()
    gate.check_open()


async def async_is_closed(hass: HomeAssistant) -> bool:
    """Return whether the PIN was removed without being entered, less than a day ago."""
    gate = (await async_get_household(hass)).pin_gate
    await gate.async_load()
    try:
        gate.check_open()
    except SharingError:
        return True
    return False


async def async_verify_pin(hass: HomeAssistant, pin: str | None) -> None:
    """Require the PIN to weaken the protection, as anyone may use an unlocked tablet.

    Raises `SharingError`. A wrong PIN counts like one in the share dialog.
    """
    parts = await async_get_household(hass)
    try:
        await parts.pin_gate.async_verify(pin)
    except SharingError as err:
        if err.problem != "pin_required" and (domain := hass.data.get(DATA)):
            caller = parts.guard.caller_of(Context())
            await domain.ledger.refused(caller, f"settings_{err.problem}")
        raise
