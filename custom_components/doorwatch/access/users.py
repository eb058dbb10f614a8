"""Keep the list of users loaded, for checks that can't await."""

from dataclasses import dataclass, field
from typing import Final

from aiohttp.web import Request
from homeassistant.auth import EVENT_USER_ADDED, EVENT_USER_REMOVED
from homeassistant.auth.models import User
from homeassistant.components.http.const import KEY_HASS_USER
from homeassistant.const import CONF_WEBHOOK_ID
from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send

from ..core_interfaces import current_connection, current_request, script_stack_cv
from ..following import Follower
from ..signals import SIGNAL_USERS
from .permissions import may_view

# Config entries of the phone app, and the key of the user that the phone acts as.
PHONE_APP: Final = "mobile_app"
PHONE_USER: Final = "user_id"


@dataclass(eq=False, repr=False)
class Users(Follower):
    """All users. Core updates these objects when permissions change."""

    _hass: HomeAssistant
    _broken_callers: frozenset[str]  # see `async_check_core`
    all: list[User] = field(default_factory=list)

    async def async_start(self) -> None:
        """Load the users, and again when one is added or removed."""

        async def on_change(_event: Event) -> None:
            self.all = await self._hass.auth.async_get_users()
            async_dispatcher_send(self._hass, SIGNAL_USERS)

        self._stops = [
            self._hass.bus.async_listen(event_type, on_change)
            for event_type in (EVENT_USER_ADDED, EVENT_USER_REMOVED)
        ]
        self.all = await self._hass.auth.async_get_users()

    @callback
    def get(self, user_id: str | None) -> User | None:
        """Return the user with this ID, or None."""
        return next((one for one in self.all if one.id == user_id), None)

    @callback
    def all_may_view(self, doorbell_id: str) -> bool:
        """Return whether every active user may see this doorbell.

        If so, its data may also go where the user is unknown: into a state, which any
        user can read with a template, or to a request with a token from such a state.
        """
        return all(
            may_view(self._hass, one, doorbell_id)
            for one in self.all
            if one.is_active and not one.system_generated
        )

    @callback
    def requester_may_view(self, doorbell_id: str, context: Context | None) -> bool:
        """Return whether a picture may go to the user who is requesting it from core.

        `context` is the context of the requesting action, if any. Core doesn't check
        permissions on the camera when it serves stills or live views, takes a snapshot
        of the image, or attaches a picture to an AI task. Returns True without a user:
        for an automation, or for core itself.
        """
        if not script_stack_cv.get():
            # In a script, these belong to the user who triggered it, not to its author.
            if (connection := current_connection.get()) is not None:
                return may_view(self._hass, connection.user, doorbell_id)
            if (request := current_request.get()) is not None:
                user = request.get(KEY_HASS_USER) or self._phone_user(request)
                if user is not None:
                    return may_view(self._hass, user, doorbell_id)
                return self.all_may_view(doorbell_id)
            if "current_request" in self._broken_callers:
                return self.all_may_view(doorbell_id)
        if context is None or context.user_id is None:
            return True
        user = self.get(context.user_id)
        return user is not None and may_view(self._hass, user, doorbell_id)

    @callback
    def _phone_user(self, request: Request) -> User | None:
        """Return the user of the phone that is calling its webhook."""
        webhook_id = request.match_info.get(CONF_WEBHOOK_ID)
        for entry in self._hass.config_entries.async_entries(PHONE_APP):
            if webhook_id is not None and entry.data.get(CONF_WEBHOOK_ID) == webhook_id:
                return self.get(entry.data.get(PHONE_USER))
        return None
