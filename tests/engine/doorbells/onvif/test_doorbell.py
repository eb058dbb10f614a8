"""A doorbell that speaks ONVIF, against a device that does, over real SOAP."""

import asyncio
from collections.abc import AsyncIterator, Callable
import contextlib
import dataclasses
from datetime import UTC, datetime, timedelta
import gc
import importlib
import time
from typing import Any

from aiohttp import ClientSession, web
import async_timeout
import pytest

from custom_components.doorwatch.engine.doorbells.base import (
    DoorbellError,
    DoorbellEvent,
    EventKind,
)
from custom_components.doorwatch.engine.doorbells.dropped import Why
from custom_components.doorwatch.engine.doorbells.onvif.ask import (
    DeviceFacts,
    ask_device,
)
from custom_components.doorwatch.engine.doorbells.onvif.client import OnvifClient
from custom_components.doorwatch.engine.doorbells.onvif.doorbell import OnvifDoorbell
from custom_components.doorwatch.engine.doorbells.onvif.pull import left_of
from tests.engine.doorbells.servers import answering
from tests.onvif_device import events as topics
from tests.onvif_device.device import OnvifDevice, Profile, onvif_device
from tests.onvif_device.soap import Refusal, envelope, fault
from tests.outside_servers import serve
from tests.ports import own_port

