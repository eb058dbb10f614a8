"""Test that the panel is registered while there is an entry."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from unittest.mock import patch

from homeassistant.components.frontend import DATA_PANELS
from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.doorwatch.const import (
    CONF_IN_SIDEBAR,
    CONF_KIND,
    DOMAIN,
    KIND_HOUSEHOLD,
)
from tests.sharing_fixtures import Http, command
from tests.views.builds import PANEL, built, household

__all__ = ["built", "household"]


async def test_the_panel_is_there_while_there_is_an_entry(
    hass: HomeAssistant, household: ConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    """Ignored entries don't count. The panel returns with the next entry."""
    ignored = MockConfigEntry(domain=DOMAIN, source=SOURCE_IGNORE, unique_id="offered")
    await hass.config_entries.async_add(ignored)
    client = await hass_ws_client(hass)

    panels = (await command(client, type="get_panels"))["result"]
    panel = panels[DOMAIN]
    assert panel["title"] == "Doorwatch"
    assert panel["icon"] == "mdi:doorbell-video"
    assert panel["show_in_sidebar"] is True
    assert panel["require_admin"] is False
    assert panel["config"]["_panel_custom"] == {
        "name": "doorwatch-panel",
        "module_url": f"/doorwatch_frontend/{PANEL}",
        "embed_iframe": False,
        "trust_external": False,
        "handle_safe_area": False,
    }

    await hass.config_entries.async_remove(household.entry_id)
    assert DOMAIN not in hass.data[DATA_PANELS]

    again = MockConfigEntry(
        domain=DOMAIN, data={CONF_KIND: KIND_HOUSEHOLD}, unique_id=KIND_HOUSEHOLD
    )
    await hass.config_entries.async_add(again)
    assert DOMAIN in hass.data[DATA_PANELS]


async def test_out_of_the_sidebar_its_addresses_still_open(
    hass: HomeAssistant,
    household: ConfigEntry,
    aiohttp_client: Callable[..., Awaitable[Http]],
) -> None:
    """Messages on phones link to pages of clips."""
    http = await aiohttp_client(hass.http.app)

    for in_sidebar in (False, True):
        hass.config_entries.async_update_entry(
            household, options={CONF_IN_SIDEBAR: in_sidebar}
        )
        assert hass.data[DATA_PANELS][DOMAIN].show_in_sidebar is in_sidebar
        for path in ("/doorwatch", "/doorwatch/clip/0199c0de"):
            with patch(
                "homeassistant.components.onboarding.async_is_onboarded",
                return_value=True,
            ):
                answer = await http.get(path)
            assert answer.status == HTTPStatus.OK
            assert answer.content_type == "text/html"

    await hass.config_entries.async_remove(household.entry_id)
    assert (await http.get("/doorwatch/clip/0199c0de")).status == HTTPStatus.NOT_FOUND


async def test_browsers_are_not_told_of_a_panel_that_stays_as_it_is(
    hass: HomeAssistant, household: ConfigEntry
) -> None:
    """All browsers fetch all panels after each such event."""
    told: list[object] = []
    hass.bus.async_listen("panels_updated", told.append)

    hass.config_entries.async_update_entry(household, options={"keep_days": 3})
    await hass.async_block_till_done()

    assert not told
