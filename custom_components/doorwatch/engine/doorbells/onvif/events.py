"""Interpret the messages of an ONVIF device as motion, rings and labels."""

from collections.abc import Iterator, Sequence
import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

import onvif_parsers
from onvif_parsers.errors import UnknownTopicError

from ..base import DoorbellEvent, EventKind
from ..dropped import DropCallback, DropReason
from .labels import ITEMS, OBJECTS, SAID_BY, labels_in

# The last part of the topics of a button, with any prefix.
_BUTTONS: Final = frozenset(
    {"visitor", "doorbell", "doorbellring", "doorbellpress", "callbutton"}
)
# The parsers return these as motion, but they can be any sensor or wire.
_INPUTS: Final = "tns1:Device/Trigger"
# Motion of other things than people.
_NOBODY: Final = ("Vehicle", "Pet", "Package", "Tamper")
_TRUE: Final = frozenset({"true", "1"})
# The rounding error of an age (seconds) if both times are in whole seconds.
_WHOLE_SECONDS: Final = 1.0
# An event older than the subscription by more than this (seconds) happened before it.
_BEFORE: Final = 2.0
# Devices send stored events within this time (seconds) after the subscription. If one
# is ahead of the device's clock by `_AHEAD` (seconds), the clock was set back since.
_MEMORY: Final = 30.0
_AHEAD: Final = 5.0
# If the difference of the clocks changes by more than this (seconds) between two
# responses, the device's clock was set; a slow network causes less.
_SET: Final = 15.0
# A button pressed for longer than this (seconds) was released without a message.
HELD: Final = 30.0
# Some devices report local time as UTC, so times are off by multiples of 15 minutes.
_QUARTER: Final = 900.0
_NEAR: Final = 15.0
# Maximum number of remembered topics and sources; a recorder has dozens.
MOST_KNOWN: Final = 256
# Maximum length of a key in characters; it contains names of rules and tokens.
LONGEST_KEY: Final = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class EventMessage:
    """The state that one message reports.

    `key` identifies what has the state, and `there` is whether it is active. `initial`:
    the state is older than the subscription. `lasts`: the state stays until the next
    message. `at` is by the device's clock, None if not given. `source` is the source as
    names and tokens. `labels` are all current labels, for SEEN only. `ends`: whether a
    state that is not active ends motion, which it doesn't while other labels are seen.
    """

    kind: EventKind
    key: str
    there: bool
    initial: bool
    lasts: bool
    at: datetime | None
    source: tuple[tuple[str, str], ...] = ()
    labels: frozenset[str] = frozenset()
    ends: bool = True


async def read_message(message: Any) -> list[EventMessage]:
    """Parse a notification; return an empty list if it is irrelevant or invalid."""
    try:
        topic = str(message.Topic._value_1).rstrip("/.")  # noqa: SLF001 - zeep's name for the text
        payload = message.Message._value_1  # noqa: SLF001 - zeep's name for the content
        items = [(name.lower(), value.lower()) for name, value in _items(payload.Data)]
        entities = await _entities(topic, message, payload)
        labels = labels_in(topic, items) if entities or topic in OBJECTS else None
        # A deleted state may still contain its last value.
        gone = payload.PropertyOperation == "Deleted"
        if gone and labels is not None:
            labels = frozenset()
        source = tuple(_items(payload.Source))
        named = ",".join(f"{name}={token}" for name, token in source)
        told = [
            EventMessage(
                kind=kind,
                key=f"{topic} {named} {what}",
                there=there and not gone,
                initial=payload.PropertyOperation == "Initialized",
                lasts=payload.PropertyOperation is not None,
                at=aware(payload.UtcTime),
                source=source,
                labels=(labels or frozenset())
                if kind is EventKind.SEEN
                else frozenset(),
                ends=not labels,
            )
            for kind, what, there in _told(topic, items, entities, labels)
        ]
        return [one for one in told if len(one.key) <= LONGEST_KEY]
    except AttributeError, KeyError, IndexError, TypeError:
        return []  # invalid message


