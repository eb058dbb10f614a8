"""Motion and ring from Home Assistant entities and a webhook."""

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta
import json
import time
from typing import Any, Final
from urllib.parse import parse_qsl

from aiohttp.web import Request, Response
import async_timeout
from homeassistant.components import webhook
from homeassistant.components.event import ATTR_EVENT_TYPE, ATTR_EVENT_TYPES
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import (
    STATE_OFF,
    STATE_ON,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    Platform,
)
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    State,
    callback,
    split_entity_id,
)
from homeassistant.helpers.entity_registry import EventEntityRegistryUpdatedData
from homeassistant.helpers.event import (
    async_call_later,
    async_track_entity_registry_updated_event,
    async_track_state_change_event,
)
from homeassistant.util import dt as dt_util

from ..const import (
    CONF_MOTION_ENTITY,
    CONF_RING_ENTITY,
    CONF_WEBHOOK,
    CONF_WEBHOOK_ID,
    DOMAIN,
)
from .base import DoorbellEvent, EventKind

# Seconds after which motion is over when its source tells no end (webhook, event
# entity); each further sign of motion renews it.
PULSE: Final = 30.0

# What integrations call a press of the button. "ring" is Home Assistant's own word;
# the others are of event entities older than it, and of buttons.
PRESS_TYPES: Final = frozenset(
    {
        "ring",
        "rang",
        "ding",
        "doorbell",
        "doorbell_press",
        "doorbell_ring",
        "press",
        "pressed",
        "press_start",
        "initial_press",
        "short_press",
        "single",
        "single_press",
    }
)
_MOTION_OVER: Final = frozenset(
    {"clear", "cleared", "end", "ended", "motion_cleared", "motion_ended", "stopped"}
)

# What the webhook takes: whoever has its address tells of events, and asks for no clips.
_TOLD: Final = {
    str(kind): kind
    for kind in (EventKind.MOTION, EventKind.MOTION_ENDED, EventKind.RING)
}
_MAX_BODY: Final = 4096
_BODY_TIMEOUT: Final = 10
# A doorbell that sends more than this in the window is broken, or not a doorbell.
_MAX_CALLS: Final = 20
_CALLS_WINDOW: Final = 10.0


