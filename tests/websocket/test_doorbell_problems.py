"""Test the problems of a doorbell that each user sees, and reconnecting."""

from typing import Any

from homeassistant.config_entries import ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_MOTION_ENTITY,
    CONF_ON_EVENT,
    CONF_PROVIDER,
    CONF_RING_ENTITY,
    CONF_SOURCE,
    CONF_STREAM,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_RTSP,
)
from custom_components.doorwatch.household.folder_problems import async_folder_problem
from tests import waiting
from tests.conftest import Until
from tests.rtsp.fixtures import StartRtspServer
from tests.sharing_fixtures import Home, command, event_of, result_of, set_state


async def problems(client: MockHAClientWebSocket) -> list[dict[str, Any]]:
    """Return the problems of the front door that a client sees now."""
    await client.send_json_auto_id({"type": "doorwatch/live/subscribe"})
    assert (await result_of(client))["success"]
    found: list[dict[str, Any]] = (await event_of(client))["doorbells"][0]["problems"]
    return found


async def test_offline_says_since_when_and_why(home: Home) -> None:
    """Everyone may know that the doorbell needs power."""
    since = home.front.runtime_data.recorder.health.since.isoformat()
    offline = {
        "kind": "offline",
        "since": since,
        "reason": "unreachable",
        "may_reconnect": True,
    }
    assert await problems(await home.connect()) == [offline]
    guest = await home.user("Kim", read=[home.front])
    assert await problems(await home.connect_as(guest)) == [
        {**offline, "may_reconnect": False}
    ]


async def test_only_administrators_read_that_the_login_is_wrong(home: Home) -> None:
    """More attempts could lock the account, so there is no button for one."""
    set_state(home.front, connected=False, problem="invalid_auth")
    [offline] = await problems(await home.connect())
    assert (offline["reason"], offline["may_reconnect"]) == ("login", False)
    kim = await home.user("Kim", control=[home.front])
    [offline] = await problems(await home.connect_as(kim))
    assert (offline["reason"], offline["may_reconnect"]) == (None, False)


async def test_a_doorbell_that_connects_or_sleeps_is_not_offline(home: Home) -> None:
    home.hass.config_entries.async_update_entry(
        home.front, options={CONF_MOTION_ENTITY: "binary_sensor.hall"}
    )
    client = await home.connect()
    for state in (
        {"connected": False, "problem": None},
        {"connected": True, "asleep": True},
    ):
        set_state(home.front, **state)
        assert await problems(client) == []


async def test_who_may_only_view_a_doorbell_reads_so(home: Home) -> None:
    home.hass.config_entries.async_update_entry(
        home.front, options={CONF_MOTION_ENTITY: "binary_sensor.hall"}
    )
    set_state(home.front)
    guest = await home.user("Kim", read=[home.front])
    client = await home.connect_as(guest)
    assert await problems(client) == [{"kind": "no_control"}]


async def test_a_disabled_doorbell_says_so(home: Home) -> None:
    await home.hass.config_entries.async_set_disabled_by(
        home.front.entry_id, ConfigEntryDisabler.USER
    )
    assert await problems(await home.connect()) == [
        {"kind": "offline", "since": None, "reason": "disabled", "may_reconnect": False}
    ]


async def test_a_doorbell_that_cannot_start_says_why(home: Home) -> None:
    """It has no problem while Home Assistant starts."""
    hass = home.hass
    await hass.config_entries.async_unload(home.front.entry_id)
    client = await home.connect()
    assert await problems(client) == []
    home.front._async_set_state(
        hass,
        ConfigEntryState.SETUP_RETRY,
        None,
        error_reason_translation_key="index_newer",
    )
    [offline] = await problems(client)
    assert (offline["reason"], offline["may_reconnect"]) == ("repair", True)
    # The folder is named instead of the doorbell.
    async_folder_problem(hass, "library_missing")
    [missing] = await problems(client)
    assert (missing["kind"], missing["reason"]) == ("not_recording", "library_missing")


