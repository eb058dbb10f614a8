"""Follow changes until they are no longer needed."""

from collections.abc import Callable, Sequence

from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
)
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect

from .const import DOMAIN


class Follower:
    """An object that follows changes until it is stopped."""

    _stops: Sequence[CALLBACK_TYPE] = ()

    @callback
    def stop(self) -> None:
        """Stop following changes."""
        stops, self._stops = self._stops, ()
        for stop in stops:
            stop()


@callback
def async_follow_entries(
    hass: HomeAssistant, look: Callable[[], None], *, domain: str = DOMAIN
) -> CALLBACK_TYPE:
    """Call `look` after each change of a config entry; return a function to stop that."""

    @callback
    def on_entry(_change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.domain == domain:
            look()

    return async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, on_entry)
