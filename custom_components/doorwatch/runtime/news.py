"""Whether a new state of an entity tells that something happened, and when that was."""

from datetime import datetime
import time

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import State
from homeassistant.util import dt as dt_util

from ..engine.doorbells.dropped import DropCallback, Why
from ..engine.doorbells.moments import Listening, Moment


class EventEntities:
    """Judges what event entities show, from when it is made."""

    def __init__(self, on_dropped: DropCallback = lambda why: None) -> None:
        """Begin to listen; `on_dropped` is told why an event is not taken."""
        self._on_dropped = on_dropped
        self._listening = Listening()
        # What each of them showed last.
        self._shown: dict[str, str] = {}

    def new_event(self, old: State | None, new: State | None) -> Moment | None:
        """Return when an event entity's event happened; None when it is not new.

        An entity that comes into being or comes back shows its last event again, and
        some integrations send that event anew: whatever follows on "unavailable" is
        not taken for a ring.
        """
        if new is None or new.state in (STATE_UNAVAILABLE, STATE_UNKNOWN):
            return None
        shown, self._shown[new.entity_id] = self._shown.get(new.entity_id), new.state
        if old is None or new.state in (old.state, shown):
            return None
        at = _time_of(new)
        if old.state == STATE_UNAVAILABLE:
            found: Moment | Why = Why.BACK
        elif at is None:
            found = Why.NO_TIME
        else:
            found = self._listening.judge(at, _time_of(old))
        if isinstance(found, Why):
            self._on_dropped(found)
            return None
        return found


def _time_of(state: State) -> datetime | None:
    """Return the time that an event entity shows; None when it is none."""
    at = dt_util.parse_datetime(state.state)
    return None if at is None or at.tzinfo is None else at


def turned_on(old: State | None, new: State | None) -> bool:
    """Whether a sensor that was there and off is on now."""
    return bool(old and new and (old.state, new.state) == (STATE_OFF, STATE_ON))


def moment_of(state: State) -> Moment:
    """Return when a sensor changed: it is heard in that very moment."""
    return Moment(state.last_changed, time.monotonic())
