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

from custom_components.doorwatch.const import CONF_MOTION_ENTITY, CONF_PROVIDER
from tests.cameras.fixtures import Links, is_connected
from tests.cameras.streams import camera_of
from tests.cameras.vendors.frigate import NAME, Frigate
from tests.conftest import Until
from tests.fetched.scene import Link
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


async def test_a_restream_is_recorded_like_any_other(
    hass: HomeAssistant, frigate: Frigate, link: Link, until: Until
) -> None:
    """The restream takes precedence over Frigate's own recordings."""
    motion = er.async_get(hass).async_get(
        frigate.entity_id("binary_sensor", "motion_sensor")
    )
    assert motion is not None

    scene = await link(camera_of(frigate))
    await until(lambda: is_connected(scene.entry))
    frigate.motion.turn(True)
    await until(lambda: scene.recorder.recording)
    frigate.motion.turn(False)

    clip = await scene.clip()
    assert CONF_PROVIDER not in scene.entry.data
    assert scene.entry.options[CONF_MOTION_ENTITY] == motion.id
    assert (clip.event, clip.fetched_from) == ("motion", None)
    assert not frigate.asked


async def test_without_a_restream_the_recording_of_an_event_is_fetched(
    unstreamed: Frigate, link: Link
) -> None:
    """The fetched recording includes some time before and after the event."""
    scene = await link(camera_of(unstreamed))
    now = dt_util.utcnow()
    unstreamed.sees(now - timedelta(minutes=5), now - timedelta(minutes=4))

    unstreamed.motion.turn(True)
    await scene.waits()
    tracked = unstreamed.sees(now - timedelta(seconds=8))
    await scene.looked()
    assert not unstreamed.asked
    tracked.ended_at = now - timedelta(seconds=1)

    clip = await scene.clip()
    assert scene.entry.data[CONF_PROVIDER] == "frigate"
    assert (clip.event, clip.fetched_from) == ("motion", "frigate")
    assert clip.labels == {"person": "frigate"}
    begins = tracked.started_at - timedelta(seconds=5)
    assert clip.started_at == begins
    assert await scene.read(clip.path) == unstreamed.clip
    ((start, end),) = unstreamed.asked
    assert start == int(begins.timestamp())
    assert end >= (tracked.ended_at + timedelta(seconds=5)).timestamp()


async def test_what_grows_for_longer_than_patience_lasts_is_fetched_once_it_ended(
    unstreamed: Frigate, link: Link
) -> None:
    """A person who stays at the door for minutes is recorded until the end."""
    scene = await link(camera_of(unstreamed))
    now = dt_util.utcnow()
    tracked = unstreamed.sees(now - timedelta(seconds=8))

    with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 0.0):
        unstreamed.motion.turn(True)
        await scene.looked()
        assert scene.told("waiting") == 1
        assert not unstreamed.asked
        tracked.ended_at = now - timedelta(seconds=1)
        clip = await scene.clip()

    assert clip.started_at == tracked.started_at - timedelta(seconds=5)
    assert scene.told("problem") is None


async def test_what_never_stops_growing_is_fetched_as_it_is(
    unstreamed: Frigate, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A car that parks in front of the door is tracked for hours."""
    scene = await link(camera_of(unstreamed))
    tracked = unstreamed.sees(dt_util.utcnow() - timedelta(seconds=8))
    unstreamed.motion.turn(True)
    await scene.looked()
    assert not unstreamed.asked

    monkeypatch.setattr(
        "custom_components.doorwatch.fetched.providers.media.LONGEST_GROWTH", 0.0
    )
    await scene.clip()

    assert tracked.ended_at is None
    assert len(unstreamed.asked) == 1
    assert scene.told("waiting") == 0


async def test_the_picture_of_an_object_is_no_camera_to_link(
    links: Links, unstreamed: Frigate
) -> None:
    """An image entity of a tracked object has no recordings of its own."""
    pictures = unstreamed.entity_id("camera", "camera_snapshots", f"{NAME}_person")

    form = await links.begin(camera=pictures)

    assert form["errors"] == {"camera": "no_stream_address"}


@pytest.mark.parametrize("name", ["../../doorwatch/ledger?", "a/b", "a%2e", "a#b", "é"])
async def test_a_camera_that_is_called_a_path_is_none(
    hass: HomeAssistant, links: Links, unstreamed: Frigate, name: str
) -> None:
    """The camera's name is part of an address that Home Assistant signs and requests."""
    camera = unstreamed.entity_id("camera", "camera")
    registry = er.async_get(hass)
    entity = registry.async_get(camera)
    assert entity is not None
    front, _, _ = entity.unique_id.rpartition(":")
    registry.async_update_entity(camera, new_unique_id=f"{front}:{name}")

    form = await links.begin(camera=camera)

    assert form["errors"] == {"camera": "no_stream_address"}
