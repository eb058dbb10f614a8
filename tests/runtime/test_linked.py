"""Test linking a camera of another integration, from the flow to the clip."""

from typing import Any

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockUser,
    async_capture_events,
)
from pytest_homeassistant_custom_component.components.diagnostics import (
    get_diagnostics_for_config_entry,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.access.permissions import may_view
from custom_components.doorwatch.const import CONF_MOTION_ENTITY, DOMAIN
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.cameras.fixtures import Links
from tests.conftest import Until
from tests.demo_visits import event
from tests.rtsp.fixtures import RtspServer, StartRtspServer

FRONT = "camera.front"


@pytest.mark.usefixtures("no_blocking_calls")
async def test_motion_at_a_linked_camera_becomes_a_clip(
    hass: HomeAssistant, links: Links, until: Until, rtsp_server: RtspServer
) -> None:
    """The flow suggests the device's motion sensor, whose motion is recorded."""
    camera = await links.camera("Front", rtsp_server.address())
    motion = links.entity(
        camera,
        Platform.BINARY_SENSOR,
        "motion",
        original_device_class=BinarySensorDeviceClass.MOTION,
    )
    hass.states.async_set(motion.entity_id, STATE_OFF)
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)

    entry = await links.link(camera=FRONT)
    await until(lambda: entry.runtime_data.data.connected)
    hass.states.async_set(motion.entity_id, STATE_ON)
    await until(lambda: entry.runtime_data.recorder.recording)
    hass.states.async_set(motion.entity_id, STATE_OFF)
    await until(lambda: saved)

    assert entry.options[CONF_MOTION_ENTITY] == motion.id
    clip = await hass.data[DATA].library.get(saved[0].data["clip_id"])
    assert clip is not None
    assert clip.event == "motion"
    assert await hass.async_add_executor_job(clip.path.is_file)
    (line,) = [
        line
        for line in await hass.data[DATA].ledger.lines(limit=10)
        if line.data.get("sha256") == clip.sha256
    ]
    assert "fetched_from" not in line.data
    assert clip.fetched_from is None
    late = entry.runtime_data.latency.diagnostics()
    assert set(late["by_transport"]) == {"binary_sensor"}


async def test_what_the_cameras_entities_say_is_in_the_clip_once(
    hass: HomeAssistant, links: Links, until: Until, rtsp_server: RtspServer
) -> None:
    """Registered entities are used, except disabled and duplicate ones."""
    camera = await links.camera("Front", rtsp_server.address())
    entry = await links.link(camera=FRONT, events={})
    (device_id,) = {
        entity.device_id
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), camera.entry_id
        )
    }
    protect = MockConfigEntry(domain="unifiprotect")
    protect.add_to_hass(hass)

    def add(domain: str, key: str, **more: Any) -> str:
        found = er.async_get(hass).async_get_or_create(
            domain,
            "unifiprotect",
            f"MAC_{key}",
            translation_key=key,
            config_entry=protect,
            device_id=device_id,
            **more,
        )
        return found.entity_id

    person = add("binary_sensor", "person_detected")
    animal = add(
        "binary_sensor", "animal_detected", disabled_by=er.RegistryEntryDisabler.USER
    )
    types = ["person", "vehicle"]
    smart = add("event", "smart_detection", capabilities={"event_types": types})
    for entity_id in (person, animal):
        hass.states.async_set(entity_id, STATE_OFF)
    hass.states.async_set(smart, STATE_UNKNOWN)
    await until(lambda: entry.runtime_data.data.connected)
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)

    entry.runtime_data.handle_event(event(EventKind.RING))
    await until(lambda: entry.runtime_data.recorder.recording)
    for _ in range(2):
        for entity_id in (person, animal):
            hass.states.async_set(entity_id, STATE_ON)
            hass.states.async_set(entity_id, STATE_OFF)
        for kind in types:
            at = dt_util.utcnow().isoformat(timespec="milliseconds")
            hass.states.async_set(smart, at, {"event_type": kind, "event_types": types})
            await hass.async_block_till_done()
    await until(lambda: saved)

    assert saved[0].data["labels"] == ["person", "vehicle"]
    clip = await hass.data[DATA].library.get(saved[0].data["clip_id"])
    assert clip is not None
    assert clip.labels == {"person": "unifiprotect", "vehicle": "unifiprotect"}
    assert clip.kinds == ("ring",)
    await until(lambda: entry.runtime_data.recorder.ongoing is None)
    assert len(saved) == 1


