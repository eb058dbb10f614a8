"""The commands about what the home keeps for one person: what they saw, what they began to fill in."""

from typing import Any

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.core import HomeAssistant
import voluptuous as vol

from ..actions.problems import answering
from .answers import Draft, Seen


@websocket_command(
    {
        vol.Required("type"): "doorwatch/seen",
    }
)
@async_response
@answering
async def get_seen(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> Seen:
    """Say up to when this person has seen the clips of each doorbell."""
    raise NotImplementedError


@websocket_command(
    {
        vol.Required("type"): "doorwatch/seen/mark",
        vol.Required("seen"): {str: vol.All(str, vol.Length(max=40))},
    }
)
@async_response
@answering
async def mark_seen(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> Seen:
    """Note what this person has seen; it never goes back."""
    raise NotImplementedError


@websocket_command(
    {
        vol.Required("type"): "doorwatch/draft",
        vol.Required("clip_id"): str,
    }
)
@async_response
@answering
async def get_draft(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> Draft:
    """Give what this person had filled in to share a clip."""
    raise NotImplementedError


@websocket_command(
    {
        vol.Required("type"): "doorwatch/draft/save",
        vol.Required("clip_id"): str,
        vol.Required("draft"): dict,
    }
)
@async_response
@answering
async def save_draft(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Keep what this person filled in."""
    raise NotImplementedError


@websocket_command(
    {
        vol.Required("type"): "doorwatch/draft/drop",
        vol.Required("clip_id"): str,
    }
)
@async_response
@answering
async def drop_draft(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Forget what this person filled in."""
    raise NotImplementedError


COMMANDS = (get_seen, mark_seen, get_draft, save_draft, drop_draft)
