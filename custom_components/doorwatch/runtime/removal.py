"""Clean up after a removed doorbell, whose clips remain subject to retention."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..fetched.queue import async_forget
from ..issues import NOT_EVERY_BROWSER, RECORDS_AGAIN
from .stream_watch import async_end_stream_issues
from .switches import async_forget_switches


async def async_forget_doorbell(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """End the doorbell's issues, and delete its switches and pending recordings."""
    NOT_EVERY_BROWSER.end(hass, entry.entry_id)
    RECORDS_AGAIN.end(hass, entry.entry_id)
    async_end_stream_issues(hass, entry)
    await async_forget_switches(hass, entry.entry_id)
    await async_forget(hass, entry.entry_id)
