"""How late events arrive."""

from collections import deque
import time
from typing import Final

# How many of the last events are remembered.
_KEPT: Final = 50


class Latency:
    """From when something happened to when this home was told."""

    def __init__(self) -> None:
        """Begin without any."""
        self._seconds: deque[float] = deque(maxlen=_KEPT)

    def note(self, happened: float) -> None:
        """Take the moment (monotonic) of an event that was told just now."""
        self._seconds.append(time.monotonic() - happened)

    def diagnostics(self) -> dict[str, object]:
        """Say how late the last events arrived, in seconds."""
        late = self._seconds
        return {
            "counted": len(late),
            "last": round(late[-1], 3) if late else None,
            "worst": round(max(late), 3) if late else None,
        }
