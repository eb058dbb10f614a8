"""The built frontend: loaded by every page, and said to be missing where it is."""

from collections.abc import Awaitable, Callable
import gzip
from http import HTTPStatus
import json
from pathlib import Path
from unittest.mock import patch

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL, DATA_PANELS
from homeassistant.config_entries import SOURCE_IGNORE, ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.doorwatch.const import (
    CONF_IN_SIDEBAR,
    CONF_KIND,
    DOMAIN,
    KIND_HOUSEHOLD,
)
from custom_components.doorwatch.views import frontend
from tests.sharing_fixtures import Http, command

LOADER = "doorwatch-loader.js"
PANEL = "doorwatch-panel-a1b2c3d4.js"
SOURCE = "// a panel\n" * 100


def build(folder: Path) -> None:
    """Write what a build writes."""
    for name in (LOADER, PANEL):
        (folder / name).write_text(SOURCE)
        (folder / f"{name}.gz").write_bytes(gzip.compress(SOURCE.encode()))
        # Nobody unpacks it here: it only has to be this very file.
        (folder / f"{name}.br").write_bytes(b"brotli")
    entries = {"loader": LOADER, "panel": PANEL, "card": "doorwatch-card-0.js"}
    (folder / "entries.json").write_text(json.dumps(entries))


@pytest.fixture
async def built(hass: HomeAssistant, doorwatch: HomeAssistant, tmp_path: Path) -> Path:
    """Set Doorwatch up with a build of its own."""
    await hass.async_add_executor_job(build, tmp_path)
    with patch.object(frontend, "BUILT", tmp_path):
        assert await async_setup_component(hass, DOMAIN, {})
    return tmp_path


@pytest.fixture
async def household(hass: HomeAssistant, built: Path) -> ConfigEntry:
    """Add the first entry."""
    entry = MockConfigEntry(
        domain=DOMAIN, data={CONF_KIND: KIND_HOUSEHOLD}, unique_id=KIND_HOUSEHOLD
    )
    await hass.config_entries.async_add(entry)
    await hass.async_block_till_done()
    return entry


async def test_every_page_loads_the_loader(
    hass: HomeAssistant,
    built: Path,
    aiohttp_client: Callable[..., Awaitable[Http]],
) -> None:
    """By its digest, so that a new one is fetched."""
    [url] = [url for url in hass.data[DATA_EXTRA_MODULE_URL].urls if "doorwatch" in url]
    assert url.startswith(f"/doorwatch_frontend/{LOADER}?v=0.")

    answer = await (await aiohttp_client(hass.http.app)).get(url)

    assert (answer.status, await answer.text()) == (HTTPStatus.OK, SOURCE)
    assert answer.content_type == "text/javascript"
    assert "max-age=" in answer.headers["Cache-Control"]


@pytest.mark.parametrize(
    ("accepted", "encoding", "ending"),
    [
        ("br, gzip", "br", ".br"),
        ("gzip, deflate", "gzip", ".gz"),
        ("identity", None, ""),
    ],
)
async def test_a_browser_gets_the_smallest_file_that_it_takes(
    hass: HomeAssistant,
    built: Path,
    aiohttp_client: Callable[..., Awaitable[Http]],
    accepted: str,
    encoding: str | None,
    ending: str,
) -> None:
    """They lie beside each other."""
    http = await aiohttp_client(hass.http.app, auto_decompress=False)

    for name in (LOADER, PANEL):
        answer = await http.get(
            f"/doorwatch_frontend/{name}", headers={"Accept-Encoding": accepted}
        )
        packed = built / f"{name}{ending}"
        assert answer.status == HTTPStatus.OK
        assert answer.content_type == "text/javascript"
        assert answer.headers.get("Content-Encoding") == encoding
        assert await answer.read() == await hass.async_add_executor_job(
            packed.read_bytes
        )


@pytest.mark.parametrize(
    "lost",
    ["entries.json", LOADER, PANEL],
)
async def test_a_tree_without_a_build_works(
    hass: HomeAssistant, doorwatch: HomeAssistant, tmp_path: Path, lost: str
) -> None:
    """As in a fresh clone; a repair says how to get it, until it is there."""
    issues = ir.async_get(hass)

    def lose() -> None:
        build(tmp_path)
        (tmp_path / lost).unlink()

    await hass.async_add_executor_job(lose)
    with patch.object(frontend, "BUILT", tmp_path):
        assert await async_setup_component(hass, DOMAIN, {})
        assert issues.async_get_issue(DOMAIN, "card_missing") is not None
        urls = hass.data[DATA_EXTRA_MODULE_URL].urls
        assert not any("doorwatch" in url for url in urls)

        await hass.async_add_executor_job(build, tmp_path)
        await frontend.async_register_frontend(hass)
    assert issues.async_get_issue(DOMAIN, "card_missing") is None


@pytest.mark.parametrize("entries", ["", "[]", '{"loader": 1}', '{"panel": "x"}'])
async def test_a_build_that_says_nothing_of_itself_is_none(
    hass: HomeAssistant, doorwatch: HomeAssistant, tmp_path: Path, entries: str
) -> None:
    """It was broken off."""
    await hass.async_add_executor_job((tmp_path / "entries.json").write_text, entries)
    with patch.object(frontend, "BUILT", tmp_path):
        assert await async_setup_component(hass, DOMAIN, {})

    assert ir.async_get(hass).async_get_issue(DOMAIN, "card_missing") is not None


async def test_the_panel_is_there_while_there_is_an_entry(
    hass: HomeAssistant, household: ConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    """What is only ignored is none. It is there again with the next one."""
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
    """Messages of phones link to the pages of clips."""
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
    """Each time, all of them ask for all panels."""
    told: list[object] = []
    hass.bus.async_listen("panels_updated", told.append)

    hass.config_entries.async_update_entry(household, options={"keep_days": 3})
    await hass.async_block_till_done()

    assert not told
