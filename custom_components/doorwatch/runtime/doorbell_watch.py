"""Watch a doorbell's problems apart from its video: credentials, events, address."""

from collections.abc import Callable
from dataclasses import dataclass, field
import logging
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..engine.doorbells.base import LOGIN_PROBLEMS, Doorbell
from ..issues import DOORBELL_SILENT, async_doorbell_silent
from ..signals import SIGNAL_DOORBELL_AWAY
from ..timer import Timer

_LOGGER = logging.getLogger(__name__)

# Seconds; longer than it takes to replace a router or a battery.
SILENT_AFTER: Final = 3600.0


@dataclass(eq=False, repr=False)
class DoorbellWatch:
    """Follow one doorbell, to start a reauth flow, a scan or a repair."""

    _hass: HomeAssistant
    _entry: ConfigEntry
    _doorbell: Doorbell
    _on_change: Callable[[], None]
    _silent: Timer = field(init=False)
    _told: bool = False

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Start; return a function that stops it."""
        self._silent = Timer(self._hass)
        stop_following = self._doorbell.changes.add(self._changed)

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
            else:
                async_dispatcher_send(self._hass, SIGNAL_DOORBELL_AWAY)
            if not self._silent.runs:
                self._silent.start(SILENT_AFTER, self._ask_for_help)
        self._on_change()

    @callback
    def _ask_for_help(self) -> None:
        async_doorbell_silent(self._hass, self._entry, self._doorbell.problem)

    @callback
    def _well(self) -> None:
        self._told = False
        self._silent.stop()
        DOORBELL_SILENT.end(self._hass, self._entry.entry_id)
