"""The commands behind a day in one look, and the page of one clip."""

from typing import Any

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.core import HomeAssistant
import voluptuous as vol

from ..actions.problems import answering
from .answers import ClipPage, Day, Days


@websocket_command(
    {
        vol.Required("type"): "doorwatch/clips/get",
        vol.Required("clip_id"): str,
        vol.Optional("doorbell_id"): str,
    }
)
@async_response
@answering
async def get_clip(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> ClipPage:
    """Give a clip, and the ids of those around it; unknown and hidden are the same."""
    raise NotImplementedError


@websocket_command(
    {
        vol.Required("type"): "doorwatch/days",
        vol.Required("month"): vol.Match(r"^\d{4}-\d{2}$"),
        vol.Optional("doorbell_id"): str,
    }
)
@async_response
@answering
async def list_days(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> Days:
    """Say which days of a month have clips."""
    raise NotImplementedError


@websocket_command(
    {
        vol.Required("type"): "doorwatch/day",
        vol.Required("day"): vol.Match(r"^\d{4}-\d{2}-\d{2}$"),
        vol.Optional("doorbell_id"): str,
    }
)
@async_response
@answering
async def get_day(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> Day:
    """Give the timeline of one local day."""
    raise NotImplementedError


COMMANDS = (get_clip, list_days, get_day)
