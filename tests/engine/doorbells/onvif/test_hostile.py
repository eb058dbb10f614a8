"""Tests of broken and hostile devices: memory stays limited, and the device recovers."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
import sys

import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellError, EventKind
from custom_components.doorwatch.engine.doorbells.onvif.client import (
    LARGEST_ANSWER,
    LARGEST_SNAPSHOT,
)
from custom_components.doorwatch.engine.doorbells.onvif.events import (
    HELD,
    MOST_KNOWN,
    EventMessage,
    EventTracker,
)
from tests.engine.doorbells.onvif.listening import (
    MAC,
    MAIN,
    SUB,
    ask,
    listening,
    sparing,
)
from tests.onvif_device import events as topics
from tests.onvif_device.device import SNAPSHOT, OnvifDevice, onvif_device
from tests.onvif_device.hostile import (
    Flood,
    Misbehaviour,
    entities,
    nested,
    packed,
    saying,
)
from tests.onvif_device.soap import HttpDigest, envelope
from tests.waiting import until

# Bytes that the sockets of both sides may buffer, far less than an endless response.
_ON_THE_WAY = 16 * 1024 * 1024


@pytest.fixture
async def device() -> AsyncIterator[OnvifDevice]:
    """Run a device that answered correctly at first."""
    async with onvif_device(MAIN, SUB) as one:
        await ask(one)
        yield one


async def refuse(device: OnvifDevice, operation: str, misbehave: Misbehaviour) -> None:
    """Check that the answer is refused, and that the next query succeeds."""
    device.misbehaves[operation] = misbehave
    with sparing(_ON_THE_WAY), pytest.raises(DoorbellError, match="not_onvif"):
        await ask(device)
    device.misbehaves.clear()
    assert (await ask(device)).identity.mac == MAC


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    "operation",
    ["GetSystemDateAndTime", "GetServices", "GetDeviceInformation", "GetProfiles"],
)
async def test_an_answer_without_end_is_refused(
    device: OnvifDevice, operation: str, status: int
) -> None:
    """The limit applies to responses and to faults."""
    flood = Flood(status)
    await refuse(device, operation, flood)
    assert flood.sent < LARGEST_ANSWER + _ON_THE_WAY


async def test_a_refused_login_without_end_is_one(device: OnvifDevice) -> None:
    """The body of the response is not read."""
    device.misbehaves["GetDeviceInformation"] = flood = Flood(
        401, {"WWW-Authenticate": HttpDigest().challenge}
    )
    with sparing(_ON_THE_WAY), pytest.raises(DoorbellError):
        await ask(device)
    assert flood.sent < LARGEST_ANSWER + 2 * _ON_THE_WAY


@pytest.mark.parametrize("operation", ["GetSystemDateAndTime", "GetProfiles"])
async def test_an_answer_that_is_huge_when_unpacked_is_refused(
    device: OnvifDevice, operation: str
) -> None:
    """A compressed response is limited by its decompressed size."""
    await refuse(device, operation, packed)


@pytest.mark.parametrize("inside", ["text", "attribute"])
@pytest.mark.parametrize("levels", [0, 2, 5, 8])
async def test_entities_are_refused(
    device: OnvifDevice, inside: str, levels: int
) -> None:
    await refuse(
        device, "GetDeviceInformation", saying(entities(levels=levels, inside=inside))
    )


@pytest.fixture
def usual_recursion_limit() -> Iterator[None]:
    """Set Python's usual limit, which tests with drawn data raise for the process."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(limit)


@pytest.mark.parametrize("depth", [1000, 5000])
@pytest.mark.usefixtures("usual_recursion_limit")
async def test_messages_in_messages_are_refused(
    device: OnvifDevice, caplog: pytest.LogCaptureFixture, depth: int
) -> None:
    """The depth doesn't matter, and the doorbell listens again afterwards."""
    device.misbehaves["PullMessages"] = saying(
        nested("tev:PullMessagesResponse", depth)
    )
    async with listening(device, wait=False) as listener:
        await until(lambda: listener.doorbell.problem)
        assert listener.doorbell.problem == "not_onvif"
        assert "RecursionError" not in caplog.text
        device.misbehaves.clear()
        await until(lambda: listener.doorbell.hears_events)
        device.ring()
        await until(lambda: listener.kinds == [EventKind.RING])


endless = pytest.mark.parametrize(
    "misbehave", [Flood(), packed], ids=["without_end", "packed"]
)


@endless
async def test_messages_without_end_are_refused(
    device: OnvifDevice, misbehave: Misbehaviour
) -> None:
    """Later events are received."""
    async with listening(device) as listener:
        device.misbehaves["PullMessages"] = misbehave
        with sparing(_ON_THE_WAY):
            device.motion(True)
            await until(lambda: listener.doorbell.problem)
        assert listener.doorbell.problem == "not_onvif"
        device.misbehaves.clear()
        await until(lambda: listener.doorbell.hears_events)
        device.ring()
        await until(lambda: EventKind.RING in listener.kinds)


