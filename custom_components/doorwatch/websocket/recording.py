"""The commands about what is being recorded now."""

from typing import Any

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.core import HomeAssistant, callback
import voluptuous as vol

from ..actions.problems import answering
from .answers import Recorded


@websocket_command(
    {
        vol.Required("type"): "doorwatch/record",
        vol.Required("doorbell_id"): str,
        vol.Required("duration"): vol.Coerce(float),
    }
)
@async_response
@answering
async def record(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> Recorded:
    """Record from now on, pre-roll included; say what it extends."""
    raise NotImplementedError


@websocket_command(
    {
        vol.Required("type"): "doorwatch/record/stop",
        vol.Required("doorbell_id"): str,
    }
)
@async_response
@answering
async def stop_recording(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Let go of what somebody asked to record by hand."""
    raise NotImplementedError


@websocket_command({vol.Required("type"): "doorwatch/recordings/subscribe"})
@callback
def subscribe_recordings(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Tell what is being recorded, and again when that changes."""
    raise NotImplementedError


COMMANDS = (record, stop_recording, subscribe_recordings)
