"""Keep the PIN out of Home Assistant's own log.

Core redacts the key `password` where it logs a command that failed. At the level debug
it logs every command as it came, so a filter goes before that.
"""

import logging
from typing import Final, override

from homeassistant.components.websocket_api import http as websocket_http
from homeassistant.core import callback
from homeassistant.helpers.redact import async_redact_data

COMMAND: Final = "doorwatch/share/prepare"
LOGGER: Final = f"{websocket_http.__name__}.connection"


class PinFilter(logging.Filter):
    """Redact the command that carries the PIN; drops no record."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the message among the arguments of the record."""
        if isinstance(record.args, tuple) and any(map(_carries_pin, record.args)):
            record.args = tuple(
                async_redact_data(each, {"password"}) if _carries_pin(each) else each
                for each in record.args
            )
        return True


_FILTER: Final = PinFilter()


@callback
def async_keep_pin_out_of_logs() -> None:
    """Install the filter; a second time does nothing."""
    logging.getLogger(LOGGER).addFilter(_FILTER)


def _carries_pin(message: object) -> bool:
    """Whether this is our command, or a list of commands with ours in it."""
    if isinstance(message, list):
        return any(map(_carries_pin, message))
    return isinstance(message, dict) and message.get("type") == COMMAND