MAIN = "rtsp://127.0.0.1:9/main"
SUB = "rtsp://127.0.0.1:9/sub"
MAC = "ec:71:db:00:11:22"


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition, with a generous deadline."""
    async with async_timeout.timeout(60):
        while not condition():
            await asyncio.sleep(0.02)


@pytest.fixture
async def device() -> AsyncIterator[OnvifDevice]:
    """Run a device."""
    async with onvif_device(MAIN, SUB) as one:
        yield one


async def ask(device: OnvifDevice, **changed: Any) -> DeviceFacts:
    """Ask a device everything, with its login or another."""
    username, password = device.login
    asked = {"port": device.port, "username": username, "password": password}
    return await ask_device("127.0.0.1", **{**asked, **changed})


class Listener:
    """What a doorbell told."""

    def __init__(self, doorbell: OnvifDoorbell) -> None:
        self.doorbell = doorbell
        self.events: list[DoorbellEvent] = []
        self.dropped: list[Why] = []
        doorbell.subscribe(self.events.append)
        doorbell.watch_dropped(self.dropped.append)

    @property
    def kinds(self) -> list[EventKind]:
        return [event.kind for event in self.events]


@contextlib.asynccontextmanager
async def listening(
    device: OnvifDevice, *, wait: bool = True, mac: str | None = MAC
) -> AsyncIterator[Listener]:
    """Set a doorbell up beside the device."""
    username, password = device.login
    doorbell = OnvifDoorbell(
        "127.0.0.1",
        device.port,
        username,
        password,
        stream=MAIN,
        mac=mac,
        serial=device.serial,
        longest_pause=1.0,
    )
    listener = Listener(doorbell)
    await doorbell.start()
    try:
        if wait:
            await until(lambda: doorbell.hears_events)
        yield listener
    finally:
        await doorbell.stop()


# --- what is asked of a device


@pytest.mark.parametrize("auth", ["wsse", "http", "either"])
async def test_a_device_says_who_it_is_and_where_its_video_is(
    device: OnvifDevice, auth: str
) -> None:
    """With either kind of login, and never with the password itself."""
    device.auth = auth
    facts = await ask(device)

    assert (facts.identity.mac, facts.identity.serial) == (MAC, device.serial)
    assert (facts.identity.make, facts.identity.model) == ("Maker", "Video Doorbell")
    assert (facts.streams.main, facts.streams.sub) == (MAIN, SUB)
    assert facts.clock_offset == pytest.approx(0, abs=2)


async def test_main_and_second_stream_are_chosen_by_resolution(
    device: OnvifDevice,
) -> None:
    """Of the first lens; pictures in JPEG are no video."""
    device.profiles = (
        Profile(
            token="jpeg", stream=f"{MAIN}0", width=9000, height=9000, encoding="JPEG"
        ),
        Profile(token="small", stream=f"{MAIN}1", width=640, height=360),
        Profile(
            token="large", stream=f"{MAIN}2", width=1920, height=1080, encoding="H265"
        ),
        Profile(token="middle", stream=f"{MAIN}3", width=1280, height=720),
        Profile(
            token="parcel", stream=f"{MAIN}4", width=4000, height=3000, source="001"
        ),
    )
    facts = await ask(device)
    assert (facts.streams.main, facts.streams.sub) == (f"{MAIN}2", f"{MAIN}1")

    device.profiles = device.profiles[1:2]
    facts = await ask(device)
    assert (facts.streams.main, facts.streams.sub) == (f"{MAIN}1", None)


@pytest.mark.parametrize(
    "answer",
    [
        web.Response(status=500, text="Internal Server Error"),
        web.Response(
            text=envelope(
                "<trt:GetSnapshotUriResponse><trt:MediaUri><tt:Uri>/snap.jpg</tt:Uri>"
                "<tt:InvalidAfterConnect>false</tt:InvalidAfterConnect>"
                "<tt:InvalidAfterReboot>false</tt:InvalidAfterReboot>"
                "<tt:Timeout>PT0S</tt:Timeout></trt:MediaUri>"
                "</trt:GetSnapshotUriResponse>"
            ),
            content_type="application/soap+xml",
        ),
        web.Response(text=envelope("<trt:GetSnapshotUriResponse/>")),
    ],
    ids=["no_soap", "no_address", "nothing"],
)
async def test_a_picture_that_cannot_be_had_does_not_cost_the_video(
    device: OnvifDevice, answer: web.Response
) -> None:
    """Its clips are what counts."""

    async def misbehave(_: web.Request) -> web.Response:
        return answer

    device.misbehaves["GetSnapshotUri"] = misbehave

    facts = await ask(device)

    assert facts.streams.main == MAIN
    assert facts.streams.snapshot is None


async def test_a_second_stream_that_cannot_be_had_does_not_cost_the_first(
    device: OnvifDevice,
) -> None:
    """Some name a profile that nothing is behind."""
    main, sub = device.profiles
    device.profiles = (main, dataclasses.replace(sub, stream=""))

    facts = await ask(device)

    assert (facts.streams.main, facts.streams.sub) == (MAIN, None)


async def test_addresses_of_another_network_are_not_followed(
    device: OnvifDevice,
) -> None:
    """Neither the login nor a stream goes to a host that nobody named."""
    device.advertises = "192.0.2.77"
    device.profiles = (
        Profile(
            token="main", stream="rtsp://192.0.2.77:554/h?a=1&b=2", width=1, height=1
        ),
    )
    facts = await ask(device)
    assert facts.streams.main == "rtsp://127.0.0.1:554/h?a=1&b=2"
    async with listening(device) as listener:
        device.ring()
        await until(lambda: listener.events)


@pytest.mark.parametrize("status", [302, 307, 308])
async def test_a_device_that_sends_elsewhere_is_not_followed(
    device: OnvifDevice, status: int
) -> None:
    """What is said to it, the login in it, would go to whom it likes."""
    asked: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        asked.append(f"{request.method} {await request.text()}")
        return web.Response(status=500)

    async with serve(elsewhere) as port:
        device.sends_to = (status, f"http://localhost:{port}/inside")
        with pytest.raises(DoorbellError) as refused:
            await ask(device)
    assert refused.value.problem == "not_onvif"
    assert asked == []


@pytest.mark.parametrize("hurried", [0, 1, 2])
async def test_hanging_up_while_a_service_is_made_leaves_nothing_open(
    device: OnvifDevice, monkeypatch: pytest.MonkeyPatch, hurried: int
) -> None:
    """A reload may come at any time, and who waits for it may lose patience."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    library = importlib.import_module("onvif.client")
    read = library._cached_document

    async def wait(url: str) -> Any:
        begun.set()
        await go_on.wait()
        return await read(url)

    monkeypatch.setattr(library, "_cached_document", wait)
    client = OnvifClient("127.0.0.1", device.port, *device.login)
    asking = asyncio.create_task(client.connect())
    await begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    closing = asyncio.create_task(client.close())
    for _ in range(hurried):
        await asyncio.sleep(0)
        closing.cancel()
    await asyncio.sleep(0)
    assert not closing.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError) if hurried else contextlib.nullcontext():
        await closing
    assert not [
        each
        for each in gc.get_objects()
        if isinstance(each, ClientSession) and not each.closed
    ]


