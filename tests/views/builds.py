"""Provide a built frontend and a home that uses it."""

import gzip
import json
from pathlib import Path
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import CONF_KIND, DOMAIN, KIND_HOUSEHOLD
from custom_components.doorwatch.views import frontend

LOADER = "doorwatch-loader.js"
PANEL = "doorwatch-panel-a1b2c3d4.js"
SOURCE = "// a panel\n" * 100


def build(folder: Path) -> None:
    """Write the files of a build."""
    for name in (LOADER, PANEL):
        (folder / name).write_text(SOURCE)
        (folder / f"{name}.gz").write_bytes(gzip.compress(SOURCE.encode()))
        # The file is compared, but never decompressed.
        (folder / f"{name}.br").write_bytes(b"brotli")
    entries = {"loader": LOADER, "panel": PANEL, "card": "doorwatch-card-0.js"}
    (folder / "entries.json").write_text(json.dumps(entries))


@pytest.fixture
async def built(hass: HomeAssistant, doorwatch: HomeAssistant, tmp_path: Path) -> Path:
    """Set up Doorwatch with a test build."""
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
