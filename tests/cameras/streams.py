"""Helpers that switch streams on and off and advance time."""

from collections.abc import Awaitable, Callable

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from tests.cameras.vendors.frigate import Frigate
from tests.cameras.vendors.unifiprotect import ProtectConsole
from tests.conftest import Until
from tests.rtsp.fixtures import RtspServer

type Later = Callable[[float], Awaitable[None]]


async def switch(
    hass: HomeAssistant, source: ProtectConsole | Frigate, stream: str | None
) -> None:
    """Switch the stream on or off and reload the camera's integration."""
    source.stream = stream
    assert await hass.config_entries.async_reload(source.entry.entry_id)
    await hass.async_block_till_done()


def camera_of(source: ProtectConsole | Frigate) -> str:
    """Return the linked camera."""
    return source.entity_id(
        "camera", "0" if source.entry.domain != "frigate" else "camera"
    )


async def lost(entry: ConfigEntry, until: Until) -> None:
    """Wait until the doorbell reports that there is no stream."""
    await until(lambda: entry.runtime_data.data.problem == "no_stream_address")


async def cut(
    hass: HomeAssistant,
    source: Frigate,
    entry: ConfigEntry,
    until: Until,
    server: RtspServer,
) -> None:
    """Remove the stream, which disconnects its viewers."""
    await switch(hass, source, None)
    server.kill()
    await lost(entry, until)
