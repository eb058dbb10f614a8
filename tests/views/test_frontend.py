"""Test that every page loads the built frontend, and the repair if it is missing."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from pathlib import Path
from unittest.mock import patch

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.views import frontend
from tests.sharing_fixtures import Http
from tests.views.builds import LOADER, PANEL, SOURCE, build, built, household

__all__ = ["built", "household"]


async def test_every_page_loads_the_loader(
    hass: HomeAssistant,
    built: Path,
    aiohttp_client: Callable[..., Awaitable[Http]],
) -> None:
    """The address contains the file's digest, so that browsers fetch a new version."""
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
    """The compressed files are in the same folder."""
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
    """In a fresh clone, a repair explains how to build the frontend."""
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
    """The build was interrupted."""
    await hass.async_add_executor_job((tmp_path / "entries.json").write_text, entries)
    with patch.object(frontend, "BUILT", tmp_path):
        assert await async_setup_component(hass, DOMAIN, {})

    assert ir.async_get(hass).async_get_issue(DOMAIN, "card_missing") is not None
