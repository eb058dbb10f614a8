"""Test the entities of doorbells that sleep or allow one connection."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
import re
import time
from typing import Any

from homeassistant.components.camera import async_get_image
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_ON_EVENT,
    CONF_ONE_CONNECTION,
    CONF_PASSWORD,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_USERNAME,
    CONF_WEBHOOK,
    CONF_WEBHOOK_ID,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_RTSP,
)
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests import waiting
from tests.conftest import Until
from tests.engine.recording.conftest import threads
from tests.rtsp.fixtures import RtspServer, StartRtspServer
from tests.tcp import Gate, gate

LENGTHS = {"pre_roll": 2, "post_roll": 2, "longest_clip": 60}


@pytest.fixture
async def doorbell(
    doorwatch: HomeAssistant, rtsp_server: RtspServer
) -> AsyncIterator[Gate]:
    """Return a doorbell whose connections are counted."""
    async with gate(rtsp_server.port) as one:
        yield one


async def set_up(
    hass: HomeAssistant,
    address: str,
    options: dict[str, Any],
    data: dict[str, Any] | None = None,
) -> MockConfigEntry:
    """Set up a doorbell."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Front door",
        data={
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_RTSP,
            CONF_STREAM: address,
            CONF_WEBHOOK_ID: "hook",
            **(data or {}),
        },
        options={**LENGTHS, **options},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


def ring(entry: MockConfigEntry) -> None:
    """Press the button."""
    entry.runtime_data.handle_event(
        DoorbellEvent(
            kind=EventKind.RING, at=datetime.now(UTC), monotonic=time.monotonic()
        )
    )


def shown(hass: HomeAssistant, entity_id: str) -> str:
    """Return the state of an entity."""
    state = hass.states.get(entity_id)
    assert state is not None
    return state.state


@pytest.mark.lesson(8)
async def test_a_doorbell_that_sleeps_is_there_and_records_when_it_rings(
    hass: HomeAssistant, doorbell: Gate, until: Until
) -> None:
    """The doorbell is available and shown as connected, but is never contacted."""
    entry = await set_up(hass, doorbell.address(), {CONF_ON_EVENT: True})
    await until(lambda: entry.runtime_data.data.connected)
    for there in ("camera.front_door", "event.front_door_doorbell"):
        assert shown(hass, there) != STATE_UNAVAILABLE
    assert shown(hass, "binary_sensor.front_door_connectivity") == STATE_ON
    assert doorbell.total == 0

    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring(entry)
    await until(lambda: saved)
    await until(lambda: entry.runtime_data.recorder.health.asleep and not doorbell.now)
    assert doorbell.total == 1
    assert shown(hass, "binary_sensor.front_door_connectivity") == STATE_ON
    # The picture is from the last connection.
    image = await async_get_image(hass, "camera.front_door")
    assert image.content.startswith(b"\xff\xd8")
    found = await async_get_config_entry_diagnostics(hass, entry)
    assert found["recorder"]["asleep"] is True
    assert (found["recorder"]["wakes"], found["recorder"]["failed_wakes"]) == (1, 0)
    assert found["options"][CONF_ON_EVENT] is True
    assert "127.0.0.1" not in str(found)


async def test_a_doorbell_that_cannot_be_woken_gets_a_repair(
    hass: HomeAssistant,
    doorbell: Gate,
    until: Until,
    issue_registry: ir.IssueRegistry,
) -> None:
    """The usual repair is shown after three events in a row were missed."""
    await doorbell.sleep()
    entry = await set_up(
        hass, doorbell.address(), {CONF_ON_EVENT: True, CONF_WEBHOOK: True}
    )
    recorder = entry.runtime_data.recorder
    recorder._waker.failures = 2
    ring(entry)
    await until(lambda: threads("clip"))
    recorder._sessions[0].window.cut()
    await until(lambda: not entry.runtime_data.data.connected)

    assert shown(hass, "camera.front_door") == STATE_UNAVAILABLE
    assert shown(hass, "binary_sensor.front_door_connectivity") == STATE_OFF
    # Its webhook still reports rings.
    assert shown(hass, "event.front_door_doorbell") != STATE_UNAVAILABLE
    issue_id = f"doorbell_unreachable_{entry.entry_id}"
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=61))
    await hass.async_block_till_done()
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is not None

    await doorbell.wake()
    ring(entry)
    await until(lambda: entry.runtime_data.data.connected)
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None
    assert shown(hass, "camera.front_door") != STATE_UNAVAILABLE


