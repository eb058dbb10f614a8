"""Serve the dashboard card to every page of the frontend."""

import hashlib
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import add_extra_js_url
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration

from .const import DOMAIN

CARD: Final = Path(__file__).parent / "frontend" / "doorwatch-card.js"
URL: Final = f"/{DOMAIN}/doorwatch-card.js"


async def async_register_card(hass: HomeAssistant) -> None:
    """Register the built card; in a tree where it was not built, do nothing."""
    digest = await hass.async_add_executor_job(_digest)
    if digest is None:
        return
    version = (await async_get_integration(hass, DOMAIN)).version
    await hass.http.async_register_static_paths(
        [StaticPathConfig(URL, str(CARD), cache_headers=True)]
    )
    # Browsers keep it for a month: the digest makes them fetch a new one.
    add_extra_js_url(hass, f"{URL}?v={version}-{digest}")


def _digest() -> str | None:
    try:
        return hashlib.sha256(CARD.read_bytes()).hexdigest()[:12]
    except FileNotFoundError:
        return None
