"""The doorbells of one ONVIF device, one for each video source (lens) that was added.

They are told apart by their video sources, and move together when the device does.
"""

import asyncio
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from ..const import (
    CONF_ENDPOINT,
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
from ..engine.doorbells.onvif.answers import DeviceIdentity
from ..engine.doorbells.onvif.ask import ask_identity
from ..engine.doorbells.onvif.doorbell import OnvifDoorbell
from ..engine.doorbells.onvif.search import DiscoveredDevice
from ..engine.doorbells.onvif.video_sources import VideoSource
from .onvif import onvif_entries

# Seconds after the router's word in which a device has left its old address; as long again
# before it is asked there once more.
SETTLED_AFTER: Final = 10.0


@callback
def entries_of(hass: HomeAssistant, identity: DeviceIdentity) -> list[ConfigEntry]:
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
        hass, DeviceIdentity(mac=data.get(CONF_MAC), serial=data.get(CONF_SERIAL))
    )


@callback
def has_more(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Whether the device has a video source, as far as is known, that is no doorbell yet."""
    if entry.state is not ConfigEntryState.LOADED:
        return False
    doorbell = entry.runtime_data.doorbell
    return (
        isinstance(doorbell, OnvifDoorbell)
        and len(siblings_of(hass, entry)) < doorbell.video_sources
    )


def video_source_of(entry: ConfigEntry, video_sources: tuple[VideoSource, ...]) -> str:
    """Return the token of the video source that a doorbell records."""
    return str(entry.data.get(CONF_LENS) or video_sources[0].token)


def free(
    video_sources: tuple[VideoSource, ...], entries: Iterable[ConfigEntry]
) -> tuple[VideoSource, ...]:
    """Return the video sources that none of these doorbells records."""
    taken = {video_source_of(entry, video_sources) for entry in entries}
    return tuple(source for source in video_sources if source.token not in taken)


@callback
def unique_id_for(
    hass: HomeAssistant,
    identity: DeviceIdentity,
    video_sources: tuple[VideoSource, ...],
    token: str,
    entry: ConfigEntry | None = None,
) -> str:
    """Return the unique id of the doorbell of a video source, be it this entry or a new one.

    The first video source has the device's own, as it had before there was a choice, unless
    another doorbell of this device has that.
    """
    if token == video_sources[0].token:
        other = hass.config_entries.async_entry_for_domain_unique_id(
            DOMAIN, identity.unique
        )
        if other in (None, entry) or other not in entries_of(hass, identity):
            return identity.unique
    return f"{identity.unique}#{token}"


@callback
def pin(
    hass: HomeAssistant, entry: ConfigEntry, video_sources: tuple[VideoSource, ...]
) -> None:
    """Let a doorbell of before there was a choice know its video source, the first one.

    From now on the events of the others are not its own.
    """
    if entry.data.get(CONF_LENS) is None and len(video_sources) > 1:
        hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_LENS: video_sources[0].token}
        )
        hass.config_entries.async_schedule_reload(entry.entry_id)


@callback
def _is_away(entry: ConfigEntry) -> bool:
    """Whether a doorbell does not answer where it was; without its video source it does."""
    if entry.state is not ConfigEntryState.LOADED:
        return entry.disabled_by is None
    return entry.runtime_data.doorbell.problem not in (None, "lens_missing")


@callback
def _is_well(entry: ConfigEntry) -> bool:
    """Whether a doorbell answers where it was, as far as anybody noticed."""
    return entry.state is ConfigEntryState.LOADED and not _is_away(entry)


@callback
def move(hass: HomeAssistant, entry: ConfigEntry, where: Mapping[str, Any]) -> None:
    """Remember where a doorbell is, and begin anew there."""
    if hass.config_entries.async_update_entry(entry, data={**entry.data, **where}):
        hass.config_entries.async_schedule_reload(entry.entry_id)


@callback
def _move_unless_well(
    hass: HomeAssistant, entry: ConfigEntry, where: Mapping[str, Any]
) -> None:
    # One that is well has two networks: both addresses are right.
    if not _is_well(entry):
        move(hass, entry, where)


async def _async_move_if_gone(
    hass: HomeAssistant, entry: ConfigEntry, where: Mapping[str, Any]
) -> None:
    """Go to a new address unless the doorbell still answers where it was."""
    if entry.data[CONF_HOST] == where[CONF_HOST]:
        return
    for _ in range(2):
        # Anybody can say what a router says, and one query may go astray.
        await asyncio.sleep(SETTLED_AFTER)
        if await _async_is(entry, entry.data[CONF_HOST], entry.data[CONF_PORT]):
            return
    move(hass, entry, where)


@callback
def _is_another(entry: ConfigEntry) -> bool:
    """Whether it is known that another device answers where the doorbell was."""
    loaded = entry.state is ConfigEntryState.LOADED
    return loaded and entry.runtime_data.doorbell.problem == "other_device"


@callback
def _is_number(entry: ConfigEntry) -> bool:
    """Whether it was named by its address; a name leads to it wherever it is."""
    try:
        ip_address(entry.data[CONF_HOST])
    except ValueError:
        return False
    return True


async def _async_is(entry: ConfigEntry, host: str, port: int) -> bool:
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
    identity: DeviceIdentity,
    where: Mapping[str, Any],
    but: ConfigEntry | None = None,
) -> None:
    """Let the doorbells of a device that do not answer go where it was found."""
    for entry in entries_of(hass, identity):
        if entry is not but:
            _move_unless_well(hass, entry, where)


async def async_follow(
    hass: HomeAssistant, found: DiscoveredDevice, *, ask: bool
) -> bool:
    """Recognise one of ours and remember where it is; returns whether it was one.

    `ask` it with the logins of those that are away.
    """
    where = {CONF_HOST: found.host, CONF_PORT: found.port}
    ours: list[ConfigEntry] = []
    away = []
    there = False
    for entry in onvif_entries(hass):
        data = entry.data
        if (found.mac and found.mac == data.get(CONF_MAC)) or (
            found.endpoint == data.get(CONF_ENDPOINT)
        ):
            ours.append(entry)
        elif where == {name: data[name] for name in where} and not _is_another(entry):
            there = True
            if not _is_away(entry):
                # The next search finds it by this, wherever it is then.
                hass.config_entries.async_update_entry(
                    entry, data={**data, CONF_ENDPOINT: found.endpoint}
                )
        elif ask and _is_away(entry):
            away.append(entry)
    if not ours and not there:
        for entry in away:
            if await _async_is(entry, found.host, found.port):
                ours.append(entry)
                where[CONF_ENDPOINT] = found.endpoint
                break
    for entry in ours:
        # A device with several video sources is several doorbells.
        for one in siblings_of(hass, entry) or [entry]:
            _move_unless_well(hass, one, where)
    return bool(ours) or there


@callback
def async_follow_router(hass: HomeAssistant, mac: str | None, host: str) -> None:
    """Remember the address that the router gave a device, if it is one of ours."""
    where = {CONF_HOST: host}
    for entry in onvif_entries(hass):
        if mac and entry.data.get(CONF_MAC) == mac and _is_number(entry):
            if _is_well(entry):
                # The router tells it once, and before anybody misses an answer.
                entry.async_create_background_task(
                    hass,
                    _async_move_if_gone(hass, entry, where),
                    "doorwatch onvif new address",
                )
            _move_unless_well(hass, entry, where)
