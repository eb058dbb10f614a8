"""Serve the dashboard card to every page of the frontend."""

import hashlib
import logging
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import add_extra_js_url
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration

from ..const import DOMAIN
from ..issues import CARD_MISSING

_LOGGER = logging.getLogger(__name__)

CARD: Final = Path(__file__).parents[1] / "frontend" / "doorwatch-card.js"
URL: Final = f"/{DOMAIN}/doorwatch-card.js"


async def async_register_card(hass: HomeAssistant) -> None:
    """Register the built card; where it is missing, say how to get it."""
    digest = await hass.async_add_executor_job(_digest)
    if digest is None:
        _LOGGER.warning(
            "The dashboard card is missing in this copy of Doorwatch. Install Doorwatch"
            " with HACS; in a clone, run scripts/setup; then restart Home Assistant"
        )
        CARD_MISSING.show(hass, fixable=False)
        return
    CARD_MISSING.end(hass)
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
