"""Test the logbook through its websocket command, with a real recorder database."""

from datetime import timedelta
from typing import Any

from homeassistant.components.recorder import Recorder
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
)

from custom_components.doorwatch.household.folder_problems import async_folder_problem
from custom_components.doorwatch.signals import (
    EVENT_CLIP_CHANGED,
    EVENT_CLIP_SAVED,
    EVENT_TALKED,
)
from tests.sharing_fixtures import Home, command, set_state


@pytest.fixture(autouse=True)
async def ready(recorder_mock: Recorder, home: Home) -> None:
    """Set up the logbook, with the recorder."""
    await home.hass.config.async_set_time_zone("Europe/Berlin")
    assert await async_setup_component(home.hass, "logbook", {})
    await home.hass.async_block_till_done()


async def lines(home: Home) -> list[dict[str, Any]]:
    """Return the entries of Doorwatch, oldest first."""
    await async_wait_recording_done(home.hass)
    client = await home.connect_as(home.admin)
    answer = await command(
        client,
        type="logbook/get_events",
        start_time=(dt_util.utcnow() - timedelta(hours=1)).isoformat(),
    )
    assert answer["success"], answer
    return [line for line in answer["result"] if line.get("domain") == "doorwatch"]


async def test_what_a_person_does_with_clips_is_told(home: Home) -> None:
    """An entry has the name of the camera, the local time of the clip, and the user."""
    hass = home.hass
    client = await home.connect_as(home.admin)
    clip_id = home.clip.clip_id
    for message in (
        {"type": "doorwatch/clips/protect", "protected": True},
        {"type": "doorwatch/clips/protect", "protected": False},
        {"type": "doorwatch/clips/delete"},
    ):
        assert (await command(client, clip_id=clip_id, **message))["success"]
    await command(
        client,
        type="call_service",
        domain="doorwatch",
        service="restore_clip",
        service_data={"clip_id": clip_id},
    )

    found = await lines(home)

    assert [line["message"] for line in found] == [
        "clip from 2026-11-03 18:00:09 was protected",
        "clip from 2026-11-03 18:00:09 is no longer protected",
        "clip from 2026-11-03 18:00:09 was deleted",
        "clip from 2026-11-03 18:00:09 was restored",
    ]
    camera = home.camera(home.front)
    state = hass.states.get(camera)
    assert state is not None
    assert {line["name"] for line in found} == {state.name}
    assert {line["entity_id"] for line in found} == {camera}
    assert {line["context_user_id"] for line in found} == {home.admin.id}


async def test_saved_clips_are_told_by_their_kind(home: Home) -> None:
    """Without a camera, the entry has the name of Doorwatch."""
    for event in ("motion", "ring", "manual"):
        home.hass.bus.async_fire(
            EVENT_CLIP_SAVED, {"event": event, "duration": 12.4, "entity_id": None}
        )
    home.hass.bus.async_fire(
        EVENT_CLIP_CHANGED,
        {"change": "of_another_version", "started_at": "never", "entity_id": None},
    )

    found = await lines(home)

    assert [line["message"] for line in found] == [
        "saved a clip of motion (12 s)",
        "saved a clip of a ring (12 s)",
        "saved a manual recording (12 s)",
        "logbook_of_another_version",
    ]
    assert {line["name"] for line in found} == {"Doorwatch"}


async def test_who_talked_is_told_with_how_long(home: Home) -> None:
    """The entry belongs to the camera of the doorbell. The minimum is one second."""
    camera = home.camera(home.front)
    for name, duration in (("Ann", 12.4), ("{seconds}", 0.1)):
        home.hass.bus.async_fire(
            EVENT_TALKED, {"name": name, "duration": duration, "entity_id": camera}
        )

    found = await lines(home)

    assert [line["message"] for line in found] == [
        "was used by Ann to talk (12 s)",
        "was used by {seconds} to talk (1 s)",
    ]
    assert {line["entity_id"] for line in found} == {camera}


async def test_that_nothing_is_recorded_is_told_once_and_its_end(home: Home) -> None:
    """The clip recorders repeat a problem, which adds no entry."""
    for problem in ("ok", "disk_full", "disk_full", "not_writable", "ok", "ok"):
        async_folder_problem(home.hass, problem)

    found = await lines(home)

    assert [line["message"] for line in found] == [
        "paused recording because storage is full",
        "paused recording because it can't write to the clip folder",
        "is recording again",
    ]


async def test_that_a_doorbell_comes_and_goes_is_told_by_its_entity(
    home: Home, hass: HomeAssistant
) -> None:
    """Core adds these entries, in the language of the user."""
    for connected in (True, False):
        set_state(home.front, connected=connected)
        await hass.async_block_till_done()
    await async_wait_recording_done(hass)
    client = await home.connect_as(home.admin)
    answer = await command(
        client,
        type="logbook/get_events",
        start_time=(dt_util.utcnow() - timedelta(hours=1)).isoformat(),
        device_ids=[],
        entity_ids=["binary_sensor.front_connectivity"],
    )

    assert [line["state"] for line in answer["result"]][-2:] == ["on", "off"]
