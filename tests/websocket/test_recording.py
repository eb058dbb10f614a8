"""Test manual recording and the list of current recordings."""

from datetime import datetime, timedelta
import time
from typing import Any

from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.signals import SIGNAL_ONGOING
from tests.sharing_fixtures import (
    Home,
    allow,
    begin_recording,
    command,
    event_of,
    result_of,
    set_state,
    silence,
)


def motion(door: MockConfigEntry) -> None:
    """Let motion start."""
    door.runtime_data.handle_event(
        DoorbellEvent(
            kind=EventKind.MOTION, at=dt_util.utcnow(), monotonic=time.monotonic()
        )
    )


async def test_record_now(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[DoorbellEvent] = []
    recorder = home.front.runtime_data.recorder
    monkeypatch.setattr(recorder, "trigger", told.append)
    client = await home.connect()
    ask = {
        "type": "doorwatch/record",
        "doorbell_id": home.front.entry_id,
        "duration": 20,
    }

    answer = await command(client, **ask)
    assert answer["error"]["code"] == "doorbell_offline"
    assert "Front" in answer["error"]["message"]
    set_state(home.front)
    assert (await command(client, **ask))["result"] == {"extends": None}
    for duration in (1, 601, "20", True):
        answer = await command(client, **ask | {"duration": duration})
        assert not answer["success"]
    answer = await command(client, **ask | {"doorbell_id": home.agency.entry_id})
    assert not answer["success"]

    [event] = told
    assert (event.kind, event.lasts) == (EventKind.MANUAL, 20)


async def test_what_is_no_doorbell_is_said_to_be_none(home: Home) -> None:
    """Administrators, who see all doorbells, get the same error."""
    client = await home.connect()
    for doorbell_id in ("nothing", home.agency.entry_id):
        for ask in ({"type": "record", "duration": 20}, {"type": "record/stop"}):
            answer = await command(
                client,
                **{**ask, "type": f"doorwatch/{ask['type']}"},
                doorbell_id=doorbell_id,
            )
            assert answer["error"]["code"] == "no_doorbell"


async def test_what_is_recorded_is_told_from_beginning_to_end(home: Home) -> None:
    """Each change sends one event; stopping a manual recording doesn't end motion."""
    client, hand = await home.connect(), await home.connect()
    await client.send_json_auto_id({"type": "doorwatch/recordings/subscribe"})
    assert (await result_of(client))["success"]
    assert await event_of(client) == {"recordings": []}
    set_state(home.front)
    doorbell = {"doorbell_id": home.front.entry_id}
    motion(home.front)
    await silence(client)
    begin_recording(home.front)
    async_dispatcher_send(home.hass, SIGNAL_ONGOING)
    [told] = (await event_of(client))["recordings"]
    since = told.pop("since")
    assert told == {**doorbell, "kinds": ["motion"], "by_hand_until": None}

    answer = await command(hand, type="doorwatch/record", **doorbell, duration=600)
    assert answer["result"] == {"extends": ["motion"]}
    [told] = (await event_of(client))["recordings"]
    assert (told["since"], told["kinds"]) == (since, ["motion", "manual"])
    until = datetime.fromisoformat(told["by_hand_until"])
    assert until > datetime.fromisoformat(since) + timedelta(seconds=500)
    async_dispatcher_send(home.hass, SIGNAL_ONGOING)
    await silence(client)

    assert (await command(hand, type="doorwatch/record/stop", **doorbell))["success"]
    [told] = (await event_of(client))["recordings"]
    assert (told["since"], told["by_hand_until"]) == (since, None)
    await home.hass.config_entries.async_unload(home.front.entry_id)
    assert await event_of(client) == {"recordings": []}
    # Nothing is being recorded there.
    assert (await command(hand, type="doorwatch/record/stop", **doorbell))["success"]

    await command(client, type="unsubscribe_events", subscription=1)
    motion(home.back)
    begin_recording(home.back)
    async_dispatcher_send(home.hass, SIGNAL_ONGOING)
    await silence(client)


@pytest.mark.lesson(13)
async def test_recordings_follow_the_permission_on_the_camera(home: Home) -> None:
    user = await home.user(read=[home.front])
    client = await home.connect_as(user)
    await client.send_json_auto_id({"type": "doorwatch/recordings/subscribe"})
    assert await event_of(client) == {"recordings": []}
    for door in (home.front, home.back):
        set_state(door)
        motion(door)
        begin_recording(door)
    async_dispatcher_send(home.hass, SIGNAL_ONGOING)
    [told] = (await event_of(client))["recordings"]
    assert told["doorbell_id"] == home.front.entry_id

    async def code(name: str, door: MockConfigEntry, **more: Any) -> str:
        answer = await command(
            client, type=f"doorwatch/{name}", doorbell_id=door.entry_id, **more
        )
        return str(answer["error"]["code"])

    for door, why in ((home.front, "not_allowed"), (home.back, "no_doorbell")):
        assert await code("record", door, duration=5) == why
        assert await code("record/stop", door) == why

    allow(user, {home.camera(home.back): {"read": True, "control": True}})
    async_dispatcher_send(home.hass, SIGNAL_ONGOING)
    [told] = (await event_of(client))["recordings"]
    assert told["doorbell_id"] == home.back.entry_id
