"""Call a function if a problem lasts."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later


@dataclass(eq=False, repr=False)
class DelayedCall:
    """Call a function once, a delay after the first `wait`, unless canceled."""

    _hass: HomeAssistant
    _after: timedelta
    _call: Callable[[], None]
    _cancel: CALLBACK_TYPE | None = None

    @callback
    def wait(self) -> None:
        """Start the delay unless it is running."""
        if self._cancel is None:
            self._cancel = async_call_later(self._hass, self._after, self._over)

    @callback
    def _over(self, _now: datetime) -> None:
        self._cancel = None
        self._call()

    @callback
    def cancel(self) -> None:
        """Stop the delay."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None
