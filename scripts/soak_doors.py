"""The doorbells of `soak`, and how they are added."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
import time

from tests.e2e.ha import Home
from tests.faults.proxy import Line
from tests.onvif_device.device import OnvifDevice

LENGTHS = {"pre_roll": 5, "post_roll": 10, "longest_clip": 120}


async def wait_for(look: Callable[[], Awaitable[bool]], what: str) -> None:
    """Wait for a condition."""
    end = time.monotonic() + 120
    while not await look():
        if time.monotonic() > end:
            raise RuntimeError(f"waited too long for {what}")
        await asyncio.sleep(0.5)


type Door = Callable[[Home], Awaitable[object]]


def usual_doors(lines: list[Line]) -> list[Door]:
    """Return forms that add doorbells by their stream."""
    return [rtsp_door(number, line) for number, line in enumerate(lines)]


def rtsp_door(
    number: int,
    line: Line,
    *,
    sub_stream: Line | None = None,
    **more: Mapping[str, object],
) -> Door:
    """Return forms that add a doorbell by its stream; `more` are sections of its options."""
    stream = {"stream": address(line, number)}
    if sub_stream:
        stream["sub_stream"] = address(sub_stream, number)
    return lambda home: home.add(
        {"next_step_id": "rtsp"},
        stream,
        {"name": f"Door {number}", "webhook": True, "lengths": LENGTHS, **more},
    )


def address(line: Line, camera: int) -> str:
    """Return the address of a camera behind a connection that may fail."""
    return f"rtsp://127.0.0.1:{line.port}/cam{camera}"


def mixed_doors(lines: list[Line], device: OnvifDevice) -> list[Door]:
    """Return one doorbell of each kind."""
    picture = {"picture_motion": True, "sensitivity": "medium", "cool_down": 30}
    asleep = {"connect_on_event": True, "one_connection": False}
    alone = {"connect_on_event": False, "one_connection": True}
    return [
        rtsp_door(0, lines[0]),
        rtsp_door(1, lines[1], connection=asleep),
        rtsp_door(2, lines[2], connection=alone),
        rtsp_door(3, lines[3], sub_stream=lines[7], picture=picture),
        lambda home: home.add(
            {"next_step_id": "onvif"},
            {
                "host": "127.0.0.1",
                "port": device.port,
                "username": device.login[0],
                "password": device.login[1],
            },
            {"name": "Door 4", "webhook": False, "lengths": LENGTHS},
        ),
        lambda home: add_linked(home, address(lines[6], 6)),
        lambda home: home.add({"next_step_id": "demo"}, {"name": "Door 6"}),
        rtsp_door(7, lines[5]),
    ]


async def add_linked(home: Home, stream: str) -> None:
    """Add a camera of another integration and link it."""
    advanced = {"framerate": 2.0, "verify_ssl": True}
    await home.add(
        {"stream_source": stream, "advanced": advanced},
        {"confirmed_ok": True},
        handler="generic",
    )

    async def there() -> bool:
        return bool(await generic_cameras(home))

    await wait_for(there, "the camera to link")
    [camera] = await generic_cameras(home)
    await home.add(
        {"next_step_id": "linked"},
        {"camera": camera},
        {"webhook": True, "lengths": LENGTHS},
    )


async def generic_cameras(home: Home) -> list[str]:
    """Return the entities of core's generic cameras."""
    entities = await home.command(type="config/entity_registry/list")
    return [e["entity_id"] for e in entities if e["platform"] == "generic"]
