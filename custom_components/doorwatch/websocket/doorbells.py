"""List doorbells and send changes to the list."""

from typing import Any, Final, TypedDict

from homeassistant.auth.models import User
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import (
    async_response,
    websocket_command,
)
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import voluptuous as vol

from ..access.permissions import may_control, may_share, visible_doorbells
from ..actions.problems import answering
from ..const import CONF_PROVIDER
from ..names import doorbell_names
from ..registry import camera_entity_id
from ..signals import SIGNAL_NAMES
from .subscriptions import Events


class DoorbellJson(TypedDict):
    """A doorbell, and the permissions of this user on it."""

    doorbell_id: str
    name: str
    camera_entity_id: str | None
    connected: bool
    # Whether Doorwatch records it; other clips are fetched from the manufacturer.
    records: bool
    may_share: bool
    may_control: bool


class Doorbells(TypedDict):
    """The doorbells that this user may see."""

    doorbells: list[DoorbellJson]


DOORBELL_EVENTS: Final = Events[Doorbells]("doorwatch/doorbells/subscribe")


@websocket_command({vol.Required("type"): "doorwatch/doorbells"})
@async_response
@answering
async def list_doorbells(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> Doorbells:
    """List the doorbells that this user may see."""
    return {"doorbells": _doorbells(hass, connection.user)}


@websocket_command({vol.Required("type"): "doorwatch/doorbells/subscribe"})
@callback
def subscribe_doorbells(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send the list now and when a doorbell is added, removed or renamed."""
    msg_id: int = msg["id"]
    sent: list[DoorbellJson] | None = None

    @callback
    def send() -> None:
        nonlocal sent
        now = _doorbells(hass, connection.user)
        # Send nothing if only doorbells changed that this user may not see.
        if now != sent:
            sent = now
            DOORBELL_EVENTS.send(connection, msg_id, {"doorbells": now})

    connection.subscriptions[msg_id] = async_dispatcher_connect(
        hass, SIGNAL_NAMES, send
    )
    connection.send_result(msg_id)
    send()


@callback
def _doorbells(hass: HomeAssistant, user: User) -> list[DoorbellJson]:
    """Return the doorbells that this user may see, with names that differ among them."""
    visible = visible_doorbells(hass, user)
    names = doorbell_names(hass, visible)
    doorbells: list[DoorbellJson] = []
    for doorbell_id in visible:
        entry = hass.config_entries.async_get_known_entry(doorbell_id)
        loaded = entry.state is ConfigEntryState.LOADED
        doorbells.append(
            {
                "doorbell_id": doorbell_id,
                "name": names[doorbell_id],
                "camera_entity_id": camera_entity_id(hass, doorbell_id),
                "connected": loaded and entry.runtime_data.data.connected,
                "records": not entry.data.get(CONF_PROVIDER),
                "may_share": may_share(hass, user, doorbell_id),
                "may_control": may_control(hass, user, doorbell_id),
            }
        )
    return doorbells


COMMANDS = (list_doorbells, subscribe_doorbells)
