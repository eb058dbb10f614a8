"""The optional PIN before a share: checked, limited per household, across restarts."""

import asyncio
import time

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN
from .household import household
from .sharing.errors import SharingError
from .sharing.pin import PinLimiter, verify_pin

STORAGE_VERSION = 1


class PinGate:
    """One for the household: a wrong PIN of one person counts for all."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Load nothing yet."""
        self._hass = hass
        self._store = Store[dict[str, float]](
            hass, STORAGE_VERSION, f"{DOMAIN}.pin", private=True, atomic_writes=True
        )
        self._lock = asyncio.Lock()
        self._limiter: PinLimiter | None = None

    async def async_check(self, pin: str | None) -> None:
        """Let the right PIN pass, or any when there is none.

        Raises `SharingError` with `pin_required`, `pin_wrong` or `pin_locked`.
        """
        if (stored := household(self._hass).pin_hash) is None:
            return
        if not pin:
            raise SharingError("pin_required")
        async with self._lock:
            if self._limiter is None:
                self._limiter = PinLimiter.from_dict(await self._store.async_load())
            # Counted and on disk before it is looked at: no kill in between and no
            # many-at-once gains a try.
            self._limiter.begin(time.time())
            await self._store.async_save(self._limiter.as_dict())
            if not await self._hass.async_add_executor_job(verify_pin, pin, stored):
                raise SharingError("pin_wrong")
            self._limiter.succeeded()
            await self._store.async_save(self._limiter.as_dict())


PIN_GATE: HassKey[PinGate] = HassKey(f"{DOMAIN}_pin_gate")


@callback
def pin_gate(hass: HomeAssistant) -> PinGate:
    """Return the one gate."""
    if PIN_GATE not in hass.data:
        hass.data[PIN_GATE] = PinGate(hass)
    return hass.data[PIN_GATE]


async def async_check_pin(hass: HomeAssistant, pin: str | None) -> None:
    """Check the PIN at the household's gate; see `PinGate.async_check`."""
    await pin_gate(hass).async_check(pin)
