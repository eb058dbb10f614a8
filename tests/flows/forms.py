"""Helpers that go through the forms of a doorbell with a stream as a browser does."""

from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_USER, ConfigFlowResult
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_KIND,
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
from custom_components.doorwatch.flows.doorbell import CONF_DETECTION

LENGTHS = {"pre_roll": 5, "post_roll": 10, "longest_clip": 120}


OPTIONS: dict[str, Any] = {CONF_WEBHOOK: True, "lengths": LENGTHS}
DETECTION: dict[str, Any] = {CONF_NAME: "Front", CONF_DETECTION: "picture"}


async def begin(hass: HomeAssistant, choice: str) -> ConfigFlowResult:
    """Open the menu and choose a kind."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    assert menu["type"] is FlowResultType.MENU
    assert choice in menu["menu_options"]
    return await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": choice}
    )


def offered_name(result: ConfigFlowResult) -> str:
    """Return the suggested name of a form."""
    schema = result["data_schema"]
    assert schema is not None
    (name,) = (field for field in schema.schema if field == CONF_NAME)
    offered: str = name.default()
    return offered


async def go_on(
    hass: HomeAssistant, result: ConfigFlowResult, **answers: Any
) -> ConfigFlowResult:
    """Fill in the form."""
    return await hass.config_entries.flow.async_configure(result["flow_id"], answers)


def doorbell_entry(
    address: str = "rtsp://127.0.0.1:9/live", **more: Any
) -> MockConfigEntry:
    """Create an entry like the flow does, with an address where nothing listens."""
    return MockConfigEntry(
        **more,
        domain=DOMAIN,
        title="Side door",
        data={
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_RTSP,
            CONF_STREAM: address,
            CONF_USERNAME: "viewer",
            CONF_PASSWORD: "old secret",
            CONF_WEBHOOK_ID: "hook",
        },
        options=LENGTHS,
    )


@pytest.fixture
def probe() -> Iterator[Any]:
    """Make the probe accept every stream."""
    flows = "custom_components.doorwatch.flows"
    with (
        patch(f"{flows}.rtsp.probe_stream") as probe_stream,
        patch(f"{flows}.doorbell.measure_motion_cost", return_value=1.4),
    ):
        yield probe_stream
