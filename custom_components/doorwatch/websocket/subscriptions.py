"""What a websocket command goes on to tell, as long as its socket is open."""

from collections.abc import Callable
from types import TracebackType
from typing import Self

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.core import callback


class Events[T]:
    """What a command goes on to tell as long as its socket is open."""

    def __init__(self, command: str) -> None:
        """Take the type of the command."""
        self.command = command

    @callback
    def send(self, connection: ActiveConnection, msg_id: int, event: T) -> None:
        """Tell one thing."""
        connection.send_event(msg_id, event)


class Subscription:
    """Ends what a command began: with the socket, when told to, or when it fails.

    Made before a command awaits anything, since Home Assistant ends only what it knows
    when a socket closes. Whatever is added after the end is ended at once.
    """

    def __init__(self, connection: ActiveConnection, msg_id: int) -> None:
        """Let core know of it."""
        self._connection = connection
        self._msg_id = msg_id
        self._stops: list[Callable[[], object]] = []
        self.ended = False
        connection.subscriptions[msg_id] = self.end

    def __enter__(self) -> Self:
        """End it when what follows fails."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let it go on after a command that did what it was asked."""
        if kind is not None:
            self._connection.subscriptions.pop(self._msg_id, None)
            self.end()

    @callback
    def add(self, stop: Callable[[], object]) -> None:
        """Take how to end something."""
        if self.ended:
            stop()
        else:
            self._stops.append(stop)

    @callback
    def end(self) -> None:
        """End all of it."""
        self.ended = True
        stops, self._stops = self._stops, []
        for stop in stops:
            stop()


class Changes[T]:
    """Tells of changes, but not before all there is was told."""

    def __init__(self, tell: Callable[[T], None]) -> None:
        """Take how to tell of one."""
        self._tell = tell
        self._waiting: list[T] | None = []

    @callback
    def take(self, change: T) -> None:
        """Tell of a change, or let it wait."""
        if self._waiting is None:
            self._tell(change)
        else:
            self._waiting.append(change)

    @callback
    def begin(self) -> None:
        """Tell of what came meanwhile, and of what comes from now on."""
        waiting, self._waiting = self._waiting or [], None
        for change in waiting:
            self._tell(change)
