"""Wake a battery-powered doorbell while it is needed."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from .connection import DoorbellConnection
from .model import RecorderHealth
from .reader import LASTING

# Seconds between checks whether frames are still needed.
_LOOK: Final = 0.25
# Failures in a row after which a problem is reported; fewer can mean deep sleep.
MOST_FAILURES: Final = 3


@dataclass(eq=False, repr=False)
class Waker:
    """Connect only while frames are needed.

    For the event loop. `needed` returns whether frames are still needed. `give_up` is
    called when waiting for frames is useless, and `on_change` when the health changes.
    """

    connection: DoorbellConnection
    loop: asyncio.AbstractEventLoop
    needed: Callable[[], bool]
    give_up: Callable[[], None]
    on_change: Callable[[], None]
    _look: asyncio.TimerHandle | None = None
    _before: int = 0  # connections before waking
    _problem: str | None = None
    _wrong: str | None = None  # the reported problem
    failures: int = 0
    wakes: int = 0
    health: RecorderHealth = field(default_factory=lambda: RecorderHealth(asleep=True))

    def wake(self) -> None:
        """Connect unless already connecting or connected."""
        if self.connection.running:
            return
        self.wakes += 1
        self._problem = None
        self._before = self.connection.connections
        self.connection.start()
        self._look_later()

    def stop(self) -> None:
        """Disconnect permanently."""
        if self._look:
            self._look.cancel()
        self.connection.stop()

    def update(self) -> None:
        """Update the health after a change of the connection."""
        if self.connection.health.connected:
            self.failures = 0
            self._wrong = None
        self._tell()

    def failed(self, problem: str) -> None:
        """Handle the problem of a failed attempt to connect."""
        self._problem = problem
        if problem in LASTING:
            self._wrong = problem
            self._tell()
            self.give_up()

    def _look_later(self) -> None:
        self._look = self.loop.call_later(_LOOK, self._let_sleep)

    def _let_sleep(self) -> None:
        if self.needed():
            self._look_later()
            return
        self._look = None
        self.connection.stop()
        if self.connection.connections == self._before:
            self.failures += 1
            if self.failures >= MOST_FAILURES:
                self._wrong = self._problem or "timeout"
        self._tell()

    def _tell(self) -> None:
        connected, was = self.connection.health.connected, self.health
        now = RecorderHealth(
            connected=connected,
            problem=None if connected else self._wrong,
            attempt=self.failures,
            asleep=not connected and self._wrong is None,
        )
        if replace(now, attempt=was.attempt, since=was.since) != was:
            self.health = now
            self.on_change()
