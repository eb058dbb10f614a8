"""The event service of a device: properties, subscriptions, pull points."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
import itertools
import re
import time
from typing import Final
from xml.sax.saxutils import quoteattr

import aiohttp

from .soap import NAMESPACES, Refusal, Request, envelope, stamp

MOTION: Final = "tns1:RuleEngine/CellMotionDetector/Motion"
MOTION_ALARM: Final = "tns1:VideoSource/MotionAlarm"
PERSON: Final = "tns1:RuleEngine/MyRuleDetector/PeopleDetect"
VISITOR: Final = "tns1:RuleEngine/MyRuleDetector/Visitor"
VEHICLE: Final = "tns1:RuleEngine/MyRuleDetector/VehicleDetect"

# How each topic writes its source, and the name of its value.
_SHAPES: Final = {
    MOTION: (
        (
            ("VideoSourceConfigurationToken", "vsconf"),
            ("VideoAnalyticsConfigurationToken", "vaconf"),
            ("Rule", "MyMotionDetectorRule"),
        ),
        "IsMotion",
    ),
    MOTION_ALARM: ((("Source", "000"),), "State"),
    PERSON: ((("Source", "000"),), "State"),
    VISITOR: ((("Source", "000"),), "State"),
    VEHICLE: ((("Source", "000"),), "State"),
}
_LONGEST_PULL: Final = 60.0


@dataclass(kw_only=True, slots=True)
class Subscription:
    """A subscription, which ends when its time is over by the device's clock."""

    number: int
    until: float  # time.monotonic
    waiting: list[str] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False
    kept: str = ""  # the termination time of the last request
    sending: asyncio.Task[None] | None = None  # sends messages to a consumer


