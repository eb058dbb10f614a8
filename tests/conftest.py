"""Shared fixtures of all tests."""

from asyncio import constants
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from functools import partial
import gc
import logging
import os
import traceback
from typing import Any
from unittest.mock import patch

from haffmpeg.tools import FFVersion
from homeassistant import block_async_io
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

# Import before Home Assistant starts, because the test plugin has a folder of the same
# name.
import custom_components  # noqa: F401 - imported for its side effects
from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_SOURCE,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_DEMO,
)
from custom_components.doorwatch.engine.doorbells.demo import DemoDoorbell
from custom_components.doorwatch.engine.sharing.ledger.store import (
    LedgerStore,
    StoredLine,
)
from tests import waiting
from tests.schemas import undescribed

pytest_plugins = ["tests.sharing_fixtures", "tests.cameras.fixtures"]

# In debug mode, asyncio records the stack of each call, future and task. That takes a
# quarter of the time of a test with Home Assistant.
constants.DEBUG_STACK_DEPTH = 0  # type: ignore[misc] # asyncio reads it each time
# The C implementations of futures and tasks don't read the constant; they call
# `extract_stack` without arguments.
traceback.extract_stack.__defaults__ = (None, 0)
# Collect garbage after 100,000 new objects instead of 2,000, because Home Assistant's
# plugin collects all of it before each test file.
gc.set_threshold(100_000)

# Without this, each start of Node.js reads all certificates of the system. Tests fetch
# nothing from the internet.
os.environ.pop("NODE_EXTRA_CA_CERTS", None)

# The test plugin logs everything to the terminal, also from threads between two tests,
# when pytest captures nothing. SQLAlchemy would log each statement.
logging.getLogger().handlers.clear()
for name in ("asyncio", "sqlalchemy.engine"):
    logging.getLogger(name).setLevel(logging.WARNING)

# Reads that core itself and pytest do in tests.
_OURS = "custom_components/doorwatch"


@pytest.fixture(scope="session", autouse=True)
def one_look_at_ffmpeg() -> Iterator[None]:
    """Ask FFmpeg for its version once instead of at each start of Home Assistant."""
    ask = FFVersion.get_version
    known: list[str | None] = []

    async def get_version(version: FFVersion) -> str | None:
        if not known:
            known.append(await ask(version))
        return known[0]

    with patch.object(FFVersion, "get_version", get_version):
        yield


@pytest.fixture
async def hass(hass: HomeAssistant) -> HomeAssistant:
    """Use the time zone that `scripts/clocks` sets, or else the test plugin's default."""
    if zone := os.environ.get("HOME_ZONE"):
        await hass.config.async_set_time_zone(zone)
    return hass


@pytest.fixture
async def doorwatch(
    hass: HomeAssistant, socket_enabled: None, enable_custom_integrations: None
) -> AsyncIterator[HomeAssistant]:
    """Let Home Assistant find Doorwatch, and allow sockets on loopback.

    Fail if the home writes a ledger line that docs/schemas doesn't describe.
    """
    unknown: list[str] = []
    add = LedgerStore._add

    def watched(
        store: LedgerStore,
        now: float,
        kind: str,
        data: Mapping[str, object],
        *more: Any,
        **named: Any,
    ) -> StoredLine:
        unknown.extend(undescribed(kind, data))
        return add(store, now, kind, data, *more, **named)

    with patch.object(LedgerStore, "_add", watched):
        yield hass
        # The test may cancel a setup before it has finished.
        await hass.async_block_till_done()
    assert not unknown


@pytest.fixture
async def installed(doorwatch: HomeAssistant) -> None:
    """Set up Doorwatch without config entries."""
    assert await async_setup_component(doorwatch, DOMAIN, {})


@pytest.fixture(autouse=True)
def nobody_on_the_network() -> Iterator[None]:
    """Prevent discovery on the network, except in tests that request it."""
    with patch(
        "custom_components.doorwatch.discovery.onvif.search_network", return_value=[]
    ):
        yield


@pytest.fixture
def no_blocking_calls(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail a test in which Doorwatch blocks the event loop, using core's own detection."""
    with (
        patch.object(block_async_io, "_IN_TESTS", False),
        patch.object(block_async_io._BLOCKED_CALLS, "calls", set()),
    ):
        block_async_io.enable()
        calls = list(block_async_io._BLOCKED_CALLS.calls)
        try:
            yield
        finally:
            for call in calls:
                setattr(call.object, call.function, call.original_func)
    assert not [
        record.getMessage()
        for record in caplog.records
        if record.levelno >= logging.WARNING
        and "blocking call" in record.getMessage()
        and _OURS in record.getMessage()
    ]


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare snapshots as core does, without ids and times that differ in each run."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def demo_doorbell() -> Callable[[], DemoDoorbell]:
    """Return a factory of demo doorbells without visitors."""
    return partial(DemoDoorbell, first=1e6)


@pytest.fixture
def demo_entry(
    demo_doorbell: Callable[[], DemoDoorbell],
) -> Iterator[MockConfigEntry]:
    """Make the entry of a demo doorbell with short clip limits."""
    with patch("custom_components.doorwatch.runtime.kinds.DemoDoorbell", demo_doorbell):
        yield MockConfigEntry(
            domain=DOMAIN,
            entry_id="01DEMODOORBELL000000000000",
            title="Front door",
            unique_id="demo",
            data={CONF_KIND: KIND_DOORBELL, CONF_SOURCE: SOURCE_DEMO},
            options={"pre_roll": 1, "post_roll": 1, "longest_clip": 30},
        )


# If the condition is a coroutine function, its result is awaited.
type Until = Callable[[Callable[[], object]], Awaitable[None]]


@pytest.fixture
def until(hass: HomeAssistant) -> Until:
    """Return a function that waits for a condition, with a generous deadline."""

    async def wait(condition: Callable[[], object]) -> None:
        await waiting.until(condition)
        await hass.async_block_till_done()

    return wait


@pytest.fixture
async def demo(
    doorwatch: HomeAssistant, demo_entry: MockConfigEntry, until: Until
) -> MockConfigEntry:
    """Set up the demo doorbell and wait until it is connected."""
    assert await async_setup_component(doorwatch, "homeassistant", {})
    demo_entry.add_to_hass(doorwatch)
    assert await doorwatch.config_entries.async_setup(demo_entry.entry_id)
    await until(lambda: demo_entry.runtime_data.data.connected)
    return demo_entry
