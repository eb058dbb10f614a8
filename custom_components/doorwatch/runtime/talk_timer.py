"""Limit how long one person talks, with a warning before the end."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

# Seconds; limits how long a hanging page or a forgotten tap blocks the loudspeaker.
LONGEST: Final = 300
SIGN_BEFORE: Final = 30


@callback
def call_after(
    hass: HomeAssistant, seconds: float, then: Callable[[], None]
) -> CALLBACK_TYPE:
    """Call a function after some seconds; return a function that cancels it."""

    @callback
    def passed(_now: datetime) -> None:
        then()

    return async_call_later(hass, seconds, passed)


class TalkTimer:
    """A timer that starts immediately; for the event loop."""

    def __init__(
        self,
        hass: HomeAssistant,
        changed: Callable[[], None],
        over: Callable[[], None],
    ) -> None:
        """Set the callbacks for the warning and for the end."""
        self._hass = hass
        self._changed = changed
        self._over = over
        self.ends_soon = False
        self._cancel = call_after(hass, LONGEST - SIGN_BEFORE, self._sign)

    @callback
    def go_on(self) -> None:
        """Restart the timer."""
        self.stop()
        self.ends_soon = False
        self._cancel = call_after(self._hass, LONGEST - SIGN_BEFORE, self._sign)
        self._changed()

    @callback
    def stop(self) -> None:
        """Stop the timer."""
        self._cancel()

    @callback
    def _sign(self) -> None:
        self.ends_soon = True
        self._cancel = call_after(self._hass, SIGN_BEFORE, self._over)
        self._changed()
