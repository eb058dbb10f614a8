"""Frigate doorbells, recorded from the restream or fetched from Frigate's recordings."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_capture_events
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import CONF_MOTION_ENTITY, CONF_PROVIDER
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.cameras.fixtures import Links
from tests.cameras.vendors.frigate import NAME, Frigate
from tests.conftest import Until
from tests.rtsp.fixtures import RtspServer


@pytest.fixture
async def frigate(
    hass: HomeAssistant, ready: None, clip_file: Path, rtsp_server: RtspServer
) -> AsyncIterator[Frigate]:
    """Run Frigate with a restreamed camera."""
    assert await async_setup_component(hass, "media_source", {})
    one = Frigate(hass, clip_file.read_bytes(), rtsp_server.address())
    async with one.set_up():
        yield one


@pytest.fixture
async def streamless(
    hass: HomeAssistant, ready: None, clip_file: Path
) -> AsyncIterator[Frigate]:
    """Run Frigate with a camera without a restream."""
    assert await async_setup_component(hass, "media_source", {})
    one = Frigate(hass, clip_file.read_bytes(), None)
    async with one.set_up():
        yield one


async def test_a_restream_is_recorded_like_any_other(
    hass: HomeAssistant, links: Links, frigate: Frigate, until: Until
) -> None:
    """The restream takes precedence over Frigate's own recordings."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    motion = er.async_get(hass).async_get(
        frigate.entity_id("binary_sensor", "motion_sensor")
    )
    assert motion is not None

    entry = await links.link(camera=frigate.entity_id("camera", "camera"))
    await until(lambda: entry.runtime_data.data.connected)
    frigate.motion.turn(True)
    await until(lambda: entry.runtime_data.recorder.recording)
    frigate.motion.turn(False)
    await until(lambda: saved)

    assert CONF_PROVIDER not in entry.data
    assert entry.options[CONF_MOTION_ENTITY] == motion.id
    (clip,) = await hass.data[DATA].library.list([entry.entry_id])
    assert (clip.event, clip.fetched_from) == ("motion", None)
    assert not frigate.asked


async def test_without_a_restream_the_recording_of_an_event_is_fetched(
    hass: HomeAssistant,
    links: Links,
    streamless: Frigate,
    until: Until,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The fetched recording includes some time before and after the event."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    entry = await links.link(camera=streamless.entity_id("camera", "camera"))
    # The server is on loopback, and no views can be added after this.
    client = await hass_client_no_auth()
    monkeypatch.setattr(hass.http, "server_port", client.server.port)
    recorder = entry.runtime_data.recorder
    now = dt_util.utcnow()
    streamless.sees(now - timedelta(minutes=5), now - timedelta(minutes=4))

    streamless.motion.turn(True)
    await until(lambda: recorder.diagnostics()["waiting"] == 1)
    tracked = streamless.sees(now - timedelta(seconds=8))
    looks = recorder.diagnostics()["looks"]
    await until(lambda: recorder.diagnostics()["looks"] > looks + 1)
    assert not streamless.asked
    tracked.ended_at = now - timedelta(seconds=1)
    await until(lambda: saved)

    assert entry.data[CONF_PROVIDER] == "frigate"
    (clip,) = await hass.data[DATA].library.list([entry.entry_id])
    assert (clip.event, clip.fetched_from) == ("motion", "frigate")
    assert clip.labels == {"person": "frigate"}
    begins = tracked.started_at - timedelta(seconds=5)
    assert clip.started_at == begins
    content = await hass.async_add_executor_job(clip.path.read_bytes)
    assert content == streamless.clip
    ((start, end),) = streamless.asked
    assert start == int(begins.timestamp())
    assert end >= (tracked.ended_at + timedelta(seconds=5)).timestamp()


async def test_what_grows_for_longer_than_patience_lasts_is_fetched_once_it_ended(
    hass: HomeAssistant,
    links: Links,
    streamless: Frigate,
    until: Until,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A person who stays at the door for minutes is recorded until the end."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    entry = await links.link(camera=streamless.entity_id("camera", "camera"))
    client = await hass_client_no_auth()
    monkeypatch.setattr(hass.http, "server_port", client.server.port)
    recorder = entry.runtime_data.recorder
    now = dt_util.utcnow()
    tracked = streamless.sees(now - timedelta(seconds=8))

    with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 0.0):
        streamless.motion.turn(True)
        await until(lambda: recorder.diagnostics()["looks"] > 2)
        assert recorder.diagnostics()["waiting"] == 1
        assert not streamless.asked
        tracked.ended_at = now - timedelta(seconds=1)
        await until(lambda: saved)

    (clip,) = await hass.data[DATA].library.list([entry.entry_id])
    assert clip.started_at == tracked.started_at - timedelta(seconds=5)
    assert recorder.diagnostics()["problem"] is None


async def test_what_never_stops_growing_is_fetched_as_it_is(
    hass: HomeAssistant,
    links: Links,
    streamless: Frigate,
    until: Until,
    hass_client_no_auth: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A car that parks in front of the door is tracked for hours."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    entry = await links.link(camera=streamless.entity_id("camera", "camera"))
    client = await hass_client_no_auth()
    monkeypatch.setattr(hass.http, "server_port", client.server.port)
    recorder = entry.runtime_data.recorder
    tracked = streamless.sees(dt_util.utcnow() - timedelta(seconds=8))
    streamless.motion.turn(True)
    await until(lambda: recorder.diagnostics()["looks"] > 2)
    assert not streamless.asked

    monkeypatch.setattr(
        "custom_components.doorwatch.fetched.providers.media.LONGEST_GROWTH", 0.0
    )
    await until(lambda: saved)

    assert tracked.ended_at is None
    assert len(streamless.asked) == 1
    assert recorder.diagnostics()["waiting"] == 0


async def test_the_picture_of_an_object_is_no_camera_to_link(
    links: Links, streamless: Frigate
) -> None:
    """An image entity of a tracked object has no recordings of its own."""
    pictures = streamless.entity_id("camera", "camera_snapshots", f"{NAME}_person")

    form = await links.begin(camera=pictures)

    assert form["errors"] == {"camera": "no_stream_address"}


@pytest.mark.parametrize("name", ["../../doorwatch/ledger?", "a/b", "a%2e", "a#b", "é"])
async def test_a_camera_that_is_called_a_path_is_none(
    hass: HomeAssistant, links: Links, streamless: Frigate, name: str
) -> None:
    """The camera's name is part of an address that Home Assistant signs and requests."""
    camera = streamless.entity_id("camera", "camera")
    registry = er.async_get(hass)
    entity = registry.async_get(camera)
    assert entity is not None
    front, _, _ = entity.unique_id.rpartition(":")
    registry.async_update_entity(camera, new_unique_id=f"{front}:{name}")

    form = await links.begin(camera=camera)

    assert form["errors"] == {"camera": "no_stream_address"}
