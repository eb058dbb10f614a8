"""Tests of the ONVIF client, including that no secret is logged."""

import asyncio
import contextlib
import dataclasses
import gc
import importlib
import logging
from typing import Any

from aiohttp import ClientSession, web
import pytest

from custom_components.doorwatch.engine.doorbells.base import DoorbellError, EventKind
from custom_components.doorwatch.engine.doorbells.onvif.client import OnvifClient
from tests.engine.doorbells.onvif.listening import MAC, MAIN, SUB, ask, listening
from tests.onvif_device.device import OnvifDevice, Profile, onvif_device
from tests.onvif_device.soap import envelope
from tests.outside_servers import serve
from tests.waiting import until

PLANTED = "pl4nted"


async def test_no_secret_of_a_device_reaches_any_debug_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Logins, and addresses that contain them, are not logged even at debug level."""
    caplog.set_level(logging.DEBUG)
    stream = f"rtsp://viewer:{PLANTED}@127.0.0.1/door?password={PLANTED}"
    async with onvif_device(stream) as device:
        device.login = (f"{PLANTED}-user", PLANTED)
        facts = await ask(device)
        assert PLANTED in facts.streams.main
        async with listening(device) as listener:
            device.ring()
            await until(lambda: listener.kinds)
    assert PLANTED not in caplog.text
    # Loggers of libraries are not filtered or disabled.
    for name in ("onvif", "onvif.zeep_aiohttp", "zeep", "aiohttp.client"):
        assert not logging.getLogger(name).filters
        assert logging.getLogger(name).isEnabledFor(logging.DEBUG)


@pytest.mark.parametrize("auth", ["wsse", "http", "either"])
async def test_a_device_says_who_it_is_and_where_its_video_is(
    device: OnvifDevice, auth: str
) -> None:
    """Both kinds of login work, and neither sends the password itself."""
    device.auth = auth
    facts = await ask(device)

    assert (facts.identity.mac, facts.identity.serial) == (MAC, device.serial)
    assert (facts.identity.make, facts.identity.model) == ("Maker", "Video Doorbell")
    assert (facts.streams.main, facts.streams.sub) == (MAIN, SUB)
    assert facts.clock_offset == pytest.approx(0, abs=2)


async def test_main_and_second_stream_are_chosen_by_resolution(
    device: OnvifDevice,
) -> None:
    """Only the first lens counts, and JPEG is not video."""
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
    """A doorbell without snapshots can still record clips."""

    async def misbehave(_: web.Request) -> web.Response:
        return answer

    device.misbehaves["GetSnapshotUri"] = misbehave

    facts = await ask(device)

    assert facts.streams.main == MAIN
    assert facts.streams.snapshot is None


async def test_a_second_stream_that_cannot_be_had_does_not_cost_the_first(
    device: OnvifDevice,
) -> None:
    """Some devices list a profile without a stream."""
    main, sub = device.profiles
    device.profiles = (main, dataclasses.replace(sub, stream=""))

    facts = await ask(device)

    assert (facts.streams.main, facts.streams.sub) == (MAIN, None)


async def test_addresses_of_another_network_are_not_followed(
    device: OnvifDevice,
) -> None:
    """Neither login nor stream requests go to a host that the user did not enter."""
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
    """A redirect could send the request, which contains the login, to any host."""
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
    """A reload can cancel the connection at any time, and cancel the closing as well."""
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
    """Services come from the capabilities, and the serial number is the unique ID."""
    device.has_services = False
    device.mac = None
    device.has_snapshot = False
    facts = await ask(device)
    assert facts.identity.unique == device.serial
    async with listening(device, mac=None) as listener:
        device.ring()
        await until(lambda: EventKind.RING in listener.kinds)


async def test_a_snapshot_is_fetched_with_the_login(device: OnvifDevice) -> None:
    """Errors return None."""
    async with listening(device) as listener:
        picture = await listener.doorbell.snapshot()
        assert picture is not None
        assert picture.startswith(b"\xff\xd8")
        device.login = ("viewer", "changed")
        assert await listener.doorbell.snapshot() is None
        await device.stop()
        assert await listener.doorbell.snapshot() is None
    assert await listener.doorbell.snapshot() is None


async def test_a_client_may_be_closed_before_it_connects(device: OnvifDevice) -> None:
    """Closing twice is allowed as well."""
    client = OnvifClient("::1", device.port, None, None)
    assert client.on_host("http://192.0.2.1:80/x") == "http://[::1]:80/x"
    with pytest.raises(DoorbellError, match="not_onvif"):
        client.on_host("file:///etc/passwd")
    await client.close()
    await client.close()
