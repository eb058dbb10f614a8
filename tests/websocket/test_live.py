"""Test the live data of doorbells."""

import time
from typing import Any

from homeassistant.auth.const import GROUP_ID_READ_ONLY
from homeassistant.components.camera import CameraEntityFeature
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.const import (
    CONF_CAMERA,
    CONF_ON_EVENT,
    CONF_ONE_CONNECTION,
    CONF_PROVIDER,
)
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from tests.sharing_fixtures import Home, allow, event_of, result_of, set_state, silence


async def subscribe(client: MockHAClientWebSocket) -> list[dict[str, Any]]:
    """Subscribe and return the live data."""
    await client.send_json_auto_id({"type": "doorwatch/live/subscribe"})
    assert (await result_of(client))["success"]
    return await lives(client)


async def lives(client: MockHAClientWebSocket) -> list[dict[str, Any]]:
    """Return the data of the next event."""
    doorbells: list[dict[str, Any]] = (await event_of(client))["doorbells"]
    return doorbells


async def test_live_follows_connection_rings_and_options(home: Home) -> None:
    client = await home.connect()
    [front, back] = await subscribe(client)
    assert front == {
        "doorbell_id": home.front.entry_id,
        "camera_entity_id": home.camera(home.front),
        "live_problem": "unavailable",
        "problems": [
            {
                "kind": "offline",
                "since": home.front.runtime_data.recorder.health.since.isoformat(),
                "reason": "unreachable",
                "may_reconnect": True,
            }
        ],
        "one_connection": False,
        "talk_entity_id": None,
        "talk_problem": "unavailable",
        "talker": None,
        "rang_at": None,
    }

    set_state(home.front)
    [front, same] = await lives(client)
    assert front["live_problem"] is None
    assert same == back
    set_state(home.front, asleep=True)
    assert (await lives(client))[0]["live_problem"] == "asleep"
    set_state(home.front, connected=False, problem="timeout")
    assert (await lives(client))[0]["live_problem"] == "unavailable"

    # A ring counts with and without video.
    ring = DoorbellEvent(
        kind=EventKind.RING, at=dt_util.utcnow(), monotonic=time.monotonic()
    )
    home.front.runtime_data.handle_event(ring)
    [front, same] = await lives(client)
    assert front["rang_at"] == ring.at.isoformat()
    assert same == back

    home.hass.config_entries.async_update_entry(
        home.front, options={CONF_ONE_CONNECTION: True}
    )
    assert (await lives(client))[0]["one_connection"] is True


async def test_live_follows_what_is_set_up_and_renamed(home: Home) -> None:
    """Each change sends an event."""
    client = await home.connect()
    await subscribe(client)
    set_state(home.front)
    assert (await lives(client))[0]["live_problem"] is None

    er.async_get(home.hass).async_update_entity(
        home.camera(home.front), new_entity_id="camera.door"
    )
    assert (await lives(client))[0]["camera_entity_id"] == "camera.door"
    await home.hass.config_entries.async_unload(home.front.entry_id)
    assert (await lives(client))[0]["live_problem"] == "unavailable"
    await home.hass.config_entries.async_remove(home.front.entry_id)
    while len(told := await lives(client)) > 1:
        pass
    assert told[0]["doorbell_id"] == home.back.entry_id


async def test_what_a_maker_keeps_has_no_live_stream(home: Home) -> None:
    """The option for one connection has no effect there."""
    home.hass.config_entries.async_update_entry(
        home.front,
        data={**home.front.data, CONF_PROVIDER: "ring"},
        options={CONF_ONE_CONNECTION: True},
    )
    await home.hass.async_block_till_done()

    [front, _] = await subscribe(await home.connect())

    assert front["live_problem"] == "fetched"
    assert front["one_connection"] is False
    assert front["camera_entity_id"] is None


async def test_what_a_maker_keeps_is_watched_by_the_camera_that_is_linked(
    home: Home,
) -> None:
    """The camera of the same device that has a stream is used, with its permission."""
    hass = home.hass
    maker = MockConfigEntry(domain="ring")
    maker.add_to_hass(hass)
    devices = dr.async_get(hass)

    def camera(device: str, key: str, **more: Any) -> er.RegistryEntry:
        return er.async_get(hass).async_get_or_create(
            "camera",
            "ring",
            f"{device} {key}",
            config_entry=maker,
            device_id=devices.async_get_or_create(
                config_entry_id=maker.entry_id, identifiers={("ring", device)}
            ).id,
            object_id_base=f"{device} {key}",
            **more,
        )

    camera("hall", "live", supported_features=CameraEntityFeature.STREAM)
    last = camera("door", "last")
    live = camera("door", "live", supported_features=CameraEntityFeature.STREAM)
    hass.config_entries.async_update_entry(
        home.front,
        data={**home.front.data, CONF_PROVIDER: "ring", CONF_CAMERA: last.id},
    )
    await hass.async_block_till_done()
    client = await home.connect()
    assert (await subscribe(client))[0]["camera_entity_id"] == live.entity_id
    user = await home.user(read=[home.front])
    both = {
        home.camera(home.front): {"read": True},
        last.entity_id: {"read": True},
    }
    allow(user, both)
    stranger = await home.connect_as(user)
    assert (await subscribe(stranger))[0]["camera_entity_id"] is None

    er.async_get(hass).async_update_entity(
        live.entity_id, new_entity_id="camera.renamed"
    )
    assert (await lives(client))[0]["camera_entity_id"] == "camera.renamed"
    er.async_get(hass).async_update_entity(
        "camera.renamed", disabled_by=er.RegistryEntryDisabler.USER
    )
    assert (await lives(client))[0]["camera_entity_id"] is None


async def test_a_doorbell_that_sleeps_is_not_away(home: Home) -> None:
    """The option that lets it sleep applies from the start."""
    home.hass.config_entries.async_update_entry(
        home.front, options={CONF_ON_EVENT: True}
    )
    await home.hass.config_entries.async_reload(home.front.entry_id)
    await home.hass.async_block_till_done()

    [front, _] = await subscribe(await home.connect())

    assert front["live_problem"] == "asleep"


@pytest.mark.lesson(13)
async def test_live_follows_the_permission_on_the_camera(home: Home) -> None:
    """Changes during the subscription apply, too."""
    user = await home.user(read=[home.front])
    client = await home.connect_as(user)
    [front] = await subscribe(client)
    assert front["doorbell_id"] == home.front.entry_id
    set_state(home.back)
    await silence(client)

    allow(user, {home.camera(home.back): {"read": True}})
    set_state(home.back, connected=False, problem="timeout")
    [back] = await lives(client)
    assert back["doorbell_id"] == home.back.entry_id

    # An administrator changes it in the same way.
    await home.hass.auth.async_update_user(user, group_ids=[GROUP_ID_READ_ONLY])
    assert len(await lives(client)) == 2
