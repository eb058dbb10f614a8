"""What administrators may change, for the panel."""

from typing import Any

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    require_admin,
    websocket_command,
)
from homeassistant.core import HomeAssistant
import voluptuous as vol

from ..actions.problems import answering
from .answers import Settings


@websocket_command(
    {
        vol.Required("type"): "doorwatch/settings",
    }
)
@require_admin
@async_response
@answering
async def get_settings(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> Settings:
    """Give the rules of the household, and where each is changed."""
    raise NotImplementedError


COMMANDS = (get_settings,)
