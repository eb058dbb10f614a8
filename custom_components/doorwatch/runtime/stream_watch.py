"""Notice when a linked camera gives a stream that it did not give, or none any more.

To ask for a stream may reach the camera: it is done seldom, and not at all where it
could wake a battery or start something. What a camera that is recorded says, its clip
recorder knows.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime
from typing import Final, override

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
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started

from ..const import CONF_CAMERA, CONF_PROVIDER, CONF_SOURCE, SOURCE_LINKED
from ..discovery.companions import entities_of
from ..discovery.linked import UNIQUE_ID, is_taken
from ..engine.doorbells.base import DoorbellError
from ..fetched.providers import begins_stream_when_asked
from ..issues import (
    DOORBELL_UNREACHABLE,
    STREAM_FOUND,
    STREAM_LOST,
    async_show_doorbell_issue,
)
from ..registry import async_follow_states, camera_object, problem_of
from .linked import LinkedDoorbell

# Seconds after a start in which other integrations may still be coming up.
QUIET: Final = 300.0
# Seconds that a camera has to be back before it is asked, and between the two answers
# that it takes to believe something new.
SETTLE: Final = 60.0
# Seconds between two times of asking otherwise.
APART: Final = 3600.0
DAY: Final = 86400.0
# Seconds without a stream until it is said: a console that restarts has none either.
LOST_AFTER: Final = 600.0

_NO_STREAM: Final = "no_stream_address"
_AWAY: Final = "camera_unavailable"
# Says nothing of whether there is a stream.
_UNKNOWN: Final = frozenset({None, "camera_missing", "camera_disabled", _AWAY})


@callback
def stand_in(hass: HomeAssistant, entry: ConfigEntry) -> er.RegistryEntry | None:
    """Return which camera of the same device took the place of the one that is linked.

    Some integrations have a camera for each quality that has a stream, and one without
    when there is none: what is switched there is another camera afterwards.
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
    """Say without asking whether a camera may have a stream; None when it is away."""
    found = camera_object(hass, camera)
    try:
        if found is None or not found.available:
            return None
        return (
            CameraEntityFeature.STREAM in found.supported_features
            and type(found).stream_source is not Camera.stream_source
        )
    except Exception:  # noqa: BLE001 - it is the code of any integration
        return None


@callback
def may_be_asked(hass: HomeAssistant, camera: str) -> bool:
    """Whether nothing wakes up or begins when a camera is asked for its stream."""
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
    """Begin once Home Assistant runs; returns how to stop."""
    if entry.data[CONF_SOURCE] != SOURCE_LINKED:
        return lambda: None
    fetched = CONF_PROVIDER in entry.data
    # What is not true any more. That which is, stays, and stays ignored.
    (STREAM_LOST if fetched else STREAM_FOUND).end(hass, entry.entry_id)
    if problem_of(hass, entry.data[CONF_CAMERA]):
        async_end_stream_issues(hass, entry)  # discovery/followed.py says it
    watch = _Fetched(hass, entry) if fetched else _Recorded(hass, entry)
    not_yet = async_at_started(hass, watch.begin)

    @callback
    def end() -> None:
        not_yet()
        watch.end()
        if entry.disabled_by is not None:
            async_end_stream_issues(hass, entry)

    return end


