"""What a doorbell says of itself besides its video: its login, its events, where it is."""

from collections.abc import Callable
from datetime import timedelta
import logging
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback

from ..discovery.onvif import SCANNER
from ..engine.doorbells.base import LOGIN_PROBLEMS, Doorbell
from ..issues import DOORBELL_SILENT, async_doorbell_silent
from .delayed_call import DelayedCall

_LOGGER = logging.getLogger(__name__)

# Whoever changes a router or a battery is done sooner than this.
SILENT_AFTER: Final = timedelta(hours=1)


class DoorbellWatch:
    """Follows one doorbell: asks for a new login, looks for it, tells who can help."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        doorbell: Doorbell,
        on_change: Callable[[], None],
    ) -> None:
        """Take what to follow, and whom to tell of each change."""
        self._hass = hass
        self._entry = entry
        self._doorbell = doorbell
        self._on_change = on_change
        self._silent = DelayedCall(hass, SILENT_AFTER, self._ask_for_help)
        self._told = False

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Begin; returns how to stop."""
        stop_following = self._doorbell.follow(self._changed)

        @callback
        def stop() -> None:
            stop_following()
            self._well()

        return stop

    @callback
    def _changed(self) -> None:
        problem = self._doorbell.problem
        if problem is None:
            if self._told:
                _LOGGER.info("%s reports events again", self._entry.title)
            self._well()
        else:
            if not self._told:
                _LOGGER.warning(
                    "%s doesn't report events: %s", self._entry.title, problem
                )
                self._told = True
            if problem in LOGIN_PROBLEMS:
                self._entry.async_start_reauth(self._hass)
            elif (scanner := self._hass.data.get(SCANNER)) is not None:
                scanner.scan_soon()
            self._silent.wait()
        self._on_change()

    @callback
    def _ask_for_help(self) -> None:
        async_doorbell_silent(self._hass, self._entry, self._doorbell.problem)

    @callback
    def _well(self) -> None:
        self._told = False
        self._silent.cancel()
        DOORBELL_SILENT.end(self._hass, self._entry.entry_id)
