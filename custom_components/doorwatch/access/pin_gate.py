"""Check the optional PIN before a share, with one limit per household."""

import asyncio
import math
import time
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ..const import DOMAIN
from ..engine.sharing.errors import SharingError
from ..engine.sharing.tap.pin import PinLimiter, verify_pin
from ..household.household import household

STORAGE_VERSION = 1
# Seconds during which nobody can share after the PIN was removed without being entered,
# so that others can notice.
CLOSED_FOR: Final = 24 * 3600.0
_CLOSED_UNTIL: Final = "closed_until"
_SET_AT: Final = "set_at"


class PinGate:
    """The household's PIN check; the limit on wrong PINs applies to all people together."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Initialize without loading the stored state."""
        self._hass = hass
        self._store = Store[dict[str, float]](
            hass, STORAGE_VERSION, f"{DOMAIN}.pin", private=True, atomic_writes=True
        )
        self._lock = asyncio.Lock()
        self._limiter: PinLimiter | None = None
        self._closed_until = 0.0
        # When a PIN was set where there was none. The person who set it knows it.
        self._set_at = 0.0

    async def async_check(self, pin: str | None) -> None:
        """Check the PIN before a share, if the household has one.

        Raises `SharingError` with `sharing_closed`, `pin_required`, `pin_wrong` or
        `pin_locked`.
        """
        await self.async_load()
        self.check_open()
        await self.async_verify(pin)

    async def async_load(self) -> None:
        """Load the stored state, which `check_open` needs."""
        async with self._lock:
            await self._async_load()

    @callback
    def check_open(self) -> None:
        """Raise `sharing_closed` for a day after the PIN was removed without entering it."""
        # A clock that was set back must not prolong the closure.
        now = time.time()
        self._closed_until = min(self._closed_until, now + CLOSED_FOR)
        if (left := self._closed_until - now) > 0:
            raise SharingError("sharing_closed", hours=str(math.ceil(left / 3600)))

    async def async_verify(self, pin: str | None) -> None:
        """Check the PIN, if the household has one.

        Raises `SharingError` with `pin_required`, `pin_wrong` or `pin_locked`.
        """
        if (stored := household(self._hass).pin_hash) is None:
            return
        if not pin:
            raise SharingError("pin_required")
        async with self._lock:
            limiter = await self._async_load()
            # Count and store the attempt before checking it, so that neither a crash
            # nor parallel attempts gain a try.
            limiter.begin(time.time())
            await self._async_save(limiter)
            if not await self._hass.async_add_executor_job(verify_pin, pin, stored):
                raise SharingError("pin_wrong")
            limiter.succeeded()
            await self._async_save(limiter)

    async def async_note_set(self) -> None:
        """Store when a PIN was set where there was none."""
        async with self._lock:
            limiter = await self._async_load()
            self._set_at = time.time()
            await self._async_save(limiter)

    async def async_is_settled(self) -> bool:
        """Return whether the PIN is at least a day old; until then it proves nothing."""
        await self.async_load()
        return time.time() - self._set_at >= CLOSED_FOR

    async def async_close(self) -> None:
        """Close sharing for a day, beginning immediately."""
        self._closed_until = time.time() + CLOSED_FOR
        async with self._lock:
            await self._async_save(await self._async_load())

    async def _async_load(self) -> PinLimiter:
        if self._limiter is None:
            stored = await self._store.async_load() or {}
            self._limiter = PinLimiter.from_dict(stored)
            until = stored.get(_CLOSED_UNTIL)
            if isinstance(until, int | float):
                self._closed_until = max(self._closed_until, until)
            set_at = stored.get(_SET_AT)
            if isinstance(set_at, int | float):
                self._set_at = max(self._set_at, set_at)
        return self._limiter

    async def _async_save(self, limiter: PinLimiter) -> None:
        await self._store.async_save(
            {
                **limiter.as_dict(),
                _CLOSED_UNTIL: self._closed_until,
                _SET_AT: self._set_at,
            }
        )
