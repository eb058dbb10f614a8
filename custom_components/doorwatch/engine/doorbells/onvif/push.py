"""Receive messages that an ONVIF device pushes, for devices without pull points."""

import asyncio
from collections.abc import Callable
import contextlib
from datetime import datetime, timedelta
import time
from typing import Any, Final, Protocol, override

import aiohttp
from zeep.exceptions import Error, Fault
from zeep.loader import parse_xml

from ...time_limit import time_limit
from ..dropped import DropCallback, DropReason
from .client import LENIENT, OnvifClient
from .events import aware
from .pull import (
    LONGEST_PULL,
    SUBSCRIBE_FOR,
    EventSubscription,
    PullResponse,
    SubscriptionLost,
    is_missing,
    left_of,
)

_PORT: Final = "NotificationConsumer"
# Maximum number of queued messages; the oldest are dropped.
_MOST_WAITING: Final = 50


class Consumer(Protocol):
    """The address at which devices can send messages to this home."""

    def open(
        self, take: Callable[[bytes], None]
    ) -> tuple[str, Callable[[], None]] | None:
        """Receive messages from now on; return the address and a function to close it.

        Returns None if there is no address. `take` is called in the event loop.
        """

    def is_at(self, address: str) -> bool:
        """Return whether an opened address still leads to this home."""


class PushPoint(EventSubscription):
    """A subscription whose messages the device sends."""

    transport = "push"
    _renew_below = 60.0

    def __init__(
        self, client: OnvifClient, consumer: Consumer, on_dropped: DropCallback
    ) -> None:
        """Initialize without a subscription; see `subscribe_push`."""
        super().__init__(client)
        self._consumer = consumer
        self._on_dropped = on_dropped
        self._address = ""
        self._close: Callable[[], None] = lambda: None
        self._operation: Any = None
        self._arrived: asyncio.Queue[tuple[bytes, float]] = asyncio.Queue()
        # The last time reported by the device's clock, and when that was (monotonic).
        self._clock: tuple[datetime, float] | None = None
        # Whether a message has arrived, so that the device can reach us.
        self.is_heard = False

    async def subscribe(self) -> bool:
        """Subscribe to messages; return whether the device supports it."""
        if (opened := self._consumer.open(self._take)) is None:
            return False
        self._address, self._close = opened
        try:
            async with self._client.step(refusal="events_refused"):
                return await self._subscribe()
        except BaseException:
            self._close()
            raise

    async def _subscribe(self) -> bool:
        client = self._client
        self._clock = client.clock
        producer = await client.service("notification")
        try:
            answer = await producer.Subscribe(
                {
                    "ConsumerReference": {"Address": self._address},
                    "InitialTerminationTime": f"PT{SUBSCRIBE_FOR:.0f}S",
                }
            )
        except Fault as error:
            if not is_missing(error):
                raise
            self._close()
            return False
        client.lead_to(_PORT, answer.SubscriptionReference.Address._value_1)  # noqa: SLF001 - zeep's name for the text
        pull = await client.service("pullpoint", _PORT)
        # A notification has the same content as the response to a pull.
        self._operation = pull.document.bindings[pull.binding_name].get("PullMessages")
        self._manager = await client.service("subscription", _PORT)
        self._renewed(answer)
        # Request the current states, which shows whether the device can reach us. Many
        # send them anyway, and some devices don't support the request.
        with contextlib.suppress(Error, aiohttp.ClientError):
            await pull.SetSynchronizationPoint()
        return True

    async def next(self, longest: float = LONGEST_PULL) -> PullResponse:
        """Wait up to `longest` seconds for messages."""
        try:
            async with time_limit(self._patience(longest)):
                body, arrived = await self._arrived.get()
        except TimeoutError:
            return PullResponse(messages=[], current=None, arrived=time.monotonic())
        current = None
        if self._clock is not None:
            # The message doesn't contain the device's current time, so compute it.
            told, then = self._clock
            current = told + timedelta(seconds=arrived - then)
        return PullResponse(messages=self._read(body), current=current, arrived=arrived)

    async def keep(self) -> bool:
        """Renew in time; return False if a new subscription will be needed soon.

        One is also needed if this home has a new address. Raises `SubscriptionLost` if
        the device doesn't know the subscription.
        """
        if not self._consumer.is_at(self._address):
            return False
        refused = await self._renew()
        if refused is not None and not is_missing(refused):
            raise SubscriptionLost
        return self.left > (0.0 if self._renews else self._granted / 4)

    @override
    def close(self) -> None:
        self._close()

    def _take(self, body: bytes) -> None:
        if self._arrived.qsize() >= _MOST_WAITING:
            self._arrived.get_nowait()
            self._on_dropped(DropReason.TOO_MANY)
        self._arrived.put_nowait((body, time.monotonic()))

    def _read(self, body: bytes) -> list[Any]:
        """Parse a notification, or return an empty list if it is invalid."""
        try:
            told = self._operation.process_reply(
                parse_xml(body, None, settings=LENIENT)  # type: ignore[arg-type] # it takes both
            )
            messages = list(told.NotificationMessage or ())
        except Fault, Error, AttributeError, TypeError, ValueError, RecursionError:
            self._on_dropped(DropReason.UNREADABLE)
            return []
        self.is_heard = self.is_heard or bool(messages)
        return messages

    @override
    def _renewed(self, answer: Any) -> None:
        if (now := aware(answer.CurrentTime)) is not None:
            # The device's clock may have been set since the last response.
            self._clock = now, time.monotonic()
        granted = left_of(answer.CurrentTime, answer.TerminationTime) or SUBSCRIBE_FOR
        self._granted = max(granted, 1.0)
        self._until = time.monotonic() + self._granted


async def subscribe_push(
    client: OnvifClient, consumer: Consumer, on_dropped: DropCallback
) -> PushPoint | None:
    """Subscribe to pushed messages; return None if the device doesn't support it.

    `on_dropped` gets the reason for each ignored message. Raises `DoorbellError`.
    """
    point = PushPoint(client, consumer, on_dropped)
    return point if await point.subscribe() else None
