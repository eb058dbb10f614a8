"""Send the live state of each doorbell, reconnect it, and extend a conversation."""

import asyncio
from contextlib import suppress
from typing import Final, Literal, TypedDict

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_READ
from homeassistant.components.camera import DOMAIN as CAMERA_DOMAIN
from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
import voluptuous as vol

from ..access.permissions import async_watch_permissions, may_control, visible_doorbells
from ..actions.problems import translated
from ..const import CONF_ONE_CONNECTION, CONF_PROVIDER, CONF_SOURCE, SOURCE_DEMO
from ..data import DoorbellState
from ..discovery.companions import live_cameras
from ..engine.recording.reader import RecorderTimeouts
from ..engine.sharing.errors import SharingError
from ..following import async_follow_entries
from ..registry import camera_entity_id, doorbell_ids, talk_entity_id
from ..runtime.talk import Talk
from ..runtime.talk_session import TalkSession
from ..signals import SIGNAL_LIVE, SIGNAL_NAMES, SIGNAL_RECORDING_CHANGED
from .decorators import Call, without_data
from .doorbell_problems import DoorbellProblem, may_reconnect, problems_of
from .inputs import ID
from .subscriptions import Subscription

# Why a doorbell has no live stream: its clips come from the manufacturer, it sleeps
# until somebody watches, or it is not connected.
type LiveProblem = Literal["fetched", "asleep", "unavailable"]


# Seconds after which the next attempt to connect counts as failed: the longest pause
# before it, twice the time limit of the doorbell's answers, because a refusal causes a
# second question, and that of the first keyframe.
_TIMEOUTS: Final = RecorderTimeouts()
_RECONNECT_WITHIN: Final = (
    _TIMEOUTS.longest_pause + 2 * _TIMEOUTS.open + _TIMEOUTS.silence
)

# Why nobody, or not this user, can talk at a doorbell.
type TalkProblem = Literal[
    "not_allowed",  # the user may not control the doorbell
    "no_back_channel",  # the camera accepts no audio
    "not_rtsp",  # the stream is not RTSP, so it has no back channel
    "no_webrtc",  # Home Assistant has no WebRTC provider for cameras
    "no_answer",  # the WebRTC provider did not answer
    "demo",  # the demo has no speaker
    "unavailable",  # the doorbell is not connected
    "disabled",  # the hidden camera entity is disabled
]


class Talker(TypedDict):
    """The person who is talking at a doorbell."""

    name: str
    since: str
    # The WebRTC session in core's signaling, only for the connection that talks.
    session_id: str | None
    # Whether the session ends within half a minute, unless this connection extends it.
    ends_soon: bool


class Live(TypedDict):
    """The live state of a doorbell."""

    doorbell_id: str
    # The camera to watch: the linked camera for a doorbell with fetched clips. None if
    # this user may see none.
    camera_entity_id: str | None
    live_problem: LiveProblem | None
    problems: list[DoorbellProblem]
    # Whether watching uses the camera's only connection.
    one_connection: bool
    # The camera entity that carries the voice, or None if there is a `talk_problem`.
    talk_entity_id: str | None
    talk_problem: TalkProblem | None
    talker: Talker | None
    # The last ring since this doorbell was set up.
    rang_at: str | None


class Lives(TypedDict):
    """All doorbells that this user may see, sent at each change."""

    doorbells: list[Live]


@without_data.subscription("doorwatch/live/subscribe")
async def subscribe_live(call: Call[None], subscription: Subscription[Lives]) -> None:
    """Send the state now and at each change."""
    hass = call.hass

    @callback
    def lives() -> Lives:
        visible = visible_doorbells(hass, call.user)
        return {"doorbells": [_live(hass, call.connection, one) for one in visible]}

    # Nothing is sent if only doorbells changed that this user may not see.
    send = subscription.sender(lives)

    @callback
    def on_registry(event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        if event.data["entity_id"].startswith(f"{CAMERA_DOMAIN}."):
            send()

    for signal in (SIGNAL_LIVE, SIGNAL_NAMES, SIGNAL_RECORDING_CHANGED):
        subscription.add(async_dispatcher_connect(hass, signal, send))
    subscription.add(async_follow_entries(hass, send))
    subscription.add(async_watch_permissions(hass, send))
    # Another camera may be linked, or the camera may be renamed.
    subscription.add(
        hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, on_registry)
    )
    call.connection.send_result(call.msg["id"])
    send()


