"""Helpers that fill in the household's forms as a browser does."""

from typing import Any

from homeassistant.components import persistent_notification
from homeassistant.config_entries import SOURCE_IMPORT, ConfigEntry, ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.setup import async_setup_component
import pytest

from custom_components.doorwatch.const import (
    CONF_CANCEL_WINDOW,
    CONF_CLIENT_ADDRESSES,
    CONF_FIRST_TO_GO,
    CONF_FOLDER,
    CONF_HOLD,
    CONF_IN_SIDEBAR,
    CONF_KEEP,
    CONF_KEEP_DAYS,
    CONF_KEEP_GB,
    CONF_KIND,
    CONF_ON_MAP,
    CONF_OPEN_TO_PLAYERS,
    CONF_PIN,
    CONF_POSITION,
    CONF_PROXY,
    CONF_RADIUS,
    CONF_SENDERS,
    CONF_SHARERS,
    DOMAIN,
    FIRST_MOTION,
    KIND_HOUSEHOLD,
)


@pytest.fixture
async def home(doorwatch: HomeAssistant) -> ConfigEntry:
    """Create the household's entry."""
    assert await async_setup_component(doorwatch, DOMAIN, {})
    result = await doorwatch.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_IMPORT}, data={CONF_KIND: KIND_HOUSEHOLD}
    )
    return result["result"]


def dismiss_all(hass: HomeAssistant) -> None:
    """Dismiss all notifications."""
    for each in list(persistent_notification._async_get_or_create_notifications(hass)):
        persistent_notification.async_dismiss(hass, each)


OPTIONS: dict[str, Any] = {
    CONF_KEEP_DAYS: 30,
    CONF_KEEP_GB: 20,
    CONF_FIRST_TO_GO: FIRST_MOTION,
    CONF_SHARERS: [],
    CONF_SENDERS: [],
    CONF_CANCEL_WINDOW: 10,
    CONF_CLIENT_ADDRESSES: [],
}


# The fields on each page of the options.
PAGES: dict[str, set[str]] = {
    "storage": {CONF_KEEP_DAYS, CONF_KEEP_GB, CONF_FIRST_TO_GO, CONF_KEEP, CONF_FOLDER},
    "sharing": {
        CONF_SHARERS,
        CONF_SENDERS,
        CONF_CANCEL_WINDOW,
        CONF_CLIENT_ADDRESSES,
    },
    "pin": {CONF_PIN, "remove_pin", "pin_unknown"},
    "requests": {CONF_POSITION, CONF_RADIUS, CONF_HOLD, CONF_ON_MAP},
    "more": {CONF_IN_SIDEBAR, CONF_OPEN_TO_PLAYERS, CONF_PROXY},
}


async def open_page(
    hass: HomeAssistant, entry: ConfigEntry, page: str
) -> ConfigFlowResult:
    """Open the options and choose a page."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    assert menu["menu_options"] == tuple(PAGES)
    return await hass.config_entries.options.async_configure(
        menu["flow_id"], {"next_step_id": page}
    )


async def fill_in(
    hass: HomeAssistant, form: ConfigFlowResult, **changes: Any
) -> ConfigFlowResult:
    """Fill in a page, with the values of `OPTIONS` for omitted fields."""
    page = PAGES[str(form["step_id"])]
    usual = {key: value for key, value in OPTIONS.items() if key in page}
    return await hass.config_entries.options.async_configure(
        form["flow_id"], {**usual, **changes}
    )


async def change(
    hass: HomeAssistant, entry: ConfigEntry, **changes: Any
) -> ConfigFlowResult:
    """Submit each page that has one of the fields, until a page isn't saved."""
    result = ConfigFlowResult(flow_id="", handler="")
    for page, fields in PAGES.items():
        if not (answers := {key: changes[key] for key in changes if key in fields}):
            continue
        if "current_pin" in changes and page in ("sharing", "pin", "more"):
            answers["current_pin"] = changes["current_pin"]
        result = await fill_in(hass, await open_page(hass, entry, page), **answers)
        if result["type"] is not FlowResultType.CREATE_ENTRY:
            break
    return result
