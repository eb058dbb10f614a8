"""Keep single-use addresses out of Home Assistant's own log.

Its web server logs the address of a login that failed, and at the level debug that of
every request and every message.
"""

import logging
import re
from typing import Final, override

from homeassistant.core import callback

_LOGGERS: Final = (
    "aiohttp.access",
    "homeassistant.components.http.auth",
    "homeassistant.components.http.ban",
    "homeassistant.components.websocket_api.http.connection",
    "homeassistant.helpers.http",
)
# Up to its end: what signs an address holds it, too.
_ADDRESS: Final = re.compile(r"(/api/doorwatch/hand_over/)[^\s\"']+")


class AddressFilter(logging.Filter):
    """Leave out what makes an address work; drops no record."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Replace it in the message that the record makes."""
        if _ADDRESS.search(text := record.getMessage()):
            record.msg, record.args = _ADDRESS.sub(r"\1…", text), ()
        return True


_FILTER: Final = AddressFilter()


@callback
def async_keep_addresses_out_of_logs() -> None:
    """Install the filter; a second time does nothing."""
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
