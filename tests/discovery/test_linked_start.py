"""Test which doorbells are offered at a start with all devices already set up."""

from homeassistant.components.event import EventDeviceClass
from homeassistant.const import Platform
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.doorwatch.const import DOMAIN
from tests.cameras.fixtures import Links
from tests.discovery.offers import offered
from tests.rtsp.fixtures import RtspServer


@pytest.fixture(autouse=True)
async def ready(doorwatch: HomeAssistant) -> None:
    """Make Doorwatch available for the test to set it up."""
    assert await async_setup_component(doorwatch, "homeassistant", {})


async def test_what_was_there_before_is_offered_once_home_assistant_has_started(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """Before that, many devices are missing."""
    hass.set_state(CoreState.not_running)
    camera = await links.camera("Front", rtsp_server.address())
    links.entity(
        camera, Platform.EVENT, "bell", original_device_class=EventDeviceClass.DOORBELL
    )
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    assert not offered(hass)

    await hass.async_start()
    await hass.async_block_till_done()

    assert len(offered(hass)) == 1