async def test_old_devices_without_list_of_services_and_without_mac(
    device: OnvifDevice,
) -> None:
    """Capabilities lead to the services, the serial number tells devices apart."""
    device.has_services = False
    device.mac = None
    device.has_snapshot = False
    facts = await ask(device)
    assert facts.identity.unique == device.serial
    async with listening(device, mac=None) as listener:
        device.ring()
        await until(lambda: EventKind.RING in listener.kinds)


@pytest.mark.parametrize("offset", [-90_000_000.0, 7200.0, -45.0])
async def test_a_wrong_clock_is_measured_and_no_obstacle(
    device: OnvifDevice, offset: float
) -> None:
    """The login is made with the device's own time, and events are as late as they are."""
    device.clock_offset = offset
    facts = await ask(device)
    assert facts.clock_offset == pytest.approx(offset, abs=20)
    async with listening(device) as listener:
        assert listener.doorbell.clock_offset == pytest.approx(offset, abs=20)
        before = time.monotonic()
        device.ring()
        await until(lambda: listener.events)
        assert before - 0.1 <= listener.events[0].monotonic <= time.monotonic()


@pytest.mark.parametrize("told", [True, False])
async def test_a_clock_that_is_told_only_with_a_login_is_read_from_the_answer(
    device: OnvifDevice, told: bool
) -> None:
    """Every answer over HTTP is dated."""
    device.time_needs_login = True
    device.time_is_told = told
    device.clock_offset = 3600.0
    facts = await ask(device)
    assert facts.clock_offset == pytest.approx(3600, abs=20)


async def refuse(_: web.Request) -> web.StreamResponse:
    """Refuse what only a part of the device knows nothing of."""
    body = fault(Refusal("ActionFailed", "Not now", receiver=True))
    return web.Response(status=500, text=body, content_type="application/soap+xml")


async def test_what_is_wrong_is_named(device: OnvifDevice) -> None:
    """No answer, wrong login, a clock, no video, something else than ONVIF."""

    async def problem(**data: object) -> str:
        with pytest.raises(DoorbellError) as caught:
            await ask(device, **data)
        assert "127.0.0.1" not in str(caught.value)
        assert caught.value.__cause__ is None
        return caught.value.problem

    assert await problem(port=own_port()) == "cannot_connect"
    assert await problem(password="wrong") == "invalid_auth"
    assert await problem(username=None, password=None) == "login_missing"
    device.auth = "http"
    assert await problem(password="wrong") == "invalid_auth"
    assert await problem(username=None, password=None) == "login_missing"
    device.auth = "wsse"
    device.clock_offset = 3600.0
    assert await problem(password="wrong") == "clock_off"
    # No clock is to blame where there is no login, not even one that is told.
    assert await problem(username=None, password=None) == "login_missing"
    device.time_needs_login = True
    assert await problem(username=None, password=None) == "login_missing"
    device.time_needs_login = False
    device.clock_offset = 0.0
    device.misbehaves["GetDeviceInformation"] = refuse
    assert await problem() == "request_refused"
    device.misbehaves.clear()
    device.profiles = ()
    assert await problem() == "no_profile"
    device.speaks_onvif = False
    assert await problem() == "not_onvif"
    with answering(b"RTSP/1.0 200 OK\r\n\r\n") as port:
        assert await problem(port=port) in ("not_onvif", "cannot_connect")