class EventSources:
    """Listens to what the doorbell's entry names, until stopped."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry[Any],
        on_event: Callable[[DoorbellEvent], None],
        *,
        on_available: Callable[[], None] = lambda: None,
        local_only: bool = True,
    ) -> None:
        """Both callbacks are called in the event loop.

        `on_available` tells that `available` may have changed; `local_only` is for the
        webhook.
        """
        self._hass = hass
        self._entry = entry
        self._on_event = on_event
        self._on_available = on_available
        self._local_only = local_only
        self._since = dt_util.utcnow()
        self._stops: list[CALLBACK_TYPE] = []
        self._tracked: dict[str, CALLBACK_TYPE] = {}
        self._end_pulse: CALLBACK_TYPE | None = None
        self._calls: deque[float] = deque(maxlen=_MAX_CALLS)

    @property
    def named(self) -> bool:
        """Whether the entry names any source."""
        return self._has_webhook or bool(self._entity_ids)

    @property
    def available(self) -> bool:
        """Whether any source could tell something now."""
        return self._has_webhook or any(
            (state := self._hass.states.get(entity_id)) is not None
            and state.state != STATE_UNAVAILABLE
            for entity_id in self._entity_ids
        )

    @property
    def sees_motion(self) -> bool:
        """Whether the motion sensor says now that there is motion."""
        entity_id: str = self._entry.options.get(CONF_MOTION_ENTITY) or ""
        return self._hass.states.is_state(entity_id, STATE_ON)

    @property
    def _has_webhook(self) -> bool:
        return bool(
            self._entry.data.get(CONF_WEBHOOK_ID)
            and self._entry.options.get(CONF_WEBHOOK)
        )

    @property
    def _entity_ids(self) -> list[str]:
        options = self._entry.options
        return [
            options[name]
            for name in (CONF_MOTION_ENTITY, CONF_RING_ENTITY)
            if options.get(name)
        ]

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Begin to listen; returns how to stop. What was before does not count."""
        now = dt_util.utcnow()
        # Event entities tell the time in whole milliseconds.
        self._since = now.replace(microsecond=now.microsecond // 1000 * 1000)
        for option, handler in (
            (CONF_MOTION_ENTITY, self._on_motion_state),
            (CONF_RING_ENTITY, self._on_ring_state),
        ):
            if entity_id := self._entry.options.get(option):
                self._track(option, entity_id, handler)
        if self._has_webhook:
            webhook_id: str = self._entry.data[CONF_WEBHOOK_ID]
            webhook.async_register(
                self._hass,
                DOMAIN,
                self._entry.title,
                webhook_id,
                self._handle_webhook,
                local_only=self._local_only,
                allowed_methods=("POST",),
            )
            self._stops.append(lambda: webhook.async_unregister(self._hass, webhook_id))
        return self.stop

    @callback
    def stop(self) -> None:
        """Stop listening; may be called twice."""
        for stop in (*self._stops, *self._tracked.values()):
            stop()
        self._stops.clear()
        self._tracked.clear()
        self._cancel_pulse()

    # Entities

    @callback
    def _track(
        self,
        option: str,
        entity_id: str,
        handler: Callable[[Event[EventStateChangedData]], None],
    ) -> None:
        """Follow an entity, also when somebody renames it."""

        @callback
        def on_registry(event: Event[EventEntityRegistryUpdatedData]) -> None:
            data = event.data
            if data["action"] != "update" or "entity_id" not in data["changes"]:
                return
            self._tracked.pop(option)()
            new_id = data["entity_id"]
            self._track(option, new_id, handler)
            # The next start looks in the options.
            self._hass.config_entries.async_update_entry(
                self._entry, options={**self._entry.options, option: new_id}
            )

        @callback
        def on_state(event: Event[EventStateChangedData]) -> None:
            handler(event)
            self._on_available()

        stops = (
            async_track_state_change_event(self._hass, entity_id, on_state),
            async_track_entity_registry_updated_event(
                self._hass, entity_id, on_registry
            ),
        )

        @callback
        def stop() -> None:
            for each in stops:
                each()

        self._tracked[option] = stop

    @callback
    def _on_motion_state(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if split_entity_id(event.data["entity_id"])[0] != Platform.BINARY_SENSOR:
            if (at := self._fresh_event(old, new)) is None or new is None:
                return
            if new.attributes.get(ATTR_EVENT_TYPE) in _MOTION_OVER:
                self._motion_ended(at)
            else:
                self._pulse(at)
        elif _changed(old, new, STATE_OFF, STATE_ON) and new is not None:
            self._cancel_pulse()
            self._send(EventKind.MOTION, new.last_changed)
        elif (
            old is not None
            and old.state == STATE_ON
            and (new is None or new.state != STATE_ON)
        ):
            # A sensor that is gone sees nothing either.
            self._motion_ended(new.last_changed if new else dt_util.utcnow())

    @callback
    def _on_ring_state(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if new is None:
            return
        if split_entity_id(event.data["entity_id"])[0] == Platform.BINARY_SENSOR:
            if _changed(old, new, STATE_OFF, STATE_ON):
                self._send(EventKind.RING, new.last_changed)
            return
        if (at := self._fresh_event(old, new)) is None:
            return
        kind = new.attributes.get(ATTR_EVENT_TYPE)
        kinds = new.attributes.get(ATTR_EVENT_TYPES) or ()
        if kind in PRESS_TYPES or (len(kinds) == 1 and kind in kinds):
            self._send(EventKind.RING, at)

    def _fresh_event(self, old: State | None, new: State | None) -> datetime | None:
        """Return when an event entity's event happened; None when it is not new.

        An entity that comes into being or comes back shows its last event again, and
        some integrations send that event anew: whatever follows on "unavailable" is
        not taken for a ring.
        """
        if old is None or new is None or old.state == STATE_UNAVAILABLE:
            return None
        if new.state in (old.state, STATE_UNAVAILABLE, STATE_UNKNOWN):
            return None
        at = dt_util.parse_datetime(new.state)
        if at is None or at.tzinfo is None or at < self._since:
            return None
        before = dt_util.parse_datetime(old.state)
        if before is not None and at <= before:
            return None
        return at

    # Webhook

    async def _handle_webhook(
        self, hass: HomeAssistant, webhook_id: str, request: Request
    ) -> Response:
        """Take `event` from JSON, a form or the query."""
        now = time.monotonic()
        calls = self._calls
        if len(calls) == _MAX_CALLS and now - calls[0] < _CALLS_WINDOW:
            return Response(status=429)
        calls.append(now)
        try:
            async with async_timeout.timeout(_BODY_TIMEOUT):
                body = await _read_body(request)
            kind = _TOLD[_event_of(request, body)]
        except TimeoutError:
            return Response(status=408)
        except KeyError, ValueError:
            return Response(
                status=400, text="event must be motion, motion_ended or ring"
            )
        at = dt_util.utcnow()
        match kind:
            case EventKind.MOTION:
                self._pulse(at)
            case EventKind.MOTION_ENDED:
                self._motion_ended(at)
            case EventKind.RING:
                self._send(kind, at)
        return Response(status=200)

    # Events

    @callback
    def _pulse(self, at: datetime) -> None:
        """Tell motion of which nobody will tell the end."""
        self._cancel_pulse()

        @callback
        def over(now: datetime) -> None:
            self._end_pulse = None
            self._send(EventKind.MOTION_ENDED, now)

        self._end_pulse = async_call_later(self._hass, PULSE, over)
        self._send(EventKind.MOTION, at)

    @callback
    def _motion_ended(self, at: datetime) -> None:
        self._cancel_pulse()
        self._send(EventKind.MOTION_ENDED, at)

    @callback
    def _cancel_pulse(self) -> None:
        if self._end_pulse is not None:
            self._end_pulse()
            self._end_pulse = None

    @callback
    def _send(self, kind: EventKind, at: datetime) -> None:
        """Hand an event on, cut at the moment it happened."""
        if at < self._since:
            return
        late = max(dt_util.utcnow() - at, timedelta())
        self._on_event(
            DoorbellEvent(
                kind=kind, at=at, monotonic=time.monotonic() - late.total_seconds()
            )
        )


def _changed(old: State | None, new: State | None, before: str, after: str) -> bool:
    """Whether a sensor that was there went from one state to another."""
    return (
        old is not None
        and new is not None
        and old.state == before
        and new.state == after
    )


async def _read_body(request: Request) -> bytes:
    """Read a short body. Raises `ValueError` for a long one."""
    body = b""
    while chunk := await request.content.read(_MAX_BODY + 1):
        body += chunk
        if len(body) > _MAX_BODY:
            raise ValueError("too long")
    return body


def _event_of(request: Request, body: bytes) -> str:
    """Find the word; empty when there is none. Raises `ValueError` for garbage."""
    found: object = None
    if request.content_type == "application/json" or body.lstrip()[:1] == b"{":
        try:
            content = json.loads(body) if body else None
        except RecursionError as error:
            raise ValueError("too deep") from error
        if isinstance(content, dict):
            found = content.get("event")
    else:
        found = dict(parse_qsl(body.decode(), max_num_fields=20)).get("event")
    if found is None:
        found = request.query.get("event")
    return found if isinstance(found, str) else ""
