"""Tests of ONVIF devices with several lenses, each of which is a doorbell."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
import dataclasses
from functools import partial
from typing import Final

from aiohttp import web
import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellError, EventKind
from custom_components.doorwatch.engine.doorbells.onvif import client
from custom_components.doorwatch.engine.doorbells.onvif.ask import ask_device
from custom_components.doorwatch.engine.doorbells.onvif.doorbell import OnvifDoorbell
from custom_components.doorwatch.engine.doorbells.onvif.video_sources import (
    VideoSourceUnclear,
)
from custom_components.doorwatch.engine.time_limit import time_limit
from tests.engine.doorbells.onvif.listening import MAC, MAIN, SUB, Listener
from tests.onvif_device import events as topics
from tests.onvif_device.device import OnvifDevice, Profile, onvif_device
from tests.onvif_device.soap import envelope
from tests.waiting import until

PARCEL: Final = "rtsp://127.0.0.1:9/parcel"
type Source = tuple[tuple[str, str], ...]


@pytest.fixture
async def device() -> AsyncIterator[OnvifDevice]:
    """Run a doorbell with a second lens for packages."""
    async with onvif_device(MAIN, SUB) as one:
        one.profiles = (
            *(
                dataclasses.replace(profile, analytics="va_door")
                for profile in one.profiles
            ),
            Profile(
                token="parcel",
                stream=PARCEL,
                width=1920,
                height=1080,
                source="001",
                analytics="va_parcel",
            ),
        )
        yield one


@contextlib.asynccontextmanager
async def listening(
    device: OnvifDevice, video_source: str | None, *, wait: bool = True
) -> AsyncIterator[Listener]:
    """Run the doorbell of a lens, or one set up without a choice of lens."""
    doorbell = OnvifDoorbell(
        "127.0.0.1",
        device.port,
        *device.login,
        stream=PARCEL if video_source == "001" else MAIN,
        sub_stream=None if video_source == "001" else SUB,
        mac=MAC,
        serial=device.serial,
        video_source=video_source,
    )
    listener = Listener(doorbell)
    await doorbell.start()
    try:
        if wait:
            await until(lambda: doorbell.hears_events)
        yield listener
    finally:
        await doorbell.stop()


def by(name: str, token: str) -> Source:
    """Return a source with a token, and with an item that identifies no lens."""
    return (("Rule", "MyRule"), (name, token))


def saw_motion(listener: Listener) -> bool:
    """Return whether a motion event was received."""
    return EventKind.MOTION in listener.kinds


# --- video


async def test_the_video_is_that_of_the_lens_that_was_chosen(
    device: OnvifDevice,
) -> None:
    """Main and sub stream belong to the lens, also after the next query."""
    facts = await ask_device(
        "127.0.0.1", device.port, *device.login, video_source="001"
    )
    assert (facts.streams.main, facts.streams.sub) == (PARCEL, None)

    async with listening(device, "001") as parcel, listening(device, "000") as door:
        assert "/parcel" in parcel.doorbell.stream_source().address
        assert parcel.doorbell.sub_stream_source() is None
        assert "/main" in door.doorbell.stream_source().address
        assert parcel.doorbell.diagnostics()["lenses"] == 2


async def test_lenses_that_change_their_order_stay_what_they_are(
    device: OnvifDevice,
) -> None:
    """The device may list the lenses in another order after a restart."""
    async with listening(device, "000") as door:
        device.profiles = tuple(reversed(device.profiles))
        created = device.events.created
        device.events.drop()
        await until(lambda: device.events.created > created)
        await until(lambda: door.doorbell.hears_events)
        assert "/main" in door.doorbell.stream_source().address
        device.motion(True, source=by("VideoSourceToken", "001"))
        device.motion(True, source=by("VideoSourceToken", "000"))
        await until(lambda: door.events)
        assert door.kinds == [EventKind.MOTION]


async def test_a_lens_that_is_gone_is_a_problem_and_never_another_lens(
    device: OnvifDevice,
) -> None:
    """Its old address may now show another lens; the doorbell recovers with the lens."""
    profiles = device.profiles
    async with listening(device, "000") as door:
        handed_out = [
            source()
            for source in (
                door.doorbell.stream_source,
                door.doorbell.sub_stream_source,
            )
        ]
        assert all(source is not None and source.is_right() for source in handed_out)
        device.profiles = profiles[2:]
        device.events.drop()
        await until(lambda: door.doorbell.problem == "lens_missing")
        assert not door.doorbell.hears_events
        # Open connections are closed, and no new ones are made.
        assert not any(source is None or source.is_right() for source in handed_out)
        for source in (door.doorbell.stream_source, door.doorbell.sub_stream_source):
            with pytest.raises(DoorbellError, match="lens_missing"):
                source()
        assert door.doorbell.diagnostics()["problem"] == "lens_missing"

        device.profiles = profiles
        await until(lambda: door.doorbell.hears_events)
        assert "/main" in door.doorbell.stream_source().address


async def test_a_lens_without_video_that_can_be_recorded_is_gone_too(
    device: OnvifDevice,
) -> None:
    """The lens may have been switched to JPEG."""
    *others, parcel = device.profiles
    device.profiles = (*others, dataclasses.replace(parcel, encoding="JPEG"))
    with pytest.raises(VideoSourceUnclear) as wanted:
        await ask_device("127.0.0.1", device.port, *device.login, video_source="001")
    assert wanted.value.problem == "lens_missing"
    assert [source.token for source in wanted.value.sources] == ["000"]


# --- events


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (by("Source", "001"), by("Source", "000")),
        (by("VideoSourceToken", "001"), by("VideoSourceToken", "000")),
        (
            by("VideoSourceConfigurationToken", "vs_001"),
            by("VideoSourceConfigurationToken", "vs_000"),
        ),
        (
            by("VideoAnalyticsConfigurationToken", "va_parcel"),
            by("VideoAnalyticsConfigurationToken", "va_door"),
        ),
        # Some devices use the name of one kind of token for the other.
        (
            by("VideoSourceConfigurationToken", "001"),
            by("VideoSourceConfigurationToken", "000"),
        ),
        (by("Source", "vs_001"), by("Source", "vs_000")),
    ],
)
async def test_motion_before_another_lens_is_none_before_this_one(
    device: OnvifDevice, ours: Source, theirs: Source
) -> None:
    """Any kind of token identifies the other lens, for motion and for rings."""
    async with listening(device, "001") as parcel, listening(device, "000") as door:
        device.motion(True, source=theirs)
        device.ring(source=theirs)
        device.motion(False, source=theirs)
        await until(lambda: EventKind.MOTION_ENDED in door.kinds)
        device.motion(True, source=ours)
        await until(lambda: parcel.events)
        assert parcel.kinds == [EventKind.MOTION]
        assert door.kinds == [
            EventKind.MOTION,
            EventKind.RING,
            EventKind.MOTION_ENDED,
        ]
        device.motion(False, source=ours)
        await until(lambda: parcel.kinds[1:])


@pytest.mark.parametrize(
    "source",
    [
        (),
        by("VideoSourceToken", "unknown"),
        by("Channel", "000"),
        by("VideoSourceToken", ""),
    ],
)
async def test_what_names_no_lens_counts_for_all(
    device: OnvifDevice, source: Source
) -> None:
    """Events without a lens, or with an unknown one, count for all."""
    async with listening(device, "001") as parcel, listening(device, "000") as door:
        device.ring(source=source)
        device.motion(True, source=source)
        for listener in (parcel, door):
            await until(partial(saw_motion, listener))
            assert listener.kinds == [EventKind.RING, EventKind.MOTION]


async def test_an_empty_token_is_not_that_of_a_lens_without_one(
    device: OnvifDevice,
) -> None:
    """An empty token identifies no lens."""
    *others, parcel = device.profiles
    device.profiles = (*others, dataclasses.replace(parcel, analytics=None))
    async with listening(device, "000") as door:
        device.motion(True, source=by("VideoAnalyticsConfigurationToken", ""))
        device.ring()
        await until(lambda: EventKind.RING in door.kinds)
        assert door.kinds == [EventKind.MOTION, EventKind.RING]


async def test_a_token_that_several_lenses_have_says_nothing(
    device: OnvifDevice,
) -> None:
    """Cheap devices share one analytics configuration."""
    device.profiles = tuple(
        dataclasses.replace(profile, analytics="shared") for profile in device.profiles
    )
    async with listening(device, "001") as parcel:
        device.motion(True, source=by("VideoAnalyticsConfigurationToken", "shared"))
        await until(lambda: parcel.events)


async def test_motion_before_a_lens_that_cannot_be_recorded_is_its_own(
    device: OnvifDevice,
) -> None:
    """A lens with JPEG only still has a motion sensor."""
    *others, parcel = device.profiles
    device.profiles = (*others, dataclasses.replace(parcel, encoding="JPEG"))
    async with listening(device, "000") as door:
        assert door.doorbell.diagnostics()["lenses"] == 1
        device.motion(True, source=by("VideoSourceToken", "001"))
        device.ring(source=by("VideoSourceToken", "000"))
        await until(lambda: EventKind.RING in door.kinds)
        assert door.kinds == [EventKind.RING]


async def test_a_token_of_another_kind_leads_to_the_lens_that_it_names(
    device: OnvifDevice,
) -> None:
    """The source token of one lens may equal the configuration token of another."""
    door, _, parcel = device.profiles
    device.profiles = (
        dataclasses.replace(door, source="1", configuration="2"),
        dataclasses.replace(parcel, source="2", configuration="1"),
    )
    async with listening(device, "2") as listener:
        device.motion(True, source=by("VideoSourceToken", "1"))
        device.motion(True, source=by("VideoSourceConfigurationToken", "2"))
        device.motion(True, source=by("VideoSourceConfigurationToken", "1"))
        await until(lambda: listener.events)
        device.motion(False, source=by("VideoSourceConfigurationToken", "1"))
        await until(lambda: EventKind.MOTION_ENDED in listener.kinds)
        assert listener.kinds == [EventKind.MOTION, EventKind.MOTION_ENDED]


@pytest.mark.parametrize(
    "token",
    ["Tür <1> & \"Hof\" 'x'", "../../etc", "a" * 64, "0", "{name}", "%s", "#"],
)
async def test_tokens_may_be_written_in_any_way(
    device: OnvifDevice, token: str
) -> None:
    """The device chooses its tokens."""
    *others, parcel = device.profiles
    device.profiles = (*others, dataclasses.replace(parcel, source=token))
    async with listening(device, token) as listener:
        assert "/parcel" in listener.doorbell.stream_source().address
        device.motion(True, source=by("VideoSourceToken", "000"))
        device.ring(source=by("VideoSourceToken", token))
        await until(lambda: listener.events)
        assert listener.kinds == [EventKind.RING]


async def test_a_token_that_is_too_long_to_be_one_names_no_lens(
    device: OnvifDevice,
) -> None:
    """ONVIF limits tokens to 64 characters, so longer ones are not stored."""
    *others, parcel = device.profiles
    device.profiles = (*others, dataclasses.replace(parcel, source="x" * 2000))
    facts = await ask_device("127.0.0.1", device.port, *device.login)
    assert [source.token for source in facts.video_sources] == ["000"]


async def test_a_doorbell_of_before_there_was_a_choice_goes_on_unchanged(
    device: OnvifDevice,
) -> None:
    """It uses the first lens and receives all events."""
    async with listening(device, None) as listener:
        assert "/main" in listener.doorbell.stream_source().address
        device.motion(True, source=by("VideoSourceToken", "001"))
        await until(lambda: listener.events)


async def test_how_it_was_before_another_lens_is_not_how_it_is_here(
    device: OnvifDevice,
) -> None:
    """The initial states of a subscription are assigned to lenses as well."""
    device.events.hold(topics.MOTION_ALARM, True)  # its source is 000
    async with listening(device, "001") as parcel:
        assert not parcel.doorbell.sees_motion
        device.motion(True, topic=topics.MOTION_ALARM)
        device.ring(source=())
        await until(lambda: parcel.events)
        assert parcel.kinds == [EventKind.RING]


async def test_a_device_without_room_for_another_listener_says_so(
    device: OnvifDevice,
) -> None:
    """Each lens needs a subscription; the doorbell recovers once one is free."""
    device.events.most = 1
    async with (
        listening(device, "000"),
        listening(device, "001", wait=False) as parcel,
    ):
        await until(lambda: parcel.doorbell.problem)
        assert parcel.doorbell.problem == "no_room"
        assert "/parcel" in parcel.doorbell.stream_source().address
        device.events.most = 2
        await until(lambda: parcel.doorbell.hears_events)


# --- errors of devices, accidental or hostile


async def test_a_device_that_falls_silent_while_lenses_change_places_is_hung_up_on(
    device: OnvifDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the open connection would keep showing the other lens."""
    monkeypatch.setattr(
        client,
        "time_limit",
        lambda seconds: time_limit(1.0 if seconds == client.STEP_TIMEOUT else seconds),
    )
    heard = asyncio.Event()
    async with listening(device, "001") as parcel:
        source = parcel.doorbell.stream_source()

        async def answer(http: web.Request) -> web.StreamResponse:
            if b">main<" in await http.read():
                del device.misbehaves["GetStreamUri"]
                await heard.wait()
            return web.Response(
                text=envelope(
                    "<trt:GetStreamUriResponse><trt:MediaUri>"
                    f"<tt:Uri>{MAIN}</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>"
                ),
                content_type="application/soap+xml",
            )

        device.misbehaves["GetStreamUri"] = answer
        main, sub, other = device.profiles
        device.profiles = (
            dataclasses.replace(main, stream=PARCEL),
            sub,
            dataclasses.replace(other, stream=MAIN),
        )
        created = device.events.created
        device.events.drop()
        await until(lambda: device.events.created > created)
        heard.set()
        assert not device.misbehaves
        assert "/main" in parcel.doorbell.stream_source().address
        assert not source.is_right()


@pytest.mark.parametrize("problem", ["lens_missing", "other_device"])
async def test_silence_does_not_make_the_video_of_somebody_else_ours(
    device: OnvifDevice, problem: str
) -> None:
    """The stream is only used again once the device and the lens are recognized."""
    profiles, mac = device.profiles, device.mac
    async with listening(device, "000") as door:
        if problem == "lens_missing":
            device.profiles = profiles[2:]
        else:
            device.mac = "EC:71:DB:99:99:99"
        device.events.drop()
        await until(lambda: door.doorbell.problem == problem)
        device.speaks_onvif = False
        await until(lambda: door.doorbell.problem == "not_onvif")
        for source in (door.doorbell.stream_source, door.doorbell.sub_stream_source):
            with pytest.raises(DoorbellError, match=problem):
                source()

        device.profiles, device.mac, device.speaks_onvif = profiles, mac, True
        await until(lambda: door.doorbell.hears_events)
        assert "/main" in door.doorbell.stream_source().address