@callback
def _live(hass: HomeAssistant, connection: ActiveConnection, doorbell_id: str) -> Live:
    entry = hass.config_entries.async_get_known_entry(doorbell_id)
    loaded = entry.state is ConfigEntryState.LOADED
    state: DoorbellState = entry.runtime_data.data if loaded else DoorbellState()
    talk = _talk(entry)
    fetched = bool(entry.data.get(CONF_PROVIDER))
    problem: LiveProblem | None = None
    if fetched:
        problem = "fetched"
    elif not state.connected:
        problem = "unavailable"
    elif state.asleep:
        problem = "asleep"
    talk_problem: TalkProblem | None
    if not may_control(hass, connection.user, doorbell_id):
        talk_problem = "not_allowed"
    elif entry.data[CONF_SOURCE] == SOURCE_DEMO:
        talk_problem = "demo"
    elif talk is None:
        talk_problem = "not_rtsp" if state.connected else "unavailable"
    else:
        talk_problem = talk.obstacle
    return {
        "doorbell_id": doorbell_id,
        "camera_entity_id": (
            _linked(hass, connection.user, entry)
            if fetched
            else camera_entity_id(hass, doorbell_id)
        ),
        "live_problem": problem,
        "problems": problems_of(hass, connection.user, entry),
        "one_connection": not fetched and bool(entry.options.get(CONF_ONE_CONNECTION)),
        "talk_entity_id": (
            talk_entity_id(hass, doorbell_id) if talk_problem is None else None
        ),
        "talk_problem": talk_problem,
        "talker": _talker(talk.session if talk else None, connection),
        "rang_at": None if state.last_ring is None else state.last_ring.isoformat(),
    }


def _linked(hass: HomeAssistant, user: User, entry: ConfigEntry) -> str | None:
    """Return the linked camera of a doorbell with fetched clips, if the user may see it."""
    return next(
        (
            camera
            for camera in live_cameras(hass, entry)
            if user.permissions.check_entity(camera, POLICY_READ)
        ),
        None,
    )


def _talk(entry: ConfigEntry) -> Talk | None:
    if entry.state is not ConfigEntryState.LOADED:
        return None
    talk: Talk | None = entry.runtime_data.talk
    return talk


def _talker(session: TalkSession | None, connection: ActiveConnection) -> Talker | None:
    if session is None:
        return None
    return {
        "name": session.name,
        "since": session.begun.isoformat(),
        "session_id": session.session_id if session.connection is connection else None,
        "ends_soon": session.timer.ends_soon,
    }


@without_data.command("doorwatch/talk/go_on", {vol.Required("doorbell_id"): ID})
async def go_on_talking(call: Call[None]) -> None:
    """Extend the conversation that this connection holds."""
    talk = None
    if (doorbell_id := call.msg["doorbell_id"]) in doorbell_ids(call.hass):
        talk = _talk(call.hass.config_entries.async_get_known_entry(doorbell_id))
    if talk is None:
        raise translated("talk_over")
    talk.go_on(call.connection)


class Reconnected(TypedDict):
    """The result of an attempt to connect."""

    connected: bool


@without_data.command("doorwatch/reconnect", {vol.Required("doorbell_id"): ID})
async def reconnect(call: Call[None]) -> Reconnected:
    """Tell the result of the next attempt to connect, which comes within seconds."""
    hass, doorbell_id = call.hass, call.msg["doorbell_id"]
    if doorbell_id not in call.doorbells():
        raise SharingError("no_doorbell")
    entry = hass.config_entries.async_get_known_entry(doorbell_id)
    if not may_control(hass, call.user, doorbell_id):
        raise SharingError("not_allowed")
    if may_reconnect(hass, call.user, entry):
        if entry.state is ConfigEntryState.SETUP_RETRY:
            await hass.config_entries.async_reload(doorbell_id)
        if entry.state is ConfigEntryState.LOADED:
            with suppress(TimeoutError):
                async with asyncio.timeout(_RECONNECT_WITHIN):
                    await entry.runtime_data.recorder.next_attempt()
    loaded = entry.state is ConfigEntryState.LOADED
    return {"connected": loaded and entry.runtime_data.data.connected}


COMMANDS = (subscribe_live, reconnect, go_on_talking)
