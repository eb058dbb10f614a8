"""Return the current problems of a doorbell, as far as a user may know them."""

from collections.abc import Mapping
from typing import Final, Literal, TypedDict

from homeassistant.auth.models import User
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant, callback

from ..access.permissions import may_control
from ..const import CONF_ON_EVENT, CONF_PROVIDER
from ..data import DoorbellState, RecordingProblem
from ..domain.data import DATA
from ..engine.doorbells.onvif.client import CLOCK_OFF
from ..engine.recording.reader import LASTING
from ..household.folder_problems import FOLDER_PROBLEMS, recording_problem
from .doorbells import detection_of

type OfflineReason = Literal[
    "unreachable",  # nothing answers
    "silent",  # it connects, but doesn't respond
    "refused",  # it answers, but refuses the stream
    "login",  # it refuses the login
    "clock",  # its clock is too far off for a login
    "stream",  # it has no video that can be recorded
    "other_device",  # another device has its address
    "camera",  # the linked camera is unavailable
    "disabled",  # its entry is disabled
    "repair",  # a repair says why Doorwatch can't start
]


class Offline(TypedDict):
    """The doorbell is not connected, although it should be."""

    kind: Literal["offline"]
    since: str | None
    # None if unknown, or if only an administrator may know it.
    reason: OfflineReason | None
    # Whether this user can be told how the next attempt to connect ends.
    may_reconnect: bool


class NotRecording(TypedDict):
    """No clip of any doorbell can be written."""

    kind: Literal["not_recording"]
    reason: RecordingProblem
    # For administrators: where clips are stored, and the free bytes there, if known.
    folder: str | None
    free: int | None


class NoEvents(TypedDict):
    """The doorbell sends video, but its own events don't arrive."""

    kind: Literal["no_events"]


class NoMotion(TypedDict):
    """Nothing detects motion at this doorbell."""

    kind: Literal["no_motion"]
    # Whether rings or calls of the webhook are recorded.
    rings: bool


class WrongClock(TypedDict):
    """The doorbell's clock is wrong."""

    kind: Literal["wrong_clock"]
    # The seconds by which it is ahead.
    ahead: float


class NoControl(TypedDict):
    """The user may view the doorbell, but not control it."""

    kind: Literal["no_control"]


type DoorbellProblem = (
    Offline | NotRecording | NoEvents | NoMotion | WrongClock | NoControl
)

_REASONS: Final[Mapping[str, OfflineReason]] = {
    "cannot_connect": "unreachable",
    "timeout": "silent",
    "refused": "refused",
    "invalid_auth": "login",
    "login_missing": "login",
    "unsupported_login": "login",
    "clock_off": "clock",
    "not_found": "stream",
    "not_a_stream": "stream",
    "no_video": "stream",
    "unsupported_codec": "stream",
    "undecodable": "stream",
    "udp_only": "stream",
    "invalid_address": "stream",
    "lens_missing": "stream",
    "other_device": "other_device",
    "camera_missing": "camera",
    "camera_disabled": "camera",
    "camera_unavailable": "camera",
    "no_stream_address": "camera",
    **dict.fromkeys(FOLDER_PROBLEMS, "repair"),
}
_STARTING: Final = frozenset(
    {ConfigEntryState.NOT_LOADED, ConfigEntryState.SETUP_IN_PROGRESS}
)
_RECONNECTABLE: Final = frozenset(
    {ConfigEntryState.LOADED, ConfigEntryState.SETUP_RETRY}
)
# The reasons that anyone at home can do something about.
_FOR_EVERYONE: Final[frozenset[OfflineReason]] = frozenset(
    {"unreachable", "silent", "refused"}
)


@callback
def problems_of(
    hass: HomeAssistant, user: User, entry: ConfigEntry
) -> list[DoorbellProblem]:
    """Return the problems of a doorbell that this user may see, the worst first."""
    problems: list[DoorbellProblem] = []
    offline = _offline(hass, user, entry)
    if offline is not None:
        problems.append(offline)
    if (storage := recording_problem(hass)) is not None:
        problems.append(_not_recording(hass, user, storage))
    # The others can wait until the doorbell is back.
    if offline is not None or entry.state is not ConfigEntryState.LOADED:
        return problems
    problems += _smaller_problems(entry)
    if not may_control(hass, user, entry.entry_id) and CONF_PROVIDER not in entry.data:
        problems.append({"kind": "no_control"})
    return problems


@callback
def may_reconnect(hass: HomeAssistant, user: User, entry: ConfigEntry) -> bool:
    """Return whether this user can be told how the next attempt to connect ends.

    A sleeping doorbell connects at the next event. After a problem that lasts, attempts
    are rare, because more could lock the account at the doorbell.
    """
    if not may_control(hass, user, entry.entry_id):
        return False
    if entry.state is ConfigEntryState.LOADED and (
        CONF_PROVIDER in entry.data or entry.options.get(CONF_ON_EVENT)
    ):
        return False
    return entry.state in _RECONNECTABLE and _problem(entry) not in LASTING


@callback
def _problem(entry: ConfigEntry) -> str | None:
    """Return why a doorbell is not connected, or None if it is or that is unknown."""
    if entry.state is not ConfigEntryState.LOADED:
        return entry.error_reason_translation_key
    state: DoorbellState = entry.runtime_data.data
    return state.problem


@callback
def _offline(hass: HomeAssistant, user: User, entry: ConfigEntry) -> Offline | None:
    problem, since = _problem(entry), None
    reason = _REASONS.get(problem or "")
    if entry.state is ConfigEntryState.LOADED:
        if entry.runtime_data.data.connected or problem is None:
            return None  # or the first attempt to connect has not ended
        since = entry.runtime_data.recorder.health.since.isoformat()
    elif entry.disabled_by is not None:
        reason = "disabled"
    elif entry.state in _STARTING or recording_problem(hass) is not None:
        return None
    if not user.is_admin and reason not in _FOR_EVERYONE:
        reason = None
    return {
        "kind": "offline",
        "since": since,
        "reason": reason,
        "may_reconnect": may_reconnect(hass, user, entry),
    }


@callback
def _not_recording(
    hass: HomeAssistant, user: User, reason: RecordingProblem
) -> NotRecording:
    library = data.library if (data := hass.data.get(DATA)) else None
    if not user.is_admin:
        library = None
    return {
        "kind": "not_recording",
        "reason": reason,
        "folder": str(library.folder) if library else None,
        "free": library.room.free if library and library.room else None,
    }


@callback
def _smaller_problems(entry: ConfigEntry) -> list[DoorbellProblem]:
    """Return the problems of a connected doorbell."""
    problems: list[DoorbellProblem] = []
    doorbell = entry.runtime_data.doorbell
    offset = doorbell.clock_offset
    if doorbell.problem is not None:
        problems.append({"kind": "no_events"})
    detection = detection_of(entry)
    # A battery doorbell that reports rings does all that it can.
    if detection == "off" or (
        detection == "called" and not entry.options.get(CONF_ON_EVENT)
    ):
        problems.append({"kind": "no_motion", "rings": detection == "called"})
    if offset is not None and abs(offset) > CLOCK_OFF:
        problems.append({"kind": "wrong_clock", "ahead": offset})
    return problems
