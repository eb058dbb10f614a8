"""A camera that gets a stream later can be recorded; one that loses it is said to."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import timedelta
from pathlib import Path

from homeassistant.components.camera import async_get_stream_source
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryDisabler,
    ConfigEntryState,
)
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import CONF_KEEPER, DOMAIN
from custom_components.doorwatch.coordinator import UNREACHABLE_AFTER
from custom_components.doorwatch.doorbells import linked
from custom_components.doorwatch.stream_watch import (
    APART,
    DAY,
    LOST_AFTER,
    QUIET,
    SETTLE,
)
from tests.conftest import Until
from tests.rtsp.fixtures import RtspServer, StartRtspServer

from .conftest import Links
from .test_followed import go_on, is_connected, issues, start_fix
from .vendors.frigate import Frigate
from .vendors.unifiprotect import ProtectConsole

FRONT = "camera.front"


type Later = Callable[[float], Awaitable[None]]


@pytest.fixture
def later(hass: HomeAssistant) -> Later:
    """Return how to let what is planned for the next seconds happen now."""

    async def pass_by(seconds: float) -> None:
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds + 1))
        await hass.async_block_till_done(wait_background_tasks=True)

    return pass_by


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return which cameras were asked for their stream."""
    found: list[str] = []

    async def ask(hass: HomeAssistant, entity_id: str) -> str | None:
        found.append(entity_id)
        return await async_get_stream_source(hass, entity_id)

    monkeypatch.setattr(linked, "async_get_stream_source", ask)
    return found


@pytest.fixture
def loaded(hass: HomeAssistant) -> Iterator[Callable[[ConfigEntry], int]]:
    """Return how to count how often an entry was loaded from here on."""
    times: list[str] = []

    @callback
    def changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.state is ConfigEntryState.SETUP_IN_PROGRESS:
            times.append(entry.entry_id)

    stop = async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)
    yield lambda entry: times.count(entry.entry_id)
    stop()


@pytest.fixture
async def frigate(
    hass: HomeAssistant, ready: None, clip_file: Path
) -> AsyncIterator[Frigate]:
    """Run one whose camera is not restreamed."""
    assert await async_setup_component(hass, "media_source", {})
    one = Frigate(hass, clip_file.read_bytes(), None)
    async with one.set_up():
        yield one


async def switch(
    hass: HomeAssistant, source: ProtectConsole | Frigate, stream: str | None
) -> None:
    """Switch the stream on or off, and set the integration up anew."""
    source.stream = stream
    assert await hass.config_entries.async_reload(source.entry.entry_id)
    await hass.async_block_till_done()


