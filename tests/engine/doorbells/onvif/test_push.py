"""Tests of an ONVIF doorbell without pull points, which sends its messages over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
import time

import aiohttp
from aiohttp import web
from freezegun import api as freezegun_api
from freezegun.api import FrozenDateTimeFactory
import pytest

from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.doorbells.dropped import DropReason
from custom_components.doorwatch.engine.doorbells.onvif.doorbell import OnvifDoorbell
from tests.engine.doorbells.onvif.listening import MAC, MAIN, SUB, Listener
from tests.onvif_device import events as topics
from tests.onvif_device.device import OnvifDevice, onvif_device
from tests.onvif_device.hostile import entities, nested
from tests.outside_servers import serve
from tests.waiting import skip, until


@dataclass
class Letterbox:
    """A receiver of messages on this machine."""

    port: int = 0
    takes: list[Callable[[bytes], None]] = field(default_factory=list)
    has_address: bool = True
    path: str = "messages"

    def open(
        self, take: Callable[[bytes], None]
    ) -> tuple[str, Callable[[], None]] | None:
        """Register a receiver of messages."""
        if not self.has_address:
            return None
        self.takes.append(take)

        def close() -> None:
            if take in self.takes:
                self.takes.remove(take)

        return self.address, close

    def is_at(self, address: str) -> bool:
        """Return whether the address is current."""
        return address == self.address

    @property
    def address(self) -> str:
        """The address for messages; messages to other addresses are lost."""
        return f"http://127.0.0.1:{self.port}/{self.path}"

    async def handle(self, request: web.Request) -> web.Response:
        """Pass a message to the receivers."""
        body = await request.read()
        if request.path == f"/{self.path}":
            for take in self.takes:
                take(body)
        return web.Response()

    async def send(self, body: bytes) -> None:
        """Send a body that is not from the device."""
        async with aiohttp.ClientSession() as session:
            await session.post(self.address, data=body)


@pytest.fixture
async def letterbox() -> AsyncIterator[Letterbox]:
    """Run a receiver of messages."""
    box = Letterbox()
    async with serve(box.handle) as box.port:
        yield box


@pytest.fixture
async def device() -> AsyncIterator[OnvifDevice]:
    """Run a device without pull points."""
    async with onvif_device(MAIN, SUB) as one:
        one.events.offers_pull_points = False
        yield one


@pytest.fixture
async def listener(
    device: OnvifDevice, letterbox: Letterbox
) -> AsyncIterator[Listener]:
    """Run a doorbell that is connected to the device."""
    doorbell = OnvifDoorbell(
        "127.0.0.1",
        device.port,
        *device.login,
        stream=MAIN,
        mac=MAC,
        consumer=letterbox,
    )
    one = Listener(doorbell)
    await doorbell.start()
    yield one
    await doorbell.stop()
    assert not letterbox.takes


async def heard(listener: Listener) -> None:
    """Wait until the doorbell receives events."""
    await until(lambda: listener.doorbell.hears_events)


async def test_motion_and_ring_are_told_by_push(
    device: OnvifDevice, listener: Listener
) -> None:
    """The states at the time of the subscription are not events."""
    device.events.hold(topics.PERSON, True)
    await heard(listener)
    device.motion(True)
    await until(lambda: listener.kinds == [EventKind.MOTION])
    device.motion(False)
    device.ring()
    await until(lambda: EventKind.RING in listener.kinds)

    assert listener.kinds == [
        EventKind.MOTION,
        EventKind.MOTION_ENDED,
        EventKind.RING,
    ]
    assert {event.transport for event in listener.events} == {"push"}
    assert listener.doorbell.diagnostics()["events"] == "push"
    assert not device.events.pulls


async def test_an_old_ring_is_none(device: OnvifDevice, listener: Listener) -> None:
    """The device sends it like a new event."""
    device.clock_offset = 4000.0
    await heard(listener)
    device.ring(ago=400)
    device.ring()
    await until(lambda: listener.events)
    device.motion(True)
    await until(lambda: EventKind.MOTION in listener.kinds)

    assert listener.kinds == [EventKind.RING, EventKind.MOTION]


async def test_a_subscription_is_renewed_and_one_that_was_lost_is_replaced(
    device: OnvifDevice, listener: Listener
) -> None:
    """Without pulling, only the renewal shows that the device lost the subscription."""
    device.events.longest = 4.0
    await heard(listener)
    await until(lambda: device.events.renewed > 1)
    created = device.events.created
    device.events.drop()
    await until(lambda: device.events.created > created)
    await heard(listener)
    device.ring()
    await until(lambda: EventKind.RING in listener.kinds)


async def test_where_renewing_is_refused_it_is_replaced_in_time(
    device: OnvifDevice, listener: Listener
) -> None:
    """The doorbell ends the old subscription, because the device has few."""
    device.events.longest = 4.0
    device.events.refuses_renew = True
    await until(lambda: device.events.created > 2)

    def rung() -> bool:
        # A ring between two subscriptions is lost.
        device.ring()
        return EventKind.RING in listener.kinds

    await until(rung)
    assert len(device.events.subscriptions) <= 1
    assert device.events.unsubscribed >= 2
    assert listener.doorbell.problem is None


async def test_a_home_with_another_address_is_told_to_the_device(
    device: OnvifDevice, listener: Listener, letterbox: Letterbox
) -> None:
    """The device would use the old address for an hour, so that subscription is ended."""
    device.events.longest = 4.0
    await heard(listener)
    letterbox.path = "elsewhere"
    await until(lambda: device.events.created > 1)
    device.ring()
    await until(lambda: EventKind.RING in listener.kinds)

    assert device.events.unsubscribed == 1
    assert listener.doorbell.diagnostics()["failures"] == 0


@pytest.mark.lesson(1)
@pytest.mark.parametrize("by", [-20_000.0, 20_000.0, 9e8])
async def test_the_clock_of_this_home_may_be_set_meanwhile(
    device: OnvifDevice,
    listener: Listener,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    by: float,
) -> None:
    """The age of a ring is measured with monotonic clocks."""
    monkeypatch.setattr(time, "monotonic", freezegun_api.real_monotonic)
    await heard(listener)
    renewed = device.events.renewed
    freezer.tick(by)
    device.clock_offset -= by
    device.ring()
    await until(lambda: listener.events)

    assert listener.kinds == [EventKind.RING]
    assert not listener.dropped
    assert device.events.renewed == renewed


@pytest.mark.lesson(2)
@pytest.mark.parametrize("by", [-20_000.0, 20_000.0])
async def test_an_old_ring_stays_old_when_the_clock_of_this_home_is_set(
    device: OnvifDevice,
    listener: Listener,
    freezer: FrozenDateTimeFactory,
    monkeypatch: pytest.MonkeyPatch,
    by: float,
) -> None:
    monkeypatch.setattr(time, "monotonic", freezegun_api.real_monotonic)
    await heard(listener)
    freezer.tick(by)
    device.clock_offset -= by
    device.ring(ago=100.0)
    device.motion(True)
    await until(lambda: EventKind.MOTION in listener.kinds)

    assert listener.kinds == [EventKind.MOTION]
    assert listener.dropped == [DropReason.BEFORE]


async def test_a_clock_that_is_set_meanwhile_is_read_when_renewing(
    device: OnvifDevice, listener: Listener
) -> None:
    """Otherwise the error of the clock would be added to the age of each ring."""
    device.events.longest = 4.0
    device.tolerance = None
    await heard(listener)
    device.clock_offset = -4000.0
    renewed = device.events.renewed
    await until(lambda: device.events.renewed > renewed)
    device.ring()
    device.motion(True)
    await until(lambda: EventKind.MOTION in listener.kinds)

    assert listener.kinds == [EventKind.RING, EventKind.MOTION]
    assert device.events.created == 1


async def test_a_device_that_does_not_say_how_everything_is_is_heard_all_the_same(
    device: OnvifDevice, listener: Listener
) -> None:
    """The doorbell is available from the first message, since it gets no initial state."""
    device.events.synchronizes = False
    await until(lambda: device.events.subscriptions)
    await until(lambda: listener.doorbell.hears_events is None)
    device.ring()
    await heard(listener)

    assert listener.kinds == [EventKind.RING]
    assert device.events.created == 1
    assert listener.doorbell.diagnostics()["failures"] == 0


async def test_stopping_is_heeded_in_the_very_moment_a_wait_is_over(
    device: OnvifDevice, listener: Listener
) -> None:
    """Cancelling must work even when a wait times out at the same moment."""
    device.events.longest = 2.0
    await heard(listener)
    # The event loop is busy for longer than the wait for messages.
    skip(1.5)
    async with asyncio.timeout(30):
        await listener.doorbell.stop()


async def test_a_device_that_cannot_reach_this_home_is_not_said_to_be_heard(
    device: OnvifDevice, listener: Listener
) -> None:
    """Missing messages are not a problem, because motion may come from elsewhere."""
    device.events.delivers = False
    await until(lambda: device.events.subscriptions)
    await until(lambda: listener.doorbell.hears_events is None)
    device.ring()
    assert listener.doorbell.problem is None

    device.events.delivers = True
    device.ring()
    await heard(listener)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"ring",
        b"<html><body>hello</body></html>",
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        b"<?xml version='1.0'?><s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'>"
        b"<s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code>"
        b"<s:Reason><s:Text>no</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>",
        b"\xff" * 5000,
        entities(levels=5, inside="attribute").encode(),
        nested("wsnt:Notify", 500).encode(),
    ],
    ids=["empty", "word", "page", "entity", "fault", "bytes", "entities", "nested"],
)
async def test_what_is_no_message_is_nothing(
    device: OnvifDevice, listener: Listener, letterbox: Letterbox, body: bytes
) -> None:
    """The next valid message is received."""
    await until(lambda: device.events.subscriptions)
    await letterbox.send(body)
    await heard(listener)
    device.ring()
    await until(lambda: EventKind.RING in listener.kinds)

    assert listener.doorbell.problem is None
    assert listener.kinds == [EventKind.RING]
    assert set(listener.dropped) <= {DropReason.UNREADABLE}
    assert listener.doorbell.diagnostics()["failures"] == 0


async def refuse(_: web.Request) -> web.StreamResponse:
    """Answer like a server without SOAP."""
    return web.Response(status=500, text="<html>Sorry</html>")


@pytest.mark.parametrize("pulls", [True, False], ids=["pull", "push"])
@pytest.mark.parametrize(
    "how", ["InvalidArgVal", "SubscribeCreationFailed", "OperationProhibited", None]
)
async def test_a_device_that_refuses_to_tell_of_events_is_not_said_to_speak_another_language(
    device: OnvifDevice, letterbox: Letterbox, pulls: bool, how: str | None
) -> None:
    """It speaks ONVIF and has video, and recovers once it accepts a subscription."""
    device.events.offers_pull_points = pulls
    device.events.refuses = how
    if how is None:
        call = "CreatePullPointSubscription" if pulls else "Subscribe"
        device.misbehaves[call] = refuse
    doorbell = OnvifDoorbell(
        "127.0.0.1",
        device.port,
        *device.login,
        stream=MAIN,
        mac=MAC,
        consumer=letterbox,
    )
    await doorbell.start()
    try:
        await until(lambda: doorbell.problem)
        room = pulls and how == "SubscribeCreationFailed"
        assert doorbell.problem == ("no_room" if room else "events_refused")
        assert doorbell.hears_events is False
        assert not letterbox.takes
        device.events.refuses = None
        device.misbehaves.clear()
        await until(lambda: doorbell.hears_events)
        assert doorbell.problem is None
    finally:
        await doorbell.stop()


@pytest.mark.parametrize("what", ["push", "address"])
async def test_without_push_or_address_there_is_nothing_to_listen_to(
    device: OnvifDevice, letterbox: Letterbox, what: str
) -> None:
    """Missing events are not a problem."""
    device.events.offers_push = what != "push"
    letterbox.has_address = what != "address"
    doorbell = OnvifDoorbell(
        "127.0.0.1",
        device.port,
        *device.login,
        stream=MAIN,
        mac=MAC,
        consumer=letterbox,
    )
    await doorbell.start()
    try:
        await until(lambda: doorbell.hears_events is None)
        assert doorbell.problem is None
        assert not letterbox.takes
        assert doorbell.diagnostics()["events"] is None
    finally:
        await doorbell.stop()
