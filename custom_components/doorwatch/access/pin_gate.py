"""The optional PIN before a share: checked, limited per household, across restarts."""

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
# Seconds without any share after the PIN went without whoever knows it: long enough for
# the others to see what was done.
CLOSED_FOR: Final = 24 * 3600.0
_CLOSED_UNTIL: Final = "closed_until"
_SET_AT: Final = "set_at"


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
        self._closed_until = 0.0
        # When somebody set a PIN where there was none; whoever did knows it.
        self._set_at = 0.0

    async def async_check(self, pin: str | None) -> None:
        """Let who wants to share pass with the right PIN, or any when there is none.

        Raises `SharingError` with `sharing_closed`, `pin_required`, `pin_wrong` or
        `pin_locked`.
        """
        await self.async_load()
        self.check_open()
        await self.async_verify(pin)

    async def async_load(self) -> None:
        """Know what was stored; `check_open` needs it."""
        async with self._lock:
            await self._async_load()

    @callback
    def check_open(self) -> None:
        """Let nobody pass in the day after the PIN went untyped: `sharing_closed`."""
        # A clock that was set back must not close it for longer.
        now = time.time()
        self._closed_until = min(self._closed_until, now + CLOSED_FOR)
        if (left := self._closed_until - now) > 0:
            raise SharingError("sharing_closed", hours=str(math.ceil(left / 3600)))

    async def async_verify(self, pin: str | None) -> None:
        """Let the right PIN pass, or any when there is none.

        Raises `SharingError` with `pin_required`, `pin_wrong` or `pin_locked`.
        """
        if (stored := household(self._hass).pin_hash) is None:
            return
        if not pin:
            raise SharingError("pin_required")
        async with self._lock:
            limiter = await self._async_load()
            # Counted and on disk before it is looked at: no kill in between and no
            # many-at-once gains a try.
            limiter.begin(time.time())
            await self._async_save(limiter)
            if not await self._hass.async_add_executor_job(verify_pin, pin, stored):
                raise SharingError("pin_wrong")
            limiter.succeeded()
            await self._async_save(limiter)

    async def async_note_set(self) -> None:
        """Note that there is a PIN from now on, where there was none."""
        async with self._lock:
            limiter = await self._async_load()
            self._set_at = time.time()
            await self._async_save(limiter)

    async def async_is_settled(self) -> bool:
        """Whether the PIN is a day old: a new one proves nothing about who set it."""
        await self.async_load()
        return time.time() - self._set_at >= CLOSED_FOR

    async def async_close(self) -> None:
        """Let nobody share for a day, from this very moment on."""
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