def _told(
    topic: str,
    items: list[tuple[str, str]],
    entities: list[onvif_parsers.model.EventEntity],
    labels: frozenset[str] | None,
) -> Iterator[tuple[EventKind, str, bool]]:
    """Yield the kind, the name and the state of each thing in a message."""
    if topic.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() in _BUTTONS:
        pressed = any(value in _TRUE for _, value in items) or not items
        yield EventKind.RING, entities[0].uid if entities else "", pressed
        return
    for entity in entities:
        if _is_motion(topic, entity):
            yield EventKind.MOTION, entity.uid, bool(entity.value)
    if labels is not None:
        yield EventKind.SEEN, EventKind.SEEN, bool(labels)


async def _entities(
    topic: str, message: Any, payload: Any
) -> list[onvif_parsers.model.EventEntity]:
    """Return the result of the parsers, or an empty list for unknown topics."""
    values = getattr(payload.Data, "SimpleItem", None) or ()
    several = len(values) > 1 and any(str(one.Name).lower() in ITEMS for one in values)
    found: list[onvif_parsers.model.EventEntity] = []
    # The parsers read only the first such value.
    for data in [[one] for one in values] if several else [values]:
        with contextlib.suppress(UnknownTopicError, ValueError):
            found += await onvif_parsers.parse(
                topic, "", _somewhere(message, payload, data)
            )
    return found


def kinds_of(topics: list[str]) -> frozenset[EventKind]:
    """Return the kinds of events that a device offers, by the names of its topics."""
    found = set()
    for topic in topics:
        last = topic.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower()
        if last in _BUTTONS:
            found.add(EventKind.RING)
        elif "motion" in last or "people" in last or "human" in last:
            found.add(EventKind.MOTION)
    return frozenset(found)


def _is_motion(topic: str, entity: onvif_parsers.model.EventEntity) -> bool:
    return (
        entity.device_class == "motion"
        and not topic.startswith(_INPUTS)
        and not entity.name.startswith(_NOBODY)
    )


def _items(part: Any) -> list[tuple[str, str]]:
    """Return names and values of a part of a message."""
    return [
        (str(item.Name), str(item.Value))
        for item in getattr(part, "SimpleItem", None) or ()
    ]


def _somewhere(message: Any, payload: Any, data: Sequence[Any]) -> Any:
    """Return a message with these values, and an empty source if it has none.

    The parsers require a source.
    """
    source = payload.Source
    if not getattr(source, "SimpleItem", None):
        source = SimpleNamespace(SimpleItem=[SimpleNamespace(Name="", Value="")])
    inside = SimpleNamespace(Source=source, Data=SimpleNamespace(SimpleItem=data))
    return SimpleNamespace(
        Topic=message.Topic, Message=SimpleNamespace(_value_1=inside)
    )


