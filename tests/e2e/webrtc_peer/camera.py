"""A camera of another integration, to be linked."""

import os
from typing import override

from homeassistant.components.camera import Camera, CameraEntityFeature
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.typing import ConfigType, DiscoveryInfoType

from . import CAMERA


async def async_setup_platform(
    hass: HomeAssistant,
    config: ConfigType,
    async_add_entities: AddEntitiesCallback,
    discovery_info: DiscoveryInfoType | None = None,
) -> None:
    """Add the camera."""
    async_add_entities([PeerCamera()])


class PeerCamera(Camera):
    """A camera with the stream chosen by the test."""

    _attr_name = "Peer"
    _attr_unique_id = "peer"
    _attr_supported_features = CameraEntityFeature.STREAM

    @override
    async def stream_source(self) -> str | None:
        return os.environ[CAMERA]

    @override
    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        return None
