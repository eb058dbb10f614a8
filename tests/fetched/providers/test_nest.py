"""Nest doorbells, which stream by WebRTC only and list clips in their media source."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import (
    CONF_MOTION_ENTITY,
    CONF_PROVIDER,
    CONF_RING_ENTITY,
)
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.cameras.fixtures import Links
from tests.cameras.vendors.nest import NestCloud
from tests.conftest import Until
from tests.discovery.offers import offered_cameras


@pytest.fixture
async def nest(
    hass: HomeAssistant,
    ready: None,
    clip_file: Path,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[NestCloud]:
    """Set up core's integration and Home Assistant's own server on loopback."""
    for component in ("media_source", "ffmpeg"):
        assert await async_setup_component(hass, component, {})
    cloud = NestCloud(hass, clip_file.read_bytes())
    async with cloud.set_up():
        client = await hass_client_no_auth()
        monkeypatch.setattr(hass.http, "server_port", client.server.port)
        yield cloud


@pytest.fixture
async def front(links: Links, nest: NestCloud) -> ConfigEntry:
    """Link the doorbell that is offered."""
    (camera,) = offered_cameras(links.hass)
    found = er.async_get(links.hass).async_get(camera)
    assert found is not None
    assert found.device_id == nest.device().id
    entry = await links.link(camera=camera)
    assert not offered_cameras(links.hass)
    return entry


async def test_the_clip_of_an_event_is_found_by_its_time(
    hass: HomeAssistant, front: ConfigEntry, nest: NestCloud, until: Until
) -> None:
    """The clip is fetched when it appears, and clips of older events are ignored."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    now = dt_util.utcnow()
    recorder = front.runtime_data.recorder
    await nest.tell("old", None, now - timedelta(minutes=10), ended=True)
    await nest.tell("new", "DoorbellChime.Chime", now)
    await until(lambda: recorder.diagnostics()["waiting"] == 1)

    await nest.tell("new", None, now, ended=True)
    await until(lambda: saved)

    assert front.data[CONF_PROVIDER] == "nest"
    (clip,) = await hass.data[DATA].library.list([front.entry_id])
    assert clip.event == "ring"
    assert clip.started_at == now.replace(microsecond=0)
    content = await hass.async_add_executor_job(clip.path.read_bytes)
    assert content == nest.clip
    lines = await hass.data[DATA].ledger.lines(limit=10)
    assert clip.sha256 in [line.data.get("sha256") for line in lines]
    assert recorder.diagnostics()["waiting"] == 0


async def test_bell_and_motion_of_the_device_are_found(
    hass: HomeAssistant, front: ConfigEntry, nest: NestCloud
) -> None:
    """Doorwatch adds the doorbell's entities to the device of Nest."""
    registry = er.async_get(hass)
    by_key = {
        entity.unique_id.rpartition("-")[2]: entity.id
        for entity in er.async_entries_for_config_entry(registry, nest.entry.entry_id)
        if entity.domain == Platform.EVENT
    }

    assert front.options[CONF_RING_ENTITY] == by_key["doorbell_chime"]
    assert front.options[CONF_MOTION_ENTITY] == by_key["camera_motion"]
    own = er.async_entries_for_config_entry(registry, front.entry_id)
    assert {entity.device_id for entity in own} == {nest.device().id}


async def test_what_does_not_come_is_given_up(
    hass: HomeAssistant, front: ConfigEntry, nest: NestCloud, until: Until
) -> None:
    """A clip of another time is not used instead."""
    now: datetime = dt_util.utcnow()
    recorder = front.runtime_data.recorder
    await nest.tell("old", None, now - timedelta(minutes=2), ended=True)
    with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 1.0):
        await nest.tell("new", "CameraMotion.Motion", now)
        await until(lambda: recorder.diagnostics()["problem"] == "recording_late")

    assert not await hass.data[DATA].library.list([front.entry_id])


async def test_a_person_is_a_label_of_the_clip(
    hass: HomeAssistant, front: ConfigEntry, nest: NestCloud, until: Until
) -> None:
    """The label comes from the triggering event and from the title of the recording."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    now = dt_util.utcnow()
    recorder = front.runtime_data.recorder
    await nest.tell("walk", "CameraPerson.Person", now)
    await until(lambda: recorder.diagnostics()["waiting"] == 1)

    await nest.tell("walk", None, now, ended=True)
    await until(lambda: saved)

    (clip,) = await hass.data[DATA].library.list([front.entry_id])
    assert clip.event == "motion"
    assert clip.labels == {"person": "nest"}