async def test_entities_join_the_device_of_the_linked_camera(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """There is one device, of the other integration, with the entities of both."""
    camera = await links.camera("Front", rtsp_server.address())

    entry = await links.link(camera=FRONT, events={})

    device_registry, registry = dr.async_get(hass), er.async_get(hass)
    (device,) = dr.async_entries_for_config_entry(device_registry, camera.entry_id)
    assert not dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    own = er.async_entries_for_config_entry(registry, entry.entry_id)
    assert {entity.device_id for entity in own} == {device.id}
    assert {entity.domain for entity in own} == {
        "binary_sensor",
        "camera",
        "event",
        "image",
        "sensor",
        "switch",
    }
    assert all((one.original_name or "").startswith("Doorwatch") for one in own)


async def test_the_device_is_enough_of_a_target_and_of_a_permission(
    hass: HomeAssistant,
    links: Links,
    until: Until,
    rtsp_server: RtspServer,
    hass_read_only_user: MockUser,
) -> None:
    """An action accepts the joined device; viewing needs permission on both cameras."""
    await links.camera("Front", rtsp_server.address())
    entry = await links.link(camera=FRONT, events={})
    await until(lambda: entry.runtime_data.data.connected)
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    registered = er.async_get(hass).async_get(FRONT)
    assert registered is not None

    await hass.services.async_call(
        DOMAIN,
        "record_clip",
        {"duration": 5},
        target={"device_id": registered.device_id},
        blocking=True,
    )
    await until(lambda: saved)

    own = next(
        entity.entity_id
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), entry.entry_id
        )
        if entity.domain == Platform.CAMERA
    )
    assert saved[0].data["entity_id"] == own
    assert own != FRONT
    assert may_view(hass, hass_read_only_user, entry.entry_id)
    hass_read_only_user.mock_policy({"entities": {"entity_ids": {FRONT: True}}})
    assert not may_view(hass, hass_read_only_user, entry.entry_id)
    hass_read_only_user.mock_policy({"entities": {"entity_ids": {own: True}}})
    assert not may_view(hass, hass_read_only_user, entry.entry_id)
    hass_read_only_user.mock_policy(
        {"entities": {"entity_ids": {own: True, FRONT: True}}}
    )
    assert may_view(hass, hass_read_only_user, entry.entry_id)


async def test_the_login_of_a_linked_stream_is_shown_nowhere(
    hass: HomeAssistant,
    links: Links,
    until: Until,
    start_rtsp_server: StartRtspServer,
    caplog: pytest.LogCaptureFixture,
    hass_client: ClientSessionGenerator,
) -> None:
    """Neither the log, the states nor the diagnostics contain it."""
    server = start_rtsp_server(login="porch:s3cret-word")
    await links.camera("Front", server.address(login="porch:s3cret-word"))
    entry = await links.link(camera=FRONT, events={})
    await until(lambda: entry.runtime_data.data.connected)
    server.kill()
    await until(lambda: not entry.runtime_data.data.connected)

    shown = await get_diagnostics_for_config_entry(hass, hass_client, entry)
    assert shown["transport"] == {
        "source": "linked",
        "integration": "generic",
        "clips_kept_by": None,
        "other_events": ["webhook"],
        "video": "rtsp/tcp",
    }
    states = [state.as_dict() for state in hass.states.async_all()]
    for text in (str(shown), str(states), str(entry.data), str(entry.options)):
        assert "s3cret-word" not in text
    ours = [
        record.getMessage()
        for record in caplog.records
        if "doorwatch" in record.name or "doorwatch" in record.pathname
    ]
    assert ours
    assert not [line for line in ours if "s3cret-word" in line]
