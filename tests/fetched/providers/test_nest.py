"""Nest doorbells, which stream by WebRTC only and list clips in their media source."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from homeassistant.const import Platform
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
from custom_components.doorwatch.domain.data import DATA
from tests.cameras.vendors.nest import NestCloud
from tests.discovery.offers import offered_cameras
from tests.fetched.scene import Link, Scene


@pytest.fixture
async def nest(
    hass: HomeAssistant, ready: None, clip_file: Path
) -> AsyncIterator[NestCloud]:
    """Set up core's integration."""
    for component in ("media_source", "ffmpeg"):
        assert await async_setup_component(hass, component, {})
    cloud = NestCloud(hass, clip_file.read_bytes())
    async with cloud.set_up():
        yield cloud


@pytest.fixture
async def scene(hass: HomeAssistant, nest: NestCloud, link: Link) -> Scene:
    """Link the doorbell that is offered."""
    (camera,) = offered_cameras(hass)
    found = er.async_get(hass).async_get(camera)
    assert found is not None
    assert found.device_id == nest.device().id
    scene = await link(camera)
    assert not offered_cameras(hass)
    return scene


async def test_the_clip_of_an_event_is_found_by_its_time(
    nest: NestCloud, scene: Scene
) -> None:
    """The clip is fetched when it appears, and clips of older events are ignored."""
    now = dt_util.utcnow()
    await nest.tell("old", None, now - timedelta(minutes=10), ended=True)
    await nest.tell("new", "DoorbellChime.Chime", now)
    await scene.waits()

    await nest.tell("new", None, now, ended=True)

    clip = await scene.clip()
    assert scene.entry.data[CONF_PROVIDER] == "nest"
    assert clip.event == "ring"
    assert clip.started_at == now.replace(microsecond=0)
    assert await scene.read(clip.path) == nest.clip
    lines = await scene.hass.data[DATA].ledger.lines(limit=10)
    assert clip.sha256 in [line.data.get("sha256") for line in lines]
    assert scene.told("waiting") == 0


async def test_bell_and_motion_of_the_device_are_found(
    hass: HomeAssistant, scene: Scene, nest: NestCloud
) -> None:
    """Doorwatch adds the doorbell's entities to the device of Nest."""
    registry = er.async_get(hass)
    by_key = {
        entity.unique_id.rpartition("-")[2]: entity.id
        for entity in er.async_entries_for_config_entry(registry, nest.entry.entry_id)
        if entity.domain == Platform.EVENT
    }

    assert scene.entry.options[CONF_RING_ENTITY] == by_key["doorbell_chime"]
    assert scene.entry.options[CONF_MOTION_ENTITY] == by_key["camera_motion"]
    own = er.async_entries_for_config_entry(registry, scene.entry.entry_id)
    assert {entity.device_id for entity in own} == {nest.device().id}


async def test_what_does_not_come_is_given_up(nest: NestCloud, scene: Scene) -> None:
    """A clip of another time is not used instead."""
    now: datetime = dt_util.utcnow()
    await nest.tell("old", None, now - timedelta(minutes=2), ended=True)
    with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 1.0):
        await nest.tell("new", "CameraMotion.Motion", now)
        await scene.fails("recording_late")

    assert not await scene.clips()


async def test_a_person_is_a_label_of_the_clip(nest: NestCloud, scene: Scene) -> None:
    """The label comes from the triggering event and from the title of the recording."""
    now = dt_util.utcnow()
    await nest.tell("walk", "CameraPerson.Person", now)
    await scene.waits()

    await nest.tell("walk", None, now, ended=True)

    clip = await scene.clip()
    assert clip.event == "motion"
    assert clip.labels == {"person": "nest"}