async def test_names_of_topics_do_not_grow_by_standing_below_each_other(
    device: OnvifDevice,
) -> None:
    """Half a megabyte of nested topics must not expand to gigabytes."""
    above = f"tns1:{'x' * 30_000}"
    below = '<y wstop:topic="true"/>' * 15_000
    device.misbehaves["GetEventProperties"] = saying(
        envelope(
            "<tev:GetEventPropertiesResponse><wstop:TopicSet>"
            f'<{above}>{below}<Visitor wstop:topic="true"/></{above}>'
            "</wstop:TopicSet></tev:GetEventPropertiesResponse>"
        )
    )
    with sparing(2 * _ON_THE_WAY):
        facts = await ask(device)
    assert facts.offers == {EventKind.RING}


async def test_a_picture_is_fetched_whole(device: OnvifDevice) -> None:
    """A snapshot may arrive in any number of pieces."""
    device.picture = SNAPSHOT + bytes(3_000_000)
    async with listening(device) as listener:
        assert await listener.doorbell.snapshot() == device.picture


@endless
async def test_a_picture_without_end_is_none(
    device: OnvifDevice, misbehave: Misbehaviour
) -> None:
    """The next snapshot succeeds."""
    async with listening(device) as listener:
        device.misbehaves["snapshot"] = misbehave
        with sparing(2 * LARGEST_SNAPSHOT + _ON_THE_WAY):
            assert await listener.doorbell.snapshot() is None
        device.misbehaves.clear()
        assert await listener.doorbell.snapshot() == device.picture
        assert listener.doorbell.problem is None


def something(key: str, *, there: bool, lasts: bool = True) -> EventMessage:
    """Return a motion message of a source."""
    return EventMessage(
        kind=EventKind.MOTION,
        key=key,
        there=there,
        initial=False,
        lasts=lasts,
        at=None,
    )


@pytest.mark.parametrize("lasts", [True, False])
@pytest.mark.parametrize("there", [True, False])
def test_sources_that_are_invented_take_no_more_room(there: bool, lasts: bool) -> None:
    """It doesn't matter whether a source is active, or for how long."""
    happenings = EventTracker()
    happenings.subscribed(0.0)

    def tell(*numbers: int) -> None:
        invented = [
            something(f"{number:0>1000}", there=there, lasts=lasts)
            for number in numbers
        ]
        happenings.take(invented, None, 1.0, "test")

    tell(*range(MOST_KNOWN))
    with sparing(500_000):
        for number in range(MOST_KNOWN, 5000):
            tell(number)
    assert happenings.moving is (there and lasts)


def test_motion_outlives_sources_that_are_invented() -> None:
    """Active sources are forgotten last, so the end of motion is reported."""
    happenings = EventTracker()
    happenings.subscribed(0.0)

    def tell(key: str, *, there: bool) -> list[EventKind]:
        told = happenings.take([something(key, there=there)], None, 1.0, "test")
        return [event.kind for event in told]

    assert tell("door", there=True) == [EventKind.MOTION]
    for number in range(5000):
        assert tell(f"{number}", there=False) == []
    assert happenings.moving
    assert tell("door", there=False) == [EventKind.MOTION_ENDED]


def test_a_button_that_is_never_let_go_of_rings_again_in_another_zone() -> None:
    """A device that sends local time as UTC is treated like any other."""
    happenings = EventTracker()
    happenings.subscribed(0.0)
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    happenings.take([], now, 0.5, "test")

    def press(seconds: float) -> list[EventKind]:
        current = now + timedelta(seconds=seconds)
        pressed = EventMessage(
            kind=EventKind.RING,
            key="button",
            there=True,
            initial=False,
            lasts=True,
            at=current - timedelta(hours=5),
        )
        told = happenings.take([pressed], current, seconds, "test")
        return [event.kind for event in told]

    assert press(10.0) == [EventKind.RING]
    assert press(15.0) == []
    assert press(15.0 + HELD + 5.0) == [EventKind.RING]


async def test_a_source_with_an_endless_name_is_not_remembered(
    device: OnvifDevice,
) -> None:
    """No real device has such a source; other sources work."""
    async with listening(device) as listener:
        device.events.say(
            f"{topics.MOTION}/{'x' * 100_000}/Motion",
            '<tt:SimpleItem Name="IsMotion" Value="true"/>',
        )
        device.events.say(
            topics.VISITOR + "/" * 100_000,
            '<tt:SimpleItem Name="State" Value="true"/>',
        )
        device.ring()
        await until(lambda: listener.kinds)
        assert listener.kinds == [EventKind.RING]
        assert listener.doorbell.problem is None
