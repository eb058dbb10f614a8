"""Test doorbells whose events fail: detection, notification and repair."""

from unittest.mock import patch

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
import pytest

from custom_components.doorwatch.const import CONF_PASSWORD, CONF_USERNAME, DOMAIN
from tests.conftest import Until
from tests.flows.onvif_forms import RING, add, device, hears, shown
from tests.onvif_device.device import OnvifDevice
from tests.repairs.fixes import begin as begin_repair, go_on as go_on_repair

__all__ = ["device"]

pytestmark = pytest.mark.usefixtures("installed")


async def test_a_login_that_is_taken_again_needs_no_new_one(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """The reauth flow is aborted."""
    with patch(
        "custom_components.doorwatch.engine.doorbells.onvif.doorbell._REFUSED_PAUSE",
        1.0,
    ):
        entry = await add(hass, device, until)
        login, device.login = device.login, ("viewer", "changed")
        device.events.drop()
        await until(lambda: list(entry.async_get_active_flows(hass, {SOURCE_REAUTH})))
        device.login = login
        await until(lambda: hears(entry))
    assert not list(entry.async_get_active_flows(hass, {SOURCE_REAUTH}))


@pytest.mark.lesson(1)
async def test_events_that_stay_away_are_seen_and_repaired(
    hass: HomeAssistant,
    device: OnvifDevice,
    until: Until,
    issue_registry: ir.IssueRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Entities are unavailable at once, with one log line, and a repair comes later."""
    with patch("custom_components.doorwatch.runtime.doorbell_watch.SILENT_AFTER", 0.0):
        entry = await add(hass, device, until)
        issue_id = f"doorbell_silent_{entry.entry_id}"
        assert shown(hass, RING) != STATE_UNAVAILABLE
        await device.stop()
        await until(lambda: issue_registry.async_get_issue(DOMAIN, issue_id))
        assert shown(hass, RING) == STATE_UNAVAILABLE
        assert shown(hass, "camera.front") != STATE_UNAVAILABLE
    assert caplog.text.count("Front doesn't report events") == 1
    repair = await begin_repair(hass, issue_id)
    assert repair["menu_options"] == ["try_again"]
    assert (await go_on_repair(hass, repair, next_step_id="try_again"))[
        "type"
    ] is FlowResultType.CREATE_ENTRY
    await device.start()
    await until(lambda: hears(entry))
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None
    assert shown(hass, RING) != STATE_UNAVAILABLE
    await device.stop()
    await until(lambda: entry.runtime_data.doorbell.problem)
    await device.start()
    await until(lambda: hears(entry))
    assert "Front reports events again" in caplog.text


async def test_events_that_are_refused_are_said_to_be(
    hass: HomeAssistant,
    device: OnvifDevice,
    until: Until,
    issue_registry: ir.IssueRegistry,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The repair has the reason, and the video continues."""
    with patch("custom_components.doorwatch.runtime.doorbell_watch.SILENT_AFTER", 0.0):
        entry = await add(hass, device, until)
        device.events.refuses = "InvalidArgVal"
        device.events.drop()
        issue_id = f"doorbell_silent_{entry.entry_id}"
        await until(lambda: issue_registry.async_get_issue(DOMAIN, issue_id))
    repair = await begin_repair(hass, issue_id)
    placeholders = repair["description_placeholders"]
    assert placeholders is not None
    said = placeholders["problem"]
    assert "supports ONVIF" in said
    assert "refuses to report" in said
    assert "Front doesn't report events: events_refused" in caplog.text
    assert entry.runtime_data.data.connected
    device.events.refuses = None
    await until(lambda: hears(entry))
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None


@pytest.mark.lesson(3)
async def test_a_doorbell_that_wants_a_login_by_now_asks_for_one(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """The doorbell accepted everyone before, so no login is stored."""
    entry = await add(hass, device, until)
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_USERNAME: None, CONF_PASSWORD: None}
    )
    await hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: entry.runtime_data.doorbell.problem)
    assert entry.runtime_data.doorbell.problem == "login_missing"
    await until(lambda: list(entry.async_get_active_flows(hass, {SOURCE_REAUTH})))
