"""Register the panel `/doorwatch` while Doorwatch has an entry."""

from typing import Final

from homeassistant.components.frontend import (
    async_register_built_in_panel,
    async_remove_panel,
)
from homeassistant.core import HomeAssistant, callback

from ..const import DOMAIN
from ..core_interfaces import CUSTOM_PANEL
from ..following import async_follow_entries
from ..household.household import household

PANEL: Final = DOMAIN  # the first part of its paths
ELEMENT: Final = "doorwatch-panel"
TITLE: Final = "Doorwatch"
ICON: Final = "mdi:doorbell-video"


@callback
def async_follow_panel(hass: HomeAssistant, module_url: str) -> None:
    """Register, hide or remove the panel when entries or the household's setting change."""
    shown: bool | None = None  # in the sidebar; None without a panel

    @callback
    def look() -> None:
        nonlocal shown
        before = shown
        if hass.config_entries.async_entries(DOMAIN, include_ignore=False):
            shown = household(hass).in_sidebar
        else:
            shown = None
        # Every registration makes all browsers fetch all panels.
        if shown == before:
            return
        if shown is None:
            async_remove_panel(hass, PANEL)
            return
        # A hidden panel can still be opened by its address.
        component, config_key = CUSTOM_PANEL
        async_register_built_in_panel(
            hass,
            component,
            sidebar_title=TITLE,
            sidebar_icon=ICON,
            frontend_url_path=PANEL,
            config={
                config_key: {
                    "name": ELEMENT,
                    "module_url": module_url,
                    "embed_iframe": False,
                    "trust_external": False,
                    "handle_safe_area": False,
                }
            },
            update=True,
            show_in_sidebar=shown,
        )

    async_follow_entries(hass, look)
    look()
