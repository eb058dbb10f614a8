"""Register the actions."""

from homeassistant.core import HomeAssistant, callback

from .actions.clip_services import async_setup_clip_services
from .consent.share_services import async_setup_share_services
from .requests.finding import async_clips_for


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register all actions."""
    async_setup_clip_services(hass, async_clips_for)
    async_setup_share_services(hass)
