"""Tests of each page of the household's options."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.doorwatch.access.household_changes import HouseholdChanges
from custom_components.doorwatch.const import (
    CONF_CANCEL_WINDOW,
    CONF_CLIENT_ADDRESSES,
    CONF_FOLDER,
    CONF_IN_SIDEBAR,
    CONF_KEEP,
    CONF_KEEP_DAYS,
    CONF_NOTICES,
    CONF_PIN,
    CONF_PROXY,
    CONF_RADIUS,
    CONF_REQUESTS,
)
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.sharing.errors import SharingError
from custom_components.doorwatch.household.household import household
from tests.agencies.desk import notifications
from tests.flows.household import PAGES, change, fill_in, home, open_page
from tests.repairs.fixes import begin, go_on, issues

__all__ = ["home"]

pytestmark = pytest.mark.usefixtures("installed")


def _suggested(form: Mapping[str, Any], field: str) -> Any:
    """Return the suggested value of a form field."""
    return next(
        key.description["suggested_value"]
        for key in form["data_schema"].schema
        if key == field
    )


async def test_addresses_are_kept_as_browsers_write_them_and_told(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """Addresses may be pasted from the address bar; invalid ones get an error message."""
    for wrong in ("home.example.org", "https://kim:pin@home.example.org", "ftp://a.b"):
        result = await change(
            hass, home, **{CONF_CLIENT_ADDRESSES: ["https://a.example", wrong]}
        )
        assert result["errors"] == {CONF_CLIENT_ADDRESSES: "client_address_invalid"}
    assert household(hass).client_addresses == frozenset()

    await change(
        hass,
        home,
        **{
            CONF_CLIENT_ADDRESSES: [
                " HTTPS://Home.Example.org:443/lovelace/0 ",
                "https://home.example.org",
                "http://nas:8123/",
            ]
        },
    )

    addresses = ["http://nas:8123", "https://home.example.org"]
    assert home.options[CONF_CLIENT_ADDRESSES] == addresses
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.data == {
        "changed": [CONF_CLIENT_ADDRESSES],
        CONF_CLIENT_ADDRESSES: addresses,
    }
    assert "at which addresses" in notifications(hass)


async def test_a_proxy_is_stored_with_a_login_that_is_never_shown_again(
    hass: HomeAssistant, home: ConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """The login is kept as long as the address stays, and removed with it."""
    secret = "http://kim:hunter2@proxy.example:3128"
    await change(hass, home, **{CONF_PROXY: f" {secret} "})
    assert household(hass).proxy == secret
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.data == {"changed": [CONF_PROXY], "proxy_set": True}
    assert "the proxy" in notifications(hass)

    form = await open_page(hass, home, "more")
    shown = _suggested(form, CONF_PROXY)
    assert shown == "http://proxy.example:3128"
    assert "hunter2" not in str(form)
    await change(hass, home, **{CONF_PROXY: shown})
    assert household(hass).proxy == secret
    assert len(await hass.data[DATA].ledger.lines()) == 1

    await change(hass, home, **{CONF_PROXY: "http://proxy.example:8080"})
    assert household(hass).proxy == "http://proxy.example:8080"
    await change(hass, home, **{CONF_IN_SIDEBAR: True})
    assert household(hass).proxy is None
    line = (await hass.data[DATA].ledger.lines())[-1]
    assert line.data == {"changed": [CONF_PROXY], "proxy_set": False}
    assert "hunter2" not in repr(household(hass)) + caplog.text


@pytest.mark.parametrize(
    ("wrong", "kept"),
    [
        ("kim:hunter2@proxy.example", "proxy.example"),
        ("socks5://kim:hunter2@proxy.example:1080", "socks5://proxy.example:1080"),
        ("http://kim:hunter2@proxy.example:99999", "http://proxy.example:99999"),
        ("http://proxy.example", "http://proxy.example"),
        ("proxy.example:3128:kim:hunter2", ""),
        ("http://kim:hunter2", ""),
        ("http://proxy.example:3128/?password=hunter2", ""),
    ],
)
async def test_of_what_is_no_proxy_all_but_a_login_stays_in_the_form(
    hass: HomeAssistant, home: ConfigEntry, wrong: str, kept: str
) -> None:
    """The address is refused and the options don't change."""
    result = await change(hass, home, **{CONF_PROXY: wrong})
    assert result["errors"] == {CONF_PROXY: "proxy_invalid"}
    assert "hunter2" not in str(result)
    assert _suggested(result, CONF_PROXY) == kept
    assert household(hass).proxy is None


