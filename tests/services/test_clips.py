"""Test the actions that record, restore and export."""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
import voluptuous as vol

from custom_components.doorwatch.const import CONF_ON_EVENT
from custom_components.doorwatch.engine.clips.model import Clip
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED, SIGNAL_CLIP_SAVED
from tests.actions.acting import act, refused
from tests.conftest import Until
from tests.sharing_fixtures import Home, set_state


@pytest.fixture
def triggered(home: Home, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """Connect both doorbells and collect the calls of their recorders."""
    told: dict[str, list[Any]] = {}
    for entry in (home.front, home.back):
        events = told[entry.entry_id] = []
        recorder = entry.runtime_data.recorder
        monkeypatch.setattr(recorder, "trigger", events.append)
        set_state(entry)
    return told


async def test_record_clip_tells_the_recorder_how_long(
    home: Home, triggered: dict[str, list[DoorbellEvent]]
) -> None:
    await act(home, "record_clip", entity_id=home.camera(home.front), duration=45)
    await act(home, "record_clip", entity_id=[home.camera(home.back)])

    [front] = triggered[home.front.entry_id]
    [back] = triggered[home.back.entry_id]
    assert (front.kind, front.lasts) == (EventKind.MANUAL, 45)
    assert (back.kind, back.lasts) == (EventKind.MANUAL, 30)

    await act(home, "record_clip", entity_id="all")
    assert [len(events) for events in triggered.values()] == [2, 2]


async def test_record_clip_takes_a_device(
    home: Home, triggered: dict[str, list[DoorbellEvent]]
) -> None:
    [device] = dr.async_entries_for_config_entry(
        dr.async_get(home.hass), home.front.entry_id
    )

    await act(home, "record_clip", device_id=device.id)

    assert len(triggered[home.front.entry_id]) == 1
    assert triggered[home.back.entry_id] == []


@pytest.mark.parametrize("duration", [4.9, 601, "long", None])
async def test_record_clip_takes_five_seconds_to_ten_minutes(
    home: Home, triggered: dict[str, list[DoorbellEvent]], duration: object
) -> None:
    with pytest.raises(vol.Invalid):
        await act(
            home, "record_clip", entity_id=home.camera(home.front), duration=duration
        )
    assert triggered[home.front.entry_id] == []


async def test_record_clip_wants_a_camera_of_doorwatch(
    home: Home, triggered: dict[str, list[DoorbellEvent]]
) -> None:
    home.hass.states.async_set("camera.other", "idle")
    for target in (
        {"entity_id": "camera.other"},
        {"entity_id": [home.camera(home.front), "camera.gone"]},
        {"entity_id": "switch.front_recording"},
        {"device_id": "gone"},
    ):
        assert await refused(home, "record_clip", **target) == "no_doorbell"
    assert triggered[home.front.entry_id] == []


@pytest.mark.lesson(13)
async def test_record_clip_respects_the_permission_on_the_camera(
    home: Home, triggered: dict[str, list[DoorbellEvent]]
) -> None:
    """Control permission is needed on every camera, and hidden cameras look unknown."""
    front, back = home.camera(home.front), home.camera(home.back)
    viewer = await home.user("Kim", read=[home.front])
    stranger = await home.user("Lee", control=[home.back])
    owner = await home.user("Jo", control=[home.front])

    assert await refused(home, "record_clip", viewer, entity_id=front) == "not_allowed"
    for who, target in ((stranger, front), (owner, [front, back])):
        told = await refused(home, "record_clip", who, entity_id=target)
        assert told == "no_doorbell"
    assert not any(triggered.values())

    await act(home, "record_clip", owner, entity_id=front)
    assert len(triggered[home.front.entry_id]) == 1


async def test_a_doorbell_that_is_away_records_nothing(
    home: Home, triggered: dict[str, list[DoorbellEvent]]
) -> None:
    """The action raises an error, and no other doorbell records either."""
    set_state(home.back, connected=False)
    both = [home.camera(home.front), home.camera(home.back)]

    assert await refused(home, "record_clip", entity_id=both) == "doorbell_offline"
    await home.hass.config_entries.async_unload(home.front.entry_id)
    told = await refused(home, "record_clip", entity_id=home.camera(home.front))
    assert told == "doorbell_offline"

    assert not any(triggered.values())


async def test_a_doorbell_that_sleeps_until_something_happens_records(
    home: Home, triggered: dict[str, list[DoorbellEvent]]
) -> None:
    """The doorbell isn't connected now, but will be for the clip."""
    set_state(home.front, connected=False)
    object.__setattr__(home.front, "options", {CONF_ON_EVENT: True})

    await act(home, "record_clip", entity_id=home.camera(home.front))

    assert len(triggered[home.front.entry_id]) == 1


async def test_the_recording_switch_holds_back_automations_and_not_people(
    home: Home, triggered: dict[str, list[DoorbellEvent]]
) -> None:
    await home.front.runtime_data.switches.async_set("recording", False)
    target = home.camera(home.front)

    assert await refused(home, "record_clip", entity_id=target) == "recording_off"
    assert triggered[home.front.entry_id] == []

    await act(home, "record_clip", home.admin, entity_id=target)
    assert len(triggered[home.front.entry_id]) == 1


async def test_a_wish_becomes_a_clip(demo: Any, hass: HomeAssistant) -> None:
    """The clip of a doorbell that streams continuously includes the pre-roll."""
    saved: asyncio.Future[Clip] = hass.loop.create_future()

    @callback
    def on_saved(clip: Clip) -> None:
        saved.set_result(clip)

    async_dispatcher_connect(hass, SIGNAL_CLIP_SAVED, on_saved)
    [camera] = hass.states.async_entity_ids("camera")

    await hass.services.async_call(
        "doorwatch", "record_clip", {"entity_id": camera, "duration": 5}, blocking=True
    )
    clip = await asyncio.wait_for(saved, 60)

    assert clip.event == "manual"
    assert 4 <= clip.duration.total_seconds() <= 12


async def test_record_clip_answers_with_the_clip_that_comes_of_it(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """The answer has the id of the future clip, or of the clip being recorded."""
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)

    async def record() -> Any:
        return await hass.services.async_call(
            "doorwatch",
            "record_clip",
            {"entity_id": "camera.front_door", "duration": 600},
            blocking=True,
            return_response=True,
        )

    first = await record()
    await until(lambda: demo.runtime_data.recorder.ongoing)
    assert await record() == first
    demo.runtime_data.recorder.let_go()
    await until(lambda: saved)

    (clip,) = first["clips"]
    assert clip == {
        "doorbell_id": demo.entry_id,
        "entity_id": "camera.front_door",
        "clip_id": saved[0].data["clip_id"],
    }


async def test_protect_clip_answers_with_the_clip(home: Home) -> None:
    """The answer is the same if there was nothing to change."""
    for _ in range(2):
        assert await act(home, "protect_clip") == {
            "clip_id": home.clip.clip_id,
            "protected": True,
        }
