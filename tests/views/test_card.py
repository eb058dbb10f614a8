"""The card's own file: loaded by every page, and said to be missing where it is."""

from pathlib import Path
from unittest.mock import patch

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component

from custom_components.doorwatch.const import DOMAIN
from custom_components.doorwatch.views import card


async def test_the_card_is_loaded_by_every_page(
    hass: HomeAssistant, doorwatch: HomeAssistant, tmp_path: Path
) -> None:
    """With its digest, so that a new one is fetched."""
    built = tmp_path / "doorwatch-card.js"
    await hass.async_add_executor_job(built.write_text, "// a card")
    with patch.object(card, "CARD", built):
        assert await async_setup_component(hass, DOMAIN, {})

    urls = hass.data[DATA_EXTRA_MODULE_URL].urls
    assert any(url.startswith("/doorwatch/doorwatch-card.js?v=0.") for url in urls)


async def test_a_tree_without_the_card_works(
    hass: HomeAssistant, doorwatch: HomeAssistant, tmp_path: Path
) -> None:
    """As in a fresh clone; a repair says how to get it, until it is there."""
    issues = ir.async_get(hass)
    with patch.object(card, "CARD", tmp_path / "missing.js"):
        assert await async_setup_component(hass, DOMAIN, {})
    assert issues.async_get_issue(DOMAIN, "card_missing") is not None

    urls = hass.data[DATA_EXTRA_MODULE_URL].urls
    assert not any("doorwatch" in url for url in urls)

    built = tmp_path / "doorwatch-card.js"
    await hass.async_add_executor_job(built.write_text, "// a card")
    with patch.object(card, "CARD", built):
        await card.async_register_card(hass)
    assert issues.async_get_issue(DOMAIN, "card_missing") is None
