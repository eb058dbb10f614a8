"""Tell a person's tap in the dashboard from every other caller.

A user ID proves nothing: scripts, the phone app's webhook and language models have one
too. The context variable of the websocket connection is inherited by everything that a
message starts, automations included. So a tap is the websocket command `call_service`,
on a connection opened with a normal login at a page of this home or in a companion app,
by the user of that login, without a parent context and outside any script. This was
observed on Home Assistant 2026.10.
"""

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
import logging
from typing import Any, Final
from weakref import ref

from homeassistant.auth.models import (
    TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN,
    TOKEN_TYPE_NORMAL,
    RefreshToken,
    User,
)
from homeassistant.components.http import KEY_HASS_REFRESH_TOKEN_ID, KEY_HASS_USER
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.const import (
    ATTR_DOMAIN,
    ATTR_SERVICE,
    EVENT_CALL_SERVICE,
    __version__ as HA_VERSION,
)
from homeassistant.core import Context, Event, HomeAssistant, ServiceCall, callback

from ..core_interfaces import (
    CALL_SERVICE_TASK,
    WEBHOOK_TASK,
    async_broken_callers,
    current_connection,
    current_request,
    missing_names,
    script_stack_cv,
)
from ..engine.sharing.errors import SharingError
from ..engine.sharing.ledger.ledger import Ledger
from ..engine.sharing.tap.confirmations import ConfirmationRefused
from ..issues import CORE_CHANGED
from .home_addresses import HomeAddresses
from .home_pages import client_name, is_own_client, is_own_page

_LOGGER = logging.getLogger(__name__)

# Domain and name of an action.
type Action = tuple[str, str]

# The `call_service` task and the action that it was asked for. That action makes the
# later calls in the same task, which don't replace it. Other tasks inherit the value,
# which is not theirs.
_ASKED_FOR: Final[ContextVar[tuple[ref[asyncio.Task[Any]], Action] | None]] = (
    ContextVar("doorwatch_asked_for", default=None)
)


class Caller(StrEnum):
    """Kinds of callers, as the ledger counts them."""

    DASHBOARD = "dashboard"
    FOREIGN_CLIENT = "foreign_client"  # a login at another site or program
    LONG_LIVED_TOKEN = "long_lived_token"
    REST = "rest"
    PHONE_WEBHOOK = "phone_webhook"
    SCRIPT = "script"  # also Assist and language models, which act through scripts
    AUTOMATION = "automation"
    COMMAND = "command"  # code that runs while a websocket command is answered
    OTHER = "other"


@dataclass(frozen=True, kw_only=True, slots=True)
class Tap:
    """A person and the connection they tapped at."""

    connection: ActiveConnection
    token: RefreshToken

    @property
    def user(self) -> User:
        """Return the user of the login."""
        return self.token.user


async def async_check_core(hass: HomeAssistant) -> frozenset[str]:
    """Return the names in core that fail to tell who is calling, and report them.

    Sharing is closed while there are any.
    """
    for name, without in missing_names().items():
        _LOGGER.warning(
            "Home Assistant %s doesn't have %s, so %s", HA_VERSION, name, without
        )
    if not (broken := await async_broken_callers(hass)):
        CORE_CHANGED.end(hass)
        return frozenset()
    _LOGGER.error(
        "Sharing is closed, because Home Assistant %s doesn't tell who is calling: %s",
        HA_VERSION,
        broken,
    )
    CORE_CHANGED.show(hass, fixable=False, placeholders={"version": HA_VERSION})
    return frozenset(broken)


@callback
def async_follow_calls(hass: HomeAssistant) -> None:
    """Remember which action each websocket command `call_service` names."""

    @callback
    def on_call(event: Event) -> None:
        task = asyncio.current_task()
        if (
            task is not None
            and task.get_name() == CALL_SERVICE_TASK
            and _asked_for(task) is None
        ):
            action = (event.data[ATTR_DOMAIN], event.data[ATTR_SERVICE])
            # The listener runs in the context of the task, unless the event was queued.
            _ASKED_FOR.set((ref(task), action))

    hass.bus.async_listen(EVENT_CALL_SERVICE, on_call)


@callback
def _asked_for(task: asyncio.Task[Any]) -> Action | None:
    """Return the action that this task was asked for, if it is the current task."""
    found = _ASKED_FOR.get()
    return found[1] if found is not None and found[0]() is task else None


@callback
def requester() -> User | None:
    """Return the user of the current request or websocket command, if there is one."""
    if (connection := current_connection.get()) is not None:
        return connection.user
    request = current_request.get()
    user: User | None = None if request is None else request.get(KEY_HASS_USER)
    return user


@callback
def by_requester() -> dict[str, str]:
    """Return the current user's ID for a ledger line, or an empty dict if unknown."""
    user = requester()
    return {} if user is None else {"user_id": user.id}


