"""The command that tells what there is at each door right now."""

from typing import Any

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.components.websocket_api.decorators import websocket_command
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import voluptuous as vol

from ..access.permissions import visible_doorbells
from ..const import CONF_PROVIDER
from ..registry import camera_entity_id
from ..signals import SIGNAL_NAMES
from .answers import LIVE_EVENTS, Live, LiveProblem


@websocket_command({vol.Required("type"): "doorwatch/live/subscribe"})
@callback
def subscribe_live(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send what there is, and again when it changes."""
    msg_id: int = msg["id"]
    sent: list[Live] | None = None

    @callback
    def send() -> None:
        nonlocal sent
        now = [_live(hass, one) for one in visible_doorbells(hass, connection.user)]
        if now != sent:
            sent = now
            LIVE_EVENTS.send(connection, msg_id, {"doorbells": now})

    connection.subscriptions[msg_id] = async_dispatcher_connect(
        hass, SIGNAL_NAMES, send
    )
    connection.send_result(msg_id)
    send()


@callback
def _live(hass: HomeAssistant, doorbell_id: str) -> Live:
    entry = hass.config_entries.async_get_known_entry(doorbell_id)
    connected = (
        entry.state is ConfigEntryState.LOADED and entry.runtime_data.data.connected
    )
    problem: LiveProblem | None = None
    if entry.data.get(CONF_PROVIDER):
        problem = "fetched"
    elif not connected:
        problem = "unavailable"
    return {
        "doorbell_id": doorbell_id,
        "camera_entity_id": camera_entity_id(hass, doorbell_id),
        "live_problem": problem,
        "one_connection": False,
        "talk_entity_id": None,
        "talk_problem": "no_back_channel" if connected else "unavailable",
        "talker": None,
        "rang_at": None,
    }


COMMANDS = (subscribe_live,)
