"""Decorators of the websocket commands."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import AsyncWebSocketCommandHandler
from homeassistant.core import HomeAssistant

from ..actions.problems import answering
from ..data import DoorwatchData
from ..household.household import async_get_domain


def answering_with_data(
    command: Callable[
        [HomeAssistant, ActiveConnection, dict[str, Any], DoorwatchData],
        Awaitable[object],
    ],
) -> AsyncWebSocketCommandHandler:
    """Pass the parts of the domain to a command, and answer as `answering` does."""

    @answering
    @wraps(command)
    async def answer(
        hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
    ) -> object:
        return await command(hass, connection, msg, await async_get_domain(hass))

    return answer
