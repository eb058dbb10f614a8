"""How long one person talks: a sign before the end, and a way to go on."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

# Seconds: a page that hangs, or a forgotten tap, holds the loudspeaker no longer.
LONGEST: Final = 300
SIGN_BEFORE: Final = 30


@callback
def call_after(
    hass: HomeAssistant, seconds: float, then: Callable[[], None]
) -> CALLBACK_TYPE:
    """Call this once so many seconds have passed; return how to cancel it."""

    @callback
    def passed(_now: datetime) -> None:
        then()

    return async_call_later(hass, seconds, passed)


class TalkTimer:
    """Begins at once; for the event loop."""

    def __init__(
        self,
        hass: HomeAssistant,
        changed: Callable[[], None],
        over: Callable[[], None],
    ) -> None:
        """Take what is told of the sign, and of the end."""
        self._hass = hass
        self._changed = changed
        self._over = over
        self.ends_soon = False
        self._cancel = call_after(hass, LONGEST - SIGN_BEFORE, self._sign)

    @callback
    def go_on(self) -> None:
        """Begin anew: whoever talks is still there."""
        self.stop()
        self.ends_soon = False
        self._cancel = call_after(self._hass, LONGEST - SIGN_BEFORE, self._sign)
        self._changed()

    @callback
    def stop(self) -> None:
        """Tell nothing more."""
        self._cancel()

    @callback
    def _sign(self) -> None:
        self.ends_soon = True
        self._cancel = call_after(self._hass, SIGN_BEFORE, self._over)
        self._changed()
