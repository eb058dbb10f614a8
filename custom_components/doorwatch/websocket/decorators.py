"""Decorators of the websocket commands."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final

from homeassistant.auth.models import User
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.const import (
    AsyncWebSocketCommandHandler,
    WebSocketCommandHandler,
)
from homeassistant.components.websocket_api.decorators import (
    async_response,
    require_admin,
    websocket_command,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers.typing import VolDictType
import voluptuous as vol

from ..access.permissions import visible_doorbells
from ..actions.problems import send_problem
from ..domain.opening import async_get_domain, async_get_household
from ..engine.clips.errors import LibraryError
from ..engine.sharing.errors import SharingError
from .subscriptions import Subscription


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Call[Data]:
    """A call of a websocket command, with the parts of Doorwatch that it needs.

    Without a representation, because the message may contain the PIN.
    """

    hass: HomeAssistant
    connection: ActiveConnection
    msg: dict[str, Any]
    data: Data

    @property
    def user(self) -> User:
        """Return the user of the connection."""
        return self.connection.user

    def doorbells(self) -> list[str]:
        """Return the doorbells that this user may see, or the selected one of them."""
        only = self.msg.get("doorbell_id")
        visible = visible_doorbells(self.hass, self.user)
        return [one for one in visible if only in (None, one)]


class Decorators[Data]:
    """Decorators of the commands that need the same parts of Doorwatch."""

    def __init__(self, get_data: Callable[[HomeAssistant], Awaitable[Data]]) -> None:
        """Set the function that returns the parts, which becomes `Call.data`."""
        self._get_data = get_data

    def command(
        self, name: str, schema: VolDictType | None = None, *, admin: bool = False
    ) -> Callable[[Callable[[Call[Data]], Awaitable[object]]], WebSocketCommandHandler]:
        """Make a command from a coroutine whose return value is the result.

        Known exceptions become errors whose code is the translation key.
        """

        def decorate(
            answer: Callable[[Call[Data]], Awaitable[object]],
        ) -> WebSocketCommandHandler:
            @wraps(answer)
            async def handle(
                hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
            ) -> None:
                try:
                    result = await answer(await self._call(hass, connection, msg))
                except (SharingError, LibraryError, OSError) as err:
                    send_problem(connection, msg["id"], err)
                else:
                    connection.send_result(msg["id"], result)

            return _handler(handle, name, schema, admin=admin)

        return decorate

    def subscription[Event](
        self, name: str, schema: VolDictType | None = None
    ) -> Callable[
        [Callable[[Call[Data], Subscription[Event]], Awaitable[None]]],
        WebSocketCommandHandler,
    ]:
        """Make a command from a coroutine that sends its result and events itself.

        Known exceptions end the subscription and become errors, as with `command`.
        """

        def decorate(
            answer: Callable[[Call[Data], Subscription[Event]], Awaitable[None]],
        ) -> WebSocketCommandHandler:
            @wraps(answer)
            async def handle(
                hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
            ) -> None:
                try:
                    with Subscription[Event](connection, msg["id"]) as subscription:
                        call = await self._call(hass, connection, msg)
                        await answer(call, subscription)
                except (SharingError, LibraryError, OSError) as err:
                    send_problem(connection, msg["id"], err)

            return _handler(handle, name, schema)

        return decorate

    async def _call(
        self, hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
    ) -> Call[Data]:
        data = await self._get_data(hass)
        return Call(hass=hass, connection=connection, msg=msg, data=data)


def _handler(
    handle: AsyncWebSocketCommandHandler,
    name: str,
    schema: VolDictType | None,
    *,
    admin: bool = False,
) -> WebSocketCommandHandler:
    """Return what Home Assistant registers as the command `name`."""
    handler = async_response(handle)
    if admin:
        handler = require_admin(handler)
    return websocket_command({vol.Required("type"): name, **(schema or {})})(handler)


async def _async_get_nothing(_hass: HomeAssistant) -> None:
    pass


# All parts.
with_data: Final = Decorators(async_get_domain)
# The parts that need no clip folder.
with_household: Final = Decorators(async_get_household)
without_data: Final = Decorators(_async_get_nothing)
