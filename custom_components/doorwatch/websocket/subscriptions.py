"""Send events of a command until its connection closes."""

from collections.abc import Callable
from typing import Self

from homeassistant.components.websocket_api.connection import ActiveConnection
from homeassistant.core import callback


class Subscription[Event]:
    """Send events of a command, and release its resources when it fails or ends.

    Create it before the command awaits anything, because Home Assistant ends only
    registered subscriptions when a connection closes. A resource added after the end is
    released immediately.
    """

    def __init__(self, connection: ActiveConnection, msg_id: int) -> None:
        """Register the subscription with the connection."""
        self._connection = connection
        self._msg_id = msg_id
        self._stops: list[Callable[[], object]] = []
        self.ended = False
        connection.subscriptions[msg_id] = self.end

    def __enter__(self) -> Self:
        """Return the subscription."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        """End the subscription if the block failed."""
        if kind is not None:
            self._connection.subscriptions.pop(self._msg_id, None)
            self.end()

    @callback
    def send(self, event: Event) -> None:
        """Send an event."""
        self._connection.send_event(self._msg_id, event)

    def sender(self, make: Callable[[], Event]) -> Callable[..., None]:
        """Return a function that sends what `make` returns, if that has changed."""
        sent: Event | None = None

        @callback
        def send(*_changed: object) -> None:
            nonlocal sent
            if (now := make()) != sent:
                sent = now
                self.send(now)

        return send

    @callback
    def add(self, stop: Callable[[], object]) -> None:
        """Add a function that releases a resource."""
        if self.ended:
            stop()
        else:
            self._stops.append(stop)

    @callback
    def end(self) -> None:
        """Release all resources."""
        self.ended = True
        stops, self._stops = self._stops, []
        for stop in stops:
            stop()


class Changes[*Change]:
    """Changes, held back until the initial list was sent."""

    def __init__(self, tell: Callable[[*Change], None]) -> None:
        """Set the function that sends a change."""
        self._tell = tell
        self._waiting: list[tuple[*Change]] | None = []

    @callback
    def take(self, *change: *Change) -> None:
        """Send a change, or keep it until `begin`."""
        if self._waiting is None:
            self._tell(*change)
        else:
            self._waiting.append(change)

    @callback
    def begin(self) -> None:
        """Send the changes kept so far, and later ones immediately."""
        waiting, self._waiting = self._waiting or [], None
        for change in waiting:
            self._tell(*change)
