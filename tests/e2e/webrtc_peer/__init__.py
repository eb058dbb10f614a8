"""A custom component for tests that is a WebRTC provider for cameras, like go2rtc.

`webrtc_peer:` in the configuration registers it for all cameras with a plain `rtsp://`
source. It writes a log to the file WEBRTC_PEER_HEARD: see `heard`. WEBRTC_PEER_CAMERA
is the source of its own camera, `camera.peer`.
"""

import os
from pathlib import Path
from types import ModuleType

from homeassistant.components.camera import async_register_webrtc_provider
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.discovery import async_load_platform
from homeassistant.helpers.typing import ConfigType

DOMAIN = "webrtc_peer"
HEARD = "WEBRTC_PEER_HEARD"
CAMERA = "WEBRTC_PEER_CAMERA"


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the provider."""
    provider = await hass.async_add_import_executor_job(_provider)
    heard = provider.Heard(Path(os.environ.get(HEARD, os.devnull)))
    await hass.async_add_executor_job(heard.open)
    async_register_webrtc_provider(hass, provider.Peer(heard.note))
    if os.environ.get(CAMERA):
        hass.async_create_task(
            async_load_platform(hass, Platform.CAMERA, DOMAIN, {}, config)
        )
    return True


def _provider() -> ModuleType:
    from . import provider  # noqa: PLC0415 - it imports media libraries

    return provider
