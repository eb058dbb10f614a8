"""Tests of the flows of agencies that send upload links."""

from unittest.mock import patch

from homeassistant.components import persistent_notification
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryState
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_ADDRESS,
    CONF_CONTACT,
    CONF_JURISDICTION,
    CONF_KIND,
    CONF_NAME,
    CONF_VIA,
    DOMAIN,
    KIND_AGENCY,
    VIA_LINK,
)
from custom_components.doorwatch.engine.sharing.errors import SharingError
from tests.agencies.pages import PAGE, TYPED, page, type_agency
from tests.sharing_fixtures import Home

__all__ = ["page"]


async def test_only_the_origin_of_an_address_is_kept(
    home: Home, page: MockConfigEntry
) -> None:
    """A complete link, which is a secret, may have been pasted."""
    assert page.title == "Harbour Police"
    assert page.data == {
        CONF_KIND: KIND_AGENCY,
        CONF_VIA: VIA_LINK,
        CONF_NAME: "Harbour Police",
        CONF_ADDRESS: PAGE,
        CONF_JURISDICTION: "Planted Town",
        CONF_CONTACT: "desk@planted.example",
    }
    assert page.state is ConfigEntryState.LOADED
    (line,) = [
        line
        for line in await home.data.ledger.lines(limit=1000)
        if line.kind == "agency_added"
    ]
    assert line.data == {"issuer": PAGE, "name": "Harbour Police", "via": VIA_LINK}
    notices = persistent_notification._async_get_or_create_notifications(home.hass)
    assert any("Harbour Police" in each["message"] for each in notices.values())


async def test_what_is_typed_is_what_is_seen(home: Home) -> None:
    """Control characters for text direction and Markdown images must have no effect."""
    result = await type_agency(
        home.hass,
        **{
            CONF_NAME: " Harbour\u202e\u200b\n ![Police](//planted.example/x.png) ",
            CONF_JURISDICTION: "Planted\u2066 Town\r\x1b[2J",
            CONF_CONTACT: "\u200b\u3164",
        },
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Harbour ![Police](//planted.example/x.png)"
    assert result["data"][CONF_JURISDICTION] == "Planted Town [2J"
    assert CONF_CONTACT not in result["data"]
    notices = persistent_notification._async_get_or_create_notifications(home.hass)
    (told,) = [
        each["message"] for each in notices.values() if "Harbour" in each["message"]
    ]
    assert "![" not in told
    assert "//" not in told
    again = await type_agency(
        home.hass, **{CONF_NAME: "Har\u200bbour ![Police](//planted.example/x.png)"}
    )
    assert again["type"] is FlowResultType.ABORT
    nobody = await type_agency(home.hass, **{CONF_NAME: "\u200b \u3164"})
    assert nobody["errors"] == {CONF_NAME: "name_missing"}


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("http://harbour.vendor.example", "agency_invalid_address"),
        ("https://user:pass@harbour.vendor.example", "agency_invalid_address"),
        ("https://", "agency_invalid_address"),
        ("javascript:alert(1)", "agency_invalid_address"),
        ("https://192.168.1.5/upload", "link_page_private"),
        ("https://127.0.0.1", "link_page_private"),
    ],
)
async def test_an_address_that_is_no_public_page_is_refused(
    home: Home, address: str, error: str
) -> None:
    """The error is shown and the typed values are kept."""
    result = await type_agency(home.hass, **{CONF_ADDRESS: address})
    assert result["errors"] == {CONF_ADDRESS: error}
    result = await home.hass.config_entries.flow.async_configure(
        result["flow_id"], {**TYPED, CONF_NAME: "  "}
    )
    assert result["errors"] == {CONF_NAME: "name_missing"}


async def test_many_agencies_use_one_page_but_none_is_added_twice(
    home: Home, page: MockConfigEntry
) -> None:
    """Agencies may share a vendor's page, so the name identifies the agency on it."""
    again = await type_agency(
        home.hass,
        **{CONF_NAME: "HARBOUR police", CONF_ADDRESS: "harbour.vendor.example"},
    )
    assert again["type"] is FlowResultType.ABORT
    assert again["reason"] == "already_configured"
    other = await type_agency(home.hass, **{CONF_NAME: "Hill Police"})
    assert other["type"] is FlowResultType.CREATE_ENTRY


async def test_it_can_be_changed_unloaded_and_removed(
    home: Home, page: MockConfigEntry
) -> None:
    """Administrators are notified of a changed page."""
    hass = home.hass
    assert await hass.config_entries.async_unload(page.entry_id)
    assert await hass.config_entries.async_setup(page.entry_id)
    form = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": page.entry_id}
    )
    assert form["step_id"] == "reconfigure_agency_link"
    job = hass.async_add_executor_job
    await job(home.data.keys.for_agency, page.entry_id)
    typed = {CONF_NAME: "Harbour", CONF_ADDRESS: "https://new.example"}
    with patch.object(
        home.data.ledger, "append", side_effect=SharingError("disk_full")
    ):
        form = await hass.config_entries.flow.async_configure(form["flow_id"], typed)
        assert form["errors"] == {"base": "disk_full"}
        added = await type_agency(hass, **{CONF_NAME: "Hill Police"})
        assert added["errors"] == {"base": "disk_full"}
    assert page.title == "Harbour Police"
    await hass.config_entries.flow.async_configure(form["flow_id"], typed)
    await hass.async_block_till_done()
    assert (page.title, page.data[CONF_ADDRESS]) == ("Harbour", "https://new.example")
    assert CONF_CONTACT not in page.data
    assert page.runtime_data.host == "new.example"
    # With the same key, two agencies could recognize the home.
    assert await job(home.data.keys.known, page.entry_id) is None
    assert await hass.config_entries.async_remove(page.entry_id)
    await hass.async_block_till_done()
    # No other line identifies the agency, because agencies may share a vendor's page.
    about = {
        "agency_id": page.entry_id,
        "issuer": "https://new.example",
        "name": "Harbour",
        "via": VIA_LINK,
    }
    assert [
        line.data
        for line in await home.data.ledger.lines(limit=1000)
        if line.kind in ("agency_changed", "agency_removed")
    ] == [about, about]
    notices = persistent_notification._async_get_or_create_notifications(hass)
    # The agency didn't change anything.
    assert not any("its terms" in each["message"] for each in notices.values())
