"""Decorators of the websocket commands."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import AsyncWebSocketCommandHandler
from homeassistant.core import HomeAssistant

from ..actions.problems import answering, send_problem
from ..domain.data import DoorwatchData, HouseholdData
from ..domain.opening import async_get_domain, async_get_household
from ..engine.clips.errors import LibraryError
from ..engine.sharing.errors import SharingError
from .subscriptions import Subscription


def answering_with_data(
    command: Callable[
        [HomeAssistant, ActiveConnection, dict[str, Any], DoorwatchData],
        Awaitable[object],
    ],
) -> AsyncWebSocketCommandHandler:
    """Pass the parts of Doorwatch to a command, and answer as `answering` does."""

    @answering
    @wraps(command)
    async def answer(
        hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
    ) -> object:
        return await command(hass, connection, msg, await async_get_domain(hass))

    return answer


def answering_with_household(
    command: Callable[
        [HomeAssistant, ActiveConnection, dict[str, Any], HouseholdData],
        Awaitable[object],
    ],
) -> AsyncWebSocketCommandHandler:
    """Pass the household's parts to a command, which needs no clip folder."""

    @answering
    @wraps(command)
    async def answer(
        hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
    ) -> object:
        return await command(hass, connection, msg, await async_get_household(hass))

    return answer


def subscribing_with_data(
    command: Callable[
        [HomeAssistant, ActiveConnection, dict[str, Any], DoorwatchData, Subscription],
        Awaitable[None],
    ],
) -> AsyncWebSocketCommandHandler:
    """Pass the parts of Doorwatch and a subscription to a command.

    The command sends its result itself. Its known exceptions end the subscription and
    become errors, as with `answering`.
    """

    @wraps(command)
    async def answer(
        hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
    ) -> None:
        try:
            with Subscription(connection, msg["id"]) as subscription:
                data = await async_get_domain(hass)
                await command(hass, connection, msg, data, subscription)
        except (SharingError, LibraryError, OSError) as err:
            send_problem(connection, msg["id"], err)

    return answer
