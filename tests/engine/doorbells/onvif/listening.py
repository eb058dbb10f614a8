"""Helpers that connect to an ONVIF device and record its events."""

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
    """Query a device with its login, or with changed arguments."""
    username, password = device.login
    asked = {"port": device.port, "username": username, "password": password}
    return await ask_device("127.0.0.1", **{**asked, **changed})


class Listener:
    """Records the events of a doorbell."""

    def __init__(self, doorbell: OnvifDoorbell) -> None:
        self.doorbell = doorbell
        self.events: list[DoorbellEvent] = []
        self.dropped: list[DropReason] = []
        doorbell.events.add(self.events.append)
        doorbell.dropped.add(self.dropped.append)

    @property
    def kinds(self) -> list[EventKind]:
        """Return the kinds of all events except `SEEN`, which only carries labels."""
        kinds = [event.kind for event in self.events]
        return [kind for kind in kinds if kind is not EventKind.SEEN]


@contextlib.asynccontextmanager
async def listening(
    device: OnvifDevice, *, wait: bool = True, mac: str | None = MAC
) -> AsyncIterator[Listener]:
    """Run a doorbell that is connected to the device."""
    username, password = device.login
    doorbell = OnvifDoorbell(
        "127.0.0.1",
        device.port,
        username,
        password,
        stream=MAIN,
        mac=mac,
        serial=device.serial,
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
    """Answer with a SOAP fault that concerns only this request."""
    body = fault(Refusal("ActionFailed", "Not now", receiver=True))
    return web.Response(status=500, text=body, content_type="application/soap+xml")


@contextlib.contextmanager
def sparing(most: int) -> Iterator[None]:
    """Fail if more memory (bytes) is allocated at any time."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < most
