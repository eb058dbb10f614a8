"""The commands of the dashboard card."""

from typing import Final

from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.const import WebSocketCommandHandler
from homeassistant.core import HomeAssistant, callback

from . import (
    agencies as websocket_agencies,
    areas as websocket_areas,
    bin as websocket_bin,
    clips as websocket_clips,
    days as websocket_days,
    doorbells as websocket_doorbells,
    hand_over as websocket_hand_over,
    live as websocket_live,
    notices as websocket_notices,
    people as websocket_people,
    preview as websocket_preview,
    proposals as websocket_proposals,
    recording as websocket_recording,
    requests as websocket_requests,
    settings as websocket_settings,
    share as websocket_share,
    stills as websocket_stills,
    transparency as websocket_transparency,
)
from .parts import WEBSOCKET, WebsocketParts

COMMANDS: Final[tuple[WebSocketCommandHandler, ...]] = (
    *websocket_doorbells.COMMANDS,
    *websocket_agencies.COMMANDS,
    *websocket_areas.COMMANDS,
    *websocket_bin.COMMANDS,
    *websocket_clips.COMMANDS,
    *websocket_days.COMMANDS,
    *websocket_hand_over.COMMANDS,
    *websocket_live.COMMANDS,
    *websocket_notices.COMMANDS,
    *websocket_people.COMMANDS,
    *websocket_preview.COMMANDS,
    *websocket_proposals.COMMANDS,
    *websocket_recording.COMMANDS,
    *websocket_requests.COMMANDS,
    *websocket_settings.COMMANDS,
    *websocket_share.COMMANDS,
    *websocket_stills.COMMANDS,
    *websocket_transparency.COMMANDS,
)


@callback
def async_setup_websocket(hass: HomeAssistant) -> None:
    """Register all commands."""
    hass.data[WEBSOCKET] = WebsocketParts()
    for command in COMMANDS:
        async_register_command(hass, command)
