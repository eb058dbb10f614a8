"""Decide whether a new state of an entity is a new event, and when it happened."""

from datetime import datetime, timedelta
import time
from typing import Final

from homeassistant.components.event import ATTR_EVENT_TYPE
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import State
from homeassistant.util import dt as dt_util

from ..engine.doorbells.dropped import DropCallback, DropReason
from ..engine.doorbells.moments import AT_ONCE, Listening, Moment

_AT_ONCE: Final = timedelta(seconds=AT_ONCE)


class EventEntities:
    """Find new events in the states of event entities, ignoring earlier ones."""

    def __init__(self, on_dropped: DropCallback = lambda why: None) -> None:
        """Start listening; `on_dropped` gets the reason for each ignored event."""
        self._on_dropped = on_dropped
        self._listening = Listening()
        # The last state and event type of each entity.
        self._shown: dict[str, tuple[str, object]] = {}

    def new_event(self, old: State | None, new: State | None) -> Moment | None:
        """Return when an event entity's event happened, or None if it is not new.

        An entity that is created or returns shows its last event again, and some
        integrations send that event again. So a state after "unavailable" never counts
        as a ring.
        """
        if new is None or new.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
            return None
        shown, now = self._shown.get(new.entity_id), _shown(new)
        self._shown[new.entity_id] = now
        if old is None or now in (_shown(old), shown):
            return None
        at, before = _time_of(new), _time_of(old)
        if at is not None and at == before and dt_util.utcnow() - at < _AT_ONCE:
            before = None  # states have whole milliseconds, which two kinds of event may share
        if old.state == STATE_UNAVAILABLE:
            found: Moment | DropReason = DropReason.BACK
        elif at is None:
            found = DropReason.NO_TIME
        else:
            found = self._listening.judge(at, before)
        if isinstance(found, DropReason):
            self._on_dropped(found)
            return None
        return found


def _shown(state: State) -> tuple[str, object]:
    return state.state, state.attributes.get(ATTR_EVENT_TYPE)


def _time_of(state: State) -> datetime | None:
    """Return the time in an event entity's state, or None if there is none."""
    at = dt_util.parse_datetime(state.state)
    return None if at is None or at.tzinfo is None else at


def turned_on(old: State | None, new: State | None) -> Moment | None:
    """Return when a sensor changed from off to on, or None if it did not."""
    if old and new and (old.state, new.state) == (STATE_OFF, STATE_ON):
        return moment_of(new)
    return None


def moment_of(state: State) -> Moment:
    """Return when a sensor changed; its state arrives without delay."""
    return Moment(state.last_changed, time.monotonic())