@dataclass(eq=False, repr=False)
class Guard:
    """Tell who is calling, and refuse what only a person at a page of this home may do."""

    _hass: HomeAssistant
    _addresses: HomeAddresses
    broken_callers: frozenset[str]  # see `async_check_core`

    @callback
    def require_known_callers(self) -> None:
        """Raise `SharingError("core_changed")` if core doesn't tell who is calling."""
        if self.broken_callers:
            raise SharingError("core_changed", version=HA_VERSION)

    @callback
    def login_at(self, connection: ActiveConnection) -> RefreshToken:
        """Return the current login of the person at this connection.

        Raises `SharingError`: `foreign_client` for a login made neither at a page of this
        home nor in a companion app; `address_new` for one at a page whose address doesn't
        count yet; `not_allowed` for a long-lived, system or revoked token, and for an
        inactive or system-generated user.
        """
        token = _login(self._hass, connection.refresh_token_id)
        if token is None or token.user.id != connection.user.id:
            raise SharingError("not_allowed")
        if not is_own_client(self._hass, self._addresses, connection, token):
            raise self._foreign(token)
        return token

    @callback
    def person_at(self, connection: ActiveConnection) -> User:
        """Return the person at this connection; raises as `login_at`."""
        return self.login_at(connection).user

    @callback
    def person_of_request(self) -> User:
        """Return the person who sent the current HTTP request; raises as `login_at`."""
        request = current_request.get()
        token_id = None if request is None else request.get(KEY_HASS_REFRESH_TOKEN_ID)
        if (token := _login(self._hass, token_id)) is None:
            raise SharingError("not_allowed")
        if not is_own_page(self._hass, self._addresses, request, token.client_id):
            raise self._foreign(token)
        return token.user

    async def async_person(
        self, ledger: Ledger, connection: ActiveConnection, attempt: str
    ) -> User:
        """Return the person at a connection, for commands that serve only people.

        Raises `SharingError` as `person_at` and counts the refusal in the ledger.
        """
        try:
            return self.person_at(connection)
        except SharingError as err:
            await ledger.refused(self.caller_at(connection), f"{attempt}_{err.problem}")
            raise

    @callback
    def caller_of(self, context: Context, action: Action | None = None) -> Caller:
        """Return the kind of caller for the ledger; no permission depends on it."""
        if script_stack_cv.get():
            if context.parent_id is not None or context.user_id is None:
                return Caller.AUTOMATION
            return Caller.SCRIPT
        if context.parent_id is not None:
            return Caller.AUTOMATION
        if (connection := current_connection.get()) is not None:
            if _was_asked_for(action):
                return self.caller_at(connection)
            return Caller.PHONE_WEBHOOK if _in_webhook(connection) else Caller.COMMAND
        if (request := current_request.get()) is not None:
            if request.path.startswith("/api/webhook/"):
                return Caller.PHONE_WEBHOOK
            return Caller.REST
        return Caller.OTHER

    @callback
    def caller_at(self, connection: ActiveConnection) -> Caller:
        """Return the kind of caller from the token that opened this connection."""
        token = (
            self._hass.auth.async_get_refresh_token(connection.refresh_token_id)
            if connection.refresh_token_id is not None
            else None
        )
        if token is None:
            return Caller.OTHER
        if token.token_type == TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN:
            return Caller.LONG_LIVED_TOKEN
        if token.token_type != TOKEN_TYPE_NORMAL:
            return Caller.OTHER
        if is_own_client(self._hass, self._addresses, connection, token):
            return Caller.DASHBOARD
        return Caller.FOREIGN_CLIENT

    @callback
    def require_tap(self, call: ServiceCall) -> Tap:
        """Return the tap behind an action call, or raise `ConfirmationRefused`."""
        if script_stack_cv.get():
            raise ConfirmationRefused("in_script")
        if call.context.parent_id is not None:
            raise ConfirmationRefused("has_parent")
        if (connection := current_connection.get()) is None:
            raise ConfirmationRefused("no_connection")
        if not _was_asked_for((call.domain, call.service)):
            raise ConfirmationRefused("not_the_command")
        try:
            token = self.login_at(connection)
        except SharingError as err:
            if err.problem == "not_allowed":
                raise ConfirmationRefused("not_a_login") from None
            raise ConfirmationRefused(err.problem) from None
        if call.context.user_id != token.user.id:
            raise ConfirmationRefused("other_user")
        return Tap(connection=connection, token=token)

    @callback
    def _foreign(self, token: RefreshToken) -> SharingError:
        """Return the error for a login at an address that can't share, or can't share yet."""
        address = client_name(token.client_id)
        if hours := self._addresses.hours_left(address):
            return SharingError("address_new", address=address, hours=str(hours))
        return SharingError("foreign_client", address=address)


@callback
def _login(hass: HomeAssistant, token_id: str | None) -> RefreshToken | None:
    """Return the token if it currently is a normal login of an active person."""
    token = hass.auth.async_get_refresh_token(token_id) if token_id else None
    if token is None or token.token_type != TOKEN_TYPE_NORMAL:
        return None
    if token.user.system_generated or not token.user.is_active:
        return None
    return token


@callback
def _in_webhook(connection: ActiveConnection) -> bool:
    """Return whether a webhook (of the phone app) is handled on this connection."""
    return any(
        task.get_name() == WEBHOOK_TASK
        and task.get_context().get(current_connection) is connection
        for task in asyncio.all_tasks()
    )


@callback
def _was_asked_for(action: Action | None) -> bool:
    """Return whether this task's websocket command `call_service` names this action."""
    task = asyncio.current_task()
    return (
        task is not None
        and action is not None
        and task.get_name() == CALL_SERVICE_TASK
        and _asked_for(task) == action
    )
