"""Tests of the options that all doorbells have: triggers and lengths."""

from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest

from custom_components.doorwatch.const import (
    CONF_AREAS,
    CONF_PROVIDER,
    CONF_RING_ENTITY,
    CONF_WEBHOOK,
)
from tests.flows.forms import LENGTHS, doorbell_entry, probe

__all__ = ["probe"]

pytestmark = pytest.mark.usefixtures("installed")


async def test_options_of_a_doorbell(hass: HomeAssistant) -> None:
    """The form shows the stored values, and changes take effect at once."""
    entry = doorbell_entry()
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    before = entry.runtime_data
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["step_id"] == "events"
    result = await hass.config_entries.options.async_configure(
        result["flow_id"],
        {
            CONF_WEBHOOK: False,
            CONF_RING_ENTITY: "event.bell",
            "lengths": {**LENGTHS, "pre_roll": 9},
        },
    )
    await hass.async_block_till_done()

    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options == {
        CONF_WEBHOOK: False,
        CONF_RING_ENTITY: "event.bell",
        **LENGTHS,
        "pre_roll": 9,
    }
    assert entry.runtime_data is not before


async def test_areas_that_were_drawn_in_the_panel_stay(hass: HomeAssistant) -> None:
    """The form is titled with the doorbell's name and has no field for areas."""
    entry = doorbell_entry()
    entry.add_to_hass(hass)
    options = {**entry.options, CONF_AREAS: "0,40 100,100"}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_setup(entry.entry_id)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    words = result["description_placeholders"]
    assert words is not None
    assert words["name"] == entry.title

    await hass.config_entries.options.async_configure(
        result["flow_id"], {"picture": {"sensitivity": "high"}, "lengths": LENGTHS}
    )
    await hass.async_block_till_done()

    assert entry.options[CONF_AREAS] == "0,40 100,100"
    assert entry.options["sensitivity"] == "high"


async def test_what_is_not_asked_while_clips_are_fetched_stays(
    hass: HomeAssistant,
) -> None:
    """The options apply again when the doorbell is recorded from its stream."""
    entry = doorbell_entry(disabled_by=ConfigEntryDisabler.USER)
    entry.add_to_hass(hass)
    recorded = {**LENGTHS, "pre_roll": 9, "sensitivity": "high", CONF_WEBHOOK: True}
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_PROVIDER: "ring"}, options=recorded
    )
    result = await hass.config_entries.options.async_init(entry.entry_id)
    schema = result["data_schema"]
    assert schema is not None
    assert "lengths" not in schema.schema
    await hass.config_entries.options.async_configure(
        result["flow_id"], {CONF_WEBHOOK: False}
    )
    assert entry.options == {**recorded, CONF_WEBHOOK: False}


@pytest.mark.parametrize("webhook", [True, False])
async def test_a_webhook_that_a_form_leaves_out_stays_as_it_is(
    hass: HomeAssistant, webhook: bool
) -> None:
    """API clients may submit fewer fields than the dialog."""
    entry = doorbell_entry()
    entry.add_to_hass(hass)
    options = {**entry.options, CONF_WEBHOOK: webhook}
    hass.config_entries.async_update_entry(entry, options=options)
    await hass.config_entries.async_setup(entry.entry_id)
    result = await hass.config_entries.options.async_init(entry.entry_id)

    await hass.config_entries.options.async_configure(
        result["flow_id"], {"lengths": LENGTHS}
    )
    await hass.async_block_till_done()

    assert entry.options == {CONF_WEBHOOK: webhook, **LENGTHS}
