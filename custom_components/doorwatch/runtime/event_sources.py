"""Get motion, rings and labels from entities, and motion and rings from a webhook."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
import time
from typing import Any, Final

from aiohttp.web import Request, Response
from homeassistant.components import webhook
from homeassistant.components.event import ATTR_EVENT_TYPE, ATTR_EVENT_TYPES
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE, Platform
from homeassistant.core import (
    CALLBACK_TYPE,
    Event,
    EventStateChangedData,
    HomeAssistant,
    callback,
    split_entity_id,
    valid_entity_id,
)

from ..const import (
    CONF_MOTION_ENTITY,
    CONF_RING_ENTITY,
    CONF_WEBHOOK,
    CONF_WEBHOOK_ID,
    DOMAIN,
)
from ..engine.doorbells.base import DoorbellEvent, EventKind
from ..engine.doorbells.dropped import DropCallback, DropReason
from ..engine.doorbells.moments import Moment, moment_now
from ..following import Follower
from ..registry import async_follow_states, entity_id_of
from ..timer import Timer
from .event_entities import EventEntities, moment_of, turned_on
from .label_sources import LabelSources
from .webhook_call import read_call

# Seconds until motion ends if its source reports no end (webhook, event entity).
# Further motion restarts it.
PULSE: Final = 30.0

# Event types that mean a press of the button. "ring" is Home Assistant's; the others
# are from older event entities and from buttons.
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

_WEBHOOK: Final = "webhook"
# The most webhook calls in a window of seconds. More calls mean that the caller is
# broken, or is not a doorbell.
_MAX_CALLS: Final = 20
_CALLS_WINDOW: Final = 10.0


@dataclass(eq=False, repr=False)
class EventSources(Follower):
    """Listen to the sources that the doorbell's entry names.

    The callbacks are called in the event loop: `_on_available` when `available` may have
    changed, `_on_dropped` with the reason why an event is ignored.
    """

    _hass: HomeAssistant
    _entry: ConfigEntry[Any]
    _on_event: Callable[[DoorbellEvent], None]
    _on_available: Callable[[], None]
    _on_dropped: DropCallback
    _events: EventEntities = field(init=False)
    _pulse_timer: Timer = field(init=False)
    _calls: deque[float] = field(default_factory=lambda: deque(maxlen=_MAX_CALLS))

    @property
    def named(self) -> bool:
        """Whether the entry names any source of motion or rings."""
        return self._has_webhook or bool(self._entities)

    @property
    def transports(self) -> list[str]:
        """The transports of the sources, as in the events' `transport`."""
        found = {
            split_entity_id(entity_id)[0]
            for entity in self._entities
            if (entity_id := entity_id_of(self._hass, entity)) is not None
        }
        return sorted(found | ({_WEBHOOK} if self._has_webhook else set()))

    @property
    def available(self) -> bool:
        """Whether any source could report an event now."""
        return self._has_webhook or any(
            (entity_id := entity_id_of(self._hass, entity)) is not None
            and (state := self._hass.states.get(entity_id)) is not None
            and state.state != STATE_UNAVAILABLE
            for entity in self._entities
        )

    @property
    def sees_motion(self) -> bool:
        """Whether the motion sensor is on."""
        entity: str = self._entry.options.get(CONF_MOTION_ENTITY) or ""
        entity_id = entity_id_of(self._hass, entity)
        return entity_id is not None and self._hass.states.is_state(entity_id, STATE_ON)

    @property
    def _has_webhook(self) -> bool:
        return bool(
            self._entry.data.get(CONF_WEBHOOK_ID)
            and self._entry.options.get(CONF_WEBHOOK)
        )

    @property
    def _entities(self) -> list[str]:
        options = self._entry.options
        return [
            options[name]
            for name in (CONF_MOTION_ENTITY, CONF_RING_ENTITY)
            if options.get(name)
        ]

    @callback
    def start(self) -> CALLBACK_TYPE:
        """Start listening, ignoring earlier events; return a function that stops it."""
        self._events = EventEntities(self._on_dropped)
        self._pulse_timer = Timer(self._hass)
        stops = [
            self._follow(option, entity, handler)
            for option, handler in (
                (CONF_MOTION_ENTITY, self._on_motion_state),
                (CONF_RING_ENTITY, self._on_ring_state),
            )
            if (entity := self._entry.options.get(option))
        ]
        labels = LabelSources(self._hass, self._entry, self._on_event)
        stops += [labels.start(), self._pulse_timer.stop]
        if self._has_webhook:
            webhook_id: str = self._entry.data[CONF_WEBHOOK_ID]
            webhook.async_register(
                self._hass,
                DOMAIN,
                self._entry.title,
                webhook_id,
                self._handle_webhook,
                local_only=True,
                allowed_methods=("POST",),
            )
            stops.append(lambda: webhook.async_unregister(self._hass, webhook_id))
        self._stops = stops
        return self.stop

    # Entities

    @callback
    def _follow(
        self,
        option: str,
        entity: str,
        handler: Callable[[Event[EventStateChangedData]], None],
    ) -> CALLBACK_TYPE:
        """Listen to an entity, even after it is renamed."""

        @callback
        def on_state(event: Event[EventStateChangedData]) -> None:
            handler(event)
            self._on_available()

        @callback
        def on_change(entity_id: str | None) -> None:
            if entity_id is not None and valid_entity_id(entity):
                # The next start reads the entity from the options.
                self._hass.config_entries.async_update_entry(
                    self._entry, options={**self._entry.options, option: entity_id}
                )
            self._on_available()

        return async_follow_states(self._hass, entity, on_state, on_change)

    @callback
    def _on_motion_state(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if split_entity_id(event.data["entity_id"])[0] != Platform.BINARY_SENSOR:
            if (moment := self._events.new_event(old, new)) is None or new is None:
                return
            if new.attributes.get(ATTR_EVENT_TYPE) in _MOTION_OVER:
                self._motion_ended(moment, Platform.EVENT)
            else:
                self._pulse(moment, Platform.EVENT)
        elif (moment := turned_on(old, new)) is not None:
            self._pulse_timer.stop()
            self._send(EventKind.MOTION, moment)
        elif (
            old is not None
            and old.state == STATE_ON
            and (new is None or new.state != STATE_ON)
        ):
            # A sensor that was removed or is unavailable reports no motion either.
            self._motion_ended(moment_of(new) if new else moment_now())

    @callback
    def _on_ring_state(self, event: Event[EventStateChangedData]) -> None:
        old, new = event.data["old_state"], event.data["new_state"]
        if new is None:
            return
        if split_entity_id(event.data["entity_id"])[0] == Platform.BINARY_SENSOR:
            if (moment := turned_on(old, new)) is not None:
                self._send(EventKind.RING, moment)
            return
        kind = new.attributes.get(ATTR_EVENT_TYPE)
        kinds = new.attributes.get(ATTR_EVENT_TYPES) or ()
        if kind in PRESS_TYPES or (len(kinds) == 1 and kind in kinds):
            if (moment := self._events.new_event(old, new)) is not None:
                self._send(EventKind.RING, moment, Platform.EVENT)

    # Webhook

    async def _handle_webhook(
        self, hass: HomeAssistant, webhook_id: str, request: Request
    ) -> Response:
        """Read `event` from JSON, a form or the query."""
        now = time.monotonic()
        calls = self._calls
        if len(calls) == _MAX_CALLS and now - calls[0] < _CALLS_WINDOW:
            self._on_dropped(DropReason.TOO_MANY)
            return Response(status=429)
        calls.append(now)
        try:
            kind = await read_call(request)
        except TimeoutError:
            self._on_dropped(DropReason.UNREADABLE)
            return Response(status=408)
        except ValueError:
            self._on_dropped(DropReason.UNREADABLE)
            return Response(
                status=400, text="event must be motion, motion_ended or ring"
            )
        match kind:
            case EventKind.MOTION:
                self._pulse(moment_now(), _WEBHOOK)
            case EventKind.MOTION_ENDED:
                self._motion_ended(moment_now(), _WEBHOOK)
            case EventKind.RING:
                self._send(kind, moment_now(), _WEBHOOK)
        return Response(status=200)

    # Events

    @callback
    def _pulse(self, moment: Moment, transport: str) -> None:
        """Send motion, and its end after `PULSE`."""
        self._pulse_timer.start(
            PULSE, lambda: self._send(EventKind.MOTION_ENDED, moment_now(), transport)
        )
        self._send(EventKind.MOTION, moment, transport)

    @callback
    def _motion_ended(
        self, moment: Moment, transport: str = Platform.BINARY_SENSOR
    ) -> None:
        self._pulse_timer.stop()
        self._send(EventKind.MOTION_ENDED, moment, transport)

    @callback
    def _send(
        self, kind: EventKind, moment: Moment, transport: str = Platform.BINARY_SENSOR
    ) -> None:
        """Send an event, with the time at which it happened."""
        self._on_event(
            DoorbellEvent(
                kind=kind,
                at=moment.at,
                monotonic=moment.monotonic,
                transport=str(transport),
            )
        )
