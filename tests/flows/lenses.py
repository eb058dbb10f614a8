"""An ONVIF doorbell with a second lens."""

from collections.abc import AsyncIterator

import pytest

from tests.onvif_device.device import OnvifDevice, Profile, onvif_device
from tests.rtsp.fixtures import RtspServer


@pytest.fixture
async def device(rtsp_server: RtspServer) -> AsyncIterator[OnvifDevice]:
    """Run a doorbell that has a second lens for parcels."""
    async with onvif_device(
        rtsp_server.address("cam0"), rtsp_server.address("cam1")
    ) as one:
        one.profiles = (
            *one.profiles,
            Profile(
                token="parcel",
                stream=rtsp_server.address("cam2"),
                width=1920,
                height=1080,
                source="001",
            ),
        )
        yield one