@callback
def async_end_stream_issues(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """End the issues: the doorbell is disabled, or gone for good."""
    for issue in (STREAM_FOUND, STREAM_LOST):
        issue.end(hass, entry.entry_id)


class _Watch(ABC):
    """Has one timer."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Take whose camera it is."""
        self._hass = hass
        self._entry = entry
        self._stops: list[Callable[[], None]] = []
        self._cancel: CALLBACK_TYPE | None = None
        self._ended = False

    @abstractmethod
    def begin(self, hass: HomeAssistant) -> None:
        """Begin to watch."""

    @callback
    def end(self) -> None:
        """Stop."""
        self._ended = True
        for stop in self._stops:
            stop()
        self._stops = []
        self._stop_timer()

    @callback
    def _stop_timer(self) -> None:
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    @callback
    def _in(self, seconds: float, then: Callable[[], None]) -> None:
        self._stop_timer()

        @callback
        def fire(_now: datetime) -> None:
            self._cancel = None
            then()

        self._cancel = async_call_later(self._hass, seconds, fire)


class _Recorded(_Watch):
    """Waits for a stream that stays away."""

    _why: str | None = None

    @override
    @callback
    def begin(self, hass: HomeAssistant) -> None:
        listen = self._entry.runtime_data.async_add_listener
        self._stops.append(listen(self._changed))
        self._changed()

    @callback
    def _changed(self) -> None:
        data = self._entry.runtime_data.data
        why = None if data.connected else data.problem
        if data.connected or why not in _UNKNOWN | {_NO_STREAM}:
            # It names one; what is wrong with that is another matter.
            STREAM_LOST.end(self._hass, self._entry.entry_id)
        if why == self._why:
            return
        self._why = why
        if why in (_NO_STREAM, _AWAY):
            self._in(LOST_AFTER, self._look)
        else:
            self._stop_timer()

    @callback
    def _look(self) -> None:
        """Say it when it was so all the time; nobody tells of a camera instead."""
        if self._why == _NO_STREAM or stand_in(self._hass, self._entry) is not None:
            DOORBELL_UNREACHABLE.end(self._hass, self._entry.entry_id)  # that says less
            async_show_doorbell_issue(self._hass, self._entry, STREAM_LOST, shown=True)
        else:
            self._in(LOST_AFTER, self._look)


class _Fetched(_Watch):
    """Asks now and then whether there is a stream by now."""

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Take whose camera it is."""
        super().__init__(hass, entry)
        self._camera: str = entry.data[CONF_CAMERA]
        self._begun = self._asked = float("-inf")
        self._could: bool | None = None
        self._once: bool | None = None
        self._shown = False

    @override
    @callback
    def begin(self, hass: HomeAssistant) -> None:
        self._begun = hass.loop.time()
        self._shown = STREAM_FOUND.is_shown(hass, self._entry.entry_id)
        self._could = self._may_stream()
        self._stops.append(
            async_follow_states(hass, self._camera, lambda _event: self._changed())
        )
        self._stops.append(
            async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, self._on_entry)
        )
        self._in(QUIET, self._look)

    @callback
    def _changed(self) -> None:
        """Look soon at a camera that is back, or says something else of itself."""
        could, self._could = self._could, self._may_stream()
        if self._could is not None and self._could is not could:
            now = self._hass.loop.time()
            self._in(
                max(SETTLE, self._begun + QUIET - now, self._next_asking - now),
                self._look,
            )

    @callback
    def _on_entry(self, _change: ConfigEntryChange, entry: ConfigEntry) -> None:
        """See what took the place of the camera when its integration is set up anew."""
        linked = er.async_get(self._hass).entities.get_entry(self._camera)
        if linked is not None and entry.entry_id == linked.config_entry_id:
            self._changed()

    @property
    def _next_asking(self) -> float:
        """When it may be asked again; to see that there is none asks nobody."""
        return self._asked + APART if self._could else float("-inf")

    @callback
    def _may_stream(self) -> bool | None:
        other = stand_in(self._hass, self._entry)
        return may_stream(self._hass, other.id if other else self._camera)

    @callback
    def _look(self) -> None:
        self._in(DAY, self._look)
        self._could = self._may_stream()
        if self._could is False:
            self._take(gives=False)
        elif self._could:
            self._entry.async_create_background_task(
                self._hass, self._async_ask(), f"doorwatch stream of {self._camera}"
            )

    async def _async_ask(self) -> None:
        """Ask for the stream, and connect to nothing."""
        other = stand_in(self._hass, self._entry)
        camera = other.id if other else self._camera
        if not may_be_asked(self._hass, camera):
            return
        self._asked = self._hass.loop.time()
        try:
            await LinkedDoorbell(self._hass, camera).live_source()
        except DoorbellError as err:
            if err.problem == _NO_STREAM and not self._ended:
                self._take(gives=False)
            return
        if not self._ended:
            self._take(gives=True)

    @callback
    def _take(self, *, gives: bool) -> None:
        """Believe an answer that is new when it is given twice."""
        if gives is self._shown:
            self._once = None
        elif self._once is not gives:
            self._once = gives
            self._in(SETTLE, self._look)
        else:
            self._once = None
            self._shown = gives
            async_show_doorbell_issue(
                self._hass, self._entry, STREAM_FOUND, shown=gives
            )
