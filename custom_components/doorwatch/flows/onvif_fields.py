"""The fields of the forms for ONVIF doorbells, and the test of their values."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..admin_notices import async_words
from ..const import (
    CONF_HOST,
    CONF_LENS,
    CONF_MAC,
    CONF_MAKE,
    CONF_MODEL,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SERIAL,
    CONF_STREAM,
    CONF_SUB_STREAM,
    CONF_USERNAME,
)
from ..engine.doorbells.base import DoorbellError
from ..engine.doorbells.onvif.answers import DeviceIdentity, split_host
from ..engine.doorbells.onvif.ask import DeviceFacts, ask_device
from ..engine.doorbells.onvif.search import DiscoveredDevice
from ..engine.doorbells.onvif.video_sources import VideoSource, VideoSourceUnclear
from ..engine.doorbells.probe import probe_stream
from ..engine.doorbells.rtsp import RtspDoorbell
from .fields import SECRET, TEXT, FieldError, number

DEFAULT_PORT: Final = 80
CONF_DEVICE: Final = "device"
# The choice of a device that was not found.
OTHER: Final = "other"
# The most characters of a profile's name that are shown.
_LONGEST_NAME: Final = 40

DEVICE_SCHEMA: Final = vol.Schema(
    {
        vol.Required(CONF_HOST): TEXT,
        vol.Required(CONF_PORT, default=DEFAULT_PORT): number(1, 65535),
        vol.Optional(CONF_USERNAME): TEXT,
        vol.Optional(CONF_PASSWORD): SECRET,
    }
)


def found_schema(found: Iterable[DiscoveredDevice]) -> vol.Schema:
    """Return the field to choose a found device or another one."""
    choices = [SelectOptionDict(value=one.endpoint, label=_label(one)) for one in found]
    return vol.Schema(
        {
            vol.Required(CONF_DEVICE): SelectSelector(
                SelectSelectorConfig(
                    options=[*choices, SelectOptionDict(value=OTHER, label="…")],
                    mode=SelectSelectorMode.LIST,
                    translation_key="onvif_device",
                )
            )
        }
    )


def _label(found: DiscoveredDevice) -> str:
    hardware = found.hardware
    known = f" ({hardware})" if hardware and hardware != found.name else ""
    return f"{found.name}{known}, {found.host}"


async def async_video_source_schema(
    hass: HomeAssistant,
    video_sources: tuple[VideoSource, ...],
    offered: tuple[VideoSource, ...],
    chosen: str | None,
) -> vol.Schema:
    """Return the field to choose one of the offered lenses; `chosen` is the default.

    They have number, profile name and picture size, as far as known.
    """
    word = await async_words(hass, "lens")
    names = {source.token: _shown(source.largest.name) for source in video_sources}
    # Profile names are shown only if they differ.
    telling = len(set(names.values())) == len(video_sources)
    choices = []
    for source in offered:
        label = word.replace("{number}", str(source.number))
        if telling and (name := names[source.token]):
            label += f": {name}"
        if source.largest.pixels:
            label += f" ({source.largest.width}×{source.largest.height})"
        choices.append(SelectOptionDict(value=source.token, label=label))
    begin = (
        chosen if any(source.token == chosen for source in offered) else vol.UNDEFINED
    )
    return vol.Schema(
        {
            vol.Required(CONF_LENS, default=begin): SelectSelector(
                SelectSelectorConfig(
                    # A drop-down would cut off long names on a phone.
                    options=choices,
                    mode=SelectSelectorMode.LIST,
                )
            )
        }
    )


def _shown(name: str | None) -> str:
    shown = "".join(letter for letter in name or "" if letter.isprintable())
    shown = shown.strip()
    if len(shown) > _LONGEST_NAME:
        return shown[: _LONGEST_NAME - 1].rstrip() + "…"
    return shown


def name_in(identity: DeviceIdentity) -> str:
    """Return the name of a device from its make and model, or "" if it reports none."""
    make, model = _shown(identity.make), _shown(identity.model)
    if make.casefold() in model.casefold():
        return model
    return f"{make} {model}".strip()


def stored_of(entry: ConfigEntry) -> dict[str, Any]:
    """Return the values that a form shows again, without the password."""
    names = (CONF_HOST, CONF_PORT, CONF_USERNAME)
    return {name: entry.data.get(name) for name in names if entry.data.get(name)}


def where_of(
    user_input: Mapping[str, Any], entry: ConfigEntry | None = None
) -> dict[str, Any]:
    """Return address and credentials; raise `DoorbellError` if the address is invalid.

    An empty password keeps the entry's while the user name is unchanged. Raises
    `FieldError` if it would reach another host.
    """
    host, port = split_host(user_input[CONF_HOST])
    username, password = user_input.get(CONF_USERNAME), user_input.get(CONF_PASSWORD)
    if entry is not None and not password and username == entry.data.get(CONF_USERNAME):
        password = entry.data.get(CONF_PASSWORD)
        if password and host.lower() != entry.data[CONF_HOST].lower():
            raise FieldError(CONF_PASSWORD, "password_other_host")
    return {
        CONF_HOST: host,
        CONF_PORT: port or user_input[CONF_PORT],
        CONF_USERNAME: username,
        CONF_PASSWORD: password,
    }


def data_of(where: Mapping[str, Any], facts: DeviceFacts) -> dict[str, Any]:
    """Return the entry data of a tested device."""
    return {
        **where,
        CONF_STREAM: facts.streams.main,
        CONF_SUB_STREAM: facts.streams.sub,
        CONF_MAC: facts.identity.mac,
        CONF_SERIAL: facts.identity.serial,
        CONF_MAKE: facts.identity.make,
        CONF_MODEL: facts.identity.model,
    }


async def async_try_device(
    where: Mapping[str, Any],
    entry: ConfigEntry | None = None,
    *,
    video_source: str | None = None,
    choose: bool = False,
) -> DeviceFacts:
    """Query a device, and test the main stream of the video source.

    With an entry, it must be the same device. With `choose`, nothing is tested if there
    is a choice. Raises `VideoSourceUnclear` and `DoorbellError`.
    """
    username, password = where[CONF_USERNAME], where[CONF_PASSWORD]
    try:
        facts = await ask_device(
            where[CONF_HOST],
            where[CONF_PORT],
            username,
            password,
            video_source=video_source,
            choose=choose,
        )
    except VideoSourceUnclear as which:
        _check_same(entry, which.identity)
        raise
    _check_same(entry, facts.identity)
    if choose and entry is not None:
        # Do not silently replace the chosen lens by the only one left.
        if entry.data.get(CONF_LENS) not in (None, facts.video_source.token):
            raise VideoSourceUnclear(facts.identity, facts.video_sources)
    await probe_stream(rtsp_doorbell(where, facts).stream_source())
    return facts


def rtsp_doorbell(where: Mapping[str, Any], facts: DeviceFacts) -> RtspDoorbell:
    """Return a doorbell with the streams of a device."""
    return RtspDoorbell(
        facts.streams.main,
        where[CONF_USERNAME],
        where[CONF_PASSWORD],
        sub_address=facts.streams.sub,
    )


def _check_same(entry: ConfigEntry | None, identity: DeviceIdentity) -> None:
    if entry is not None and not identity.is_same(
        entry.data.get(CONF_MAC), entry.data.get(CONF_SERIAL)
    ):
        raise DoorbellError("other_device")
