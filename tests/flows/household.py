"""The household's forms, filled in as a browser does."""

from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.config_entries import SOURCE_IMPORT, ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.doorwatch.const import (
    CONF_CANCEL_WINDOW,
    CONF_CLIENT_ADDRESSES,
    CONF_FIRST_TO_GO,
    CONF_KEEP_DAYS,
    CONF_KEEP_GB,
    CONF_KIND,
    CONF_SHARERS,
    DOMAIN,
    FIRST_MOTION,
    KIND_HOUSEHOLD,
)


@pytest.fixture
async def home(doorwatch: HomeAssistant) -> ConfigEntry:
    """Make the household's entry."""
    assert await async_setup_component(doorwatch, DOMAIN, {})
    result = await doorwatch.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IMPORT}, data={CONF_KIND: KIND_HOUSEHOLD}
    )
    return result["result"]


def dismiss_all(hass: HomeAssistant) -> None:
    """Read and put away what stands there."""
    for each in list(persistent_notification._async_get_or_create_notifications(hass)):
        persistent_notification.async_dismiss(hass, each)


OPTIONS: dict[str, Any] = {
    CONF_KEEP_DAYS: 30,
    CONF_KEEP_GB: 20,
    CONF_FIRST_TO_GO: FIRST_MOTION,
    CONF_SHARERS: [],
    CONF_CANCEL_WINDOW: 10,
    CONF_CLIENT_ADDRESSES: [],
}


async def change(
    hass: HomeAssistant, entry: ConfigEntry, **changes: Any
) -> ConfigFlowResult:
    """Go through the options."""
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["step_id"] == "household"
    return await hass.config_entries.options.async_configure(
        result["flow_id"], {**OPTIONS, **changes}
    )
