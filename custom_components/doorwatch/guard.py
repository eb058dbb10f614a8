"""The guard: tells a person's tap in the dashboard from every other caller.

What each kind of caller looks like was observed on Home Assistant 2026.10: a user id
proves nothing (scripts, the phone app's webhook and language models have one too), and
the context variable of the websocket connection leaks into whatever a message starts,
automations among it. So a tap is: directly on a websocket connection that a normal
login opened, by the user of that login, with no parent context, outside any script.
"""

from dataclasses import dataclass
from enum import StrEnum

from homeassistant.auth.models import (
    TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN,
    TOKEN_TYPE_NORMAL,
    User,
)
from homeassistant.components.websocket_api.connection import (
    ActiveConnection,
    current_connection,
)
from homeassistant.core import Context, HomeAssistant, callback
from homeassistant.helpers.http import current_request
from homeassistant.helpers.script import script_stack_cv

from .household import async_get_domain
from .sharing.confirmations import ConfirmationRefused
from .sharing.errors import SharingError


class Caller(StrEnum):
    """Kinds of callers, as the ledger counts them."""

    DASHBOARD = "dashboard"
    LONG_LIVED_TOKEN = "long_lived_token"
    REST = "rest"
    PHONE_WEBHOOK = "phone_webhook"
    SCRIPT = "script"  # also Assist and language models: they act through scripts
    AUTOMATION = "automation"
    OTHER = "other"


CALLER_BY_TOKEN = {
    TOKEN_TYPE_NORMAL: Caller.DASHBOARD,
    TOKEN_TYPE_LONG_LIVED_ACCESS_TOKEN: Caller.LONG_LIVED_TOKEN,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tap:
    """A person at a connection."""

    connection: ActiveConnection
    user: User


@callback
def person_at(hass: HomeAssistant, connection: ActiveConnection) -> User | None:
    """Return the person who logged in at this connection, as of now.

    None for a long-lived or system token, one that was revoked, and a user who is
    inactive or made by the system.
    """
    if connection.refresh_token_id is None:
        return None
    token = hass.auth.async_get_refresh_token(connection.refresh_token_id)
    if token is None or token.token_type != TOKEN_TYPE_NORMAL:
        return None
    user = token.user
    if user.id != connection.user.id or user.system_generated or not user.is_active:
        return None
    return user


async def async_person(
    hass: HomeAssistant, connection: ActiveConnection, attempt: str
) -> User:
    """Return the person at a connection, whom alone some commands serve.

    Raises `SharingError("not_allowed")` for anything else; the ledger counts it.
    """
    if (user := person_at(hass, connection)) is None:
        ledger = (await async_get_domain(hass)).ledger
        await ledger.refused(caller_at(hass, connection), f"{attempt}_not_allowed")
        raise SharingError("not_allowed")
    return user


@callback
def caller_of(hass: HomeAssistant, context: Context) -> Caller:
    """Tell the kind of caller, for the ledger; this decides nothing."""
    if script_stack_cv.get():
        if context.parent_id is not None or context.user_id is None:
            return Caller.AUTOMATION
        return Caller.SCRIPT
    if context.parent_id is not None:
        return Caller.AUTOMATION
    if (connection := current_connection.get()) is not None:
        return caller_at(hass, connection)
    if (request := current_request.get()) is not None:
        if request.path.startswith("/api/webhook/"):
            return Caller.PHONE_WEBHOOK
        return Caller.REST
    return Caller.OTHER


@callback
def caller_at(hass: HomeAssistant, connection: ActiveConnection) -> Caller:
    """Tell the kind of caller from the token that opened this connection."""
    token = (
        hass.auth.async_get_refresh_token(connection.refresh_token_id)
        if connection.refresh_token_id is not None
        else None
    )
    if token is None:
        return Caller.OTHER
    return CALLER_BY_TOKEN.get(token.token_type, Caller.OTHER)


@callback
def require_tap(hass: HomeAssistant, context: Context) -> Tap:
    """Return the tap behind an action call, or raise `ConfirmationRefused`."""
    if script_stack_cv.get():
        raise ConfirmationRefused("in_script")
    if context.parent_id is not None:
        raise ConfirmationRefused("has_parent")
    if (connection := current_connection.get()) is None:
        raise ConfirmationRefused("no_connection")
    if (user := person_at(hass, connection)) is None:
        raise ConfirmationRefused("not_a_login")
    if context.user_id != user.id:
        raise ConfirmationRefused("other_user")
    return Tap(connection=connection, user=user)
