"""A pull point of an ONVIF device: subscribe, wait for messages, renew in time."""

import contextlib
from dataclasses import dataclass
from datetime import datetime
import time
from typing import Any, Final

from onvif import ONVIFService
from onvif.util import is_auth_error
from zeep.exceptions import Fault

from ...time_limit import time_limit
from ..base import LOGIN_PROBLEMS, DoorbellError
from .client import OnvifClient, translate_errors
from .events import aware

_PORT: Final = "PullPointSubscription"
# Seconds. Short, so that a device that forgets to forget has room again soon.
SUBSCRIBE_FOR: Final = 120.0
# More than a device grants that was asked for that, and less than zones are apart.
_LONGEST_GRANT: Final = 600.0
# Seconds that one pull waits for news at most, and what network and device may take
# on top.
LONGEST_PULL: Final = 30.0
_ON_TOP: Final = 10.0
_STEP_TIMEOUT: Final = 20.0
_MOST_MESSAGES: Final = 50
# What a subscription must have left (seconds) not to be renewed.
_RENEW_BELOW: Final = 45.0


class SubscriptionLost(Exception):
    """The device knows nothing of this subscription any more, and answers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PullResponse:
    """What one pull brought. `current` is the device's clock then."""

    messages: list[Any]
    current: datetime | None
    arrived: float  # time.monotonic


class PullPoint:
    """One subscription. All that may fail raises `DoorbellError`."""

    transport = "pullpoint"
    # The device answers, so it is heard.
    is_heard = True

    def __init__(
        self, client: OnvifClient, pull: ONVIFService, manager: ONVIFService
    ) -> None:
        """Take the services that were made for it; see `subscribe`."""
        self._client = client
        self._pull = pull
        self._manager = manager
        self._granted = SUBSCRIBE_FOR
        self._until = time.monotonic() + self._granted
        self._renews = True
        self.renewals = 0

    @property
    def left(self) -> float:
        """How many seconds it lasts if nobody renews it."""
        return self._until - time.monotonic()

    async def next(self, longest: float = LONGEST_PULL) -> PullResponse:
        """Wait for messages, but not for ever. Raises `SubscriptionLost` too."""
        patience = max(1.0, min(longest, self.left / 2))
        with translate_errors(self._client):
            async with time_limit(patience + _ON_TOP):
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
            self.note(answer.CurrentTime, answer.TerminationTime)
            return PullResponse(
                messages=list(answer.NotificationMessage or ()),
                current=aware(answer.CurrentTime),
                arrived=arrived,
            )

    async def keep(self) -> bool:
        """Renew it when it is time; False when another one is needed soon."""
        if self._renews and self.left < _RENEW_BELOW:
            with translate_errors(self._client):
                async with time_limit(_STEP_TIMEOUT):
                    try:
                        answer = await self._manager.Renew(f"PT{SUBSCRIBE_FOR:.0f}S")
                    except Fault as error:
                        if is_auth_error(error):
                            raise
                        # Some do not know the word; there a pull renews, or nothing.
                        self._renews = False
                    else:
                        self.renewals += 1
                        self._until = time.monotonic() + self._granted
                        self.note(answer.CurrentTime, answer.TerminationTime)
        return self._renews or self.left > _ON_TOP

    def close(self) -> None:
        """Nothing is held here for one that the device has forgotten."""

    async def end(self) -> None:
        """Let the device forget it; not being able to does no harm, it ends by itself."""
        with contextlib.suppress(DoorbellError), translate_errors():
            async with time_limit(_ON_TOP):
                await self._manager.Unsubscribe()

    def granted(self, current: object, until: object) -> None:
        """Remember how long it lasts, for answers that do not say."""
        self.note(current, until)
        self._granted = max(1.0, min(self.left, SUBSCRIBE_FOR))

    def note(self, current: object, until: object) -> None:
        """Count from now on what is left by the device's own clock."""
        if (left := left_of(current, until)) is not None:
            self._until = time.monotonic() + left


def left_of(current: object, until: object) -> float | None:
    """Return how many seconds a device says to be left; None when that cannot be.

    Some tell the end, and not the time, in local time: it is past, though an answer
    came, or hours ahead, and nobody would renew in time.
    """
    now, end = aware(current), aware(until)
    if now is None or end is None:
        return None
    left = (end - now).total_seconds()
    return left if 0.0 < left <= _LONGEST_GRANT else None


async def subscribe(client: OnvifClient) -> PullPoint | None:
    """Ask for a pull point; None when the device has no such thing.

    Raises `DoorbellError`.
    """
    if not client.has_events:
        return None
    with translate_errors(client, refusal="events_refused"):
        async with time_limit(_STEP_TIMEOUT):
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
            point.granted(answer.CurrentTime, answer.TerminationTime)
            return point


async def topics_of(client: OnvifClient) -> list[str]:
    """List the names of the topics that a device has; none when it does not say."""
    if not client.has_events:
        return []
    try:
        with translate_errors(client):
            async with time_limit(_STEP_TIMEOUT):
                events = await client.service("events")
                answer = await events.GetEventProperties()
                return [
                    topic
                    for element in answer.TopicSet._value_1 or ()  # noqa: SLF001 - zeep's name for what is inside
                    for topic in _topics_in(element)
                ]
    except DoorbellError as error:
        if error.problem in LOGIN_PROBLEMS:
            raise
        return []


def _topics_in(element: Any) -> list[str]:
    """List the last parts of topics: whole paths of a long list repeat their heads."""
    return [
        str(each.tag).rsplit("}", 1)[-1]
        for each in element.iter("*")
        if any(str(key).endswith("}topic") for key in each.attrib)
    ]


def is_missing(error: Fault) -> bool:
    """Whether a device says that it has no such thing."""
    return "notsupported" in _words(error) or "notimplemented" in _words(error)


def _words(error: Fault) -> str:
    codes = getattr(error, "subcodes", None) or ()
    return f"{error.message} {' '.join(str(code) for code in codes)}".replace(
        " ", ""
    ).lower()
