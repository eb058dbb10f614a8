"""Test groups, which publish notices but get no clips."""

import asyncio
from typing import Any

from homeassistant.config_entries import SOURCE_RECONFIGURE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
import pytest

from custom_components.doorwatch.agencies.agencies import agency_access
from custom_components.doorwatch.agencies.base import Agency
from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.system_health import async_info
from tests.agencies.desk import Desk, desk as _desk, kinds, notifications, type_address
from tests.agencies.test_feed import come_round
from tests.engine.sharing.requests.feeds import feature
from tests.sharing_fixtures import Home, command, home as _home

desk, home = _desk, _home

BULLETIN = {
    **feature("b-1", title="A dog was found"),
    "featureType": "bulletin",
}


async def add_group(hass: HomeAssistant, desk: Desk) -> Any:
    """Add the group through the flow."""
    desk.publish_group()
    desk.ask(BULLETIN)
    form = await type_address(hass, desk.agency.origin)
    assert form["step_id"] == "group_confirm"
    assert form["description_placeholders"] is not None
    assert set(form["description_placeholders"]) == {
        "host",
        "name",
        "jurisdiction",
        "contact",
        "fingerprint",
    }
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"last_group": desk.last_group, "not_compared": False}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY, result
    await hass.async_block_till_done(wait_background_tasks=True)
    return result["result"]


async def test_a_group_is_added_like_an_agency_and_heard(
    hass: HomeAssistant, desk: Desk
) -> None:
    """The flow detects the group; its device has no entities for deliveries."""
    entry = await add_group(hass, desk)
    group: Agency = entry.runtime_data
    assert not group.takes_clips
    assert group.access() is None
    assert agency_access(hass, entry.entry_id) is None
    assert group.compared
    assert group.data.feed is not None
    assert [each.title for each in group.data.feed.feed.bulletins] == [
        "A dog was found"
    ]
    assert group.data.feed_problem is None
    assert (await kinds(hass))[-1] == "agency_added"
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.data["group"] is True
    assert "Nothing can be sent to it" in notifications(hass)
    assert not er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    [device] = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert device.name == "Elm Street neighbours"
    info = await async_info(hass)
    for each in info.values():
        if asyncio.iscoroutine(each):
            await each
    assert info["agencies_available"] == "0 / 0"
    found = await async_get_config_entry_diagnostics(hass, entry)
    assert found["agency"]["document"]["group"] is True
    assert await hass.config_entries.async_remove(entry.entry_id)
    assert "The group Elm Street neighbours was removed" in notifications(hass)


async def test_what_a_group_asks_for_is_not_heard(
    hass: HomeAssistant, desk: Desk
) -> None:
    """Its notices are used, and the feed reports the problem, also after a restart."""
    entry = await add_group(hass, desk)
    desk.ask(feature("2026-1"), BULLETIN)
    group = await come_round(hass, entry)
    for _ in range(2):
        assert group.data.feed is not None
        assert not list(group.data.feed.feed.requests)
        assert len(group.data.feed.feed.bulletins) == 1
        assert group.data.feed_problem == "group_asks"
        assert await hass.config_entries.async_reload(entry.entry_id)
        group = entry.runtime_data
    desk.ask(BULLETIN)
    await come_round(hass, entry)
    assert group.data.feed_problem is None


async def test_a_group_that_calls_itself_an_agency_is_not_believed(
    hass: HomeAssistant, desk: Desk, issue_registry: ir.IssueRegistry
) -> None:
    """It must be added again, because nobody accepted an agency's terms."""
    entry = await add_group(hass, desk)
    desk.publish(requests_uri=desk.requests_uri)
    group = await come_round(hass, entry)
    assert group.data.problem == "kind_changed"
    assert group.access() is None
    issue = issue_registry.async_get_issue(DOMAIN, f"agency_{entry.entry_id}")
    assert issue is not None
    assert issue.translation_key == "group_kind_changed"
    assert await hass.config_entries.async_reload(entry.entry_id)
    assert not entry.runtime_data.takes_clips
    assert entry.runtime_data.access() is None
    desk.publish_group(name="Oak Lane")
    group = await come_round(hass, entry)
    assert group.data.problem is None
    assert "The group Elm Street neighbours" in notifications(hass)
    assert "its name, now Oak Lane" in notifications(hass)


async def test_a_group_may_be_compared_later(hass: HomeAssistant, desk: Desk) -> None:
    """Only the comparison can be added, and the home creates no key for it."""
    entry = await add_group(hass, desk)
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )
    assert form["step_id"] == "reconfigure_group"
    assert form["data_schema"] is not None
    assert [str(key) for key in form["data_schema"].schema] == ["last_group"]
    assert form["description_placeholders"] is not None
    assert "home" not in form["description_placeholders"]
    result = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"last_group": "2222"}
    )
    assert result["errors"] == {"last_group": "fingerprint_differs"}
    result = await hass.config_entries.flow.async_configure(
        result["flow_id"], {"last_group": desk.last_group}
    )
    assert result["reason"] == "reconfigure_successful"
    await hass.async_block_till_done(wait_background_tasks=True)


async def test_nothing_leads_a_clip_to_a_group(home: Home, desk_of_group: Desk) -> None:
    """No list of recipients contains it, and a direct request returns the reason."""
    hass = home.hass
    entry = await add_group(hass, desk_of_group)
    client = await home.connect()
    answer = await command(client, type="doorwatch/agencies")
    assert [each["name"] for each in answer["result"]["agencies"]] == ["Harbour Police"]
    answer = await command(
        client,
        type="doorwatch/share/prepare",
        clip_id=home.clip.clip_id,
        agency_id=entry.entry_id,
    )
    assert not answer["success"]
    assert answer["error"]["code"] == "group_takes_no_clips"
    assert "can't receive clips" in answer["error"]["message"]
    for action in ("propose_share", "share_clip"):
        with pytest.raises(ServiceValidationError) as caught:
            await hass.services.async_call(
                DOMAIN,
                action,
                {"clip_id": home.clip.clip_id, "agency_id": entry.entry_id},
                blocking=True,
                return_response=action == "propose_share",
            )
        assert caught.value.translation_key == (
            "group_takes_no_clips"
            if action == "propose_share"
            else "confirmation_required"
        )
    assert await home.shares() == []


async def test_the_pages_of_the_panel_know_it_from_an_agency(
    home: Home, desk_of_group: Desk
) -> None:
    """The settings page and the transparency page show it as a group."""
    entry = await add_group(home.hass, desk_of_group)
    client = await home.connect()
    for kind in ("doorwatch/settings", "doorwatch/transparency"):
        answer = await command(client, type=kind)
        shown = {
            each["agency_id"]: each["group"] for each in answer["result"]["agencies"]
        }
        assert shown == {entry.entry_id: True, home.agency.entry_id: False}, kind


@pytest.fixture
async def desk_of_group(home: Home) -> object:
    """Run a group's site beside the home's agency."""
    found = Desk()
    await found.start()
    yield found
    await found.server.close()
