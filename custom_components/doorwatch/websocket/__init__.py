"""Websocket commands of the card and the panel."""

from typing import Final

from homeassistant.components.websocket_api import async_register_command
from homeassistant.components.websocket_api.const import WebSocketCommandHandler
from homeassistant.core import HomeAssistant, callback

from . import (
    agencies,
    areas,
    bin,
    clips,
    days,
    doorbells,
    hand_over,
    live,
    notices,
    people,
    preview,
    proposals,
    recording,
    requests,
    sending,
    settings,
    share,
    stills,
    transparency,
)

COMMANDS: Final[tuple[WebSocketCommandHandler, ...]] = (
    *doorbells.COMMANDS,
    *agencies.COMMANDS,
    *areas.COMMANDS,
    *bin.COMMANDS,
    *clips.COMMANDS,
    *days.COMMANDS,
    *hand_over.COMMANDS,
    *live.COMMANDS,
    *notices.COMMANDS,
    *people.COMMANDS,
    *preview.COMMANDS,
    *proposals.COMMANDS,
    *recording.COMMANDS,
    *requests.COMMANDS,
    *sending.COMMANDS,
    *settings.COMMANDS,
    *share.COMMANDS,
    *stills.COMMANDS,
    *transparency.COMMANDS,
)


@callback
def async_setup_websocket(hass: HomeAssistant) -> None:
    """Register all commands."""
    for command in COMMANDS:
        async_register_command(hass, command)
