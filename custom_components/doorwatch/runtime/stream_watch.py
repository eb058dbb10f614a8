"""Detect when a linked camera starts or stops offering a stream.

Requesting the stream may reach the camera. So it is requested rarely, and never where
that could wake a battery camera or start a stream. The state of a recorded camera comes
from its clip recorder.
"""

from dataclasses import dataclass, field
from typing import Final

from homeassistant.components.binary_sensor import BinarySensorDeviceClass
from homeassistant.components.camera import Camera, CameraEntityFeature
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
)
from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.start import async_at_started

from ..const import CONF_CAMERA, CONF_PROVIDER, CONF_SOURCE, SOURCE_LINKED
from ..discovery.companions import entities_of
from ..discovery.linked import UNIQUE_ID, is_taken
from ..engine.doorbells.base import DoorbellError
from ..fetched.providers import begins_stream_when_asked
from ..following import Follower
from ..issues import (
    DOORBELL_UNREACHABLE,
    STREAM_FOUND,
    STREAM_LOST,
    async_show_doorbell_issue,
)
from ..registry import async_follow_states, camera_object, camera_problem
from ..timer import Timer
from .linked import LinkedDoorbell

# Seconds after the start in which other integrations may still be starting.
QUIET: Final = 300.0
# Seconds before a returned camera is asked, and between the two equal answers that
# confirm a change.
SETTLE: Final = 60.0
# The minimum seconds between other requests.
APART: Final = 3600.0
DAY: Final = 86400.0
# Seconds without a stream before an issue is shown; a restarting console has none
# either.
LOST_AFTER: Final = 600.0

_NO_STREAM: Final = "no_stream_address"
_AWAY: Final = "camera_unavailable"
# Problems that do not show whether there is a stream.
_UNKNOWN: Final = frozenset({None, "camera_missing", "camera_disabled", _AWAY})


@callback
def stand_in(hass: HomeAssistant, entry: ConfigEntry) -> er.RegistryEntry | None:
    """Return the camera of the same device that replaced the linked one.

    Some integrations have a camera for each quality that has a stream, and one without
    a stream if there is none. Switching streams on or off there changes the camera.
    """
    linked = er.async_get(hass).entities.get_entry(entry.data.get(CONF_CAMERA, ""))
    if linked is None or linked.disabled or camera_object(hass, linked.id):
        return None
    source = hass.config_entries.async_get_entry(linked.config_entry_id or "")
    if source is None or source.state is not ConfigEntryState.LOADED:
        return None
    others = [
        other
        for other in entities_of(hass, linked.device_id)
        if other.domain == Platform.CAMERA
        and other.config_entry_id == linked.config_entry_id
        and camera_object(hass, other.id)
        and not is_taken(hass, UNIQUE_ID.format(other.id), entry)
    ]
    streaming = [other for other in others if may_stream(hass, other.id)]
    return next(iter(streaming or others), None)


@callback
def may_stream(hass: HomeAssistant, camera: str) -> bool | None:
    """Return whether a camera may have a stream, without asking it, or None if unavailable."""
    found = camera_object(hass, camera)
    try:
        if found is None or not found.available:
            return None
        return (
            CameraEntityFeature.STREAM in found.supported_features
            and type(found).stream_source is not Camera.stream_source
        )
    except Exception:  # noqa: BLE001 - code of any integration
        return None


@callback
def may_be_asked(hass: HomeAssistant, camera: str) -> bool:
    """Return whether requesting a camera's stream neither wakes nor starts anything."""
    found = er.async_get(hass).entities.get_entry(camera)
    if found is None or begins_stream_when_asked(found):
        return False
    if found.device_id is None:
        return True
    return not any(
        (entity.device_class or entity.original_device_class)
        == BinarySensorDeviceClass.BATTERY
        for entity in er.async_entries_for_device(
            er.async_get(hass), found.device_id, include_disabled_entities=True
        )
    )


@callback
def async_watch_stream(hass: HomeAssistant, entry: ConfigEntry) -> CALLBACK_TYPE:
    """Watch the stream once Home Assistant has started; return a function that stops it."""
    if entry.data[CONF_SOURCE] != SOURCE_LINKED:
        return lambda: None
    fetched = CONF_PROVIDER in entry.data
    # End the issue that no longer applies. Keep the other, which a person may have
    # ignored.
    (STREAM_LOST if fetched else STREAM_FOUND).end(hass, entry.entry_id)
    if camera_problem(hass, entry.data[CONF_CAMERA]):
        async_end_stream_issues(hass, entry)  # discovery/followed.py shows this problem
    kind: type[_Fetched | _Recorded] = _Fetched if fetched else _Recorded
    watch = kind(hass, entry, Timer(hass))
    not_yet = async_at_started(hass, watch.begin)

    @callback
    def end() -> None:
        not_yet()
        watch.stop()
        if entry.disabled_by is not None:
            async_end_stream_issues(hass, entry)

    return end


