"""Keep a connection to a doorbell open, with one reader at a time."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
import logging
from threading import Thread
from typing import Final

from ..doorbells.base import StreamSource
from .model import RecorderHealth
from .reader import PacketSink, Reader, RecorderTimeouts

_LOGGER = logging.getLogger(__name__)

# Maximum number of readers that are stuck in connections to a hanging doorbell.
_MOST_RETIRED: Final = 3


@dataclass(eq=False, repr=False)
class DoorbellConnection:
    """Run a reader from `start` to `stop`, and replace it if it is stuck.

    For the event loop, in which `on_change` is called when the health changes, and
    `on_failure` for each failed or lost connection. `source`, `on_keyframe` and
    `is_decodable` are called on the reader thread.
    """

    name: str
    source: Callable[[], StreamSource]
    sink: PacketSink
    timeouts: RecorderTimeouts
    loop: asyncio.AbstractEventLoop
    on_change: Callable[[], None]
    on_keyframe: Callable[[], None] | None = None
    on_failure: Callable[[str], None] | None = None
    is_decodable: Callable[[], bool] = lambda: True
    _reader: Reader | None = None
    _leaving: list[Reader] = field(default_factory=list)
    _watch: asyncio.TimerHandle | None = None
    _keyframes: int = 0
    connections: int = 0
    health: RecorderHealth = field(default_factory=lambda: _health(connected=False))

    @property
    def running(self) -> bool:
        """Whether the connection is to be kept open."""
        return self._reader is not None

    @property
    def keyframes(self) -> int:
        """How many keyframes have arrived."""
        return self._keyframes + (self._reader.keyframes if self._reader else 0)

    def start(self) -> None:
        """Start connecting in the background."""
        self._reader = self._new_reader()
        self._reader.start()
        self._watch = self.loop.call_later(self.timeouts.silence / 4, self._check)

    def stop(self) -> None:
        """Ask the reader to disconnect, without further callbacks; see `threads`."""
        if self._watch:
            self._watch.cancel()
            self._watch = None
        if reader := self._reader:
            reader.stop()
            self._let_go(reader)
            self._reader = None
        self.health = _health(connected=False)

    def threads(self) -> Iterator[Thread]:
        """Yield the threads that are still running."""
        for reader in (self._reader, *self._leaving):
            if reader is not None and reader.is_alive():
                yield reader

    def _new_reader(self) -> Reader:
        reader = Reader(
            self.name,
            self.source,
            self.sink,
            lambda: self._call(reader, self._connected),
            lambda problem: self._call(reader, self._lost, problem),
            self.timeouts,
            self.on_keyframe,
            self.is_decodable,
        )
        return reader

    def _let_go(self, reader: Reader) -> None:
        self._keyframes += reader.keyframes
        self._leaving = [r for r in (*self._leaving, reader) if r.is_alive()]

    def _check(self) -> None:
        """Replace a stuck reader."""
        self._watch = self.loop.call_later(self.timeouts.silence / 4, self._check)
        self._leaving = [reader for reader in self._leaving if reader.is_alive()]
        if (reader := self._reader) is None or not reader.is_stuck:
            return
        if len(self._leaving) < _MOST_RETIRED:
            reader.retire()
            self._let_go(reader)
            self._reader = self._new_reader()
            self._reader.start()
            self._lost("timeout")
        elif self.health.connected:
            self._lost("timeout")

    def _call[*Ts](
        self, reader: Reader, function: Callable[[*Ts], None], *arguments: *Ts
    ) -> None:
        """Call a function in the event loop unless the reader was replaced."""

        def call() -> None:
            if reader is self._reader:
                function(*arguments)

        try:
            self.loop.call_soon_threadsafe(call)
        except RuntimeError:  # the loop was closed without stopping the connection
            reader.stop()

    def _connected(self) -> None:
        self.connections += 1
        self._set(connected=True, problem=None, attempt=0)

    def _lost(self, problem: str) -> None:
        self._set(connected=False, problem=problem, attempt=self.health.attempt + 1)
        if self.on_failure and self.running:
            self.on_failure(problem)

    def _set(self, *, connected: bool, problem: str | None, attempt: int) -> None:
        was = self.health
        changed = (was.connected, was.problem) != (connected, problem)
        self.health = RecorderHealth(
            connected=connected,
            problem=problem,
            attempt=attempt,
            since=datetime.now(UTC) if changed else was.since,
        )
        if changed:
            self.on_change()


def _health(*, connected: bool) -> RecorderHealth:
    return RecorderHealth(
        connected=connected, problem=None, attempt=0, since=datetime.now(UTC)
    )
