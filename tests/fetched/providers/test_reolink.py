"""Reolink doorbells, recorded from the stream or fetched from the SD card."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest

from custom_components.doorwatch.const import (
    CONF_MOTION_ENTITY,
    CONF_PROVIDER,
    CONF_RING_ENTITY,
)
from tests.cameras.fixtures import is_connected
from tests.cameras.vendors.reolink import PERSON_AND_VEHICLE, ReolinkDoorbell
from tests.conftest import Until
from tests.discovery.offers import offered_cameras
from tests.fetched.scene import Link, Scene
from tests.rtsp.fixtures import StartRtspServer


@pytest.fixture
async def reolink(
    hass: HomeAssistant,
    ready: None,
    clip_file: Path,
    start_rtsp_server: StartRtspServer,
) -> AsyncIterator[ReolinkDoorbell]:
    """Set up core's integration."""
    assert await async_setup_component(hass, "media_source", {})
    rtsp = start_rtsp_server(login="admin:porch-word")
    doorbell = ReolinkDoorbell(hass, rtsp.port, clip_file.read_bytes())
    async with doorbell.set_up():
        yield doorbell


async def test_a_ring_is_recorded_from_its_stream(
    hass: HomeAssistant, reolink: ReolinkDoorbell, link: Link, until: Until
) -> None:
    """Core's sensors report the ring as soon as the doorbell pushes it."""
    camera = reolink.entity_id("camera", "sub")
    bell = reolink.entity_id("binary_sensor", "visitor")
    motion = reolink.entity_id("binary_sensor", "motion")

    assert offered_cameras(hass) == [camera]
    scene = await link(camera)
    assert not offered_cameras(hass)
    await until(lambda: is_connected(scene.entry))
    reolink.push("visitor", "people")
    await until(lambda: hass.states.is_state(bell, STATE_ON))
    reolink.push("none")

    clip = await scene.clip()
    registry = er.async_get(hass)
    assert CONF_PROVIDER not in scene.entry.data
    assert scene.entry.options[CONF_RING_ENTITY] == registry.entities[bell].id
    assert scene.entry.options[CONF_MOTION_ENTITY] == registry.entities[motion].id
    assert clip.event == "ring"
    assert clip.labels == {"person": "reolink"}
    assert await hass.async_add_executor_job(clip.path.is_file)
    assert "Playback" not in reolink.asked


@pytest.fixture
async def scene(reolink: ReolinkDoorbell, link: Link) -> Scene:
    """Link the camera entity that provides snapshots only and no stream."""
    hass, camera = reolink.hass, reolink.entity_id("camera", "snapshots_sub")
    er.async_get(hass).async_update_entity(camera, disabled_by=None)
    # Core would reload the entry after 30 seconds.
    await hass.config_entries.async_unload(reolink.entry.entry_id)
    assert await hass.config_entries.async_setup(reolink.entry.entry_id)
    await hass.async_block_till_done()
    return await link(camera)


async def test_motion_is_fetched_from_its_card(
    reolink: ReolinkDoorbell, scene: Scene
) -> None:
    """The recording is fetched when it is finished; the previous one is ignored."""
    now = dt_util.utcnow().replace(microsecond=0)
    reolink.recorded(now - timedelta(minutes=10), timedelta(seconds=40))

    reolink.push("MD")
    await scene.waits()
    await scene.looked()
    assert "Playback" not in reolink.asked
    begins = now - timedelta(seconds=15)
    length = dt_util.utcnow() + timedelta(seconds=2) - begins
    reolink.recorded(begins, length, PERSON_AND_VEHICLE)

    clip = await scene.clip()
    assert scene.entry.data[CONF_PROVIDER] == "reolink"
    assert clip.event == "motion"
    assert clip.labels == {"person": "reolink", "vehicle": "reolink"}
    assert clip.started_at == begins
    assert await scene.read(clip.path) == reolink.clip
    assert reolink.asked.count("Playback") == 1


async def test_a_card_that_cannot_be_read_is_asked_again(
    reolink: ReolinkDoorbell, scene: Scene, until: Until
) -> None:
    """The integration passes on an exception of its library."""
    reolink.card_fails = True
    begins = dt_util.utcnow().replace(microsecond=0)

    reolink.push("MD")
    await scene.waits()
    asked = reolink.asked.count("Search")
    await until(lambda: reolink.asked.count("Search") > asked + 1)
    reolink.card_fails = False
    reolink.recorded(begins, dt_util.utcnow() + timedelta(seconds=2) - begins)
    await scene.clip()

    assert scene.told("waiting") == 0
