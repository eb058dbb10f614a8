"""Subscribe to an ONVIF device through a pull point, and renew the subscription."""

from abc import ABC, abstractmethod
import contextlib
from dataclasses import dataclass
from datetime import datetime
import time
from typing import Any, ClassVar, Final, override

from onvif import ONVIFService
from onvif.util import is_auth_error
from zeep.exceptions import Fault

from ..base import LOGIN_PROBLEMS, DoorbellError
from .client import OnvifClient
from .events import aware

_PORT: Final = "PullPointSubscription"
# Seconds. Short, so that a subscription that the device didn't delete ends soon.
SUBSCRIBE_FOR: Final = 120.0
# Longer than devices grant for that, and shorter than the offset of a time zone.
_LONGEST_GRANT: Final = 600.0
# Maximum seconds for which one pull waits, and extra time for network and device.
LONGEST_PULL: Final = 30.0
_ON_TOP: Final = 10.0
_MOST_MESSAGES: Final = 50


class SubscriptionLost(Exception):
    """Raised if the device responds that it doesn't know the subscription."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PullResponse:
    """The result of one pull. `current` is the device's clock at that time."""

    messages: list[Any]
    current: datetime | None
    arrived: float  # time.monotonic


class EventSubscription(ABC):
    """A subscription; failed requests raise `DoorbellError`."""

    # Renew if less than this (seconds) is left.
    _renew_below: ClassVar[float]

    def __init__(self, client: OnvifClient) -> None:
        """Initialize; the subscription's manager is set later."""
        self._client = client
        self._manager: ONVIFService
        self._granted = SUBSCRIBE_FOR
        self._until = time.monotonic() + self._granted
        self._renews = True
        self.renewals = 0

    @property
    def left(self) -> float:
        """How many seconds are left without renewal."""
        return self._until - time.monotonic()

    def _patience(self, longest: float) -> float:
        """Return how long to wait for messages, in seconds."""
        return max(1.0, min(longest, self.left / 2))

    async def _renew(self) -> Fault | None:
        """Renew in time; return the fault if the device refuses, and don't try again."""
        if self._renews and self.left < self._renew_below:
            async with self._client.step():
                try:
                    answer = await self._manager.Renew(f"PT{SUBSCRIBE_FOR:.0f}S")
                except Fault as error:
                    if is_auth_error(error):
                        raise
                    self._renews = False
                    return error
                self.renewals += 1
                self._renewed(answer)
        return None

    @abstractmethod
    def _renewed(self, answer: Any) -> None:
        """Set the time left from the device's response."""

    def close(self) -> None:  # noqa: B027 - a pull point has none
        """Release local resources, as the device is gone or lost the subscription."""

    async def end(self) -> None:
        """Delete the subscription; if that fails, it expires anyway."""
        with contextlib.suppress(DoorbellError):
            async with self._client.step():
                await self._manager.Unsubscribe()


class PullPoint(EventSubscription):
    """A subscription whose messages are requested."""

    transport = "pullpoint"
    # The device responds, so events can arrive.
    is_heard = True
    _renew_below = 45.0

    def __init__(
        self, client: OnvifClient, pull: ONVIFService, manager: ONVIFService
    ) -> None:
        """Initialize with the subscription's services; see `subscribe`."""
        super().__init__(client)
        self._pull = pull
        self._manager = manager

    async def next(self, longest: float = LONGEST_PULL) -> PullResponse:
        """Wait up to `longest` seconds for messages; raises `SubscriptionLost`, too."""
        patience = self._patience(longest)
        async with self._client.step(patience + _ON_TOP):
            try:
                answer = await self._pull.PullMessages(
                    {
                        "Timeout": f"PT{patience:.0f}S",
                        "MessageLimit": _MOST_MESSAGES,
                    }
                )
            except Fault as error:
                if is_auth_error(error):
                    raise
                raise SubscriptionLost from None
            arrived = time.monotonic()
            self._note(answer)
            return PullResponse(
                messages=list(answer.NotificationMessage or ()),
                current=aware(answer.CurrentTime),
                arrived=arrived,
            )

    async def keep(self) -> bool:
        """Renew in time; return False if a new subscription will be needed soon."""
        await self._renew()
        # Some devices don't support Renew, but a pull may renew.
        return self._renews or self.left > _ON_TOP

    @override
    def _renewed(self, answer: Any) -> None:
        self._until = time.monotonic() + self._granted
        self._note(answer)

    def granted(self, answer: Any) -> None:
        """Store how long the subscription lasts, in case responses don't contain it."""
        self._note(answer)
        self._granted = max(1.0, min(self.left, SUBSCRIBE_FOR))

    def _note(self, answer: Any) -> None:
        """Set the time left, which is the difference of two device times."""
        left = left_of(answer.CurrentTime, answer.TerminationTime)
        if left is not None:
            self._until = time.monotonic() + left


def left_of(current: object, until: object) -> float | None:
    """Return how many seconds are left, or None if the times are missing or implausible.

    Some devices give the end in local time but the current time in UTC. The end is then
    in the past, or hours ahead, which would prevent renewal.
    """
    now, end = aware(current), aware(until)
    if now is None or end is None:
        return None
    left = (end - now).total_seconds()
    return left if 0.0 < left <= _LONGEST_GRANT else None


async def subscribe(client: OnvifClient) -> PullPoint | None:
    """Create a pull point; return None if the device doesn't support it.

    Raises `DoorbellError`.
    """
    if not client.has_events:
        return None
    async with client.step(refusal="events_refused"):
        events = await client.service("events")
        try:
            answer = await events.CreatePullPointSubscription(
                {"InitialTerminationTime": f"PT{SUBSCRIBE_FOR:.0f}S"}
            )
        except Fault as error:
            if is_missing(error):
                return None
            if "subscribecreationfailed" in _words(error):
                raise DoorbellError("no_room") from None
            raise
        client.lead_to(_PORT, answer.SubscriptionReference.Address._value_1)  # noqa: SLF001 - zeep's name for the text
        point = PullPoint(
            client,
            await client.service("pullpoint", _PORT),
            await client.service("subscription", _PORT),
        )
        point.granted(answer)
        return point


async def topics_of(client: OnvifClient) -> list[str]:
    """Return the names of the device's topics, or an empty list if unknown.

    Raises `DoorbellError` only for authentication problems.
    """
    if not client.has_events:
        return []
    try:
        async with client.step():
            events = await client.service("events")
            answer = await events.GetEventProperties()
            # Only the last parts of topics, as full paths would repeat their prefixes.
            return [
                str(each.tag).rsplit("}", 1)[-1]
                for element in answer.TopicSet._value_1 or ()  # noqa: SLF001 - zeep's name for the content
                for each in element.iter("*")
                if any(str(key).endswith("}topic") for key in each.attrib)
            ]
    except DoorbellError as error:
        if error.problem in LOGIN_PROBLEMS:
            raise
        return []


def is_missing(error: Fault) -> bool:
    """Return whether the device responds that it doesn't support the request."""
    return "notsupported" in _words(error) or "notimplemented" in _words(error)


def _words(error: Fault) -> str:
    codes = getattr(error, "subcodes", None) or ()
    return f"{error.message} {' '.join(str(code) for code in codes)}".replace(
        " ", ""
    ).lower()
