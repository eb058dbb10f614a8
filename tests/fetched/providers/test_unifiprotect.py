"""UniFi Protect doorbells, recorded from the stream, or fetched if RTSP is disabled."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

from homeassistant.const import STATE_OFF, STATE_ON
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
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.fetched.providers.unifiprotect import parsed
from tests.cameras.fixtures import Links, is_connected
from tests.cameras.vendors.unifiprotect import ProtectConsole
from tests.conftest import Until
from tests.discovery.offers import offered_cameras
from tests.fetched.scene import Link
from tests.rtsp.fixtures import RtspServer


@pytest.fixture
async def protect(
    hass: HomeAssistant, ready: None, clip_file: Path, rtsp_server: RtspServer
) -> AsyncIterator[ProtectConsole]:
    """Set up core's integration with a doorbell that has a stream."""
    assert await async_setup_component(hass, "media_source", {})
    console = ProtectConsole(hass, clip_file.read_bytes(), rtsp_server.address())
    async with console.set_up():
        yield console


@pytest.fixture
async def streamless(
    hass: HomeAssistant, ready: None, clip_file: Path
) -> AsyncIterator[ProtectConsole]:
    """Set up core's integration with RTSP disabled for the doorbell."""
    assert await async_setup_component(hass, "media_source", {})
    console = ProtectConsole(hass, clip_file.read_bytes(), None)
    async with console.set_up():
        yield console


async def test_motion_is_recorded_from_its_stream(
    hass: HomeAssistant, protect: ProtectConsole, link: Link, until: Until
) -> None:
    """Core's sensor reports the motion as soon as the console does."""
    motion = protect.entity_id("binary_sensor", "motion")

    assert offered_cameras(hass) == [protect.entity_id("camera", "0")]
    scene = await link(protect.entity_id("camera", "0"))
    assert not offered_cameras(hass)
    await until(lambda: is_connected(scene.entry))
    await protect.begins("walk", "motion", dt_util.utcnow())
    await until(lambda: hass.states.is_state(motion, STATE_ON))
    await protect.ends("walk", dt_util.utcnow())
    await until(lambda: hass.states.is_state(motion, STATE_OFF))

    clip = await scene.clip()
    registry = er.async_get(hass)
    bell = protect.entity_id("event", "doorbell")
    assert CONF_PROVIDER not in scene.entry.data
    assert scene.entry.options[CONF_MOTION_ENTITY] == registry.entities[motion].id
    assert scene.entry.options[CONF_RING_ENTITY] == registry.entities[bell].id
    assert clip.event == "motion"
    assert await hass.async_add_executor_job(clip.path.is_file)
    assert not protect.exports


async def test_a_ring_is_fetched_from_its_recordings(
    streamless: ProtectConsole, link: Link
) -> None:
    """The time before and after is included, because a ring has no duration."""
    now = dt_util.utcnow()
    await streamless.begins("old", "ring", now - timedelta(minutes=10))
    await streamless.ends("old", now - timedelta(minutes=10))
    scene = await link(streamless.entity_id("camera", "0"))

    at = dt_util.utcnow()
    await streamless.begins("new", "ring", at)
    await scene.waits()
    await scene.looked()
    assert not streamless.exports
    await streamless.ends("new", at)

    clip = await scene.clip()
    assert scene.entry.data[CONF_PROVIDER] == "unifiprotect"
    second = at.replace(microsecond=0)
    assert clip.event == "ring"
    assert clip.started_at == second - timedelta(seconds=5)
    assert await scene.read(clip.path) == streamless.clip
    (asked,) = streamless.exports
    assert asked == (
        (second - timedelta(seconds=5)).timestamp() * 1000,
        (second + timedelta(seconds=10)).timestamp() * 1000,
    )


async def test_what_is_listed_only_at_its_end_is_waited_for_while_there_is_motion(
    streamless: ProtectConsole, link: Link
) -> None:
    """The wait is longer than for other events."""
    scene = await link(streamless.entity_id("camera", "0"))
    # The fetched recording includes ten seconds after the event, which must have
    # passed.
    at = dt_util.utcnow() - timedelta(seconds=10)

    with patch("custom_components.doorwatch.fetched.clips.PATIENCE", 0.0):
        await streamless.begins("walk", "motion", at)
        await scene.looked()
        assert scene.told("waiting") == 1
    await streamless.ends("walk", at + timedelta(seconds=2))
    await scene.clip()

    assert len(streamless.exports) == 1
    assert scene.told("waiting") == 0


async def test_motion_that_does_not_end_is_not_waited_for_for_ever(
    streamless: ProtectConsole, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If a sensor hangs, the event is given up like any event without a recording."""
    scene = await link(streamless.entity_id("camera", "0"))
    monkeypatch.setattr("custom_components.doorwatch.fetched.clips.PATIENCE", 0.0)
    await streamless.begins("walk", "motion", dt_util.utcnow())
    await scene.looked()
    assert scene.told("waiting") == 1

    monkeypatch.setattr("custom_components.doorwatch.fetched.clips.LONGEST_GROWTH", 0.0)
    await scene.fails("recording_late")

    assert scene.told("waiting") == 0


async def test_with_an_api_key_alone_there_are_no_recordings(
    hass: HomeAssistant, links: Links, streamless: ProtectConsole
) -> None:
    """The flow reports it before storing anything, with instructions."""
    hass.config_entries.async_update_entry(
        streamless.entry,
        data={**streamless.entry.data, "connection_mode": "api_key_only"},
    )

    form = await links.begin(camera=streamless.entity_id("camera", "0"))

    assert form["errors"] == {"camera": "needs_rtsp_or_user"}


async def test_what_was_seen_at_the_time_of_a_ring_is_a_label_of_its_clip(
    streamless: ProtectConsole, link: Link
) -> None:
    """Protect lists the detection as a separate event beside the ring."""
    scene = await link(streamless.entity_id("camera", "0"))
    at = dt_util.utcnow()
    early = at - timedelta(minutes=5)
    await streamless.begins("cat", "smartDetectZone", early, seen=("animal",))
    await streamless.ends("cat", early + timedelta(seconds=3))
    await streamless.begins("walk", "smartDetectZone", at, seen=("person", "package"))
    await streamless.ends("walk", at + timedelta(seconds=3))

    await streamless.begins("ring", "ring", at)
    await streamless.ends("ring", at)

    clip = await scene.clip()
    assert clip.event == "ring"
    assert clip.labels == {"package": "unifiprotect", "person": "unifiprotect"}


@pytest.mark.parametrize(
    ("words", "labels"),
    [
        ("Ring Event", set()),
        ("Object Detection - Person", {"person"}),
        ("Object Detection - Animal, License Plate", {"animal", "vehicle"}),
        ("Object Detection - Red Sedan: AB 123 CD, Person", {"person", "vehicle"}),
        ("Audio Detection - Speak", set()),
        ("Object Detection - ", set()),
    ],
)
def test_a_title_says_what_was_seen(words: str, labels: set[str]) -> None:
    """Core's titles are always in English."""
    at = dt_util.utcnow()
    event = DoorbellEvent(kind=EventKind.RING, at=at, monotonic=0.0)
    title = f"{dt_util.as_local(at):%x %X} 12s {words}"

    item = parsed("id", title, event)

    assert item is not None
    assert item.labels == labels
