"""Limit how long one person talks, with a warning before the end."""

from collections.abc import Callable
from typing import Final

from homeassistant.core import HomeAssistant, callback

from ..timer import Timer

# Seconds; limits how long a hanging page or a forgotten tap blocks the loudspeaker.
LONGEST: Final = 300
SIGN_BEFORE: Final = 30


class TalkTimer(Timer):
    """The timer of a talk, which can be extended."""

    def __init__(
        self,
        hass: HomeAssistant,
        changed: Callable[[], None],
        over: Callable[[], None],
    ) -> None:
        """Set the callbacks for changes of the timer and for the end."""
        super().__init__(hass)
        self._changed = changed
        self._over = over
        self.ends_soon = False

    @callback
    def restart(self) -> None:
        """Begin, or begin again."""
        self.ends_soon = False
        self.start(LONGEST - SIGN_BEFORE, self._sign)
        self._changed()

    @callback
    def _sign(self) -> None:
        self.ends_soon = True
        self.start(SIGN_BEFORE, self._over)
        self._changed()
