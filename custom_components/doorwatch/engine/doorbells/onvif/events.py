"""What the messages of an ONVIF device mean: motion, its end, a ring, what is seen."""

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

# The last part of the topics of a button, whatever stands before it.
_BUTTONS: Final = frozenset(
    {"visitor", "doorbell", "doorbellring", "doorbellpress", "callbutton"}
)
# Told as motion by the parsers, but a door contact or a wire may be behind them.
_INPUTS: Final = "tns1:Device/Trigger"
# Motion of something that nobody opens a door for.
_NOBODY: Final = ("Vehicle", "Pet", "Package", "Tamper")
_TRUE: Final = frozenset({"true", "1"})
# A clock that is told in whole seconds, twice, makes this much of nothing.
_WHOLE_SECONDS: Final = 1.0
# What happened this long (seconds) before the subscription was before it.
_BEFORE: Final = 2.0
# A device's memory comes this soon (seconds), and what is told of a moment that is this
# far ahead of the device's clock is told by another clock.
_MEMORY: Final = 30.0
_AHEAD: Final = 5.0
# Since the answer before, a clock that went on by itself differs from ours by less than
# this (seconds), on a slow network too.
_SET: Final = 15.0
# Seconds for which nobody holds a button: one that was told as pressed, and then of
# nothing for so long, was let go of without a word.
HELD: Final = 30.0
# Some devices tell the local time and call it UTC: off by quarters of an hour.
_QUARTER: Final = 900.0
_NEAR: Final = 15.0
# Topics and sources that are remembered; a camera has a handful, a recorder some dozens.
MOST_KNOWN: Final = 256
# Characters of one of them; they are names of rules and tokens.
LONGEST_KEY: Final = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class EventMessage:
    """One message: a thing at the door is so, or is so no more.

    `key` tells things apart, `initial` that it was so before, `lasts` that it stays so
    until told otherwise. `at` is by the device's clock, None when it does not say.
    `source` is where it was seen, as names and tokens. `labels` are all that is there,
    of SEEN. `ends`: whether motion that is not there is over; what else is seen goes on.
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
    """Read a notification; nothing when it is about something else."""
    try:
        topic = str(message.Topic._value_1).rstrip("/.")  # noqa: SLF001 - zeep's name for the text
        payload = message.Message._value_1  # noqa: SLF001 - zeep's name for what is inside
        items = _items(payload)
        entities = await _entities(topic, message, payload)
        labels = labels_in(topic, items) if entities or topic in OBJECTS else None
        # What is deleted may still be told as it was last.
        gone = payload.PropertyOperation == "Deleted"
        if gone and labels is not None:
            labels = frozenset()
        source = _source(payload)
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
        return []  # not as any device should write it


def _told(
    topic: str,
    items: list[tuple[str, str]],
    entities: list[onvif_parsers.model.EventEntity],
    labels: frozenset[str] | None,
) -> Iterator[tuple[EventKind, str, bool]]:
    """Give what a message tells: of what kind, which thing, and whether it is there."""
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
    """Return what the parsers make of a message; nothing when they do not know it."""
    values = getattr(payload.Data, "SimpleItem", None) or ()
    several = len(values) > 1 and any(str(one.Name).lower() in ITEMS for one in values)
    found: list[onvif_parsers.model.EventEntity] = []
    # They look at the first such value alone.
    for data in [[one] for one in values] if several else [values]:
        with contextlib.suppress(UnknownTopicError, ValueError):
            found += await onvif_parsers.parse(
                topic, "", _somewhere(message, payload, data)
            )
    return found


def kinds_of(topics: list[str]) -> frozenset[EventKind]:
    """Say which of our events a device offers by the names of its topics."""
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


def _items(payload: Any) -> list[tuple[str, str]]:
    """Return names and values of a message, in small letters."""
    return [
        (str(item.Name).lower(), str(item.Value).lower())
        for item in getattr(payload.Data, "SimpleItem", None) or ()
    ]


def _somewhere(message: Any, payload: Any, data: Sequence[Any]) -> Any:
    """Give a message with these values; one without a source an empty one: the parsers count on it."""
    source = payload.Source
    if not getattr(source, "SimpleItem", None):
        source = SimpleNamespace(SimpleItem=[SimpleNamespace(Name="", Value="")])
    inside = SimpleNamespace(Source=source, Data=SimpleNamespace(SimpleItem=data))
    return SimpleNamespace(
        Topic=message.Topic, Message=SimpleNamespace(_value_1=inside)
    )


def _source(payload: Any) -> tuple[tuple[str, str], ...]:
    items = getattr(payload.Source, "SimpleItem", None) or ()
    return tuple((str(item.Name), str(item.Value)) for item in items)


def aware(at: object) -> datetime | None:
    """Return a device's time with its zone; None when it is no time."""
    if not isinstance(at, datetime):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