async def test_a_snapshot_is_fetched_with_the_login(device: OnvifDevice) -> None:
    """It is a picture, or nothing."""
    async with listening(device) as listener:
        picture = await listener.doorbell.snapshot()
        assert picture is not None
        assert picture.startswith(b"\xff\xd8")
        device.login = ("viewer", "changed")
        assert await listener.doorbell.snapshot() is None
        await device.stop()
        assert await listener.doorbell.snapshot() is None
    assert await listener.doorbell.snapshot() is None


# --- events


async def test_motion_person_and_ring_are_told(device: OnvifDevice) -> None:
    """Motion lasts until nobody sees anything any more; a car is nobody."""
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
    """Write one value of a message."""
    return f'<tt:SimpleItem Name="{name}" Value="{value}"/>'


async def test_dialects_are_understood(device: OnvifDevice) -> None:
    """What makers write differently; what is about something else is passed over."""
    say = device.events.say
    async with listening(device) as listener:
        say("tns1:Monitoring/ProcessorUsage", item("Value", "17"))
        say("tns1:Device/Trigger/DigitalInput", item("LogicalState", "true"))
        say("tns1:VideoSource/MotionAlarm", "")
        say("tns1:Somebody/Nobody/Knows", item("State", "true"))
        say("tns1:RuleEngine/CellMotionDetector/Motion//.", item("IsMotion", "true"))
        await until(lambda: listener.kinds == [EventKind.MOTION])
        say("tns1:RuleEngine/PeopleDetector/People", item("IsPeople", "true"))
        await until(lambda: len(listener.events) == 2)
        assert listener.kinds[-1] is EventKind.MOTION

        # A button that only ever says that it was pressed, without a state.
        for count in (1, 2):
            say("tns1:Device/Doorbell", "", attributes="")
            await until(lambda: listener.kinds.count(EventKind.RING) == count)  # noqa: B023 - awaited here
        # One that calls each change an initial state.
        device.events.tell(topics.VISITOR, True, operation="Initialized")
        await until(lambda: listener.kinds.count(EventKind.RING) == 3)
        # And one that says again and again that it is still pressed.
        device.events.tell(topics.VISITOR, True)
        device.motion(False)
        await until(lambda: device.events.pulls >= 6)
        assert listener.kinds.count(EventKind.RING) == 3


@pytest.mark.parametrize("source", [(), (("Name", ""),)])
async def test_what_names_no_source_is_told_all_the_same(
    device: OnvifDevice, source: tuple[tuple[str, str], ...]
) -> None:
    """A button and a sensor are the door's, on a device with one of each."""
    async with listening(device) as listener:
        device.ring(source=source)
        for topic in (topics.MOTION, topics.MOTION_ALARM, topics.PERSON):
            device.motion(True, topic=topic, source=source)
        await until(lambda: len(listener.kinds) == 4)
        assert listener.kinds == [EventKind.RING, *[EventKind.MOTION] * 3]


