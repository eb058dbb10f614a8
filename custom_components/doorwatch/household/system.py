"""Describe the recording system for an evidence package."""

import ctypes
import platform

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import __version__ as HA_VERSION
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration

from ..const import CONF_MAKE, CONF_MODEL, DOMAIN

_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronized
_STA_UNSYNC = 0x0040
_ROOM_FOR_TIMEX = 512  # bytes; the kernel's struct timex is 208


async def async_system(hass: HomeAssistant, doorbell_id: str) -> dict[str, object]:
    """Return clock state, time zone, camera and versions; unknown values are None."""
    integration = await async_get_integration(hass, DOMAIN)
    entry = hass.config_entries.async_get_entry(doorbell_id)
    data = entry.data if entry is not None else {}
    offset: float | None = None  # measured within the last hour
    if entry is not None and entry.state is ConfigEntryState.LOADED:
        offset = entry.runtime_data.doorbell.clock_offset
    return {
        "clock_synchronised": clock_synchronised(),
        "camera_clock_offset": offset,
        "camera_make": data.get(CONF_MAKE),
        "camera_model": data.get(CONF_MODEL),
        "time_zone": hass.config.time_zone,
        "software": {
            "doorwatch": str(integration.version),
            "home_assistant": HA_VERSION,
            "python": platform.python_version(),
        },
    }


def clock_synchronised() -> bool | None:
    """Return whether the kernel's clock is synchronized, or None if unknown."""
    try:
        libc = ctypes.CDLL(None)
        buffer = ctypes.create_string_buffer(_ROOM_FOR_TIMEX)
        state = libc.adjtimex(buffer)
    except AttributeError, OSError:
        return None
    if state < 0:
        return None
    # struct timex: modes (int, padded), offset, freq, maxerror, esterror (long), status
    long = ctypes.sizeof(ctypes.c_long)
    status = ctypes.c_int.from_buffer(buffer, long * 5).value
    return state != _TIME_ERROR and not status & _STA_UNSYNC
