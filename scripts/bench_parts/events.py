"""Measure the latency of an ONVIF doorbell's events beside core's own integration.

    python -m scripts.bench_parts.events [RINGS]

One device on loopback speaks real SOAP. Doorwatch and core's onvif listen to it at the
same time, each with its own pull point, in one Home Assistant. The time is from the
event on the device to the change of the entity, for a single ring, and for a ring
shortly after another event, when the client has to send its next pull first.

Each ring is also pushed to two phones through a local push server: to one by
Doorwatch's notifications, to the other by an automation on core's entity.
"""

import asyncio
from collections.abc import Callable
import logging
from pathlib import Path
import random
import statistics
import sys
import tempfile
import time
from typing import Any, Final

from custom_components.doorwatch.domain.data import DATA

sys.path.insert(0, str(Path(__file__).parents[2] / "tests/voice"))
import tests.core_shims  # noqa: F401 - must precede imports of core  # isort: skip
from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant import loader
from homeassistant.auth.const import GROUP_ID_ADMIN
from homeassistant.const import EVENT_STATE_CHANGED, STATE_ON
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import frame
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_test_home_assistant,
)

import custom_components  # noqa: F401 - before Home Assistant looks for its own
from custom_components.doorwatch.const import DOMAIN, KIND_DOORBELL, SOURCE_ONVIF
from scripts.bench_parts._row import SMOKE, arguments, at_most
from tests import videos as media
from tests.onvif_device import events as topics
from tests.onvif_device.device import OnvifDevice, onvif_device
from tests.rtsp.fixtures import RtspServer

RINGS: Final = 1 if SMOKE else 30
MAC: Final = "ec:71:db:00:11:22"
OURS: Final = "event.bench_doorbell"
# The phones, by their registered push token.
PHONES: Final = ("our phone", "core's phone")


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(60):
        while not condition():
            await asyncio.sleep(0.01)


class Stopwatch:
    """Records when the entities of both have changed."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen to all entities."""
        self.theirs: str | None = None
        self.noted: dict[str, float] = {}
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._changed)

    @callback
    def _changed(self, event: Event[EventStateChangedData]) -> None:
        new = event.data["new_state"]
        if new is None:
            return
        if new.entity_id == OURS:
            self.noted.setdefault("ours", time.monotonic())
        elif new.entity_id == self.theirs and new.state == STATE_ON:
            self.noted.setdefault("core", time.monotonic())

    async def pushed(self, request: web.Request) -> web.Response:
        """Receive a push message as the push server of the app does."""
        self.noted.setdefault((await request.json())["push_token"], time.monotonic())
        return web.json_response({}, status=201)

    async def ring(self, device: OnvifDevice) -> dict[str, float]:
        """Press the button; return the latency of each in milliseconds."""
        self.noted.clear()
        begun = time.monotonic()
        device.events.tell(topics.VISITOR, True)
        await until(lambda: len(self.noted) == 4)
        device.events.tell(topics.VISITOR, False)
        return {who: (at - begun) * 1000 for who, at in self.noted.items()}


async def set_up(
    hass: HomeAssistant, device: OnvifDevice
) -> tuple[MockConfigEntry, MockConfigEntry]:
    """Set up both integrations."""
    hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
    username, password = device.login
    login = {
        "host": "127.0.0.1",
        "port": device.port,
        "username": username,
        "password": password,
    }
    stream = device.profiles[0].stream
    ours = MockConfigEntry(
        domain=DOMAIN,
        title="Bench",
        unique_id=MAC,
        data={
            "kind": KIND_DOORBELL,
            "source": SOURCE_ONVIF,
            "stream": stream,
            "mac": MAC,
            **login,
        },
        options={"pre_roll": 2, "post_roll": 1},
    )
    core = MockConfigEntry(
        domain="onvif",
        title="Core",
        unique_id=MAC,
        data={"name": "Core", **login},
        options={
            "extra_arguments": "-pred 1",
            "rtsp_transport": "tcp",
            "enable_webhooks": False,
        },
    )
    for entry in (ours, core):
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id), entry.domain
    await until(
        lambda: (
            ours.runtime_data.doorbell.hears_events and ours.runtime_data.data.connected
        )
    )
    return ours, core


