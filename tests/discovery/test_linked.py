"""Test that doorbells of other integrations, and no other cameras, are discovered."""

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.event import EventDeviceClass
from homeassistant.config_entries import SOURCE_IGNORE, SOURCE_INTEGRATION_DISCOVERY
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_PICTURE_MOTION,
    CONF_RING_ENTITY,
    DOMAIN,
)
from custom_components.doorwatch.registry import entity_id_of
from tests.cameras.fixtures import Links
from tests.conftest import Until
from tests.discovery.offers import offered
from tests.rtsp.fixtures import RtspServer

FRONT = "camera.front"


@pytest.fixture
async def camera(links: Links, rtsp_server: RtspServer) -> MockConfigEntry:
    """Set up a camera that isn't a doorbell yet."""
    return await links.camera("Front", rtsp_server.address())


async def ring_at(hass: HomeAssistant, links: Links, camera: MockConfigEntry) -> str:
    """Add a bell to the device, as an update of its integration may do."""
    bell = links.entity(
        camera, Platform.EVENT, "bell", original_device_class=EventDeviceClass.DOORBELL
    )
    await hass.async_block_till_done()
    return bell.entity_id


async def test_a_device_with_camera_and_bell_is_offered_and_added(
    hass: HomeAssistant, links: Links, camera: MockConfigEntry, until: Until
) -> None:
    """Adding the bell is noticed after Home Assistant has started, too."""
    assert not offered(hass)
    bell = await ring_at(hass, links, camera)
    (flow,) = offered(hass)
    assert flow["step_id"] == "discovered"
    assert flow["context"]["title_placeholders"] == {"name": "Front"}

    form = await hass.config_entries.flow.async_configure(flow["flow_id"], {})
    assert form["step_id"] == "detection"
    done = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    options = done["result"].options
    assert entity_id_of(hass, options[CONF_RING_ENTITY]) == bell
    assert options[CONF_PICTURE_MOTION]
    await until(lambda: done["result"].runtime_data.data.connected)

    # Doorwatch's own event entity joined the device, which is not offered again.
    er.async_get(hass).async_update_entity(bell, name="Gong")
    await hass.async_block_till_done()
    assert not offered(hass)


async def test_the_sensor_for_visitors_is_enough(
    hass: HomeAssistant, links: Links, camera: MockConfigEntry
) -> None:
    """ONVIF doorbells have a visitor sensor; a motion sensor isn't sufficient."""
    links.entity(
        camera,
        Platform.BINARY_SENSOR,
        "motion",
        original_device_class=BinarySensorDeviceClass.MOTION,
    )
    await hass.async_block_till_done()
    assert not offered(hass)

    links.entity(
        camera,
        Platform.BINARY_SENSOR,
        "tns1:RuleEngine/MyRuleDetector/Visitor_00000",
        original_device_class=BinarySensorDeviceClass.OCCUPANCY,
    )
    await hass.async_block_till_done()
    assert len(offered(hass)) == 1


async def test_what_is_ignored_stays_ignored(
    hass: HomeAssistant, links: Links, camera: MockConfigEntry
) -> None:
    """The device is offered again when somebody stops ignoring it."""
    bell = await ring_at(hass, links, camera)
    (flow,) = offered(hass)
    ignored = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_IGNORE},
        data={"unique_id": flow["context"]["unique_id"], "title": "Front"},
    )
    assert ignored["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert not offered(hass)

    registry = er.async_get(hass)
    registry.async_update_entity(FRONT, new_entity_id="camera.porch")
    registry.async_update_entity(bell, name="Gong")
    await hass.async_block_till_done()
    assert not offered(hass)

    await hass.config_entries.async_remove(ignored["result"].entry_id)
    await hass.async_block_till_done()
    assert len(offered(hass)) == 1


async def test_what_is_gone_is_offered_no_longer(
    hass: HomeAssistant, links: Links, camera: MockConfigEntry
) -> None:
    """A device whose bell was disabled is no longer offered either."""
    bell = await ring_at(hass, links, camera)
    registry = er.async_get(hass)
    registry.async_update_entity(bell, disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    assert not offered(hass)

    registry.async_update_entity(bell, disabled_by=None)
    await hass.async_block_till_done()
    assert len(offered(hass)) == 1

    await hass.config_entries.async_remove(camera.entry_id)
    await hass.async_block_till_done()
    assert not offered(hass)


async def test_what_does_not_work_is_said_and_can_be_tried_again(
    hass: HomeAssistant, links: Links
) -> None:
    """A discovered camera may be unavailable."""
    camera = await links.camera("Front", "rtsp://127.0.0.1:9/nobody")
    await ring_at(hass, links, camera)
    (flow,) = offered(hass)

    form = await hass.config_entries.flow.async_configure(flow["flow_id"], {})

    assert form["step_id"] == "discovered"
    assert form["errors"] == {"base": "cannot_connect"}


async def test_a_camera_that_went_while_it_was_offered(
    hass: HomeAssistant, links: Links
) -> None:
    """The flow is aborted."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_INTEGRATION_DISCOVERY},
        data={"camera": "0" * 32},
    )

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "camera_missing"