def aware(at: object) -> datetime | None:
    """Return a device's time with its time zone, or None if it is invalid."""
    if not isinstance(at, datetime):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class EventTracker:
    """Distinguish new events from earlier ones over all subscriptions of a doorbell."""

    def __init__(self, on_dropped: DropCallback = lambda why: None) -> None:
        """Initialize without states; `on_dropped` gets why an event is ignored."""
        self._on_dropped = on_dropped
        # For each key: whether it is active, when that was reported, and the labels; in
        # the order of the last reports.
        self._known: dict[str, tuple[bool, float, frozenset[str]]] = {}
        self._moving: dict[str, None] = {}
        self._since = float("inf")
        self._first = True
        # How far the device's clock was last ahead of ours (monotonic).
        self._ahead: float | None = None

    @property
    def moving(self) -> bool:
        """Whether motion was reported that lasts and has not ended yet."""
        return any(key in self._known and self._known[key][0] for key in self._moving)

    def subscribed(self, now: float) -> None:
        """Start with a new subscription (monotonic); earlier states don't count."""
        self._known.clear()
        self._since = now
        self._first = True
        self._ahead = None

    def lost(self, now: float, transport: str) -> list[DoorbellEvent]:
        """Forget all states; return the end of motion, which won't be reported."""
        was_moving = bool(self._moving)
        self._known.clear()
        self._moving.clear()
        if not was_moving:
            return []
        return [_event(EventKind.MOTION_ENDED, now, 0.0, transport)]

    def take(
        self,
        told: list[EventMessage],
        current: datetime | None,
        arrived: float,
        transport: str,
    ) -> list[DoorbellEvent]:
        """Return the new events in one response.

        `current` is the device's clock at the time of the response, `arrived` is when
        it arrived (monotonic), and `transport` how.
        """
        events = []
        was_set = self._was_set(current, arrived)
        for one in told:
            age = 0.0 if was_set else _age(one.at, current)
            new = self._is_new(one, age, arrived)
            labels = self._labels_of(one)
            if one.lasts:
                self._know(one, arrived)
            event = self._event_of(one, new=new)
            if event is EventKind.SEEN and not labels:
                event = None
            if event is not None:
                if not 0.0 <= age <= arrived - self._since + _BEFORE:
                    age = 0.0
                events.append(_event(event, arrived, age, transport, labels))
        self._first = False
        return events

    def _know(self, told: EventMessage, arrived: float) -> None:
        """Store a state; at the limit, drop an inactive one, or else the oldest."""
        self._known.pop(told.key, None)
        self._known[told.key] = told.there, arrived, told.labels
        if len(self._known) > MOST_KNOWN:
            over = (key for key, (there, *_) in self._known.items() if not there)
            del self._known[next(over, next(iter(self._known)))]

    def _is_new(self, told: EventMessage, age: float, arrived: float) -> bool:
        before, known_since, _ = self._known.get(told.key, (None, 0.0, None))
        if before is None and told.initial:
            return False
        # A device may send stored events, but only to a new subscription.
        memory = self._first and arrived < self._since + _MEMORY
        happened = arrived - max(age, 0.0)
        if not memory and _is_zone(age):
            happened = arrived
        if told.kind is EventKind.RING and before is True:
            # The button is still pressed, or it was released without a message.
            if told.initial or happened < known_since + HELD:
                return False
        if happened < self._since - _BEFORE:
            why = DropReason.BEFORE
        elif memory and age < -_AHEAD:
            # A stored event from before the device's clock was set back.
            why = DropReason.FUTURE
        else:
            return True
        if told.there:
            self._on_dropped(why)
        return False

    def _labels_of(self, told: EventMessage) -> frozenset[str]:
        """Return the labels that are new, as a parked car is reported with each person.

        If a report repeats the same labels, all are new: the device omitted the end.
        """
        _, _, before = self._known.get(told.key, (None, None, frozenset()))
        return told.labels if told.labels == before else told.labels - before

    def _was_set(self, current: datetime | None, arrived: float) -> bool:
        """Return whether the device's clock was set since the previous response.

        If so, the events of this response happened since then, whatever their times.
        """
        if current is None:
            return False
        before, self._ahead = self._ahead, current.timestamp() - arrived
        return before is not None and abs(self._ahead - before) > _SET

    def _event_of(self, told: EventMessage, *, new: bool) -> EventKind | None:
        if told.kind in (EventKind.RING, EventKind.SEEN):
            return told.kind if told.there and new else None
        if told.there:
            if not new:
                return None
            self._moving[told.key] = None
            if len(self._moving) > MOST_KNOWN:
                del self._moving[next(iter(self._moving))]
            return EventKind.MOTION
        if told.key not in self._moving or not told.ends:
            return None
        del self._moving[told.key]
        return None if self._moving else EventKind.MOTION_ENDED


def _age(at: datetime | None, current: datetime | None) -> float:
    """Return the age of an event by the device's clock; negative if in the future."""
    if at is None or current is None:
        return 0.0
    age = (current - at).total_seconds()
    if not at.microsecond and not current.microsecond:
        age -= _WHOLE_SECONDS
    return age


def _is_zone(age: float) -> bool:
    """Return whether an age looks like the offset of a time zone."""
    return (
        age > _QUARTER - _NEAR and abs(age - round(age / _QUARTER) * _QUARTER) < _NEAR
    )


def _event(
    kind: EventKind,
    arrived: float,
    age: float,
    transport: str,
    labels: frozenset[str] = frozenset(),
) -> DoorbellEvent:
    return DoorbellEvent(
        kind=kind,
        at=datetime.now(UTC) - timedelta(seconds=age),
        monotonic=arrived - age,
        transport=transport,
        labels=dict.fromkeys(sorted(labels), SAID_BY),
    )