async def test_a_button_that_never_says_that_it_was_let_go_of_rings_again(
    device: OnvifDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody holds it that long; one that repeats itself is still pressed."""
    monkeypatch.setattr(
        "custom_components.doorwatch.engine.doorbells.onvif.events.HELD", 1.0
    )
    async with listening(device) as listener:
        device.events.tell(topics.VISITOR, True)
        await until(lambda: listener.kinds == [EventKind.RING])
        for _ in range(3):
            await asyncio.sleep(0.5)
            device.events.tell(topics.VISITOR, True)
        pulls = device.events.pulls
        await until(lambda: device.events.pulls > pulls)
        assert listener.kinds == [EventKind.RING]

        await asyncio.sleep(1.5)
        device.events.tell(topics.VISITOR, True)
        await until(lambda: listener.kinds == [EventKind.RING] * 2)


@pytest.mark.lesson(2)
async def test_what_was_before_the_subscription_is_never_told(
    device: OnvifDevice,
) -> None:
    """Neither at the first one nor after a reconnect; what comes then is."""
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
    """As changes of a minute ago; by the device's own clock, however wrong it is."""
    device.clock_offset = -7200.0
    device.events.whole_seconds = whole
    async with listening(device) as listener:
        device.ring(ago=60.0)
        device.ring(ago=3.0 + 60 * 14)
        pulls = device.events.pulls
        await until(lambda: device.events.pulls > pulls)
        assert not listener.events
        assert listener.dropped == [Why.BEFORE] * 2
        device.ring()
        await until(lambda: listener.events)
        assert listener.kinds == [EventKind.RING]


@pytest.mark.lesson(2)
async def test_a_memory_of_whole_hours_is_history_too(device: OnvifDevice) -> None:
    """In the first answer nothing is excused with a time zone."""
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
    """By its clock as it is now it is yet to come."""
    device.events.remembers = (-1800.0, -3600.0)
    async with listening(device) as listener:
        await until(lambda: device.events.pulls >= 2)
        assert not listener.events
        assert set(listener.dropped) == {Why.FUTURE}
        device.ring()
        await until(lambda: listener.events)
        assert listener.kinds == [EventKind.RING]


@pytest.mark.lesson(1)
@pytest.mark.parametrize("by", [-20_000.0, -100.0, 100.0, 20_000.0, 9e8])
async def test_a_ring_is_heard_while_the_device_sets_its_clock(
    device: OnvifDevice, by: float
) -> None:
    """It is dated by the clock before, and told when that has gone on or back."""
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
        # And afterwards, by the clock as it is then.
        device.ring()
        await until(lambda: len(listener.events) == 2)
        assert not listener.dropped


async def test_a_device_that_calls_its_local_time_utc_is_heard(
    device: OnvifDevice,
) -> None:
    """Its messages look hours old, in whole quarters of an hour."""
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
    """So the clip is cut there, and the delay is seen."""
    async with listening(device) as listener:
        begun = time.monotonic()
        listener.doorbell._happenings._since -= 30.0
        device.ring(ago=5.0)
        await until(lambda: listener.events)
        assert listener.events[0].monotonic == pytest.approx(begun - 5.0, abs=2.5)


@pytest.mark.lesson(1)
async def test_a_subscription_is_renewed_before_it_ends(device: OnvifDevice) -> None:
    """By what the device grants, not by what was asked for."""
    device.events.longest = 40.0

    async def tell(there: bool) -> None:
        # It ends a question, and before the next one there is a look at what is left.
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
    """Either pulling renews there, or there is another subscription in time."""
    device.events.refuses_renew = True
    device.events.keepalive_by_pull = keeps
    device.events.longest = 12.0
    async with listening(device) as listener:
        await until(lambda: device.events.pulls >= 4)
        device.ring()
        await until(lambda: listener.events)
        assert len(device.events.subscriptions) == 1


async def test_an_end_that_is_past_is_not_believed(device: OnvifDevice) -> None:
    """Else a device that cannot renew would be asked for one after the other."""
    device.events.refuses_renew = True
    device.events.ends_off = -5 * 3600.0
    async with listening(device) as listener:
        pulls = device.events.pulls
        for count in (1, 2):
            device.ring()
            await until(lambda: listener.kinds.count(EventKind.RING) == count)  # noqa: B023 - awaited here
            await until(lambda: device.events.pulls > pulls + count)  # noqa: B023 - as above
        assert device.events.created == 1


@pytest.mark.parametrize(
    ("until_end", "believed"),
    [(120, True), (600, True), (0, False), (-5 * 3600, False), (1800 + 120, False)],
)
def test_an_end_in_another_zone_is_not_believed(until_end: int, believed: bool) -> None:
    """Past or hours ahead: it is renewed as if the device had granted what was asked."""
    now = datetime(2026, 11, 26, 12, tzinfo=UTC)
    end = now + timedelta(seconds=until_end)
    assert left_of(now, end) == (until_end if believed else None)
    assert left_of(now, None) is None


@pytest.mark.lesson(1)
async def test_a_lost_subscription_is_followed_by_another(device: OnvifDevice) -> None:
    """At once, and nobody is told that it is not heard."""
    async with listening(device) as listener:
        followed: list[bool | None] = []
        listener.doorbell.follow(
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
    """Whoever moved is not seen to stop, so motion ends; and nothing is told twice."""
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


async def test_a_password_that_was_changed_is_noticed(device: OnvifDevice) -> None:
    """It is named, told to whoever follows, and tried seldom."""
    async with listening(device) as listener:
        followed: list[str | None] = []
        listener.doorbell.follow(lambda: followed.append(listener.doorbell.problem))
        device.login = ("viewer", "changed")
        device.events.drop()
        await until(lambda: "invalid_auth" in followed)
        assert listener.doorbell.hears_events is False


async def test_a_clock_that_is_set_is_read_again_before_the_login_is_doubted(
    device: OnvifDevice,
) -> None:
    """As after a power cut, when the device finds its time server late."""
    device.clock_offset = -500_000.0
    async with listening(device) as listener:
        followed: list[str | None] = []
        listener.doorbell.follow(lambda: followed.append(listener.doorbell.problem))
        device.clock_offset = 0.0
        device.events.drop()
        await until(
            lambda: (
                listener.doorbell.clock_offset == pytest.approx(0, abs=2)
                and device.events.subscriptions
            )
        )
        await until(lambda: listener.doorbell.hears_events)
        assert "invalid_auth" not in followed
        assert "clock_off" not in followed


async def test_another_device_at_the_address_is_not_listened_to(
    device: OnvifDevice,
) -> None:
    """Its video is not of this door either."""
    async with listening(device, wait=False, mac="00:11:22:33:44:55") as listener:
        await until(lambda: listener.doorbell.problem == "other_device")
        assert not device.events.subscriptions
        with pytest.raises(DoorbellError, match="other_device"):
            listener.doorbell.stream_source()


async def test_a_device_without_events_tells_none(device: OnvifDevice) -> None:
    """And is well all the same: motion may come from elsewhere."""
    device.events.offers_pull_points = False
    async with listening(device, wait=False) as listener:
        await until(lambda: listener.doorbell.hears_events is None)
        assert listener.doorbell.problem is None
        assert listener.doorbell.diagnostics()["events"] is None


async def test_streams_that_moved_are_taken_over(device: OnvifDevice) -> None:
    """After an update of the device, for the next connection."""
    async with listening(device) as listener:
        assert listener.doorbell.stream_source().address.endswith("@127.0.0.1:9/main")
        device.profiles = (
            Profile(token="main", stream="rtsp://127.0.0.1:9/new", width=1, height=1),
        )
        await device.stop()
        await device.start()
        await until(lambda: listener.doorbell.stream_source().address.endswith("/new"))
        assert listener.doorbell.sub_stream_source() is None


async def test_diagnostics_tell_how_it_goes_and_nothing_else(
    device: OnvifDevice,
) -> None:
    """No address, no login, no number of the device."""
    async with listening(device) as listener:
        found = listener.doorbell.diagnostics()
    assert found["events"] == "pullpoint"
    assert found["video"] == "rtsp/tcp"
    assert found["subscriptions"] == 1
    for secret in ("127.0.0.1", *device.login, device.serial, MAC):
        assert secret not in str(found)


async def test_a_client_may_be_closed_before_it_connects(device: OnvifDevice) -> None:
    """And twice."""
    client = OnvifClient("::1", device.port, None, None)
    assert client.on_host("http://192.0.2.1:80/x") == "http://[::1]:80/x"
    with pytest.raises(DoorbellError, match="not_onvif"):
        client.on_host("file:///etc/passwd")
    await client.close()
    await client.close()
