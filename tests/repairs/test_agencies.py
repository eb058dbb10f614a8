"""Test the repair of an agency: fetching again, or comparing a new key."""

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from tests.agencies.desk import Desk, desk, entry
from tests.agencies.test_coordinator import refresh
from tests.flows.test_new_key import lost
from tests.repairs.fixes import answer_fix, begin, go_on, start_fix

__all__ = ["desk", "entry"]


async def test_what_is_right_again_ends_it(
    hass: HomeAssistant, entry: MockConfigEntry, desk: Desk
) -> None:
    """Each submission fetches once."""
    assert await async_setup_component(hass, "repairs", {})
    desk.answer = "nonsense"
    assert (await refresh(hass, entry)).data.problem == "document_invalid"
    desk.fetched = 0
    form = await begin(hass, f"agency_{entry.entry_id}")
    form = await go_on(hass, form)
    assert form["errors"] == {"base": "still_there"}
    desk.publish()
    result = await go_on(hass, form)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert desk.fetched == 2
    assert entry.runtime_data.access() is not None


async def test_the_repair_leads_to_the_form(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    entry: MockConfigEntry,
    desk: Desk,
) -> None:
    """The issue stays until the form is submitted or the old key is used again."""
    assert await async_setup_component(hass, "repairs", {})
    old = desk.agency.root
    await lost(hass, entry, desk)
    issue = f"agency_{entry.entry_id}"
    step = await start_fix(hass, hass_client, issue)
    answer = await answer_fix(hass_client, step, {})
    assert (answer["type"], answer["reason"]) == ("abort", "compare_new_key")
    next_flow = answer["next_flow"]  # the next flow of the page
    assert isinstance(next_flow, list)
    kind, flow_id = next_flow
    assert kind == "config_flow"
    form = hass.config_entries.flow.async_get(flow_id)
    assert form["step_id"] == "new_key_agency"
    assert desk.fetched == 1
    hass.config_entries.flow.async_abort(flow_id)

    desk.publish(iat=entry.runtime_data.pin.newest_iat - 10)
    result = await go_on(hass, await begin(hass, issue))
    assert (result["reason"], result.get("next_flow")) == ("new_key_unusable", None)

    desk.agency.root = old
    desk.publish()
    result = await go_on(hass, await begin(hass, issue))
    assert result["type"] is FlowResultType.CREATE_ENTRY
