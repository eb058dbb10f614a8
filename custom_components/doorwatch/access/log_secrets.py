"""Keep the PIN and single-use addresses out of Home Assistant's log.

Core redacts the key `password` when it logs a failed command, and, since 2026.11, when
it logs commands at debug level. Its web server logs the address of every request at debug
level, and of a failed login at every level. Core offers no hook, so the setup adds a
filter to these loggers, which is removed when Home Assistant has stopped.
"""

import logging
import re
from typing import Final, override

from homeassistant.const import EVENT_HOMEASSISTANT_CLOSE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers.redact import async_redact_data

from ..core_interfaces import LOGGERS
from ..paths import HAND_OVER_PATH

# The commands with a PIN.
COMMANDS: Final = frozenset({"doorwatch/share/prepare", "doorwatch/share/withdraw"})
# Match to the end of the address, which includes the signature.
_ADDRESS: Final = re.compile(rf"({HAND_OVER_PATH.format('')})[^\s\"']+")


class SecretFilter(logging.Filter):
    """Redact the PIN and the secret part of addresses; drop no record."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Redact secrets in the arguments or in the formatted message."""
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
    """Filter the log until Home Assistant has stopped."""
    secrets = SecretFilter()
    for name in LOGGERS:
        logging.getLogger(name).addFilter(secrets)

    @callback
    def on_close(_event: Event) -> None:
        for name in LOGGERS:
            logging.getLogger(name).removeFilter(secrets)

    hass.bus.async_listen_once(EVENT_HOMEASSISTANT_CLOSE, on_close)


def _carries_pin(message: object) -> bool:
    """Return whether this is such a command, or a list of commands with one."""
    if isinstance(message, list):
        return any(map(_carries_pin, message))
    return isinstance(message, dict) and message.get("type") in COMMANDS
