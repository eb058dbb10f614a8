"""Set up a camera and a motion sensor, and link them as the front door's doorbell."""

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_OFF, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from tests.cameras.fixtures import Links
from tests.conftest import Until
from tests.rtsp.fixtures import RtspServer


@pytest.fixture
async def camera(links: Links, rtsp_server: RtspServer) -> MockConfigEntry:
    """Set up the camera to link."""
    return await links.camera("Front", rtsp_server.address())


@pytest.fixture
def motion(
    hass: HomeAssistant, links: Links, camera: MockConfigEntry
) -> er.RegistryEntry:
    """Add a motion sensor to its device."""
    motion = links.entity(
        camera,
        Platform.BINARY_SENSOR,
        "motion",
        original_device_class=BinarySensorDeviceClass.MOTION,
    )
    hass.states.async_set(motion.entity_id, STATE_OFF)
    return motion


FRONT = "camera.front"


@pytest.fixture
async def front(
    links: Links, until: Until, camera: MockConfigEntry, motion: er.RegistryEntry
) -> ConfigEntry:
    """Link the camera and wait for its pictures."""
    entry = await links.link(camera=FRONT)
    await until(lambda: entry.runtime_data.data.connected)
    return entry
