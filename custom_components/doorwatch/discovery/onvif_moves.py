"""Whether an ONVIF doorbell is still where it was, and how it goes on elsewhere."""

import asyncio
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from ..const import (
    CONF_HOST,
    CONF_MAC,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SERIAL,
    CONF_USERNAME,
)
from ..engine.doorbells.base import DoorbellError
from ..engine.doorbells.onvif.ask import ask_identity

# Seconds after the router's word in which a device has left its old address; as long again
# before it is asked there once more.
SETTLED_AFTER: Final = 10.0


@callback
def is_away(entry: ConfigEntry) -> bool:
    """Whether a doorbell does not answer where it was; without its lens it does."""
    if entry.state is not ConfigEntryState.LOADED:
        return entry.disabled_by is None
    return entry.runtime_data.doorbell.problem not in (None, "lens_missing")


@callback
def is_well(entry: ConfigEntry) -> bool:
    """Whether a doorbell answers where it was, as far as anybody noticed."""
    return entry.state is ConfigEntryState.LOADED and not is_away(entry)


@callback
def move(hass: HomeAssistant, entry: ConfigEntry, where: Mapping[str, Any]) -> None:
    """Remember where a doorbell is, and begin anew there."""
    if hass.config_entries.async_update_entry(entry, data={**entry.data, **where}):
        hass.config_entries.async_schedule_reload(entry.entry_id)


async def async_move_if_gone(
    hass: HomeAssistant, entry: ConfigEntry, where: Mapping[str, Any]
) -> None:
    """Go to a new address unless the doorbell still answers where it was."""
    if entry.data[CONF_HOST] == where[CONF_HOST]:
        return
    for _ in range(2):
        # Anybody can say what a router says, and one question may go astray.
        await asyncio.sleep(SETTLED_AFTER)
        if await async_is(entry, entry.data[CONF_HOST], entry.data[CONF_PORT]):
            return
    move(hass, entry, where)


@callback
def is_another(entry: ConfigEntry) -> bool:
    """Whether it is known that another device answers where the doorbell was."""
    loaded = entry.state is ConfigEntryState.LOADED
    return loaded and entry.runtime_data.doorbell.problem == "other_device"


@callback
def is_number(entry: ConfigEntry) -> bool:
    """Whether it was named by its address; a name leads to it wherever it is."""
    try:
        ip_address(entry.data[CONF_HOST])
    except ValueError:
        return False
    return True


async def async_is(entry: ConfigEntry, host: str, port: int) -> bool:
    """Ask a device whether it is the doorbell of this entry."""
    data = entry.data
    try:
        identity = await ask_identity(
            host, port, data.get(CONF_USERNAME), data.get(CONF_PASSWORD)
        )
    except DoorbellError:
        return False
    return identity.is_same(data.get(CONF_MAC), data.get(CONF_SERIAL))