async def register_phones(hass: HomeAssistant, watch: Stopwatch) -> TestServer:
    """Register both phones: one for notifications, the other for an automation."""
    application = web.Application()
    application.router.add_post("/push", watch.pushed)
    server = TestServer(application, host="127.0.0.1")
    await server.start_server()
    assert await async_setup_component(hass, "mobile_app", {})
    person = await hass.auth.async_create_user("Kim", group_ids=[GROUP_ID_ADMIN])
    other = await hass.auth.async_create_user("Robin", group_ids=[GROUP_ID_ADMIN])
    for token, user in zip(PHONES, (person, other), strict=True):
        entry = MockConfigEntry(
            domain="mobile_app",
            title=token,
            data={
                "app_data": {
                    "push_token": token,
                    "push_url": str(server.make_url("/push")),
                },
                "app_id": "io.robbie.HomeAssistant",
                "app_name": "Home Assistant",
                "app_version": "2026.10",
                "device_id": token,
                "device_name": token,
                "manufacturer": "Google",
                "model": "Phone",
                "os_name": "Android",
                "os_version": "20",
                "supports_encryption": False,
                "user_id": user.id,
                "webhook_id": token,
            },
        )
        entry.add_to_hass(hass)
        assert await hass.config_entries.async_setup(entry.entry_id)
    hass.data[DATA].people.wish(
        person.id, {"on": True, "levels": {"all": {"motion": "off"}}}
    )
    hass.data[DATA].people.wish(other.id, {"on": False})
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "alias": "Ring",
                "mode": "parallel",
                "triggers": {
                    "trigger": "state",
                    "entity_id": watch.theirs,
                    "to": STATE_ON,
                },
                "actions": {
                    "action": "notify.mobile_app_core_s_phone",
                    "data": {
                        "title": "Bench",
                        "message": "Someone rang the doorbell.",
                        "data": {"image": "/api/camera_proxy/camera.core"},
                    },
                },
            }
        },
    )
    await until(lambda: hass.services.has_service("notify", "mobile_app_core_s_phone"))
    return server


def visitor_of_core(hass: HomeAssistant) -> str | None:
    """Return core's entity of the button, if it exists already."""
    for state in hass.states.async_all("binary_sensor"):
        if "visitor" in state.entity_id:
            return state.entity_id
    return None


async def measure(rings: int) -> None:
    """Ring repeatedly and print the latencies."""
    logging.getLogger().setLevel(logging.ERROR)
    server = RtspServer(media.make(media.SMALL), None, None, 1)
    await asyncio.to_thread(server.start)
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with (
                onvif_device(server.address()) as device,
                async_test_home_assistant(config_dir=folder) as hass,
            ):
                frame.async_setup(hass)
                device.events.most = 4
                await ring_often(hass, device, rings)
                await hass.async_stop(force=True)
    finally:
        server.kill()


async def ring_often(hass: HomeAssistant, device: OnvifDevice, rings: int) -> None:
    """Measure both kinds of rings."""
    ours, _ = await set_up(hass, device)
    watch = Stopwatch(hass)
    await until(lambda: visitor_of_core(hass))
    watch.theirs = visitor_of_core(hass)
    phones = await register_phones(hass, watch)
    chance = random.Random(7)
    alone: list[dict[str, float]] = []
    after: list[dict[str, float]] = []
    readable: list[float] = []
    for _ in range(rings):
        await asyncio.sleep(1.5 + chance.random())
        alone.append(await watch.ring(device))
        await asyncio.sleep(1.5 + chance.random())
        device.motion(True)
        await asyncio.sleep(chance.uniform(0.05, 0.6))
        after.append(await watch.ring(device))
        device.motion(False)
        found: Any = ours.runtime_data.recorder.diagnostics()
        if (seconds := found["last_clip_readable_after"]) is not None:
            readable.append(seconds * 1000)
    await phones.close()
    for what, whose in (("entity", ("ours", "core")), ("server of the phone", PHONES)):
        print(f"From the device to the {what}, {rings} rings each (ms: median, most)")
        print(f"{'':>22} {'doorwatch':>16} {'core onvif':>16}")
        for name, figures in (("alone", alone), ("after another event", after)):
            row = f"{name:>22}"
            for who in whose:
                values = [figure[who] for figure in figures]
                row += f" {statistics.median(values):8.1f} {max(values):7.1f}"
            print(row)
    if readable:
        print(
            "From the event to a clip that can be read (ms: median, most):"
            f" {statistics.median(readable):.1f} {max(readable):.1f}"
        )
        at_most("readable after the event, ms", statistics.median(readable), 10)
    told: Any = ours.runtime_data.latency.diagnostics()
    print(f"As told in diagnostics (s): last {told['last']}, worst {told['worst']}")


if __name__ == "__main__":
    asyncio.run(measure(int(next(iter(arguments()), RINGS))))
