"""Keep the PIN and single-use addresses out of Home Assistant's own log.

Core redacts the key `password` where it logs a command that failed. But at the level
debug it logs every command and every answer as it is, and its web server the address of
every request; that of a login that failed at every level. Nothing of ours is asked
before, so a filter goes to these loggers: added by the integration's setup, and taken
away when Home Assistant has stopped.
"""

import logging
import re
from typing import Final, override

from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.redact import async_redact_data

from ..core_interfaces import LOGGERS
from ..paths import HAND_OVER_PATH

COMMAND: Final = "doorwatch/share/prepare"
# Up to its end: what signs an address holds it, too.
_ADDRESS: Final = re.compile(rf"({HAND_OVER_PATH.format('')})[^\s\"']+")


class SecretFilter(logging.Filter):
    """Leave out the PIN, and what makes an address work; drops no record."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Replace them in the arguments, or in the message that the record makes."""
        if isinstance(record.args, tuple) and any(map(_carries_pin, record.args)):
            record.args = tuple(
                async_redact_data(each, {"password"}) if _carries_pin(each) else each
                for each in record.args
            )
        if _ADDRESS.search(text := record.getMessage()):
            record.msg, record.args = _ADDRESS.sub(r"\1…", text), ()
        return True


@callback
def async_keep_secrets_out_of_logs(hass: HomeAssistant) -> None:
    """Filter what is logged until Home Assistant has stopped."""
    secrets = SecretFilter()
    for name in LOGGERS:
        logging.getLogger(name).addFilter(secrets)

    @callback
    def on_close(_event: Event) -> None:
        for name in LOGGERS:
            logging.getLogger(name).removeFilter(secrets)

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, on_close)


def _carries_pin(message: object) -> bool:
    """Whether this is our command, or a list of commands with ours in it."""
    if isinstance(message, list):
        return any(map(_carries_pin, message))
    return isinstance(message, dict) and message.get("type") == COMMAND
