"""What all doorbells are asked through the flows: what motion and ring are, lengths."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_MOTION_ENTITY,
    CONF_RING_ENTITY,
    CONF_STREAM,
    CONF_WEBHOOK,
    DOMAIN,
)

from .test_rtsp import EVENTS, LENGTHS, begin, doorbell_entry, go_on


@pytest.fixture(autouse=True)
async def ready(doorwatch: HomeAssistant) -> None:
    """Find Doorwatch in every test here."""
    assert await async_setup_component(doorwatch, DOMAIN, {})


@pytest.fixture
def probe() -> Iterator[Any]:
    """Take every stream for a good one."""
    with patch("custom_components.doorwatch.flows.rtsp.probe_stream") as probe_stream:
        yield probe_stream


async def test_a_doorbell_cannot_trigger_itself(
    hass: HomeAssistant, demo: MockConfigEntry, probe: Any
) -> None:
    """Its own motion sensor would keep itself on."""
    result = await begin(hass, "rtsp")
    result = await go_on(
        hass, result, **{CONF_NAME: "Front", CONF_STREAM: "rtsp://127.0.0.1:9/live"}
    )
    own = {
        CONF_MOTION_ENTITY: "binary_sensor.front_door_motion",
        CONF_RING_ENTITY: "event.front_door_doorbell",
    }
    for field, entity_id in own.items():
        with pytest.raises(InvalidData):
            await go_on(hass, result, **{**EVENTS, field: entity_id})

    result = await go_on(
        hass, result, **{**EVENTS, CONF_MOTION_ENTITY: "binary_sensor.porch"}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("field", "value"), [("pre_roll", 31), ("post_roll", 0), ("longest_clip", 5)]
)
async def test_lengths_have_limits(
    hass: HomeAssistant, probe: Any, field: str, value: int
) -> None:
    """The form says so before anything is stored."""
    result = await begin(hass, "rtsp")
    result = await go_on(
        hass, result, **{CONF_NAME: "Front", CONF_STREAM: "rtsp://127.0.0.1:9/live"}
    )
    with pytest.raises(InvalidData):
        await go_on(hass, result, **{**EVENTS, "lengths": {**LENGTHS, field: value}})


async def test_options_of_a_doorbell(hass: HomeAssistant) -> None:
    """What is stored is shown, and what is changed is used at once."""
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


@pytest.mark.parametrize("webhook", [True, False])
async def test_a_webhook_that_a_form_leaves_out_stays_as_it_is(
    hass: HomeAssistant, webhook: bool
) -> None:
    """A program that sends less than the dialog changes nothing by that."""
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