class Events:
    """The events at the door and their subscriptions.

    `keepalive_by_pull`: each pull restarts the lifetime of the subscription, as newer
    specifications require. `most`: the maximum number of subscriptions.
    `whole_seconds`: times have no fractions. `longest`: the longest lifetime granted
    (seconds).
    """

    def __init__(self, clock: Callable[[], float], topics: tuple[str, ...]) -> None:
        self._clock = clock
        self._state = dict.fromkeys(topics, False)
        self._numbers = itertools.count(1)
        self.subscriptions: dict[int, Subscription] = {}
        self.keepalive_by_pull = False
        self.most = 5
        self.longest = 600.0
        self.whole_seconds = False
        # The error of the reported end in seconds: some devices report it in local
        # time.
        self.ends_off = 0.0
        self.refuses_renew = False
        self.offers_pull_points = True
        self.offers_push = True
        # The error code for all subscription requests, even if subscriptions are
        # offered.
        self.refuses: str | None = None
        # Whether SetSynchronizationPoint is supported.
        self.synchronizes = True
        # Whether pushed messages arrive; they don't if the consumer is unreachable.
        self.delivers = True
        self.sent = 0
        self.consumer = ""  # the last address given for pushed messages
        # The ages (seconds) of earlier rings, which each new subscription is sent.
        self.remembers: tuple[float, ...] = ()
        self.created = self.renewed = self.unsubscribed = self.pulls = 0

    # Events at the door

    def tell(
        self,
        topic: str,
        value: bool,
        *,
        ago: float = 0.0,
        operation: str = "Changed",
        source: tuple[tuple[str, str], ...] | None = None,
    ) -> None:
        """Change a property `ago` seconds ago; `source` has the names and values sent."""
        if source is None:
            self._state[topic] = value
        message = self._message(topic, value, operation, ago, source)
        for subscription in self.subscriptions.values():
            subscription.waiting.append(message)
            subscription.news.set()

    def say(
        self, topic: str, data: str, *, attributes: str = 'PropertyOperation="Changed"'
    ) -> None:
        """Send a custom message; `data` is the content of tt:Data."""
        message = (
            f"<wsnt:NotificationMessage><wsnt:Topic>{topic}</wsnt:Topic><wsnt:Message>"
            f'<tt:Message UtcTime="{stamp(self._clock())}" {attributes}>'
            '<tt:Source><tt:SimpleItem Name="Source" Value="000"/></tt:Source>'
            f"<tt:Data>{data}</tt:Data></tt:Message></wsnt:Message>"
            "</wsnt:NotificationMessage>"
        )
        for subscription in self.subscriptions.values():
            subscription.waiting.append(message)
            subscription.news.set()

    def hold(self, topic: str, value: bool) -> None:
        """Set a property without a message, as if it had changed earlier."""
        self._state[topic] = value

    def drop(self) -> None:
        """Forget all subscriptions, as a restarting device does."""
        for subscription in self.subscriptions.values():
            _end(subscription)
        self.subscriptions.clear()

    @property
    def topics(self) -> tuple[str, ...]:
        """The supported topics."""
        return tuple(self._state)

    def _message(
        self,
        topic: str,
        value: bool,
        operation: str,
        ago: float,
        source: tuple[tuple[str, str], ...] | None = None,
    ) -> str:
        sources, name = _SHAPES[topic]
        if source is not None:
            sources = source
        at = stamp(self._clock() - ago, whole=self.whole_seconds)
        items = "".join(
            f'<tt:SimpleItem Name="{key}" Value={quoteattr(token)}/>'
            for key, token in sources
        )
        return (
            "<wsnt:NotificationMessage><wsnt:Topic Dialect="
            '"http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">'
            f"{topic}</wsnt:Topic><wsnt:Message>"
            f'<tt:Message UtcTime="{at}" PropertyOperation="{operation}">'
            f"<tt:Source>{items}</tt:Source><tt:Data>"
            f'<tt:SimpleItem Name="{name}" Value="{str(value).lower()}"/>'
            "</tt:Data></tt:Message></wsnt:Message></wsnt:NotificationMessage>"
        )

    def _initial(self) -> list[str]:
        return [
            self._message(topic, value, "Initialized", 0.0)
            for topic, value in self._state.items()
        ]

    # Operations

    def create(self, request: Request, address: str) -> str:
        """Answer CreatePullPointSubscription."""
        if not self.offers_pull_points:
            raise Refusal("ActionNotSupported", "No pull points here", receiver=True)
        self._refuse()
        self._forget_expired()
        if len(self.subscriptions) >= self.most:
            raise Refusal("SubscribeCreationFailed", "Too many subscriptions")
        self.created += 1
        number = next(self._numbers)
        granted = self._granted(request.text("InitialTerminationTime"))
        subscription = Subscription(number=number, until=time.monotonic() + granted)
        subscription.kept = request.text("InitialTerminationTime") or ""
        subscription.waiting.extend(self._initial())
        for ago in self.remembers:
            subscription.waiting.append(self._message(VISITOR, True, "Changed", ago))
            subscription.waiting.append(self._message(VISITOR, False, "Changed", ago))
        subscription.news.set()
        self.subscriptions[number] = subscription
        return (
            "<tev:CreatePullPointSubscriptionResponse><tev:SubscriptionReference>"
            f"<wsa:Address>{address}/onvif/event/{number}</wsa:Address>"
            f"</tev:SubscriptionReference>{self._times('wsnt', granted)}"
            "</tev:CreatePullPointSubscriptionResponse>"
        )

    def subscribe(self, request: Request, address: str) -> str:
        """Answer Subscribe and push messages to the consumer from now on."""
        if not self.offers_push:
            raise Refusal("ActionNotSupported", "No messages here", receiver=True)
        self._refuse()
        self._forget_expired()
        self.created += 1
        number = next(self._numbers)
        granted = self._granted(request.text("InitialTerminationTime"))
        subscription = Subscription(number=number, until=time.monotonic() + granted)
        consumer = request.text("Address")
        assert consumer
        self.consumer = consumer
        subscription.sending = asyncio.create_task(self._send(subscription, consumer))
        self.subscriptions[number] = subscription
        return (
            "<wsnt:SubscribeResponse><wsnt:SubscriptionReference>"
            f"<wsa:Address>{address}/onvif/event/{number}</wsa:Address>"
            f"</wsnt:SubscriptionReference>{self._times('wsnt', granted)}"
            "</wsnt:SubscribeResponse>"
        )

    def _refuse(self) -> None:
        if self.refuses is not None:
            raise Refusal(self.refuses, "Not for you")

    async def _send(self, subscription: Subscription, consumer: str) -> None:
        """Send the waiting messages to a consumer until the subscription ends."""
        async with aiohttp.ClientSession() as session:
            while not subscription.ended:
                await subscription.news.wait()
                subscription.news.clear()
                told = "".join(subscription.waiting)
                subscription.waiting.clear()
                if told and self.delivers:
                    body = envelope(f"<wsnt:Notify>{told}</wsnt:Notify>")
                    async with session.post(
                        consumer,
                        data=body.encode(),
                        headers={"Content-Type": "application/soap+xml"},
                    ) as answer:
                        assert answer.status == 200
                    self.sent += 1

    async def pull(self, request: Request, number: int) -> str:
        """Answer PullMessages when there is a message or the timeout has passed."""
        self.pulls += 1
        subscription = self._found(number)
        patience = min(_seconds(request.text("Timeout")), _LONGEST_PULL)
        try:
            async with asyncio.timeout(patience):
                await subscription.news.wait()
        except TimeoutError:
            pass
        self._found(number)
        if self.keepalive_by_pull:
            subscription.until = time.monotonic() + self._granted(subscription.kept)
        told = "".join(subscription.waiting)
        subscription.waiting.clear()
        subscription.news.clear()
        left = subscription.until - time.monotonic()
        return (
            f"<tev:PullMessagesResponse>{self._times('tev', left)}{told}"
            "</tev:PullMessagesResponse>"
        )

    def renew(self, request: Request, number: int) -> str:
        """Answer Renew."""
        subscription = self._found(number)
        if self.refuses_renew:
            raise Refusal("ActionNotSupported", "No renewing here", receiver=True)
        self.renewed += 1
        subscription.kept = request.text("TerminationTime") or ""
        granted = self._granted(subscription.kept)
        subscription.until = time.monotonic() + granted
        now = self._clock()
        until, current = (
            stamp(at, whole=self.whole_seconds) for at in (now + granted, now)
        )
        return (
            f"<wsnt:RenewResponse><wsnt:TerminationTime>{until}</wsnt:TerminationTime>"
            f"<wsnt:CurrentTime>{current}</wsnt:CurrentTime></wsnt:RenewResponse>"
        )

    def unsubscribe(self, number: int) -> str:
        """Answer Unsubscribe."""
        subscription = self._found(number)
        self.unsubscribed += 1
        _end(subscription)
        del self.subscriptions[number]
        return "<wsnt:UnsubscribeResponse/>"

    def synchronize(self, number: int) -> str:
        """Answer SetSynchronizationPoint by sending the state of all properties."""
        subscription = self._found(number)
        subscription.waiting.extend(self._initial())
        subscription.news.set()
        return "<tev:SetSynchronizationPointResponse/>"

    def properties(self) -> str:
        """Answer GetEventProperties."""
        tree: dict[str, object] = {}
        for topic in self._state:
            node = tree
            for part in topic.split("/"):
                node = node.setdefault(part, {})  # type: ignore[assignment] # a tree of dicts
        return (
            "<tev:GetEventPropertiesResponse>"
            "<tev:TopicNamespaceLocation>http://www.onvif.org/onvif/ver10/topics/topicns.xml"
            "</tev:TopicNamespaceLocation><wsnt:FixedTopicSet>true</wsnt:FixedTopicSet>"
            f"<wstop:TopicSet>{_topic_set(tree)}</wstop:TopicSet>"
            "<wsnt:TopicExpressionDialect>http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet"
            "</wsnt:TopicExpressionDialect>"
            "<tev:MessageContentFilterDialect>http://www.onvif.org/ver10/tev/messageContentFilter/ItemFilter"
            "</tev:MessageContentFilterDialect>"
            "<tev:MessageContentSchemaLocation>http://www.onvif.org/onvif/ver10/schema/onvif.xsd"
            "</tev:MessageContentSchemaLocation></tev:GetEventPropertiesResponse>"
        )

    def _granted(self, asked: str | None) -> float:
        if asked and not asked.startswith("P"):
            until = datetime.fromisoformat(asked)
            return min(until.timestamp() - self._clock(), self.longest)
        return min(_seconds(asked), self.longest)

    def _times(self, prefix: str, left: float) -> str:
        now = self._clock()
        current = stamp(now, whole=self.whole_seconds)
        until = stamp(now + left + self.ends_off, whole=self.whole_seconds)
        return (
            f"<{prefix}:CurrentTime>{current}</{prefix}:CurrentTime>"
            f"<{prefix}:TerminationTime>{until}</{prefix}:TerminationTime>"
        )

    def _forget_expired(self) -> None:
        now = time.monotonic()
        for number in [n for n, s in self.subscriptions.items() if s.until < now]:
            _end(self.subscriptions.pop(number))

    def _found(self, number: int) -> Subscription:
        self._forget_expired()
        if (found := self.subscriptions.get(number)) is None or found.ended:
            raise Refusal("ResourceUnknownFault", "Unknown subscription")
        return found


def _end(subscription: Subscription) -> None:
    subscription.ended = True
    subscription.news.set()
    if subscription.sending is not None:
        subscription.sending.cancel()


def _seconds(duration: str | None) -> float:
    """Parse a duration such as PT1M30S; return a minute if there is none."""
    found = re.fullmatch(
        r"P(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?", duration or "PT60S"
    )
    assert found, duration
    hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def _topic_set(tree: dict[str, object]) -> str:
    words = []
    for name, below in tree.items():
        assert isinstance(below, dict)
        prefix, _, bare = name.rpartition(":")
        attribute = "" if below else ' wstop:topic="true"'
        tag = f"{prefix}:{bare}" if prefix else bare
        assert not prefix or prefix in NAMESPACES
        words.append(f"<{tag}{attribute}>{_topic_set(below)}</{tag}>")
    return "".join(words)
