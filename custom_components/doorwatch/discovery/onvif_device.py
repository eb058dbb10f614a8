"""The doorbells of one ONVIF device, one for each of its lenses that was added.

They are told apart by their lenses, and move together when the device does.
"""

import asyncio
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.selector import SelectOptionDict

from ..admin_notices import async_words
from ..const import (
    CONF_HOST,
    CONF_LENS,
    CONF_MAC,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SERIAL,
    CONF_USERNAME,
    DOMAIN,
)
from ..engine.doorbells.base import DoorbellError
from ..engine.doorbells.onvif.answers import Identity
from ..engine.doorbells.onvif.ask import ask_identity
from ..engine.doorbells.onvif.doorbell import OnvifDoorbell
from ..engine.doorbells.onvif.video_sources import VideoSource
from .onvif import onvif_entries

# Seconds after the router's word in which a device has left its old address; as long again
# before it is asked there once more.
SETTLED_AFTER: Final = 10.0
# Characters of a profile's name that are shown.
_LONGEST_NAME: Final = 40


@callback
def entries_of(hass: HomeAssistant, identity: Identity) -> list[ConfigEntry]:
    """List the doorbells that this device is."""
    return [
        entry
        for entry in onvif_entries(hass)
        if identity.is_same(entry.data.get(CONF_MAC), entry.data.get(CONF_SERIAL))
    ]


@callback
def siblings_of(hass: HomeAssistant, entry: ConfigEntry) -> list[ConfigEntry]:
    """List the doorbells of the same device as this one, and itself."""
    data = entry.data
    return entries_of(
        hass, Identity(mac=data.get(CONF_MAC), serial=data.get(CONF_SERIAL))
    )


@callback
def has_more(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Whether the device has a lens, as far as is known, that is no doorbell yet."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    doorbell = entry.runtime_data.doorbell
    return (
        isinstance(doorbell, OnvifDoorbell)
        and len(siblings_of(hass, entry)) < doorbell.video_sources
    )


def lens_of(entry: ConfigEntry, lenses: tuple[VideoSource, ...]) -> str:
    """Return the token of the lens that a doorbell records."""
    return str(entry.data.get(CONF_LENS) or lenses[0].token)


def free(
    lenses: tuple[VideoSource, ...], entries: Iterable[ConfigEntry]
) -> tuple[VideoSource, ...]:
    """Return the lenses that none of these doorbells records."""
    taken = {lens_of(entry, lenses) for entry in entries}
    return tuple(lens for lens in lenses if lens.token not in taken)


@callback
def unique_id_for(
    hass: HomeAssistant,
    identity: Identity,
    lenses: tuple[VideoSource, ...],
    token: str,
    entry: ConfigEntry | None = None,
) -> str:
    """Return the unique id of the doorbell of a lens, be it this entry or a new one.

    The first lens has the device's own, as it had before there was a choice, unless
    another doorbell of this device has that.
    """
    if token == lenses[0].token:
        other = hass.config_entries.async_entry_for_domain_unique_id(
            DOMAIN, identity.unique
        )
        if other in (None, entry) or other not in entries_of(hass, identity):
            return identity.unique
    return f"{identity.unique}#{token}"


@callback
def pin(
    hass: HomeAssistant, entry: ConfigEntry, lenses: tuple[VideoSource, ...]
) -> None:
    """Let a doorbell of before there was a choice know its lens, the first one.

    From now on the events of the others are not its own.
    """
    if entry.data.get(CONF_LENS) is None and len(lenses) > 1:
        hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_LENS: lenses[0].token}
        )
        hass.config_entries.async_schedule_reload(entry.entry_id)


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


@callback
def go_along(
    hass: HomeAssistant,
    identity: Identity,
    where: Mapping[str, Any],
    but: ConfigEntry | None = None,
) -> None:
    """Let the doorbells of a device that do not answer go where it was found."""
    for entry in entries_of(hass, identity):
        if entry is not but and not is_well(entry):
            move(hass, entry, where)


async def async_choices(
    hass: HomeAssistant,
    lenses: tuple[VideoSource, ...],
    offered: tuple[VideoSource, ...],
) -> list[SelectOptionDict]:
    """Name lenses as well as the device lets it: number, profile, size of the picture."""
    word = await async_words(hass, "lens")
    names = {lens.token: _shown(lens.largest.name) for lens in lenses}
    # What is said of all alike tells nothing.
    telling = len(set(names.values())) == len(lenses)
    choices = []
    for lens in offered:
        label = word.replace("{number}", str(lens.number))
        if telling and (name := names[lens.token]):
            label += f": {name}"
        if lens.largest.pixels:
            label += f" ({lens.largest.width}×{lens.largest.height})"
        choices.append(SelectOptionDict(value=lens.token, label=label))
    return choices


def _shown(name: str | None) -> str:
    shown = "".join(letter for letter in name or "" if letter.isprintable())
    shown = shown.strip()
    if len(shown) > _LONGEST_NAME:
        return shown[: _LONGEST_NAME - 1].rstrip() + "…"
    return shown
