"""Match the doorbells of one ONVIF device, one for each added video source (lens).

They are told apart by their video sources, and their address changes together.
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

# Seconds after the router's report until a device has left its old address, and again
# until the second check there.
SETTLED_AFTER: Final = 10.0


@callback
def entries_of(hass: HomeAssistant, identity: DeviceIdentity) -> list[ConfigEntry]:
    """Return the doorbells of this device."""
    return [
        entry
        for entry in onvif_entries(hass)
        if identity.is_same(entry.data.get(CONF_MAC), entry.data.get(CONF_SERIAL))
    ]


@callback
def siblings_of(hass: HomeAssistant, entry: ConfigEntry) -> list[ConfigEntry]:
    """Return the doorbells of the same device, including this one."""
    data = entry.data
    return entries_of(
        hass, DeviceIdentity(mac=data.get(CONF_MAC), serial=data.get(CONF_SERIAL))
    )


@callback
def has_more(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Return whether the device is known to have a video source that is not a doorbell yet."""
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
    """Return the unique ID for a video source's doorbell, which may be new or `entry`.

    The first video source gets the device's own ID, as before there was a choice,
    unless another doorbell of the device has that ID.
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
    """Store the first video source for a doorbell that was added before there was a choice.

    From then on, the doorbell ignores events of the other video sources.
    """
    if entry.data.get(CONF_LENS) is None and len(video_sources) > 1:
        hass.config_entries.async_update_entry(
            entry, data={**entry.data, CONF_LENS: video_sources[0].token}
        )
        hass.config_entries.async_schedule_reload(entry.entry_id)


@callback
def _problem_of(entry: ConfigEntry) -> str | None:
    """Return the problem with a doorbell at its address, as far as is known."""
    if entry.state is not ConfigEntryState.LOADED:
        return "not_loaded"
    problem: str | None = entry.runtime_data.doorbell.problem
    # The device answers even if the video source is missing.
    return None if problem == "lens_missing" else problem


@callback
def _is_away(entry: ConfigEntry) -> bool:
    """Return whether a doorbell that isn't disabled doesn't answer."""
    return entry.disabled_by is None and _problem_of(entry) is not None


@callback
def move(hass: HomeAssistant, entry: ConfigEntry, where: Mapping[str, Any]) -> None:
    """Store a doorbell's address, and reload it."""
    if hass.config_entries.async_update_entry(entry, data={**entry.data, **where}):
        hass.config_entries.async_schedule_reload(entry.entry_id)


@callback
def _move_unless_well(
    hass: HomeAssistant, entry: ConfigEntry, where: Mapping[str, Any]
) -> None:
    # A doorbell that answers is in two networks, and both addresses are valid.
    if _problem_of(entry) is not None:
        move(hass, entry, where)


async def _async_move_if_gone(
    hass: HomeAssistant, entry: ConfigEntry, where: Mapping[str, Any]
) -> None:
    """Move to a new address unless the doorbell still answers at the old one."""
    if entry.data[CONF_HOST] == where[CONF_HOST]:
        return
    for _ in range(2):
        # Reports of a router can be forged, and a single query may get lost.
        await asyncio.sleep(SETTLED_AFTER)
        if await _async_is(entry, entry.data[CONF_HOST], entry.data[CONF_PORT]):
            return
    move(hass, entry, where)


@callback
def _is_number(entry: ConfigEntry) -> bool:
    """Return whether the host is an IP address; a host name needs no update."""
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
    """Move the device's doorbells that don't answer to the address where it was found."""
    for entry in entries_of(hass, identity):
        if entry is not but:
            _move_unless_well(hass, entry, where)


async def async_follow(
    hass: HomeAssistant, found: DiscoveredDevice, *, ask: bool
) -> bool:
    """Return whether a found device is one of ours, and follow its address.

    With `ask`, the device is also queried with the logins of doorbells that are away.
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
        elif (
            where == {name: data[name] for name in where}
            # Another device that is known to answer there is not the doorbell.
            and _problem_of(entry) != "other_device"
        ):
            there = True
            if not _is_away(entry):
                # Store the endpoint, by which later searches find the device at any
                # address.
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
        # A device with several video sources has several doorbells.
        for one in siblings_of(hass, entry) or [entry]:
            _move_unless_well(hass, one, where)
    return bool(ours) or there


@callback
def async_follow_router(hass: HomeAssistant, mac: str | None, host: str) -> None:
    """Follow the address that the router gave a device, if it is one of ours."""
    where = {CONF_HOST: host}
    for entry in onvif_entries(hass):
        if mac and entry.data.get(CONF_MAC) == mac and _is_number(entry):
            if _problem_of(entry) is None:
                # The router reports the address once, before a missing answer is
                # noticed.
                entry.async_create_background_task(
                    hass,
                    _async_move_if_gone(hass, entry, where),
                    "doorwatch onvif new address",
                )
            _move_unless_well(hass, entry, where)
