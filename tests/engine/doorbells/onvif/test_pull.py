"""Tests of pulling messages: no old ones, none lost, with any clock of the device."""

from datetime import UTC, datetime, timedelta
import time

import pytest

from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.engine.doorbells.dropped import DropReason
from custom_components.doorwatch.engine.doorbells.onvif.pull import left_of
from tests.engine.doorbells.onvif.listening import listening
from tests.onvif_device import events as topics
from tests.onvif_device.device import OnvifDevice
from tests.waiting import until


@pytest.mark.lesson(2)
async def test_what_was_before_the_subscription_is_never_told(
    device: OnvifDevice,
) -> None:
    """Initial states are ignored, both at the start and after a reconnect."""
    device.events.hold(topics.MOTION, True)
    device.events.hold(topics.VISITOR, True)
    async with listening(device) as listener:
        await until(lambda: device.events.pulls >= 2)
        assert not listener.events
        device.events.drop()
        await until(lambda: device.events.created >= 2 and device.events.pulls >= 4)
        await until(lambda: listener.doorbell.hears_events)
        assert not listener.events
        device.motion(False, topic=topics.VISITOR)
        device.ring()
        await until(lambda: listener.events)
        assert listener.kinds == [EventKind.RING]


@pytest.mark.lesson(2)
@pytest.mark.parametrize("whole", [True, False])
async def test_a_memory_that_is_emptied_into_a_subscription_is_history(
    device: OnvifDevice, whole: bool
) -> None:
    """Old events sent as changes are dated by the device's clock, even if it is wrong."""
    device.clock_offset = -7200.0
    device.events.whole_seconds = whole
    async with listening(device) as listener:
        device.ring(ago=60.0)
        device.ring(ago=3.0 + 60 * 14)
        await until(lambda: listener.events or len(listener.dropped) == 2)
        assert not listener.events
        assert listener.dropped == [DropReason.BEFORE] * 2
        device.ring()
        await until(lambda: listener.events)
        assert listener.kinds == [EventKind.RING]


@pytest.mark.lesson(2)
async def test_a_memory_of_whole_hours_is_history_too(device: OnvifDevice) -> None:
    """Time zones are not considered for the first answer."""
    device.events.remembers = (3600.0, 900.0, 30.0)
    async with listening(device) as listener:
        await until(lambda: device.events.pulls >= 2)
        device.events.drop()
        await until(lambda: device.events.created >= 2 and device.events.pulls >= 4)
        device.ring()
        await until(lambda: listener.events)
        assert listener.kinds == [EventKind.RING]


@pytest.mark.lesson(2)
async def test_a_memory_of_a_clock_that_was_set_back_since_is_history(
    device: OnvifDevice,
) -> None:
    """By the current clock of the device, these events are in the future."""
    device.events.remembers = (-1800.0, -3600.0)
    async with listening(device) as listener:
        await until(lambda: device.events.pulls >= 2)
        assert not listener.events
        assert set(listener.dropped) == {DropReason.FUTURE}
        device.ring()
        await until(lambda: listener.events)
        assert listener.kinds == [EventKind.RING]


@pytest.mark.lesson(1)
@pytest.mark.parametrize("by", [-20_000.0, -100.0, 100.0, 20_000.0, 9e8])
async def test_a_ring_is_heard_while_the_device_sets_its_clock(
    device: OnvifDevice, by: float
) -> None:
    """The ring is dated by the old clock, and arrives after the clock was set."""
    device.tolerance = None
    device.clock_offset = -8e8
    async with listening(device) as listener:
        await until(lambda: device.events.pulls >= 2)
        begun = time.monotonic()
        device.ring()
        device.clock_offset += by
        await until(lambda: listener.events)
        event = listener.events[0]
        assert event.kind is EventKind.RING
        assert begun - 5 <= event.monotonic <= time.monotonic()
        # The next ring is dated by the new clock.
        device.ring()
        await until(lambda: len(listener.events) == 2)
        assert not listener.dropped


async def test_a_device_that_calls_its_local_time_utc_is_heard(
    device: OnvifDevice,
) -> None:
    """Its messages are off by a multiple of a quarter of an hour."""
    async with listening(device) as listener:
        await until(lambda: device.events.pulls >= 2)
        device.ring(ago=3600.0)
        await until(lambda: listener.events)
        event = listener.events[0]
        assert event.kind is EventKind.RING
        assert time.monotonic() - event.monotonic < 60


