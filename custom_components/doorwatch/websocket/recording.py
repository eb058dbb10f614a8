"""Start, stop and report recordings."""

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

from ..access.permissions import visible_doorbells
from ..actions.clips import (
    LONGEST_RECORDING,
    SHORTEST_RECORDING,
    record_now,
    stop_recording,
)
from ..actions.problems import answering
from ..domain.data import DoorwatchData
from ..signals import SIGNAL_NAMES, SIGNAL_ONGOING
from .decorators import answering_with_data
from .inputs import ID
from .subscriptions import Events


class RecordingJson(TypedDict):
    """A clip that is being recorded."""

    doorbell_id: str
    # The start, including the pre-roll.
    since: str
    kinds: list[str]
    # The end of a manual recording, or None.
    by_hand_until: str | None


class Recordings(TypedDict):
    """The recordings in progress at doorbells that this user may see."""

    recordings: list[RecordingJson]


RECORDING_EVENTS: Final = Events[Recordings]("doorwatch/recordings/subscribe")


class Recorded(TypedDict):
    """The result of starting a recording."""

    # The kinds of the recording that is extended, or None if a new one begins.
    extends: list[str] | None


@websocket_command(
    {
        vol.Required("type"): "doorwatch/record",
        vol.Required("doorbell_id"): ID,
        vol.Required("duration"): vol.All(
            vol.Any(int, float), vol.Range(SHORTEST_RECORDING, LONGEST_RECORDING)
        ),
    }
)
@async_response
@answering_with_data
async def record(
    hass: HomeAssistant,
    connection: ActiveConnection,
    msg: dict[str, Any],
    data: DoorwatchData,
) -> Recorded:
    """Start or extend a recording; a new one includes the pre-roll."""
    doorbell_id: str = msg["doorbell_id"]
    extended = record_now(hass, connection.user, [doorbell_id], msg["duration"])
    kinds = extended[doorbell_id]
    return {"extends": None if kinds is None else list(kinds)}


@websocket_command(
    {
        vol.Required("type"): "doorwatch/record/stop",
        vol.Required("doorbell_id"): ID,
    }
)
@async_response
@answering
async def stop(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Stop a manual recording."""
    stop_recording(hass, connection.user, msg["doorbell_id"])


@websocket_command({vol.Required("type"): "doorwatch/recordings/subscribe"})
@callback
def subscribe_recordings(
    hass: HomeAssistant, connection: ActiveConnection, msg: dict[str, Any]
) -> None:
    """Send the recordings in progress, now and at each change."""
    msg_id: int = msg["id"]
    sent: list[RecordingJson] | None = None

    @callback
    def send() -> None:
        nonlocal sent
        now = _recordings(hass, connection.user)
        # Send nothing if only doorbells changed that this user may not see.
        if now != sent:
            sent = now
            RECORDING_EVENTS.send(connection, msg_id, {"recordings": now})

    stops = [
        async_dispatcher_connect(hass, signal, send)
        for signal in (SIGNAL_ONGOING, SIGNAL_NAMES)
    ]

    @callback
    def unsubscribe() -> None:
        for each in stops:
            each()

    connection.subscriptions[msg_id] = unsubscribe
    connection.send_result(msg_id)
    send()


@callback
def _recordings(hass: HomeAssistant, user: User) -> list[RecordingJson]:
    """Return the recordings in progress at doorbells that this user may see."""
    recordings: list[RecordingJson] = []
    for doorbell_id in visible_doorbells(hass, user):
        entry = hass.config_entries.async_get_known_entry(doorbell_id)
        if entry.state is not ConfigEntryState.LOADED:
            continue
        if (ongoing := entry.runtime_data.recorder.ongoing) is not None:
            until = ongoing.by_hand_until
            recordings.append(
                {
                    "doorbell_id": doorbell_id,
                    "since": ongoing.since.isoformat(),
                    "kinds": list(ongoing.kinds),
                    "by_hand_until": None if until is None else until.isoformat(),
                }
            )
    return recordings


COMMANDS = (record, stop, subscribe_recordings)
