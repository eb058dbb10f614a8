"""Test linking the camera of core's ONVIF integration."""

from collections.abc import AsyncIterator

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.doorwatch.const import (
    CONF_MOTION_ENTITY,
    CONF_PROVIDER,
    CONF_RING_ENTITY,
)
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.cameras.fixtures import Links
from tests.conftest import Until
from tests.discovery.offers import offered_cameras
from tests.onvif_device import events as topics
from tests.onvif_device.device import OnvifDevice, onvif_device
from tests.rtsp.fixtures import StartRtspServer

MAC = "ec:71:db:00:11:22"


@pytest.fixture
async def device(
    hass: HomeAssistant, ready: None, start_rtsp_server: StartRtspServer
) -> AsyncIterator[OnvifDevice]:
    """Run a doorbell and set up core's integration."""
    rtsp = start_rtsp_server(login="viewer:s3cret")
    async with onvif_device(rtsp.address("cam0"), rtsp.address("cam1")) as one:
        one.events = topics.Events(one.clock, (topics.MOTION, topics.VISITOR))
        entry = MockConfigEntry(
            domain="onvif",
            title="Front",
            unique_id=MAC,
            data={
                "host": "127.0.0.1",
                "name": "Front",
                "password": "s3cret",
                "port": one.port,
                "snapshot_auth": "digest",
                "username": "viewer",
            },
            options={
                "enable_webhooks": False,
                "extra_arguments": "-pred 1",
                "rtsp_transport": "tcp",
            },
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        yield one
        await hass.config_entries.async_unload(entry.entry_id)


def entity_id(hass: HomeAssistant, domain: str, key: str) -> str:
    """Return the entity id that core gives an entity of the doorbell."""
    (found,) = (
        entity.entity_id
        for entity in er.async_get(hass).entities.values()
        if entity.platform == "onvif"
        and entity.domain == domain
        and key in entity.unique_id
    )
    return found


@pytest.mark.parametrize(
    ("topic", "option", "kind"),
    [
        (topics.MOTION, CONF_MOTION_ENTITY, "motion"),
        (topics.VISITOR, CONF_RING_ENTITY, "ring"),
    ],
)
async def test_what_core_tells_of_is_recorded_from_its_stream(
    hass: HomeAssistant,
    links: Links,
    device: OnvifDevice,
    until: Until,
    topic: str,
    option: str,
    kind: str,
) -> None:
    """The address of the stream contains the login from core."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    # Core adds the sensors when the device has sent its state.
    await until(
        lambda: any(topic in e.unique_id for e in er.async_get(hass).entities.values())
    )
    sensor = entity_id(hass, "binary_sensor", topic)
    camera = entity_id(hass, "camera", "#main")
    # The visitor sensor makes it a doorbell.
    await until(lambda: offered_cameras(hass) == [camera])

    entry = await links.link(camera=camera)
    assert not offered_cameras(hass)
    await until(lambda: entry.runtime_data.data.connected)
    device.motion(True, topic=topic)
    await until(lambda: hass.states.is_state(sensor, STATE_ON))
    device.motion(False, topic=topic)
    await until(lambda: hass.states.is_state(sensor, STATE_OFF))
    await until(lambda: saved)

    assert CONF_PROVIDER not in entry.data
    assert entry.options[option] == er.async_get(hass).entities[sensor].id
    (clip,) = await hass.data[DATA].library.list([entry.entry_id])
    assert clip.event == kind
    assert await hass.async_add_executor_job(clip.path.is_file)
