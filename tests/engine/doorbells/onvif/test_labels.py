"""Tests of labels from the messages of cameras, alone or with other events."""

import pytest

from custom_components.doorwatch.engine.doorbells.base import EventKind
from tests.engine.doorbells.onvif.listening import Listener, listening
from tests.onvif_device import events as topics
from tests.onvif_device.device import OnvifDevice
from tests.waiting import until

RULES = "tns1:RuleEngine/MyRuleDetector/"
TAPO = "tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent"
OBJECTS = "tns1:RuleEngine/ObjectDetection/Object"
PERSON, VEHICLE, ANIMAL, PACKAGE = {"person"}, {"vehicle"}, {"animal"}, {"package"}


def items(**values: str) -> str:
    """Return the XML of the values of a message."""
    return "".join(
        f'<tt:SimpleItem Name="{name}" Value="{value}"/>'
        for name, value in values.items()
    )


def seen(listener: Listener) -> list[set[str]]:
    """Return the labels of each event that has some."""
    assert all(set(one.labels.values()) <= {"onvif"} for one in listener.events)
    return [set(one.labels) for one in listener.events if one.labels]


@pytest.mark.parametrize(
    ("topic", "values", "labels", "moves"),
    [
        (RULES + "PeopleDetect", {"State": "true"}, PERSON, True),
        (RULES + "FaceDetect", {"State": "true"}, PERSON, True),
        (RULES + "VehicleDetect", {"State": "true"}, VEHICLE, False),
        (RULES + "DogCatDetect", {"State": "true"}, ANIMAL, False),
        (RULES + "Package", {"State": "true"}, PACKAGE, False),
        (TAPO, {"IsPeople": "true"}, PERSON, True),
        ("tns1:RuleEngine/PeopleDetector/People", {"IsPeople": "true"}, PERSON, True),
        (TAPO, {"IsVehicle": "true"}, VEHICLE, False),
        (TAPO, {"IsPet": "true"}, ANIMAL, False),
        (TAPO, {"IsPackageDeliver": "true"}, PACKAGE, False),
        (TAPO, {"IsPackagePickup": "true"}, PACKAGE, False),
        ("tns1:UserAlarm/IVA/HumanShapeDetect", {"State": "true"}, PERSON, True),
        (OBJECTS, {"ClassTypes": "Human"}, PERSON, True),
        (OBJECTS, {"ClassTypes": "Vehicle"}, VEHICLE, False),
        (OBJECTS, {"ClassTypes": "Pet"}, ANIMAL, False),
        (OBJECTS, {"ClassTypes": "Animal"}, ANIMAL, False),
        (OBJECTS, {"ClassTypes": "Face"}, PERSON, False),
        (OBJECTS, {"ClassTypes": "Bag"}, PACKAGE, False),
        (OBJECTS, {"ClassTypes": "Human Vehicle"}, PERSON | VEHICLE, True),
        (OBJECTS, {"ClassTypes": "Vehicle Animal Bag"}, VEHICLE | ANIMAL | PACKAGE, False),
        (TAPO, {"IsVehicle": "true", "IsPeople": "true"}, PERSON | VEHICLE, True),
        (TAPO, {"IsVehicle": "true", "IsPeople": "false"}, VEHICLE, False),
        ("tns1:RuleEngine/ObjectDetector/Object", {"ClassTypes": "Human"}, PERSON, False),
        ("tns1:RuleEngine/ObjectDetector/Object", {"ObjectType": "Car,Dog"}, VEHICLE | ANIMAL, False),
        ("tns1:VideoAnalytics/ObjectDetection", {"ClassTypes": "Vehicle"}, VEHICLE, False),
        ("tns1:VideoAnalytics/ObjectDetection", {"objectType": "Human", "State": "true"}, PERSON, False),
    ],
)  # fmt: skip
async def test_each_topic_tells_its_labels(
    device: OnvifDevice,
    topic: str,
    values: dict[str, str],
    labels: set[str],
    moves: bool,
) -> None:
    """A detected person is also motion where the message is parsed as motion."""
    async with listening(device) as listener:
        device.events.say(topic, items(**values))
        await until(lambda: bool(listener.events) and bool(seen(listener)))
        assert set().union(*seen(listener)) == labels
        assert listener.kinds == [EventKind.MOTION] * moves
        assert listener.events[-1].kind is EventKind.SEEN