async def test_a_late_message_counts_from_when_it_happened(
    device: OnvifDevice,
) -> None:
    """The clip starts there, and the delay is recorded."""
    async with listening(device) as listener:
        begun = time.monotonic()
        listener.doorbell._tracker._since -= 30.0
        device.ring(ago=5.0)
        await until(lambda: listener.events)
        assert listener.events[0].monotonic == pytest.approx(begun - 5.0, abs=2.5)


@pytest.mark.lesson(1)
async def test_a_subscription_is_renewed_before_it_ends(device: OnvifDevice) -> None:
    """The granted time counts, not the requested one."""
    device.events.longest = 40.0

    async def tell(there: bool) -> None:
        # A message ends the pull, and the remaining time is checked before the next
        # one.
        renewed = device.events.renewed
        device.motion(there)
        await until(lambda: device.events.renewed > renewed)

    async with listening(device) as listener:
        await tell(True)
        await tell(False)
        assert device.events.created == 1
        device.ring()
        await until(lambda: EventKind.RING in listener.kinds)
        assert listener.kinds.count(EventKind.RING) == 1
    assert device.events.unsubscribed == 1
    assert not device.events.subscriptions


@pytest.mark.lesson(1)
@pytest.mark.parametrize("keeps", [True, False])
async def test_a_device_without_renewal_is_listened_to_all_the_same(
    device: OnvifDevice, keeps: bool
) -> None:
    """Pulling renews the subscription, or the doorbell subscribes again in time."""
    device.events.refuses_renew = True
    device.events.keepalive_by_pull = keeps
    device.events.longest = 12.0
    async with listening(device) as listener:
        await until(lambda: device.events.pulls >= 4)
        device.ring()
        await until(lambda: listener.events)
        assert len(device.events.subscriptions) == 1


async def test_an_end_that_is_past_is_not_believed(device: OnvifDevice) -> None:
    """Otherwise a device without renewal would get one subscription after the other."""
    device.events.refuses_renew = True
    device.events.ends_off = -5 * 3600.0
    async with listening(device) as listener:
        # The first pull returns the initial states; the second one waits for news.
        await until(lambda: device.events.pulls >= 2)
        for count in (1, 2):
            pulls = device.events.pulls
            device.ring()
            await until(lambda: listener.kinds.count(EventKind.RING) == count)  # noqa: B023 - awaited here
            await until(lambda: device.events.pulls > pulls)  # noqa: B023 - as above
        assert device.events.created == 1


@pytest.mark.parametrize(
    ("until_end", "believed"),
    [(120, True), (600, True), (0, False), (-5 * 3600, False), (1800 + 120, False)],
)
def test_an_end_in_another_zone_is_not_believed(until_end: int, believed: bool) -> None:
    """Such an end is ignored, and the requested duration counts."""
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    end = now + timedelta(seconds=until_end)
    assert left_of(now, end) == (until_end if believed else None)
    assert left_of(now, None) is None


@pytest.mark.lesson(1)
async def test_a_lost_subscription_is_followed_by_another(device: OnvifDevice) -> None:
    """The doorbell subscribes again at once and stays available."""
    async with listening(device) as listener:
        followed: list[bool | None] = []
        listener.doorbell.changes.add(
            lambda: followed.append(listener.doorbell.hears_events)
        )
        device.events.drop()
        await until(lambda: device.events.created == 2)
        await until(lambda: device.events.subscriptions)
        device.ring()
        await until(lambda: EventKind.RING in listener.kinds)
        assert all(followed)


@pytest.mark.lesson(1)
@pytest.mark.lesson(5)
async def test_a_device_that_was_away_is_listened_to_again(device: OnvifDevice) -> None:
    """Motion ends when the connection is lost, and no event is reported twice."""
    async with listening(device) as listener:
        device.motion(True)
        await until(lambda: listener.events)
        await device.stop()
        await until(lambda: listener.doorbell.hears_events is False)
        assert listener.doorbell.problem in ("cannot_connect", "timeout", "not_onvif")
        assert listener.kinds == [EventKind.MOTION, EventKind.MOTION_ENDED]
        await device.start()
        await until(lambda: listener.doorbell.hears_events)
        assert listener.kinds == [EventKind.MOTION, EventKind.MOTION_ENDED]
        device.motion(True)
        await until(lambda: len(listener.events) == 3)