class EventTracker:
    """Tells what is new from what was before, over all subscriptions of a doorbell."""

    def __init__(self, on_dropped: DropCallback = lambda why: None) -> None:
        """Begin: nobody is there. `on_dropped` gets why something is not taken."""
        self._on_dropped = on_dropped
        # How each is, when that was told, and what was seen; in the order in which they
        # were told of last.
        self._known: dict[str, tuple[bool, float, frozenset[str]]] = {}
        self._moving: dict[str, None] = {}
        self._since = float("inf")
        self._first = True
        # By how much the device's clock was ahead of ours (monotonic) as it told it last.
        self._ahead: float | None = None

    @property
    def moving(self) -> bool:
        """Whether it was told of motion that lasts, and not yet of its end."""
        return any(key in self._known and self._known[key][0] for key in self._moving)

    def subscribed(self, now: float) -> None:
        """Take what is told from now on (monotonic); what was before does not count."""
        self._known.clear()
        self._since = now
        self._first = True
        self._ahead = None

    def lost(self, now: float, transport: str) -> list[DoorbellEvent]:
        """Nobody tells any more; who moves then is not seen to stop."""
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
        """Return the events in what one answer told.

        `current` is the device's clock as the answer was made, `arrived` is when it came
        (monotonic), `transport` the way by which.
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
        """Remember how it is; for one too many, forget one that is over, or the oldest."""
        self._known.pop(told.key, None)
        self._known[told.key] = told.there, arrived, told.labels
        if len(self._known) > MOST_KNOWN:
            over = (key for key, (there, *_) in self._known.items() if not there)
            del self._known[next(over, next(iter(self._known)))]

    def _is_new(self, told: EventMessage, age: float, arrived: float) -> bool:
        before, known_since, _ = self._known.get(told.key, (None, 0.0, None))
        if before is None and told.initial:
            return False
        # A device may empty its memory into a new subscription, not into an old one.
        memory = self._first and arrived < self._since + _MEMORY
        happened = arrived - max(age, 0.0)
        if not memory and _is_zone(age):
            happened = arrived
        if told.kind is EventKind.RING and before is True:
            # It is still pressed, or was let go of without a word.
            if told.initial or happened < known_since + HELD:
                return False
        if happened < self._since - _BEFORE:
            why = DropReason.BEFORE
        elif memory and age < -_AHEAD:
            # Remembered by the clock as it was before it was set back.
            why = DropReason.FUTURE
        else:
            return True
        if told.there:
            self._on_dropped(why)
        return False

    def _labels_of(self, told: EventMessage) -> frozenset[str]:
        """Return what has come into view: a parked car is told of with each person.

        Who says the same again has not said in between that it was over.
        """
        _, _, before = self._known.get(told.key, (None, None, frozenset()))
        return told.labels if told.labels == before else told.labels - before

    def _was_set(self, current: datetime | None, arrived: float) -> bool:
        """Whether the device's clock was set since the last answer of a subscription.

        What it tells now happened since then, whatever clock it is told by.
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
    """Return how long ago it was, both by the device's clock; less than 0: it will be."""
    if at is None or current is None:
        return 0.0
    age = (current - at).total_seconds()
    if not at.microsecond and not current.microsecond:
        age -= _WHOLE_SECONDS
    return age


def _is_zone(age: float) -> bool:
    """Whether it looks like a time zone rather than a time."""
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
