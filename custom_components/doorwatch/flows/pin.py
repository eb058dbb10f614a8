"""Ask for the PIN in forms that weaken the protection of clips."""

from typing import Final

from homeassistant.core import Context, HomeAssistant

from ..domain.data import DATA
from ..domain.opening import async_get_household
from ..engine.sharing.errors import SharingError

CONF_CURRENT_PIN: Final = "current_pin"
# The field for the error of each problem.
PIN_FIELDS: Final = {
    "pin_required": CONF_CURRENT_PIN,
    "pin_wrong": CONF_CURRENT_PIN,
    "pin_locked": CONF_CURRENT_PIN,
}


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
    household = await async_get_household(hass)
    try:
        await household.pin_gate.async_verify(pin)
    except SharingError as err:
        if err.problem != "pin_required" and (domain := hass.data.get(DATA)):
            caller = household.guard.caller_of(Context())
            await domain.ledger.refused(caller, f"settings_{err.problem}")
        raise
