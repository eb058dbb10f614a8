"""Receive messages that an ONVIF device pushes, for devices without pull points."""

import asyncio
from collections.abc import Callable
import contextlib
from datetime import datetime, timedelta
import time
from typing import Any, Final, Protocol

import aiohttp
from onvif import ONVIFService
from onvif.util import is_auth_error
from zeep.exceptions import Error, Fault
from zeep.loader import parse_xml

from ...time_limit import time_limit
from ..base import DoorbellError
from ..dropped import DropCallback, DropReason
from .client import LENIENT, OnvifClient, translate_errors
from .events import aware
from .pull import (
    LONGEST_PULL,
    SUBSCRIBE_FOR,
    PullResponse,
    SubscriptionLost,
    is_missing,
    left_of,
)

_PORT: Final = "NotificationConsumer"
# Seconds for one step, and the time left below which a subscription is renewed.
_STEP_TIMEOUT: Final = 20.0
_RENEW_BELOW: Final = 60.0
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


class PushPoint:
    """A subscription; failed requests raise `DoorbellError`."""

    transport = "push"

    def __init__(
        self, client: OnvifClient, on_dropped: DropCallback = lambda why: None
    ) -> None:
        """Initialize without a subscription; see `subscribe_push`."""
        self._client = client
        self._on_dropped = on_dropped
        self._consumer: Consumer | None = None
        self._address = ""
        self._manager: ONVIFService | None = None
        self._operation: Any = None
        self._close: Callable[[], None] = lambda: None
        self._arrived: asyncio.Queue[tuple[bytes, float]] = asyncio.Queue()
        self._granted = SUBSCRIBE_FOR
        self._until = 0.0
        # The last time reported by the device's clock, and when that was (monotonic).
        self._clock: tuple[datetime, float] | None = None
        self._renews = True
        self.renewals = 0
        # Whether a message has arrived, so that the device can reach us.
        self.is_heard = False

    async def subscribe(self, consumer: Consumer) -> bool:
        """Subscribe to messages; return whether the device supports it."""
        if (opened := consumer.open(self._take)) is None:
            return False
        self._consumer = consumer
        self._address, self._close = opened
        try:
            with translate_errors(self._client, refusal="events_refused"):
                async with time_limit(_STEP_TIMEOUT):
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
        self._note(answer)
        # Request the current states, which shows whether the device can reach us. Many
        # send them anyway, and some devices don't support the request.
        with contextlib.suppress(Error, aiohttp.ClientError):
            await pull.SetSynchronizationPoint()
        return True

    @property
    def left(self) -> float:
        """How many seconds are left without renewal."""
        return self._until - time.monotonic()

    async def next(self, longest: float = LONGEST_PULL) -> PullResponse:
        """Wait up to `longest` seconds for messages."""
        patience = max(1.0, min(longest, self.left / 2))
        try:
            async with time_limit(patience):
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
        if self._consumer is None or not self._consumer.is_at(self._address):
            return False
        if self._renews and self.left < _RENEW_BELOW and self._manager is not None:
            with translate_errors(self._client):
                async with time_limit(_STEP_TIMEOUT):
                    try:
                        answer = await self._manager.Renew(f"PT{SUBSCRIBE_FOR:.0f}S")
                    except Fault as error:
                        if is_auth_error(error):
                            raise
                        if not is_missing(error):
                            raise SubscriptionLost from None
                        self._renews = False
                    else:
                        self.renewals += 1
                        self._note(answer)
        return self.left > (0.0 if self._renews else self._granted / 4)

    async def end(self) -> None:
        """Close the address, and delete the device's subscription."""
        self._close()
        if self._manager is not None:
            with contextlib.suppress(DoorbellError), translate_errors():
                async with time_limit(_STEP_TIMEOUT):
                    await self._manager.Unsubscribe()

    def close(self) -> None:
        """Close the address only, as the device is gone or lost the subscription."""
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

    def _note(self, answer: Any) -> None:
        """Set the time left from the device's response."""
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
    point = PushPoint(client, on_dropped)
    return point if await point.subscribe(consumer) else None
