"""Keep a connection to a doorbell open, with one reader at a time."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Thread
from typing import Final

from ..doorbells.base import StreamSource
from .model import RecorderHealth
from .reader import PacketSink, Reader, RecorderTimeouts

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
    on_keyframe: Callable[[], None] = lambda: None
    on_failure: Callable[[str], None] = lambda problem: None
    is_decodable: Callable[[], bool] = lambda: True
    _reader: Reader | None = None
    _leaving: list[Reader] = field(default_factory=list)
    _watch: asyncio.TimerHandle | None = None
    _attempt_ended: asyncio.Event = field(default_factory=asyncio.Event)
    keyframes: int = 0  # how many have arrived
    connections: int = 0
    health: RecorderHealth = field(default_factory=RecorderHealth)

    @property
    def running(self) -> bool:
        """Whether the connection is to be kept open."""
        return self._reader is not None

    def start(self) -> None:
        """Start connecting in the background."""
        self._start_reader()
        self._watch = self.loop.call_later(self.timeouts.silence / 4, self._check)

    def stop(self) -> None:
        """Ask the reader to disconnect, without further callbacks; see `threads`."""
        if self._watch:
            self._watch.cancel()
            self._watch = None
        if reader := self._reader:
            self._reader = None
            self._retire(reader)
        self.health = RecorderHealth()
        self._end_attempt()

    async def next_attempt(self) -> None:
        """Wait until the next attempt to connect has ended, unless connected.

        It does not begin earlier: a camera that hangs up may have refused the login, and
        lock the account after more of them.
        """
        if self.running and not self.health.connected:
            await self._attempt_ended.wait()

    def threads(self) -> list[Thread]:
        """Return the threads that are still running."""
        return [r for r in (self._reader, *self._leaving) if r and r.is_alive()]

    def _start_reader(self) -> None:
        self._reader = reader = Reader(
            self.name,
            self.source,
            self.sink,
            lambda: self._call(reader, self._connected),
            lambda problem: self._call(reader, self._lost, problem),
            self.timeouts,
            self._keyframe,
            self.is_decodable,
        )
        reader.start()

    def _keyframe(self) -> None:
        self.keyframes += 1
        self.on_keyframe()

    def _retire(self, reader: Reader) -> None:
        reader.stop()
        self._leaving = [r for r in (*self._leaving, reader) if r.is_alive()]

    def _check(self) -> None:
        """Replace a stuck reader."""
        self._watch = self.loop.call_later(self.timeouts.silence / 4, self._check)
        self._leaving = [reader for reader in self._leaving if reader.is_alive()]
        if (reader := self._reader) is None or not reader.is_stuck:
            return
        if len(self._leaving) < _MOST_RETIRED:
            # It ends when its blocked read returns.
            self._retire(reader)
            self.sink.disconnected(reader)
            self._start_reader()
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
        self._set(RecorderHealth(connected=True))
        self._end_attempt()

    def _lost(self, problem: str) -> None:
        self._set(RecorderHealth(problem=problem, attempt=self.health.attempt + 1))
        if self.running:
            self.on_failure(problem)
        self._end_attempt()

    def _end_attempt(self) -> None:
        self._attempt_ended.set()
        self._attempt_ended = asyncio.Event()

    def _set(self, health: RecorderHealth) -> None:
        was = self.health
        same = was.connected == health.connected
        self.health = replace(health, since=was.since) if same else health
        if not same or was.problem != health.problem:
            self.on_change()