async def test_a_doorbell_that_refuses_the_login_when_woken_asks_for_a_new_one(
    doorwatch: HomeAssistant, start_rtsp_server: StartRtspServer, until: Until
) -> None:
    """The reauth flow starts at the first event, not after three."""
    hass = doorwatch
    server = start_rtsp_server(login="porch:right", cams=1)
    entry = await set_up(
        hass,
        server.address(),
        {CONF_ON_EVENT: True},
        {CONF_USERNAME: "porch", CONF_PASSWORD: "wrong"},
    )
    assert not list(entry.async_get_active_flows(hass, {"reauth"}))
    ring(entry)
    await until(lambda: list(entry.async_get_active_flows(hass, {"reauth"})))
    assert shown(hass, "camera.front_door") == STATE_UNAVAILABLE
    assert await hass.config_entries.async_unload(entry.entry_id)


async def test_live_view_in_the_dashboard_takes_no_second_connection(
    hass: HomeAssistant,
    doorbell: Gate,
    until: Until,
    hass_ws_client: WebSocketGenerator,
    hass_client: ClientSessionGenerator,
) -> None:
    """Core's stream component shows the recorder's stream while a clip is recorded."""
    assert await async_setup_component(hass, "stream", {})
    entry = await set_up(hass, doorbell.address(), {CONF_ONE_CONNECTION: True})
    await until(lambda: entry.runtime_data.data.connected)
    client = await hass_ws_client()
    await client.send_json_auto_id(
        {"type": "camera/stream", "entity_id": "camera.front_door"}
    )
    answer = await client.receive_json()
    assert answer["success"], answer
    browser = await hass_client()
    master = await browser.get(answer["result"]["url"])
    assert master.status == 200
    playlist_url = answer["result"]["url"].replace("master_playlist", "playlist")

    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    ring(entry)

    async def segments_of() -> list[str]:
        playlist = await (await browser.get(playlist_url)).text()
        return re.findall(r"^\./segment/\d+\.m4s", playlist, re.MULTILINE)

    segments = await waiting.until(segments_of, "a segment")
    base = playlist_url.rsplit("/", 1)[0]
    part = await browser.get(f"{base}/{segments[0].removeprefix('./')}")
    assert part.status == 200
    assert len(await part.read()) > 1000
    assert entry.runtime_data.recorder.diagnostics()["live_viewers"] == 1
    await until(lambda: saved)
    assert (doorbell.total, doorbell.most) == (1, 1)

    assert await hass.config_entries.async_unload(entry.entry_id)
    await until(lambda: not doorbell.now)


async def test_the_modes_are_options(hass: HomeAssistant, doorbell: Gate) -> None:
    """They are in a collapsed section and are used at once."""
    entry = await set_up(hass, doorbell.address(), {})
    before = entry.runtime_data
    result = await hass.config_entries.options.async_init(entry.entry_id)
    schema = result["data_schema"]
    assert schema is not None
    section = next(v for k, v in schema.schema.items() if str(k) == "connection")
    assert section.options["collapsed"] is True
    result = await hass.config_entries.options.async_configure(
        result["flow_id"],
        {
            CONF_WEBHOOK: False,
            "lengths": LENGTHS,
            "connection": {CONF_ON_EVENT: True, CONF_ONE_CONNECTION: True},
        },
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert entry.options[CONF_ON_EVENT] is True
    assert entry.options[CONF_ONE_CONNECTION] is True
    assert entry.runtime_data is not before
    assert entry.runtime_data.recorder.health.asleep
    assert entry.runtime_data.recorder.live_address
