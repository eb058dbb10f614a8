"""Tests of the flow of the demo."""

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_SOURCE,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_DEMO,
    SOURCE_RTSP,
)
from tests.flows.forms import LENGTHS, begin, go_on

pytestmark = pytest.mark.usefixtures("installed")


async def test_the_demo_is_one_screen_and_there_once(
    hass: HomeAssistant, demo_entry: MockConfigEntry
) -> None:
    # Another doorbell already has this name.
    MockConfigEntry(
        domain=DOMAIN,
        title="Demo",
        data={CONF_KIND: KIND_DOORBELL, CONF_SOURCE: SOURCE_RTSP},
        disabled_by=ConfigEntryDisabler.USER,
    ).add_to_hass(hass)
    in_another_tab = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    result = await begin(hass, "demo")
    assert result["step_id"] == "demo"
    schema = result["data_schema"]
    assert schema is not None
    [name] = schema.schema
    assert name.description == {"suggested_value": "Demo doorbell"}
    result = await go_on(hass, result, **{CONF_NAME: "Demo"})
    assert result["errors"] == {CONF_NAME: "name_taken"}
    result = await go_on(hass, result, **{CONF_NAME: "Demo doorbell"})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry = result["result"]
    assert entry.data == {CONF_KIND: KIND_DOORBELL, CONF_SOURCE: SOURCE_DEMO}
    assert entry.state is ConfigEntryState.LOADED

    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert "demo" not in menu["menu_options"]
    result = await go_on(hass, in_another_tab, next_step_id="demo")
    assert result["reason"] == "already_configured"
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )
    assert result["reason"] == "nothing_to_change"

    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["step_id"] == "demo"
    await hass.config_entries.options.async_configure(
        result["flow_id"], {"lengths": {**LENGTHS, "post_roll": 3}}
    )
    assert entry.options == {**LENGTHS, "post_roll": 3}