async def test_no_label_ends_a_motion(device: OnvifDevice) -> None:
    """A detected car doesn't end motion, but an empty list of objects does."""
    say = device.events.say
    async with listening(device) as listener:
        device.motion(True)
        say(OBJECTS, items(ClassTypes="Vehicle"))
        await until(lambda: seen(listener) == [VEHICLE])
        assert listener.kinds == [EventKind.MOTION]
        device.motion(False)
        await until(lambda: EventKind.MOTION_ENDED in listener.kinds)

        say(OBJECTS, items(ClassTypes="Human"))
        say(OBJECTS, items(ClassTypes="Vehicle"))
        say(RULES + "Package", items(State="true"))
        say(RULES + "Package", items(State="false"))
        await until(lambda: PACKAGE in seen(listener))
        assert listener.kinds[2:] == [EventKind.MOTION]
        assert not listener.doorbell.sees_motion
        say(OBJECTS, items(ClassTypes=""))
        await until(lambda: len(listener.kinds) == 4)
        assert listener.kinds[-1] is EventKind.MOTION_ENDED


async def test_what_stays_in_view_is_told_once(device: OnvifDevice) -> None:
    """A parked car is not reported again with each visitor, nor from an initial state."""
    say = device.events.say
    initial = 'PropertyOperation="Initialized"'
    async with listening(device) as listener:
        say(OBJECTS, items(ClassTypes="Vehicle"), attributes=initial)
        say(OBJECTS, items(ClassTypes="Vehicle Human"))
        say(OBJECTS, items(ClassTypes="Vehicle"))
        say(OBJECTS, items(ClassTypes="Vehicle Animal"))
        await until(lambda: seen(listener) == [PERSON, ANIMAL])
        # A device that never reports the end repeats the start.
        say(RULES + "VehicleDetect", items(State="true"))
        say(RULES + "VehicleDetect", items(State="true"))
        await until(lambda: seen(listener)[2:] == [VEHICLE, VEHICLE])


async def test_what_is_gone_for_good_is_not_seen_again(device: OnvifDevice) -> None:
    """A message that deletes an object still names it, and ends its motion."""
    say = device.events.say
    gone = 'PropertyOperation="Deleted"'
    async with listening(device) as listener:
        say(OBJECTS, items(ClassTypes="Human"))
        say(OBJECTS, items(ClassTypes="Human"), attributes=gone)
        say(RULES + "Package", items(State="true"), attributes=gone)
        say(RULES + "DogCatDetect", items(State="true"))
        await until(lambda: ANIMAL in seen(listener))
        assert seen(listener) == [PERSON, ANIMAL]
        assert listener.kinds == [EventKind.MOTION, EventKind.MOTION_ENDED]


async def test_labels_come_beside_all_else(device: OnvifDevice) -> None:
    """Motion, a person, a ring and a package arrive together, with unknown topics."""
    say = device.events.say
    async with listening(device) as listener:
        device.motion(True)
        device.motion(True, topic=topics.PERSON)
        device.ring()
        say("tns1:Somebody/Nobody/Knows", items(ClassTypes="Human", IsPet="true"))
        say("tns1:RuleEngine/LineDetector/Crossed", items(ObjectType="Vehicle"))
        say(TAPO, items(IsLineCross="true"))
        say(OBJECTS, items(ClassTypes="Other Unknown"))
        say(RULES + "VehicleDetect", "")
        say(RULES + "Package", items(State="1"))
        await until(lambda: PACKAGE in seen(listener))
        assert seen(listener) == [PERSON, PACKAGE]
        assert listener.kinds == [
            *[EventKind.MOTION] * 2,
            EventKind.RING,
            EventKind.MOTION,
        ]
