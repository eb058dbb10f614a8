"""Serve the built frontend and register the panel."""

import hashlib
import json
import logging
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import add_extra_js_url
from homeassistant.components.http import StaticPathConfig
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration

from ..const import DOMAIN
from ..issues import CARD_MISSING
from .panel import async_follow_panel

_LOGGER = logging.getLogger(__name__)

BUILT: Final = Path(__file__).parents[1] / "frontend"
# The build's list of its entry files.
ENTRIES: Final = "entries.json"
# Not below the panel's own address, where Home Assistant serves its page for every
# path.
URL: Final = f"/{DOMAIN}_frontend"


async def async_register_frontend(hass: HomeAssistant) -> None:
    """Serve the built frontend, or show how to get it if it is missing."""
    entries = await hass.async_add_executor_job(_read_entries)
    if entries is None:
        _LOGGER.warning(
            "The panel and the card are missing from this copy of Doorwatch. Install"
            " Doorwatch with HACS, or run scripts/setup in a clone. Then restart Home"
            " Assistant"
        )
        CARD_MISSING.show(hass, fixable=False)
        return
    loader, digest, panel = entries
    CARD_MISSING.end(hass)
    version = (await async_get_integration(hass, DOMAIN)).version
    # Browsers cache all files for a month; a changed chunk gets another name.
    await hass.http.async_register_static_paths(
        [StaticPathConfig(URL, str(BUILT), cache_headers=True)]
    )
    add_extra_js_url(hass, f"{URL}/{loader}?v={version}-{digest}")
    # No query, because the card's chunks import the panel from the same address.
    async_follow_panel(hass, f"{URL}/{panel}")


def _read_entries() -> tuple[str, str, str] | None:
    """Return the loader, its digest and the panel, or None if a file is missing.

    The name of the loader, unlike that of the panel, contains no digest.
    """
    try:
        named = json.loads((BUILT / ENTRIES).read_text())
        loader, panel = str(named["loader"]), str(named["panel"])
        digest = hashlib.sha256((BUILT / loader).read_bytes()).hexdigest()[:12]
        if not (BUILT / panel).is_file():
            return None
    except OSError, ValueError, KeyError, TypeError:
        return None
    return loader, digest, panel
