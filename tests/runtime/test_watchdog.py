"""Test that a silent doorbell is detected, reported and reconnected."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

from homeassistant.const import EVENT_STATE_CHANGED, STATE_OFF, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_WEBHOOK,
    CONF_WEBHOOK_ID,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_RTSP,
)
from custom_components.doorwatch.coordinator import UNREACHABLE_AFTER
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent
from custom_components.doorwatch.engine.doorbells.rtsp import SOCKET_TIMEOUT
from custom_components.doorwatch.engine.recording.reader import RecorderTimeouts
from custom_components.doorwatch.signals import SIGNAL_EVENT
from tests import waiting
from tests.conftest import Until
from tests.faults.proxy import Line, Proxy
from tests.rtsp.fixtures import RtspServer, StartRtspServer

RING = "event.front_door_doorbell"
CAMERA = "camera.front_door"
CONNECTIVITY = "binary_sensor.front_door_connectivity"
ENTRY_ID = "01WATCHDOG0000000000000000"


@dataclass
class Porch:
    """A doorbell, its network connection and its reports."""

    hass: HomeAssistant
    entry: MockConfigEntry
    server: RtspServer
    line: Line
    ring: Callable[[], Awaitable[None]]
    events: list[DoorbellEvent] = field(default_factory=list)
    rings: list[str] = field(default_factory=list)

    def shown(self, entity_id: str) -> str:
        """Return the state of an entity."""
        state = self.hass.states.get(entity_id)
        assert state is not None
        return state.state

    @property
    def connected(self) -> bool:
        """Return whether the doorbell is connected."""
        connected: bool = self.entry.runtime_data.data.connected
        return connected

    def issue(self) -> ir.IssueEntry | None:
        """Return the issue of the unreachable doorbell."""
        return ir.async_get(self.hass).async_get_issue(
            DOMAIN, f"doorbell_unreachable_{self.entry.entry_id}"
        )

    async def clips(self) -> int:
        """Count the clips."""
        yesterday = dt_util.utcnow() - timedelta(days=1)
        return await self.hass.data[DATA].library.count(self.entry.entry_id, yesterday)

    async def fall_silent(self, *, talks: bool) -> None:
        """Stop the video: send no data at all, or only RTCP reports."""
        if talks:
            self.server.hush()
        else:
            await self.line.silence()

    async def speak(self) -> None:
        """Resume the video."""
        self.server.hush(False)
        await self.line.silence(False)


@pytest.fixture
async def porch(
    doorwatch: HomeAssistant,
    start_rtsp_server: StartRtspServer,
    hass_client_no_auth: ClientSessionGenerator,
    until: Until,
) -> AsyncIterator[Porch]:
    """Set up a real doorbell behind a network that can be silenced."""
    assert await async_setup_component(doorwatch, "webhook", {})
    server = start_rtsp_server(cams=1)
    async with Proxy() as proxy:
        line = await proxy.line(server.port)
        entry = MockConfigEntry(
            domain=DOMAIN,
            entry_id=ENTRY_ID,
            title="Front door",
            data={
                CONF_KIND: KIND_DOORBELL,
                CONF_SOURCE: SOURCE_RTSP,
                CONF_STREAM: f"rtsp://127.0.0.1:{line.port}/cam0",
                CONF_WEBHOOK_ID: "porch-webhook",
            },
            options={
                CONF_WEBHOOK: True,
                "pre_roll": 1,
                "post_roll": 1,
                "longest_clip": 30,
            },
        )
        entry.add_to_hass(doorwatch)

        async def ring() -> None:
            client = await hass_client_no_auth()
            await client.post("/api/webhook/porch-webhook?event=ring")
            await doorwatch.async_block_till_done()

        made = Porch(doorwatch, entry, server, line, ring)

        @callback
        def told(doorbell_id: str, event: DoorbellEvent) -> None:
            made.events.append(event)

        @callback
        def changed(event: Event[EventStateChangedData]) -> None:
            new = event.data["new_state"]
            if event.data["entity_id"] == RING and new is not None:
                made.rings.append(new.state)

        async_dispatcher_connect(doorwatch, SIGNAL_EVENT, told)
        doorwatch.bus.async_listen(EVENT_STATE_CHANGED, changed)
        assert await doorwatch.config_entries.async_setup(entry.entry_id)
        await until(lambda: made.connected)
        yield made
        await made.speak()
        await doorwatch.config_entries.async_unload(entry.entry_id)


def test_patience_is_shorter_than_a_minute() -> None:
    """A silent doorbell is checked again after a quarter of the timeout."""
    patience = RecorderTimeouts()
    assert SOCKET_TIMEOUT < 60
    assert patience.silence * 1.25 < 60
    assert patience.longest_pause + patience.open < 60
    assert timedelta(hours=1) == UNREACHABLE_AFTER


@pytest.mark.lesson(1)
@pytest.mark.lesson(2)
@pytest.mark.parametrize("talks", [False, True], ids=["dead line", "hung encoder"])
async def test_silent_doorbell_is_unavailable_then_a_repair_then_back_without_its_old_ring(
    porch: Porch, until: Until, talks: bool
) -> None:
    """The old ring is neither reported nor recorded again."""
    hass = porch.hass
    await porch.ring()

    async def recorded() -> bool:
        return bool(await porch.clips())

    await waiting.until(recorded)
    rang = porch.shown(RING)
    assert len(porch.events) == 1
    porch.rings.clear()

    await porch.fall_silent(talks=talks)
    # Within a minute, which is the timeout of `until`.
    await until(lambda: porch.shown(CAMERA) == STATE_UNAVAILABLE)
    assert porch.shown(CONNECTIVITY) == STATE_OFF
    assert porch.entry.runtime_data.data.problem == "timeout"
    assert porch.issue() is None

    async_fire_time_changed(
        hass, dt_util.utcnow() + UNREACHABLE_AFTER - timedelta(minutes=1)
    )
    await hass.async_block_till_done()
    assert porch.issue() is None
    async_fire_time_changed(
        hass, dt_util.utcnow() + UNREACHABLE_AFTER + timedelta(minutes=1)
    )
    await hass.async_block_till_done()
    issue = porch.issue()
    assert issue is not None
    assert issue.is_fixable

    await porch.speak()
    await until(lambda: porch.connected)
    assert porch.issue() is None
    assert porch.shown(CAMERA) != STATE_UNAVAILABLE
    # Video arrives again, so any replayed events would have arrived.
    told = porch.entry.runtime_data.recorder.diagnostics
    keyframes = told()["keyframes"]
    await until(lambda: told()["keyframes"] > keyframes + 2)
    assert len(porch.events) == 1
    assert set(porch.rings) <= {rang, STATE_UNAVAILABLE}
    assert porch.shown(RING) == rang
    assert await porch.clips() == 1

    # A new ring is reported.
    await porch.ring()
    assert len(porch.events) == 2
    assert porch.shown(RING) != rang
    await until(lambda: porch.entry.runtime_data.data.clips_today == 2)


@pytest.mark.lesson(1)
async def test_doorbell_that_comes_and_goes_gets_no_repair(
    porch: Porch, until: Until
) -> None:
    """Each reconnection restarts the hour."""
    half = UNREACHABLE_AFTER / 2 + timedelta(minutes=1)
    for _ in range(2):
        await porch.line.silence()
        await porch.line.hang_up()
        await until(lambda: not porch.connected)
        async_fire_time_changed(porch.hass, dt_util.utcnow() + half)
        await porch.hass.async_block_till_done()
        assert porch.issue() is None
        await porch.line.silence(False)
        await until(lambda: porch.connected)
    async_fire_time_changed(porch.hass, dt_util.utcnow() + half * 2)
    await porch.hass.async_block_till_done()
    assert porch.issue() is None
