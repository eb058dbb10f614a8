"""Test the repairs of doorbells: a new address and a reload."""

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_PASSWORD,
    CONF_STREAM,
    CONF_USERNAME,
    DOMAIN,
)
from custom_components.doorwatch.flows.rtsp import unique_id_of
from custom_components.doorwatch.issues import async_doorbell_unreachable
from tests.conftest import Until
from tests.flows.forms import doorbell_entry
from tests.repairs.fixes import begin, go_on, open_issues
from tests.rtsp.fixtures import RtspServer
from tests.rtsp.scripted import ScriptedCamera

pytestmark = pytest.mark.usefixtures("installed")


async def test_a_doorbell_that_moved_gets_its_new_address(
    hass: HomeAssistant, rtsp_server: RtspServer, until: Until
) -> None:
    """The stream is tested before the address is stored."""
    entry = doorbell_entry()
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    async_doorbell_unreachable(hass, entry, "cannot_connect")
    result = await begin(hass, f"doorbell_unreachable_{entry.entry_id}")
    placeholders = result["description_placeholders"]
    assert placeholders is not None
    assert "Nothing answers" in placeholders["problem"]
    assert result["menu_options"] == ["try_again", "stream"]
    result = await go_on(hass, result, next_step_id="stream")
    assert result["step_id"] == "stream"
    result = await go_on(
        hass, result, **{CONF_STREAM: "rtsp://viewer:typed@127.0.0.1:9/live"}
    )
    assert result["errors"] == {CONF_STREAM: "cannot_connect"}
    # A login in the address moved to its fields.
    schema = result["data_schema"]
    assert schema is not None
    shown = {
        str(key): value
        for key in schema.schema
        if (value := (key.description or {}).get("suggested_value"))
    }
    assert shown == {
        CONF_STREAM: "rtsp://127.0.0.1:9/live",
        CONF_USERNAME: "viewer",
        CONF_PASSWORD: "typed",
    }

    result = await go_on(
        hass,
        result,
        **{CONF_STREAM: rtsp_server.address(), CONF_USERNAME: "viewer"},
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.data[CONF_PASSWORD] == "old secret"
    await until(
        lambda: (
            entry.state is ConfigEntryState.LOADED and entry.runtime_data.data.connected
        )
    )
    assert not open_issues(hass)


async def test_the_stored_password_is_not_sent_to_another_host(
    hass: HomeAssistant,
) -> None:
    """The repair asks for it again."""
    entry = doorbell_entry("rtsp://192.168.1.20/live")
    entry.add_to_hass(hass)
    async_doorbell_unreachable(hass, entry, "cannot_connect")
    result = await begin(hass, f"doorbell_unreachable_{entry.entry_id}")
    result = await go_on(hass, result, next_step_id="stream")
    async with ScriptedCamera(streams=["/live"]) as camera:
        answers = {CONF_STREAM: camera.address("/live"), CONF_USERNAME: "viewer"}
        result = await go_on(hass, result, **answers)
        assert result["errors"] == {CONF_PASSWORD: "password_other_host"}
        assert camera.requests == []


async def test_a_doorbell_cannot_move_to_where_another_one_is(
    hass: HomeAssistant, rtsp_server: RtspServer
) -> None:
    """Two entries would record the same doorbell with the same unique id."""
    address = rtsp_server.address()
    there = doorbell_entry(
        entry_id="01ANOTHERDOORBELL00000000", unique_id=unique_id_of(address)
    )
    there.add_to_hass(hass)
    entry = doorbell_entry()
    entry.add_to_hass(hass)
    before = dict(entry.data)
    async_doorbell_unreachable(hass, entry, "cannot_connect")
    result = await go_on(
        hass,
        await begin(hass, f"doorbell_unreachable_{entry.entry_id}"),
        next_step_id="stream",
    )
    result = await go_on(hass, result, **{CONF_STREAM: address})

    assert result["reason"] == "already_configured"
    assert entry.data == before


async def test_a_demo_that_is_away_is_started_anew(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """It has no address to change."""
    before = demo.runtime_data
    async_doorbell_unreachable(hass, demo, None)
    result = await begin(hass, f"doorbell_unreachable_{demo.entry_id}")
    assert result["menu_options"] == ["try_again"]
    result = await go_on(hass, result, next_step_id="try_again")
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert demo.runtime_data is not before


async def test_a_doorbell_that_was_removed_needs_no_repair(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """The issue is deleted, and an open flow shows the reason."""
    async_doorbell_unreachable(hass, demo, None)
    result = await begin(hass, f"doorbell_unreachable_{demo.entry_id}")
    await hass.config_entries.async_remove(demo.entry_id)
    assert not open_issues(hass)

    result = await go_on(hass, result, next_step_id="try_again")
    assert result["reason"] == "not_loaded"


async def test_an_issue_that_nobody_here_knows_is_only_read(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """The issue has a doorbell's entry id, but offers none of its repairs."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"of_another_version_{demo.entry_id}",
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key="receipt_wrong",
        translation_placeholders={"agency": "Police", "day": "2026-11-27"},
        data={"entry_id": demo.entry_id},
    )
    before = demo.runtime_data
    result = await begin(hass, f"of_another_version_{demo.entry_id}")
    assert (result["type"], result["step_id"]) == (FlowResultType.FORM, "confirm")

    await go_on(hass, result)

    assert not open_issues(hass)
    assert demo.runtime_data is before