async def test_a_login_that_was_typed_is_not_lost_when_it_cannot_be_saved(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """The form doesn't show the login but receives it again without it."""
    secret = "http://kim:hunter2@proxy.example:3128"
    with patch(
        "custom_components.doorwatch.engine.sharing.ledger.ledger.Ledger.append",
        side_effect=SharingError("disk_full"),
    ):
        result = await change(hass, home, **{CONF_PROXY: secret})
    assert result["errors"] == {"base": "disk_full"}
    assert "hunter2" not in str(result)
    shown = _suggested(result, CONF_PROXY)
    await fill_in(hass, result, **{CONF_PROXY: shown})
    assert household(hass).proxy == secret


async def test_what_the_panel_stores_while_a_page_is_saved_stays(
    hass: HomeAssistant, home: ConfigEntry
) -> None:
    """Saving a page takes time, because it first writes to the ledger."""
    form = await open_page(hass, home, "sharing")
    told = {"on": False}

    async def meanwhile(*_: object, **__: object) -> None:
        hass.config_entries.async_update_entry(
            home, options={**home.options, CONF_NOTICES: told}
        )

    with patch.object(HouseholdChanges, "async_note", meanwhile):
        await fill_in(hass, form, **{CONF_CANCEL_WINDOW: 60})
    assert home.options[CONF_CANCEL_WINDOW] == 60
    assert home.options[CONF_NOTICES] == told


async def test_each_page_leaves_what_the_others_set(
    hass: HomeAssistant, home: ConfigEntry, tmp_path: Path
) -> None:
    """A page shows the stored values, and submitting it unchanged changes nothing."""
    await change(
        hass,
        home,
        **{
            CONF_KEEP_DAYS: 7,
            CONF_KEEP: {"ring": 60},
            CONF_FOLDER: str(tmp_path / "clips"),
            CONF_CANCEL_WINDOW: 60,
            CONF_RADIUS: 120,
            CONF_PIN: "1234",
        },
    )
    more = {
        CONF_PROXY: "http://kim:hunter2@proxy.example:3128",
        CONF_IN_SIDEBAR: False,
    }
    refused = await change(hass, home, **more)
    assert refused["errors"] == {"current_pin": "pin_required"}
    await change(hass, home, **more, current_pin="1234")
    before = dict(home.options)
    assert before.keys() >= {CONF_PIN, CONF_FOLDER, CONF_REQUESTS, CONF_PROXY}

    for page in PAGES:
        form = await open_page(hass, home, page)
        assert form["data_schema"] is not None
        shown = {
            str(key): key.description["suggested_value"]
            for key in form["data_schema"].schema
            if key.description
        }
        if page == "storage":
            shown[CONF_KEEP] = {"ring": 60}
        done = await hass.config_entries.options.async_configure(form["flow_id"], shown)
        assert done["type"] is FlowResultType.CREATE_ENTRY
        assert home.options == before


@pytest.mark.parametrize(
    ("folder", "problem"),
    [
        ("clips", "folder_not_absolute"),
        ("/tmp/../etc/clips", "folder_not_absolute"),  # noqa: S108 - refused
        ("/media/clips", "folder_is_served"),
        ("/proc/clips", "folder_not_writable"),
    ],
)
async def test_a_folder_that_will_not_do_is_refused(
    hass: HomeAssistant, home: ConfigEntry, folder: str, problem: str
) -> None:
    """The folder is refused before anything is stored."""
    result = await change(hass, home, **{CONF_FOLDER: folder})

    assert result["errors"] == {CONF_FOLDER: problem}
    assert household(hass).folder is None


async def test_another_folder_counts_from_the_next_start(
    hass: HomeAssistant, home: ConfigEntry, tmp_path: Path
) -> None:
    """The folder is created now, but the open library isn't moved."""
    served = Path(hass.config.config_dir) / "www"
    result = await change(hass, home, **{CONF_FOLDER: str(served)})
    assert result["errors"] == {CONF_FOLDER: "folder_is_served"}

    before = hass.data[DATA].library.folder
    chosen = tmp_path / "elsewhere"
    await change(hass, home, **{CONF_FOLDER: f" {chosen} "})

    assert household(hass).folder == str(chosen)
    assert chosen.is_dir()
    assert hass.data[DATA].library.folder == before
    await hass.async_block_till_done()
    restarts = async_mock_service(hass, "homeassistant", "restart")
    form = await begin(hass, "new_folder")
    assert form["description_placeholders"] == {"folder": str(chosen)}
    assert not restarts
    done = await go_on(hass, form)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert len(restarts) == 1

    await change(hass, home, **{CONF_FOLDER: ""})
    await hass.async_block_till_done()
    assert "new_folder" not in issues(hass)
