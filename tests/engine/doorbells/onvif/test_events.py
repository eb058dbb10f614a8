"""Tests of converting the messages of devices to motion, rings or nothing."""

from datetime import datetime
import time

import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.doorbells.onvif.events import (
    HELD,
    EventMessage,
    EventTracker,
)
from tests.engine.doorbells.onvif.listening import listening
from tests.onvif_device import events as topics
from tests.onvif_device.device import OnvifDevice
from tests.waiting import until


async def test_motion_person_and_ring_are_told(device: OnvifDevice) -> None:
    """Motion lasts until all sensors are off; a car is not a person."""
    async with listening(device) as listener:
        assert listener.doorbell.diagnostics()["offers"] == ["motion", "ring"]
        device.motion(True, topic=topics.VEHICLE)
        device.motion(True)
        await until(lambda: listener.kinds == [EventKind.MOTION])
        device.motion(True, topic=topics.PERSON)
        device.motion(False)
        device.ring()
        await until(lambda: EventKind.RING in listener.kinds)
        assert listener.kinds == [EventKind.MOTION, EventKind.MOTION, EventKind.RING]
        device.motion(False, topic=topics.PERSON)
        await until(lambda: listener.kinds[-1] is EventKind.MOTION_ENDED)
        device.motion(True, topic=topics.MOTION_ALARM)
        await until(lambda: listener.kinds[-1] is EventKind.MOTION)
        device.ring()
        await until(lambda: listener.kinds.count(EventKind.RING) == 2)


def item(name: str, value: str) -> str:
    """Return the XML of a value in a message."""
    return f'<tt:SimpleItem Name="{name}" Value="{value}"/>'


async def test_dialects_are_understood(device: OnvifDevice) -> None:
    """Manufacturers name events differently; messages about other things are ignored."""
    say = device.events.say
    async with listening(device) as listener:
        say("tns1:Monitoring/ProcessorUsage", item("Value", "17"))
        say("tns1:Device/Trigger/DigitalInput", item("LogicalState", "true"))
        say("tns1:VideoSource/MotionAlarm", "")
        say("tns1:Somebody/Nobody/Knows", item("State", "true"))
        say("tns1:RuleEngine/CellMotionDetector/Motion//.", item("IsMotion", "true"))
        await until(lambda: listener.kinds == [EventKind.MOTION])
        say("tns1:RuleEngine/PeopleDetector/People", item("IsPeople", "true"))
        await until(lambda: len(listener.kinds) == 2)
        assert listener.kinds[-1] is EventKind.MOTION

        # A button that only reports presses, without a state.
        for count in (1, 2):
            say("tns1:Device/Doorbell", "", attributes="")
            await until(lambda: listener.kinds.count(EventKind.RING) == count)  # noqa: B023 - awaited here
        # A device that marks each change as an initial state.
        device.events.tell(topics.VISITOR, True, operation="Initialized")
        await until(lambda: listener.kinds.count(EventKind.RING) == 3)
        # A device that keeps reporting a pressed button.
        device.events.tell(topics.VISITOR, True)
        device.motion(False)
        await until(lambda: device.events.pulls >= 6)
        assert listener.kinds.count(EventKind.RING) == 3


@pytest.mark.parametrize("source", [(), (("Name", ""),)])
async def test_what_names_no_source_is_told_all_the_same(
    device: OnvifDevice, source: tuple[tuple[str, str], ...]
) -> None:
    """Such a device has one button and one sensor."""
    async with listening(device) as listener:
        device.ring(source=source)
        for topic in (topics.MOTION, topics.MOTION_ALARM, topics.PERSON):
            device.motion(True, topic=topic, source=source)
        await until(lambda: len(listener.kinds) == 4)
        assert listener.kinds == [EventKind.RING, *[EventKind.MOTION] * 3]


async def test_a_button_that_never_says_that_it_was_let_go_of_rings_again(
    device: OnvifDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No press lasts that long, unless the button repeats its state."""
    clock = 0.0
    taken = 0
    take = EventTracker.take

    def later(
        self: EventTracker,
        told: list[EventMessage],
        current: datetime | None,
        _arrived: float,
        transport: str,
    ) -> list[DoorbellEvent]:
        nonlocal taken
        taken += len(told)
        return take(self, told, current, clock, transport)

    monkeypatch.setattr(EventTracker, "take", later)
    async with listening(device) as listener:
        clock = time.monotonic()

        async def told_after(seconds: float) -> None:
            nonlocal clock
            clock += seconds
            before = taken
            device.events.tell(topics.VISITOR, True)
            await until(lambda: taken > before)

        await told_after(0)
        for _ in range(3):
            await told_after(HELD - 5)
        assert listener.kinds == [EventKind.RING]
        await told_after(HELD + 5)
        await until(lambda: len(listener.kinds) == 2)
        assert listener.kinds == [EventKind.RING] * 2
