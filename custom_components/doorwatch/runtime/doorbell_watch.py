"""What a doorbell says of itself besides its video: its login, its events, where it is."""

from collections.abc import Callable
from datetime import datetime, timedelta
import logging
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..discovery.onvif import SCANNER
from ..engine.doorbells.base import LOGIN_PROBLEMS, Doorbell
from ..issues import DOORBELL_SILENT, async_doorbell_silent

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
        self._give_up: CALLBACK_TYPE | None = None
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
                _LOGGER.info("%s tells of events again", self._entry.title)
            self._well()
        else:
            if not self._told:
                _LOGGER.warning("%s tells of no events: %s", self._entry.title, problem)
                self._told = True
            if problem in LOGIN_PROBLEMS:
                self._entry.async_start_reauth(self._hass)
            elif (scanner := self._hass.data.get(SCANNER)) is not None:
                scanner.scan_soon()
            self._wait()
        self._on_change()

    @callback
    def _wait(self) -> None:
        if self._give_up is not None:
            return

        @callback
        def give_up(_now: datetime) -> None:
            self._give_up = None
            async_doorbell_silent(self._hass, self._entry, self._doorbell.problem)

        self._give_up = async_call_later(self._hass, SILENT_AFTER, give_up)

    @callback
    def _well(self) -> None:
        self._told = False
        if self._give_up is not None:
            self._give_up()
            self._give_up = None
        DOORBELL_SILENT.end(self._hass, self._entry.entry_id)
