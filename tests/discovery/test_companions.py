"""Which entities beside a camera tell of motion and the bell."""

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.event import EventDeviceClass
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant

from custom_components.doorwatch.const import CONF_MOTION_ENTITY, CONF_RING_ENTITY
from tests.cameras.fixtures import Links, suggestions
from tests.rtsp.fixtures import RtspServer

FRONT = "camera.front"


async def test_motion_and_bell_of_the_same_device_are_suggested(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """By what they are, whatever they are called; of other devices nothing is."""
    camera = await links.camera("Front", rtsp_server.address())
    other = await links.camera("Back", rtsp_server.address("cam1"))
    motion, event = BinarySensorDeviceClass.MOTION, Platform.EVENT
    links.entity(other, Platform.BINARY_SENSOR, "motion", original_device_class=motion)
    at_event = links.entity(
        camera, event, "a", original_device_class=EventDeviceClass.MOTION
    )
    bell = links.entity(
        camera, event, "b", original_device_class=EventDeviceClass.DOORBELL
    )

    form = await links.begin(camera=FRONT)
    assert suggestions(form) == {
        CONF_MOTION_ENTITY: at_event.entity_id,
        CONF_RING_ENTITY: bell.entity_id,
    }

    # A sensor tells the end of the motion too, so it goes first.
    at_sensor = links.entity(
        camera, Platform.BINARY_SENSOR, "c", original_device_class=motion
    )
    form = await links.begin(camera=FRONT)
    assert suggestions(form)[CONF_MOTION_ENTITY] == at_sensor.entity_id


async def test_the_sensor_for_visitors_is_taken_for_the_bell(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """Without an event for the bell, and not for the motion sensor."""
    camera = await links.camera("Front", rtsp_server.address())
    visitor = links.entity(
        camera,
        Platform.BINARY_SENSOR,
        "tns1:RuleEngine/MyRuleDetector/Visitor_00000",
        original_device_class=BinarySensorDeviceClass.OCCUPANCY,
    )

    form = await links.begin(camera=FRONT)

    assert suggestions(form) == {CONF_RING_ENTITY: visitor.entity_id}
