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
    settings,
    share,
    stills,
    transparency,
)

MODULES: Final = (
    doorbells,
    agencies,
    areas,
    bin,
    clips,
    days,
    hand_over,
    live,
    notices,
    people,
    preview,
    proposals,
    recording,
    requests,
    settings,
    share,
    stills,
    transparency,
)

COMMANDS: Final[tuple[WebSocketCommandHandler, ...]] = tuple(
    command for module in MODULES for command in module.COMMANDS
)


@callback
def async_setup_websocket(hass: HomeAssistant) -> None:
    """Register all commands."""
    for command in COMMANDS:
        async_register_command(hass, command)
