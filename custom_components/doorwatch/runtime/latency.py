"""How late events arrive, and how they come."""

from collections import deque
import time
from typing import Final

from ..engine.doorbells.base import DoorbellEvent

# How many of the last events are remembered: of all, and for each way that they come.
_KEPT: Final = 50


class Latency:
    """From when something happened to when this home was told."""

    def __init__(self) -> None:
        """Begin without any."""
        self._all: deque[float] = deque(maxlen=_KEPT)
        self._by_transport: dict[str, deque[float]] = {}

    def note(self, event: DoorbellEvent) -> None:
        """Take an event that was told just now."""
        kept = self._by_transport.setdefault(event.transport, deque(maxlen=_KEPT))
        late = time.monotonic() - event.monotonic
        for each in (self._all, kept):
            each.append(late)

    def diagnostics(self) -> dict[str, object]:
        """Say how late the last events arrived, in seconds, and by which way."""
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