@callback
def async_end_stream_issues(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """End the issues of a doorbell that is disabled or removed."""
    for issue in (STREAM_FOUND, STREAM_LOST):
        issue.end(hass, entry.entry_id)


@dataclass(eq=False, repr=False)
class _Recorded(Follower):
    """Watch a recorded camera for a stream that remains missing."""

    _hass: HomeAssistant
    _entry: ConfigEntry
    _timer: Timer
    _why: str | None = None

    @callback
    def begin(self, _hass: HomeAssistant) -> None:
        """Start watching."""
        listen = self._entry.runtime_data.async_add_listener
        self._stops = [listen(self._changed), self._timer.stop]
        self._changed()

    @callback
    def _changed(self) -> None:
        data = self._entry.runtime_data.data
        why = None if data.connected else data.problem
        if data.connected or why not in _UNKNOWN | {_NO_STREAM}:
            # It has a stream address; other problems are reported elsewhere.
            STREAM_LOST.end(self._hass, self._entry.entry_id)
        if why == self._why:
            return
        self._why = why
        if why in (_NO_STREAM, _AWAY):
            self._timer.start(LOST_AFTER, self._look)
        else:
            self._timer.stop()

    @callback
    def _look(self) -> None:
        """Show the issue if the camera has no stream or was replaced; else check again."""
        if self._why == _NO_STREAM or stand_in(self._hass, self._entry) is not None:
            DOORBELL_UNREACHABLE.end(self._hass, self._entry.entry_id)  # less specific
            async_show_doorbell_issue(self._hass, self._entry, STREAM_LOST, shown=True)
        else:
            self._timer.start(LOST_AFTER, self._look)


@dataclass(eq=False, repr=False)
class _Fetched(Follower):
    """Check now and then whether a camera with fetched clips offers a stream."""

    _hass: HomeAssistant
    _entry: ConfigEntry
    _timer: Timer
    _camera: str = field(init=False)
    _begun: float = field(init=False)
    _asked: float = float("-inf")
    _could: bool | None = None
    _once: bool | None = None
    _shown: bool = False

    @callback
    def begin(self, hass: HomeAssistant) -> None:
        """Start watching."""
        self._camera = self._entry.data[CONF_CAMERA]
        self._begun = hass.loop.time()
        self._shown = STREAM_FOUND.is_shown(hass, self._entry.entry_id)
        self._could = self._may_stream()
        self._stops = [
            async_follow_states(hass, self._camera, lambda _event: self._changed()),
            async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._on_entry),
            self._timer.stop,
        ]
        self._timer.start(QUIET, self._look)

    @callback
    def _changed(self) -> None:
        """Check soon when the camera returns or its support for streams changes."""
        could, self._could = self._could, self._may_stream()
        if self._could is not None and self._could is not could:
            now = self._hass.loop.time()
            # Only requests for the stream are limited.
            may_ask = self._asked + APART if self._could else now
            self._timer.start(
                max(SETTLE, self._begun + QUIET - now, may_ask - now), self._look
            )

    @callback
    def _on_entry(self, _change: ConfigEntryChange, entry: ConfigEntry) -> None:
        """Check for a replacement when the camera's integration is set up again."""
        linked = er.async_get(self._hass).entities.get_entry(self._camera)
        if linked is not None and entry.entry_id == linked.config_entry_id:
            self._changed()

    @callback
    def _may_stream(self) -> bool | None:
        other = stand_in(self._hass, self._entry)
        return may_stream(self._hass, other.id if other else self._camera)

    @callback
    def _look(self) -> None:
        self._timer.start(DAY, self._look)
        self._could = self._may_stream()
        if self._could is False:
            self._take(gives=False)
        elif self._could:
            self._entry.async_create_background_task(
                self._hass, self._async_ask(), f"doorwatch stream of {self._camera}"
            )

    async def _async_ask(self) -> None:
        """Request the stream address without connecting to it."""
        other = stand_in(self._hass, self._entry)
        camera = other.id if other else self._camera
        if not may_be_asked(self._hass, camera):
            return
        self._asked = self._hass.loop.time()
        try:
            await LinkedDoorbell(self._hass, camera).live_source()
        except DoorbellError as err:
            if err.problem == _NO_STREAM:
                self._take(gives=False)
        else:
            self._take(gives=True)

    @callback
    def _take(self, *, gives: bool) -> None:
        """Accept a changed answer after it was given twice."""
        if not self._stops:
            return  # the camera's integration ignored that the request was cancelled
        if gives is self._shown:
            self._once = None
        elif self._once is not gives:
            self._once = gives
            self._timer.start(SETTLE, self._look)
        else:
            self._once = None
            self._shown = gives
            async_show_doorbell_issue(
                self._hass, self._entry, STREAM_FOUND, shown=gives
            )
