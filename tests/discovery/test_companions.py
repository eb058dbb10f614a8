"""Test the entities of a camera's device that are suggested for motion and the bell."""

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.event import EventDeviceClass
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import CONF_MOTION_ENTITY, CONF_RING_ENTITY
from custom_components.doorwatch.discovery.companions import found_labels, suggested
from custom_components.doorwatch.engine.doorbells.base import Label
from custom_components.doorwatch.flows.doorbell import CONF_DETECTION
from tests.cameras.fixtures import Links, suggestions
from tests.rtsp.fixtures import RtspServer

FRONT = "camera.front"


async def test_motion_and_bell_of_the_same_device_are_suggested(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """The device class counts, not the name; entities of other devices are ignored."""
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

    # A sensor also reports the end of motion, so it is preferred.
    at_sensor = links.entity(
        camera, Platform.BINARY_SENSOR, "c", original_device_class=motion
    )
    form = await links.begin(camera=FRONT)
    assert suggestions(form)[CONF_MOTION_ENTITY] == at_sensor.entity_id


async def test_the_sensor_for_visitors_is_taken_for_the_bell(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """It is used if there is no event entity for the bell, but never for motion."""
    camera = await links.camera("Front", rtsp_server.address())
    visitor = links.entity(
        camera,
        Platform.BINARY_SENSOR,
        "tns1:RuleEngine/MyRuleDetector/Visitor_00000",
        original_device_class=BinarySensorDeviceClass.OCCUPANCY,
    )

    form = await links.begin(camera=FRONT)
    form = await hass.config_entries.flow.async_configure(
        form["flow_id"], {CONF_DETECTION: "entity"}
    )

    assert suggestions(form) == {CONF_RING_ENTITY: visitor.entity_id}


async def test_a_sensor_for_persons_is_not_taken_for_motion(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """Reolink gives all of its detection sensors the device class motion."""
    await links.camera("Front", rtsp_server.address())
    motion = BinarySensorDeviceClass.MOTION
    registry = er.async_get(hass)
    device_id = registry.entities[FRONT].device_id
    assert device_id is not None
    reolink = MockConfigEntry(domain="reolink")
    reolink.add_to_hass(hass)

    def add(key: str, translation_key: str | None) -> er.RegistryEntry:
        # It is the first entity, as in core's list of sensors.
        return registry.async_get_or_create(
            Platform.BINARY_SENSOR,
            "reolink",
            f"UID_0_{key}",
            device_id=device_id,
            translation_key=translation_key,
            original_device_class=motion,
        )

    person = add("person", "person")
    assert suggested(hass, device_id) == {}
    plain = add("motion", None)

    assert suggested(hass, device_id) == {CONF_MOTION_ENTITY: plain.entity_id}
    assert found_labels(hass, device_id) == {Label.PERSON: [person]}