def own_entities(hass: HomeAssistant, entry: ConfigEntry) -> set[tuple[str, str]]:
    """Return the entities of a doorbell, with what people call them."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {(entity.id, entity.entity_id) for entity in found}


async def found(hass: HomeAssistant, later: Later) -> None:
    """Let the time pass until the stream is found."""
    await later(QUIET)
    await later(SETTLE)
    assert issues(hass) == {"stream_found"}


async def cut(
    hass: HomeAssistant,
    source: Frigate,
    entry: ConfigEntry,
    until: Until,
    server: RtspServer,
) -> None:
    """Take the stream away; whoever watches it is cut off."""
    await switch(hass, source, None)
    server.kill()
    await lost(entry, until)


def camera_of(source: ProtectConsole | Frigate) -> str:
    """Return which camera is linked."""
    return source.entity_id(
        "camera", "0" if source.entry.domain != "frigate" else "camera"
    )


@pytest.fixture(params=["console", "frigate"])
async def source(
    hass: HomeAssistant, ready: None, clip_file: Path, request: pytest.FixtureRequest
) -> AsyncIterator[ProtectConsole | Frigate]:
    """Set up one of those that have streams to switch on."""
    assert await async_setup_component(hass, "media_source", {})
    kind = ProtectConsole if request.param == "console" else Frigate
    one = kind(hass, clip_file.read_bytes(), None)
    async with one.set_up():
        yield one


async def test_a_camera_that_gets_a_stream_is_recorded_after_one_tap(
    hass: HomeAssistant,
    links: Links,
    source: ProtectConsole | Frigate,
    until: Until,
    rtsp_server: RtspServer,
    hass_client: ClientSessionGenerator,
    loaded: Callable[[ConfigEntry], int],
    asked: list[str],
    later: Later,
) -> None:
    """RTSP is switched on in UniFi Protect, a restream in Frigate; all else stays."""
    entry = await links.link(camera=camera_of(source))
    before = dict(entry.data), dict(entry.options), entry.unique_id
    own = own_entities(hass, entry)
    asked.clear()
    assert entry.data[CONF_KEEPER]

    await switch(hass, source, rtsp_server.address())
    await later(SETTLE)
    assert not asked
    await later(QUIET)
    assert len(asked) == 1
    assert not issues(hass)
    await later(SETTLE)
    assert len(asked) == 2
    assert issues(hass) == {"stream_found"}
    form = await start_fix(hass, hass_client, f"stream_found_{entry.entry_id}")
    times = loaded(entry)
    done = await go_on(hass_client, form, {})

    assert done["type"] == "create_entry"
    await until(lambda: is_connected(entry))
    assert not issues(hass)
    assert loaded(entry) == times + 1
    data = {key: value for key, value in before[0].items() if key != CONF_KEEPER}
    assert (entry.data, entry.options, entry.unique_id) == (data, *before[1:])
    assert own == own_entities(hass, entry)


async def test_the_stream_is_tried_before_anything_is_stored(
    hass: HomeAssistant,
    links: Links,
    frigate: Frigate,
    rtsp_server: RtspServer,
    hass_client: ClientSessionGenerator,
    later: Later,
) -> None:
    """What is wrong with it is said; when it is gone again, nothing changes."""
    entry = await links.link(camera=camera_of(frigate))
    before = dict(entry.data)
    await switch(hass, frigate, rtsp_server.address("nothing"))
    await found(hass, later)

    form = await start_fix(hass, hass_client, f"stream_found_{entry.entry_id}")
    form = await go_on(hass_client, form, {})
    assert form["errors"] == {"base": "not_found"}
    await switch(hass, frigate, None)
    form = await go_on(hass_client, form, {})

    assert form["errors"] == {"base": "no_stream_now"}
    assert entry.data == before
    await later(QUIET)
    assert issues(hass) == {"stream_found"}
    await later(SETTLE)
    assert not issues(hass)


async def test_a_found_stream_that_is_ignored_stays_ignored(
    hass: HomeAssistant,
    links: Links,
    frigate: Frigate,
    rtsp_server: RtspServer,
    asked: list[str],
    later: Later,
) -> None:
    """Also when the doorbell or its source is set up anew; not when it is news again."""
    entry = await links.link(camera=camera_of(frigate))
    await switch(hass, frigate, rtsp_server.address())
    await found(hass, later)
    registry, issue_id = ir.async_get(hass), f"stream_found_{entry.entry_id}"
    registry.async_ignore(DOMAIN, issue_id, True)

    asked.clear()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await later(QUIET)
    await switch(hass, frigate, rtsp_server.address())
    await later(APART)
    await later(SETTLE)
    assert len(asked) == 2

    issue = registry.async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.dismissed_version is not None
    await switch(hass, frigate, None)
    await later(QUIET)
    await later(SETTLE)
    assert registry.async_get_issue(DOMAIN, issue_id) is None


@pytest.mark.parametrize("way", ["disabled", "removed"])
async def test_a_found_stream_goes_with_the_doorbell(
    hass: HomeAssistant,
    links: Links,
    frigate: Frigate,
    rtsp_server: RtspServer,
    later: Later,
    way: str,
) -> None:
    """Nobody can record with it any more."""
    entry = await links.link(camera=camera_of(frigate))
    await switch(hass, frigate, rtsp_server.address())
    await found(hass, later)

    if way == "removed":
        await hass.config_entries.async_remove(entry.entry_id)
    else:
        await hass.config_entries.async_set_disabled_by(
            entry.entry_id, ConfigEntryDisabler.USER
        )

    assert not issues(hass)


async def test_a_camera_is_asked_for_its_stream_seldom(
    hass: HomeAssistant,
    links: Links,
    frigate: Frigate,
    rtsp_server: RtspServer,
    asked: list[str],
    later: Later,
) -> None:
    """Not while it says of itself that it has none, and an hour apart otherwise."""
    await links.link(camera=camera_of(frigate))
    asked.clear()
    for _ in range(3):
        await switch(hass, frigate, None)
        await later(QUIET)
    assert not asked

    await switch(hass, frigate, rtsp_server.address())
    await found(hass, later)
    asked.clear()
    for _ in range(3):
        await switch(hass, frigate, rtsp_server.address())
        await later(QUIET)
    assert not asked
    await later(APART)
    assert len(asked) == 1
    await later(APART)
    assert len(asked) == 1
    await later(DAY)
    assert len(asked) == 2


async def test_what_runs_on_a_battery_is_not_asked(
    hass: HomeAssistant,
    links: Links,
    frigate: Frigate,
    rtsp_server: RtspServer,
    asked: list[str],
    later: Later,
) -> None:
    """It would have to wake up for that."""
    entry = await links.link(camera=camera_of(frigate))
    camera = er.async_get(hass).async_get(camera_of(frigate))
    assert camera is not None
    er.async_get(hass).async_get_or_create(
        "sensor",
        "frigate",
        "battery",
        config_entry=frigate.entry,
        device_id=camera.device_id,
        original_device_class=SensorDeviceClass.BATTERY,
        disabled_by=er.RegistryEntryDisabler.INTEGRATION,
    )
    asked.clear()

    await switch(hass, frigate, rtsp_server.address())
    for _ in range(2):
        await later(DAY)

    assert not asked
    assert not issues(hass)
    assert CONF_KEEPER in entry.data


@pytest.fixture
def own_server(start_rtsp_server: StartRtspServer) -> RtspServer:
    """Run a server for streams that a test may stop."""
    return start_rtsp_server()


@pytest.fixture
async def recorded(
    links: Links,
    until: Until,
    frigate: Frigate,
    own_server: RtspServer,
    hass: HomeAssistant,
) -> ConfigEntry:
    """Link a camera of Frigate with a stream, and wait for its pictures."""
    await switch(hass, frigate, own_server.address())
    entry = await links.link(camera=camera_of(frigate))
    await until(lambda: is_connected(entry))
    assert CONF_KEEPER not in entry.data
    return entry


async def lost(entry: ConfigEntry, until: Until) -> None:
    """Wait until the doorbell says that there is no stream."""
    await until(lambda: entry.runtime_data.data.problem == "no_stream_address")


async def test_a_camera_that_loses_its_stream_says_so_and_its_clips_are_fetched(
    hass: HomeAssistant,
    frigate: Frigate,
    recorded: ConfigEntry,
    own_server: RtspServer,
    until: Until,
    hass_client: ClientSessionGenerator,
    loaded: Callable[[ConfigEntry], int],
    later: Later,
) -> None:
    """After one tap, where its integration keeps them; all else stays."""
    before = dict(recorded.data), dict(recorded.options), recorded.unique_id
    await cut(hass, frigate, recorded, until, own_server)
    await later(LOST_AFTER / 2)
    assert not issues(hass)
    await later(LOST_AFTER)
    assert issues(hass) == {"stream_lost"}
    await later(UNREACHABLE_AFTER.total_seconds())
    assert issues(hass) == {"stream_lost"}

    menu = await start_fix(hass, hass_client, f"stream_lost_{recorded.entry_id}")
    assert menu["menu_options"] == ["keep", "try_again", "camera"]
    times = loaded(recorded)
    done = await go_on(hass_client, menu, {"next_step_id": "keep"})

    assert done["type"] == "create_entry"
    await until(lambda: is_connected(recorded))
    assert loaded(recorded) == times + 1
    assert not issues(hass)
    assert recorded.data == {**before[0], CONF_KEEPER: "frigate"}
    assert (recorded.options, recorded.unique_id) == before[1:]


async def test_a_stream_that_is_away_for_a_moment_is_not_lost(
    hass: HomeAssistant,
    frigate: Frigate,
    recorded: ConfigEntry,
    until: Until,
    own_server: RtspServer,
    later: Later,
) -> None:
    """And one that was said to be lost is not any more when it is back."""
    await cut(hass, frigate, recorded, until, own_server)
    own_server.start()
    await switch(hass, frigate, own_server.address())
    await until(lambda: is_connected(recorded))
    await later(LOST_AFTER)
    assert not issues(hass)

    await cut(hass, frigate, recorded, until, own_server)
    await later(LOST_AFTER)
    assert issues(hass) == {"stream_lost"}
    own_server.start()
    await switch(hass, frigate, own_server.address())
    await until(lambda: is_connected(recorded))
    assert not issues(hass)


async def test_while_home_assistant_starts_no_stream_is_lost_or_found(
    hass: HomeAssistant,
    frigate: Frigate,
    recorded: ConfigEntry,
    until: Until,
    later: Later,
) -> None:
    """The other integration may still be coming up; the time begins afterwards."""
    assert await hass.config_entries.async_unload(recorded.entry_id)
    await switch(hass, frigate, None)
    hass.set_state(CoreState.starting)
    assert await hass.config_entries.async_setup(recorded.entry_id)
    await lost(recorded, until)
    await later(LOST_AFTER)
    assert not issues(hass)

    hass.set_state(CoreState.running)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STARTED)
    await hass.async_block_till_done()
    await later(LOST_AFTER)
    assert issues(hass) == {"stream_lost"}


async def test_of_what_nobody_keeps_it_is_said_what_can_be_done(
    hass: HomeAssistant,
    links: Links,
    until: Until,
    own_server: RtspServer,
    hass_client: ClientSessionGenerator,
    later: Later,
) -> None:
    """Switch it on again, or link another camera."""
    camera = await links.camera("Front", own_server.address())
    entry = await links.link(camera=FRONT, events={})
    await until(lambda: is_connected(entry))
    options = {**camera.options}
    del options["stream_source"]
    hass.config_entries.async_update_entry(camera, options=options)
    assert await hass.config_entries.async_reload(camera.entry_id)
    own_server.kill()
    await lost(entry, until)
    await later(LOST_AFTER)

    menu = await start_fix(hass, hass_client, f"stream_lost_{entry.entry_id}")

    assert menu["menu_options"] == ["try_again", "camera"]
    given = menu["description_placeholders"]
    assert isinstance(given, dict)
    assert given["integration"] == "Generic Camera"
    assert given["problem"].startswith("This camera has no stream")
    before = entry.runtime_data
    await go_on(hass_client, menu, {"next_step_id": "try_again"})
    assert not issues(hass)
    await until(lambda: entry.runtime_data is not before)
    await lost(entry, until)
    await later(LOST_AFTER)
    assert issues(hass) == {"stream_lost"}
