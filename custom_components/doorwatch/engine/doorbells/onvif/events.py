"""What the messages of an ONVIF device mean: motion, its end, a ring; or nothing new."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, Final

import onvif_parsers
from onvif_parsers.errors import UnknownTopicError

from ..base import DoorbellEvent, EventKind
from ..dropped import DropCallback, Why

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
class Told:
    """One message: a thing at the door is so, or is so no more.

    `key` tells things apart, `initial` that it was so before, `lasts` that it stays so
    until told otherwise. `at` is by the device's clock, None when it does not say.
    `source` is where it was seen, as names and tokens.
    """

    kind: EventKind
    key: str
    there: bool
    initial: bool
    lasts: bool
    at: datetime | None
    source: tuple[tuple[str, str], ...] = ()


async def read_message(message: Any) -> Told | None:
    """Read a notification; None when it is about something else."""
    try:
        topic = str(message.Topic._value_1).rstrip("/.")  # noqa: SLF001 - zeep's name for the text
        payload = message.Message._value_1  # noqa: SLF001 - zeep's name for what is inside
        try:
            (entity, *_) = await onvif_parsers.parse(
                topic, "", _somewhere(message, payload)
            )
        except UnknownTopicError, ValueError:
            entity = None
        if topic.rsplit("/", 1)[-1].rsplit(":", 1)[-1].lower() in _BUTTONS:
            kind = EventKind.RING
            there = any(value in _TRUE for value in _values(payload)) or not list(
                _values(payload)
            )
        elif entity is not None and _is_motion(topic, entity):
            kind, there = EventKind.MOTION, bool(entity.value)
        else:
            return None
        source = _source(payload)
        named = ",".join(f"{name}={token}" for name, token in source)
        key = f"{topic} {named} {entity.uid if entity else ''}"
        if len(key) > LONGEST_KEY:
            return None
        return Told(
            kind=kind,
            key=key,
            there=there,
            initial=payload.PropertyOperation == "Initialized",
            lasts=payload.PropertyOperation is not None,
            at=aware(payload.UtcTime),
            source=source,
        )
    except AttributeError, KeyError, IndexError, TypeError:
        return None  # not as any device should write it


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


def _values(payload: Any) -> Iterator[str]:
    """Give the values of a message, as they are written."""
    for item in getattr(payload.Data, "SimpleItem", None) or ():
        yield str(item.Value).lower()


def _somewhere(message: Any, payload: Any) -> Any:
    """Give a message that names no source an empty one: the parsers count on it."""
    if getattr(payload.Source, "SimpleItem", None):
        return message
    source = SimpleNamespace(SimpleItem=[SimpleNamespace(Name="", Value="")])
    inside = SimpleNamespace(Source=source, Data=payload.Data)
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


class Happenings:
    """Tells what is new from what was before, over all subscriptions of a doorbell."""

    def __init__(self, on_dropped: DropCallback = lambda why: None) -> None:
        """Begin: nobody is there. `on_dropped` gets why something is not taken."""
        self._on_dropped = on_dropped
        # How each is, and when that was told; in the order in which they were told of last.
        self._known: dict[str, tuple[bool, float]] = {}
        self._moving: dict[str, None] = {}
        self._since = float("inf")
        self._first = True
        # By how much the device's clock was ahead of ours (monotonic) as it told it last.
        self._ahead: float | None = None

    @property
    def moving(self) -> bool:
        """Whether it was told of motion that lasts, and not yet of its end."""
        return any(self._known.get(key, (False,))[0] for key in self._moving)

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
        told: list[Told],
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
            if one.lasts:
                self._know(one, arrived)
            event = self._event_of(one, new=new)
            if event is not None:
                if not 0.0 <= age <= arrived - self._since + _BEFORE:
                    age = 0.0
                events.append(_event(event, arrived, age, transport))
        self._first = False
        return events

    def _know(self, told: Told, arrived: float) -> None:
        """Remember how it is; for one too many, forget one that is over, or the oldest."""
        self._known.pop(told.key, None)
        self._known[told.key] = told.there, arrived
        if len(self._known) > MOST_KNOWN:
            over = (key for key, (there, _) in self._known.items() if not there)
            del self._known[next(over, next(iter(self._known)))]

    def _is_new(self, told: Told, age: float, arrived: float) -> bool:
        before, known_since = self._known.get(told.key, (None, 0.0))
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
            why = Why.BEFORE
        elif memory and age < -_AHEAD:
            # Remembered by the clock as it was before it was set back.
            why = Why.FUTURE
        else:
            return True
        if told.there:
            self._on_dropped(why)
        return False

    def _was_set(self, current: datetime | None, arrived: float) -> bool:
        """Whether the device's clock was set since the last answer of a subscription.

        What it tells now happened since then, whatever clock it is told by.
        """
        if current is None:
            return False
        before, self._ahead = self._ahead, current.timestamp() - arrived
        return before is not None and abs(self._ahead - before) > _SET

    def _event_of(self, told: Told, *, new: bool) -> EventKind | None:
        if told.kind is EventKind.RING:
            return EventKind.RING if told.there and new else None
        if told.there:
            if not new:
                return None
            self._moving[told.key] = None
            if len(self._moving) > MOST_KNOWN:
                del self._moving[next(iter(self._moving))]
            return EventKind.MOTION
        if told.key not in self._moving:
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
    kind: EventKind, arrived: float, age: float, transport: str
) -> DoorbellEvent:
    return DoorbellEvent(
        kind=kind,
        at=datetime.now(UTC) - timedelta(seconds=age),
        monotonic=arrived - age,
        transport=transport,
    )
