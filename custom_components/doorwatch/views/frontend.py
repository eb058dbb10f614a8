"""Serve the built frontend and register the panel."""

from dataclasses import dataclass
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Entries:
    """Names of the built entry files, and the digest of the loader, whose name has none."""

    loader: str
    loader_digest: str
    panel: str


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
    CARD_MISSING.end(hass)
    version = (await async_get_integration(hass, DOMAIN)).version
    # Browsers cache all files for a month; a changed chunk gets another name.
    await hass.http.async_register_static_paths(
        [StaticPathConfig(URL, str(BUILT), cache_headers=True)]
    )
    add_extra_js_url(
        hass, f"{URL}/{entries.loader}?v={version}-{entries.loader_digest}"
    )
    # No query, because the card's chunks import the panel from the same address.
    async_follow_panel(hass, f"{URL}/{entries.panel}")


def _read_entries() -> _Entries | None:
    """Return the built entry files, or None if one is missing."""
    try:
        named = json.loads((BUILT / ENTRIES).read_text())
        loader, panel = str(named["loader"]), str(named["panel"])
        digest = hashlib.sha256((BUILT / loader).read_bytes()).hexdigest()[:12]
        if not (BUILT / panel).is_file():
            return None
    except OSError, ValueError, KeyError, TypeError:
        return None
    return _Entries(loader=loader, loader_digest=digest, panel=panel)
