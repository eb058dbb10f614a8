"""Measure how late events arrive, by transport."""

from collections import deque
import time
from typing import Final

from ..engine.doorbells.base import DoorbellEvent

# The number of most recent events that are kept, in total and for each transport.
_KEPT: Final = 50


class Latency:
    """Delays from an event at the doorbell to its arrival in Home Assistant."""

    def __init__(self) -> None:
        """Start without events."""
        self._all: deque[float] = deque(maxlen=_KEPT)
        self._by_transport: dict[str, deque[float]] = {}

    def note(self, event: DoorbellEvent) -> None:
        """Add an event that arrived just now."""
        kept = self._by_transport.setdefault(event.transport, deque(maxlen=_KEPT))
        late = time.monotonic() - event.monotonic
        for each in (self._all, kept):
            each.append(late)

    def diagnostics(self) -> dict[str, object]:
        """Return the delays of the last events in seconds, in total and by transport."""
        return {
            **_figures(self._all),
            "by_transport": {
                transport: _figures(late)
                for transport, late in self._by_transport.items()
            },
        }


def _figures(late: deque[float]) -> dict[str, object]:
    return {
        "counted": len(late),
        "last": round(late[-1], 3) if late else None,
        "worst": round(max(late), 3) if late else None,
    }
