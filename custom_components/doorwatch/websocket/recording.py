"""Start, stop and report recordings."""

from typing import TypedDict

from homeassistant.auth.models import User
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
from ..domain.data import DoorwatchData
from ..signals import SIGNAL_NAMES, SIGNAL_ONGOING
from .decorators import Call, with_data, without_data
from .inputs import ID
from .subscriptions import Subscription


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


class Recorded(TypedDict):
    """The result of starting a recording."""

    # The kinds of the recording that is extended, or None if a new one begins.
    extends: list[str] | None


@with_data.command(
    "doorwatch/record",
    {
        vol.Required("doorbell_id"): ID,
        vol.Required("duration"): vol.All(
            vol.Any(int, float), vol.Range(SHORTEST_RECORDING, LONGEST_RECORDING)
        ),
    },
)
async def record(call: Call[DoorwatchData]) -> Recorded:
    """Start or extend a recording; a new one includes the pre-roll."""
    doorbell_id: str = call.msg["doorbell_id"]
    extended = record_now(call.hass, call.user, [doorbell_id], call.msg["duration"])
    kinds = extended[doorbell_id]
    return {"extends": None if kinds is None else list(kinds)}


@without_data.command("doorwatch/record/stop", {vol.Required("doorbell_id"): ID})
async def stop(call: Call[None]) -> None:
    """Stop a manual recording."""
    stop_recording(call.hass, call.user, call.msg["doorbell_id"])


@without_data.subscription("doorwatch/recordings/subscribe")
async def subscribe_recordings(
    call: Call[None], subscription: Subscription[Recordings]
) -> None:
    """Send the recordings in progress, now and at each change."""
    # Nothing is sent if only doorbells changed that this user may not see.
    send = subscription.sender(
        lambda: {"recordings": _recordings(call.hass, call.user)}
    )
    for signal in (SIGNAL_ONGOING, SIGNAL_NAMES):
        subscription.add(async_dispatcher_connect(call.hass, signal, send))
    call.connection.send_result(call.msg["id"])
    send()


@callback
def _recordings(hass: HomeAssistant, user: User) -> list[RecordingJson]:
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
