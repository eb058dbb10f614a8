"""A device that speaks ONVIF, and what tests hear of it."""

from collections.abc import AsyncIterator, Iterator
import contextlib
import tracemalloc
from typing import Any

from aiohttp import web

from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.engine.doorbells.dropped import DropReason
from custom_components.doorwatch.engine.doorbells.onvif.ask import (
    DeviceFacts,
    ask_device,
)
from custom_components.doorwatch.engine.doorbells.onvif.doorbell import OnvifDoorbell
from tests.onvif_device.device import OnvifDevice
from tests.onvif_device.soap import Refusal, fault
from tests.waiting import until

MAIN = "rtsp://127.0.0.1:9/main"
SUB = "rtsp://127.0.0.1:9/sub"
MAC = "ec:71:db:00:11:22"


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
        self.dropped: list[DropReason] = []
        doorbell.subscribe(self.events.append)
        doorbell.watch_dropped(self.dropped.append)

    @property
    def kinds(self) -> list[EventKind]:
        """Motion, its end and rings; labels alone begin and end nothing."""
        kinds = [event.kind for event in self.events]
        return [kind for kind in kinds if kind is not EventKind.SEEN]


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


async def refuse(_: web.Request) -> web.StreamResponse:
    """Refuse what only a part of the device knows nothing of."""
    body = fault(Refusal("ActionFailed", "Not now", receiver=True))
    return web.Response(status=500, text=body, content_type="application/soap+xml")


@contextlib.contextmanager
def sparing(most: int) -> Iterator[None]:
    """Fail when more bytes than that are taken at any time."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < most
