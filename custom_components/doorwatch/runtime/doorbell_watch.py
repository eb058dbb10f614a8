"""Watch a doorbell's problems apart from its video: credentials, events, address."""

from collections.abc import Callable
from datetime import timedelta
import logging
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..engine.doorbells.base import LOGIN_PROBLEMS, Doorbell
from ..issues import DOORBELL_SILENT, async_doorbell_silent
from ..signals import SIGNAL_DOORBELL_AWAY
from .delayed_call import DelayedCall

_LOGGER = logging.getLogger(__name__)

# Longer than it takes to replace a router or a battery.
SILENT_AFTER: Final = timedelta(hours=1)


class DoorbellWatch:
    """Follow one doorbell, to start a reauth flow, a scan or a repair."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        doorbell: Doorbell,
        on_change: Callable[[], None],
    ) -> None:
        """Set the doorbell, and the callback for each change."""
        self._hass = hass
        self._entry = entry
        self._doorbell = doorbell
        self._on_change = on_change
        self._silent = DelayedCall(hass, SILENT_AFTER, self._ask_for_help)
        self._told = False

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Start; return a function that stops it."""
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
