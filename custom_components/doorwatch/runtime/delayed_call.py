"""Tells of what does not get well again by itself."""

from collections.abc import Callable
from datetime import datetime, timedelta

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later


class DelayedCall:
    """Calls once when `after` is over, counted from when it first had to wait."""

    def __init__(
        self, hass: HomeAssistant, after: timedelta, call: Callable[[], None]
    ) -> None:
        """Take whom to call."""
        self._hass = hass
        self._after = after
        self._call = call
        self._cancel: CALLBACK_TYPE | None = None

    @callback
    def wait(self) -> None:
        """Begin to wait, unless it does already."""
        if self._cancel is None:
            self._cancel = async_call_later(self._hass, self._after, self._over)

    @callback
    def _over(self, _now: datetime) -> None:
        self._cancel = None
        self._call()

    @callback
    def cancel(self) -> None:
        """Wait no longer: all is well, or over."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