async def test_only_administrators_read_where_clips_are_stored(home: Home) -> None:
    async_folder_problem(home.hass, "disk_full")
    _, full = await problems(await home.connect())
    assert full["kind"] == "not_recording"
    assert full["reason"] == "disk_full"
    assert full["folder"] == str(home.data.library.folder)
    kim = await home.user("Kim", control=[home.front])
    _, full = await problems(await home.connect_as(kim))
    assert (full["folder"], full["free"]) == (None, None)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [{"kind": "no_motion", "rings": False}]),
        (
            {CONF_RING_ENTITY: "event.bell"},
            [{"kind": "no_motion", "rings": True}],
        ),
        # A battery doorbell that reports rings does all that it can.
        ({CONF_RING_ENTITY: "event.bell", CONF_ON_EVENT: True}, []),
        ({CONF_ON_EVENT: True}, [{"kind": "no_motion", "rings": False}]),
        ({CONF_MOTION_ENTITY: "binary_sensor.hall"}, []),
    ],
)
async def test_a_doorbell_says_that_nothing_detects_motion(
    home: Home, options: dict[str, object], expected: list[dict[str, object]]
) -> None:
    home.hass.config_entries.async_update_entry(home.front, options=options)
    set_state(home.front)
    assert await problems(await home.connect()) == expected


async def test_a_doorbell_says_that_its_clock_or_its_events_fail(home: Home) -> None:
    """Each change sends an event."""
    home.hass.config_entries.async_update_entry(
        home.front, options={CONF_MOTION_ENTITY: "binary_sensor.hall"}
    )
    set_state(home.front)
    client = await home.connect()
    assert await problems(client) == []
    doorbell = home.front.runtime_data.doorbell
    for offset, problem, expected in (
        (5.0, "events_refused", [{"kind": "no_events"}]),
        (
            -7200.0,
            "clock_off",
            [{"kind": "no_events"}, {"kind": "wrong_clock", "ahead": -7200.0}],
        ),
        (30.0, None, []),
    ):
        doorbell.clock_offset, doorbell.problem = offset, problem
        doorbell.changes.call()
        assert (await event_of(client))["doorbells"][0]["problems"] == expected


async def test_recordings_of_a_manufacturer_need_no_permission_to_record(
    home: Home,
) -> None:
    home.hass.config_entries.async_update_entry(
        home.front, data={**home.front.data, CONF_PROVIDER: "ring"}
    )
    set_state(home.front)
    guest = await home.user("Kim", read=[home.front])
    assert await problems(await home.connect_as(guest)) == []


async def test_reconnecting_tells_whether_it_succeeded(
    home: Home,
    start_rtsp_server: StartRtspServer,
    until: Until,
) -> None:
    hass: HomeAssistant = home.hass
    server = start_rtsp_server(cams=1)
    server.kill()
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Porch",
        data={
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_RTSP,
            CONF_STREAM: server.address(),
        },
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: entry.runtime_data.data.problem)
    client = await home.connect()
    ask = {"type": "doorwatch/reconnect", "doorbell_id": entry.entry_id}

    async def is_connected() -> bool:
        answer = await command(client, **ask)
        return bool(answer["result"]["connected"])

    assert not await is_connected()
    server.start()
    # The first attempt may have begun before.
    await waiting.until(is_connected)
    # Another press changes nothing.
    connections = entry.runtime_data.recorder.diagnostics()["connections"]
    assert await is_connected()
    assert entry.runtime_data.recorder.diagnostics()["connections"] == connections


async def test_reconnecting_loads_a_doorbell_that_could_not_start(
    home: Home, start_rtsp_server: StartRtspServer
) -> None:
    """Home Assistant would try again only in minutes."""
    hass = home.hass
    server = start_rtsp_server(cams=1)
    await hass.config_entries.async_unload(home.front.entry_id)
    hass.config_entries.async_update_entry(
        home.front, data={**home.front.data, CONF_STREAM: server.address()}
    )
    home.front.mock_state(hass, ConfigEntryState.SETUP_RETRY)
    answer = await command(
        await home.connect(),
        type="doorwatch/reconnect",
        doorbell_id=home.front.entry_id,
    )
    assert answer["result"] == {"connected": True}
    assert home.front.state is ConfigEntryState.LOADED


async def test_only_who_may_control_a_doorbell_reconnects_it(home: Home) -> None:
    ask = {"type": "doorwatch/reconnect", "doorbell_id": home.front.entry_id}
    guest = await home.user("Kim", read=[home.front])
    answer = await command(await home.connect_as(guest), **ask)
    assert answer["error"]["code"] == "not_allowed"
    stranger = await home.user("Lou")
    answer = await command(await home.connect_as(stranger), **ask)
    assert answer["error"]["code"] == "no_doorbell"
