"""Test cameras that get a stream or lose it, with a repair of one tap."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

from homeassistant.components.camera import StreamType
from homeassistant.components.sensor import SensorDeviceClass
from homeassistant.config_entries import ConfigEntry, ConfigEntryDisabler
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import CONF_CAMERA, CONF_PROVIDER, DOMAIN
from custom_components.doorwatch.coordinator import UNREACHABLE_AFTER
from custom_components.doorwatch.flows.linked import async_relink
from custom_components.doorwatch.household.private import PrivateFolder
from custom_components.doorwatch.registry import camera_object, talk_entity_id
from custom_components.doorwatch.runtime.stream_watch import (
    APART,
    DAY,
    LOST_AFTER,
    QUIET,
    SETTLE,
    may_stream,
    stand_in,
)
from tests.cameras.fixtures import Links, is_connected
from tests.cameras.streams import Later, camera_of, cut, lost, switch
from tests.cameras.vendors.frigate import Frigate
from tests.cameras.vendors.nest import NestCloud
from tests.cameras.vendors.reolink import ReolinkDoorbell
from tests.cameras.vendors.unifiprotect import ProtectConsole
from tests.conftest import Until
from tests.repairs.fixes import answer_fix, issues, start_fix
from tests.rtsp.fixtures import RtspServer

FRONT = "camera.front"


def own_entities(hass: HomeAssistant, entry: ConfigEntry) -> set[tuple[str, str]]:
    """Return the entities of a doorbell with their names."""
    found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    return {(entity.id, entity.entity_id) for entity in found}


async def found(hass: HomeAssistant, later: Later) -> None:
    """Let the time pass until the stream is found."""
    await later(QUIET)
    await later(SETTLE)
    assert issues(hass) == {"stream_found"}


@pytest.fixture(params=["console", "frigate"])
async def source(
    hass: HomeAssistant, ready: None, clip_file: Path, request: pytest.FixtureRequest
) -> AsyncIterator[ProtectConsole | Frigate]:
    """Set up an integration whose streams can be enabled."""
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
    """RTSP is enabled in UniFi Protect or a restream in Frigate, and nothing else."""
    entry = await links.link(camera=camera_of(source))
    before = dict(entry.data), dict(entry.options), entry.unique_id
    own = own_entities(hass, entry)
    asked.clear()
    assert entry.data[CONF_PROVIDER]

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
    done = await answer_fix(hass_client, form, {})

    assert done["type"] == "create_entry"
    await until(lambda: is_connected(entry))
    assert not issues(hass)
    assert loaded(entry) == times + 1
    data = {key: value for key, value in before[0].items() if key != CONF_PROVIDER}
    assert (dict(entry.data), dict(entry.options), entry.unique_id) == (
        data,
        *before[1:],
    )
    # A recorded doorbell may support talk, too.
    talk = talk_entity_id(hass, entry.entry_id)
    assert own == {one for one in own_entities(hass, entry) if one[1] != talk}


async def test_what_is_recorded_from_now_on_leaves_no_list_of_what_was_waited_for(
    hass: HomeAssistant,
    links: Links,
    unstreamed: Frigate,
    until: Until,
    rtsp_server: RtspServer,
) -> None:
    """The stored queue would never be deleted."""
    entry = await links.link(camera=camera_of(unstreamed))
    folder = PrivateFolder(hass.config.config_dir).fetch_queues
    unstreamed.motion.turn(True)
    await until((folder / f"{entry.entry_id}.json").exists)
    await switch(hass, unstreamed, rtsp_server.address())

    camera = er.async_get(hass).async_get(camera_of(unstreamed))
    assert camera is not None
    assert await async_relink(hass, entry, camera, recorded=True) is None

    await until(lambda: CONF_PROVIDER not in entry.data and is_connected(entry))
    assert not await hass.async_add_executor_job(folder.exists)


async def test_the_stream_is_tried_before_anything_is_stored(
    hass: HomeAssistant,
    links: Links,
    unstreamed: Frigate,
    rtsp_server: RtspServer,
    hass_client: ClientSessionGenerator,
    later: Later,
) -> None:
    """The form shows the error; if the stream is gone again, nothing changes."""
    entry = await links.link(camera=camera_of(unstreamed))
    before = dict(entry.data)
    await switch(hass, unstreamed, rtsp_server.address("nothing"))
    await found(hass, later)

    form = await start_fix(hass, hass_client, f"stream_found_{entry.entry_id}")
    form = await answer_fix(hass_client, form, {})
    assert form["errors"] == {"base": "not_found"}
    await switch(hass, unstreamed, None)
    form = await answer_fix(hass_client, form, {})

    assert form["errors"] == {"base": "no_stream_now"}
    assert entry.data == before
    await later(QUIET)
    assert issues(hass) == {"stream_found"}
    await later(SETTLE)
    assert not issues(hass)


async def test_a_found_stream_that_is_ignored_stays_ignored(
    hass: HomeAssistant,
    links: Links,
    unstreamed: Frigate,
    rtsp_server: RtspServer,
    asked: list[str],
    hass_client: ClientSessionGenerator,
    later: Later,
) -> None:
    """Reloads of doorbell and source don't show it again, but a new stream does."""
    entry = await links.link(camera=camera_of(unstreamed))
    await switch(hass, unstreamed, rtsp_server.address())
    await found(hass, later)
    registry, issue_id = ir.async_get(hass), f"stream_found_{entry.entry_id}"
    before = dict(entry.data)
    form = await start_fix(hass, hass_client, issue_id)
    done = await answer_fix(hass_client, form, {"leave": True})
    assert (done["type"], done["reason"]) == ("abort", "left")
    assert entry.data == before

    asked.clear()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await later(QUIET)
    await switch(hass, unstreamed, rtsp_server.address())
    await later(APART)
    await later(SETTLE)
    assert len(asked) == 2

    issue = registry.async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.dismissed_version is not None
    await switch(hass, unstreamed, None)
    await later(QUIET)
    await later(SETTLE)
    assert registry.async_get_issue(DOMAIN, issue_id) is None


@pytest.mark.parametrize("way", ["disabled", "removed"])
async def test_a_found_stream_goes_with_the_doorbell(
    hass: HomeAssistant,
    links: Links,
    unstreamed: Frigate,
    rtsp_server: RtspServer,
    later: Later,
    way: str,
) -> None:
    """The doorbell can't record it any more."""
    entry = await links.link(camera=camera_of(unstreamed))
    await switch(hass, unstreamed, rtsp_server.address())
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
    unstreamed: Frigate,
    rtsp_server: RtspServer,
    asked: list[str],
    later: Later,
) -> None:
    """A camera that reports no stream isn't queried, and others rarely."""
    await links.link(camera=camera_of(unstreamed))
    asked.clear()
    for _ in range(3):
        await switch(hass, unstreamed, None)
        await later(QUIET)
    assert not asked

    await switch(hass, unstreamed, rtsp_server.address())
    await found(hass, later)
    asked.clear()
    for _ in range(3):
        await switch(hass, unstreamed, rtsp_server.address())
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
    unstreamed: Frigate,
    rtsp_server: RtspServer,
    asked: list[str],
    later: Later,
) -> None:
    """The request would wake the camera."""
    entry = await links.link(camera=camera_of(unstreamed))
    camera = er.async_get(hass).async_get(camera_of(unstreamed))
    assert camera is not None
    er.async_get(hass).async_get_or_create(
        "sensor",
        "frigate",
        "battery",
        config_entry=unstreamed.entry,
        device_id=camera.device_id,
        original_device_class=SensorDeviceClass.BATTERY,
        disabled_by=er.RegistryEntryDisabler.INTEGRATION,
    )
    asked.clear()

    await switch(hass, unstreamed, rtsp_server.address())
    for _ in range(2):
        await later(DAY)

    assert not asked
    assert not issues(hass)
    assert CONF_PROVIDER in entry.data


@pytest.fixture
async def console(
    hass: HomeAssistant, ready: None, clip_file: Path
) -> AsyncIterator[ProtectConsole]:
    """Set up UniFi Protect with RTSP disabled for the doorbell."""
    assert await async_setup_component(hass, "media_source", {})
    one = ProtectConsole(hass, clip_file.read_bytes(), None)
    async with one.set_up():
        yield one


async def test_a_stream_in_another_quality_is_found_too(
    hass: HomeAssistant,
    links: Links,
    console: ProtectConsole,
    until: Until,
    rtsp_server: RtspServer,
    hass_client: ClientSessionGenerator,
    later: Later,
) -> None:
    """UniFi Protect has a camera for each quality and removes the linked one."""
    entry = await links.link(camera=console.entity_id("camera", "0"))
    console.quality = "medium"
    await switch(hass, console, rtsp_server.address())
    await until(lambda: not entry.runtime_data.data.connected)
    await later(QUIET)
    await later(SETTLE)
    assert issues(hass) == {"stream_found"}

    form = await start_fix(hass, hass_client, f"stream_found_{entry.entry_id}")
    done = await answer_fix(hass_client, form, {})

    assert done["type"] == "create_entry"
    await until(lambda: is_connected(entry))
    assert not issues(hass)
    camera = er.async_get(hass).async_get(console.entity_id("camera", "1"))
    assert camera is not None
    assert entry.data[CONF_CAMERA] == camera.id
    assert entry.unique_id == f"linked-{camera.id}"
    assert CONF_PROVIDER not in entry.data


async def test_what_begins_a_stream_when_it_is_asked_is_not_asked(
    hass: HomeAssistant,
    links: Links,
    clip_file: Path,
    asked: list[str],
    later: Later,
) -> None:
    """Nest creates a stream in its cloud for each request of the address."""
    for component in ("media_source", "ffmpeg"):
        assert await async_setup_component(hass, component, {})
    cloud = NestCloud(hass, clip_file.read_bytes())
    async with cloud.set_up():
        await links.link(camera="camera.front_door")
        asked.clear()
        cloud.protocol = "RTSP"
        assert await hass.config_entries.async_reload(cloud.entry.entry_id)
        await hass.async_block_till_done()
        camera = camera_object(hass, "camera.front_door")
        assert camera is not None
        assert camera.camera_capabilities.frontend_stream_types == {StreamType.HLS}

        await later(QUIET)
        await later(SETTLE)

    assert not asked
    assert not issues(hass)


async def test_a_camera_of_pictures_that_somebody_chose_is_left_alone(
    hass: HomeAssistant,
    links: Links,
    clip_file: Path,
    rtsp_server: RtspServer,
) -> None:
    """Another camera of Reolink has a stream, which would keep a battery awake."""
    assert await async_setup_component(hass, "media_source", {})
    doorbell = ReolinkDoorbell(hass, rtsp_server.port, clip_file.read_bytes())
    async with doorbell.set_up():
        camera = doorbell.entity_id("camera", "snapshots_sub")
        er.async_get(hass).async_update_entity(camera, disabled_by=None)
        assert await hass.config_entries.async_reload(doorbell.entry.entry_id)
        await hass.async_block_till_done()
        entry = await links.link(camera=camera)
        assert entry.data[CONF_PROVIDER] == "reolink"
        streaming = er.async_get(hass).async_get(doorbell.entity_id("camera", "sub"))
        assert streaming is not None

        assert may_stream(hass, entry.data[CONF_CAMERA]) is False
        assert may_stream(hass, streaming.id) is True
        assert stand_in(hass, entry) is None


async def test_a_camera_that_loses_its_stream_says_so_and_its_clips_are_fetched(
    hass: HomeAssistant,
    unstreamed: Frigate,
    recorded: ConfigEntry,
    own_server: RtspServer,
    until: Until,
    hass_client: ClientSessionGenerator,
    loaded: Callable[[ConfigEntry], int],
    later: Later,
) -> None:
    """One tap fetches clips from the integration; nothing else changes."""
    before = dict(recorded.data), dict(recorded.options), recorded.unique_id
    await cut(hass, unstreamed, recorded, until, own_server)
    await later(LOST_AFTER / 2)
    assert not issues(hass)
    await later(LOST_AFTER)
    assert issues(hass) == {"stream_lost"}
    await later(UNREACHABLE_AFTER.total_seconds())
    assert issues(hass) == {"stream_lost"}

    menu = await start_fix(hass, hass_client, f"stream_lost_{recorded.entry_id}")
    assert menu["menu_options"] == ["keep", "try_again", "camera"]
    times = loaded(recorded)
    done = await answer_fix(hass_client, menu, {"next_step_id": "keep"})

    assert done["type"] == "create_entry"
    await until(lambda: is_connected(recorded))
    assert loaded(recorded) == times + 1
    assert not issues(hass)
    assert recorded.data == {**before[0], CONF_PROVIDER: "frigate"}
    assert (dict(recorded.options), recorded.unique_id) == before[1:]


async def test_a_stream_that_is_away_for_a_moment_is_not_lost(
    hass: HomeAssistant,
    unstreamed: Frigate,
    recorded: ConfigEntry,
    until: Until,
    own_server: RtspServer,
    later: Later,
) -> None:
    """The issue is deleted when the stream returns."""
    await cut(hass, unstreamed, recorded, until, own_server)
    own_server.start()
    await switch(hass, unstreamed, own_server.address())
    await until(lambda: is_connected(recorded))
    await later(LOST_AFTER)
    assert not issues(hass)

    await cut(hass, unstreamed, recorded, until, own_server)
    await later(LOST_AFTER)
    assert issues(hass) == {"stream_lost"}
    own_server.start()
    await switch(hass, unstreamed, own_server.address())
    await until(lambda: is_connected(recorded))
    assert not issues(hass)


async def test_a_lost_stream_that_is_ignored_stays_so_until_the_doorbell_is_disabled(
    hass: HomeAssistant,
    unstreamed: Frigate,
    recorded: ConfigEntry,
    own_server: RtspServer,
    until: Until,
    later: Later,
) -> None:
    """Reloading the doorbell doesn't show the issue again."""
    await cut(hass, unstreamed, recorded, until, own_server)
    await later(LOST_AFTER)
    registry, issue_id = ir.async_get(hass), f"stream_lost_{recorded.entry_id}"
    registry.async_ignore(DOMAIN, issue_id, True)

    assert await hass.config_entries.async_reload(recorded.entry_id)
    await lost(recorded, until)
    await later(LOST_AFTER)

    issue = registry.async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    assert issue.dismissed_version is not None
    await hass.config_entries.async_set_disabled_by(
        recorded.entry_id, ConfigEntryDisabler.USER
    )
    assert registry.async_get_issue(DOMAIN, issue_id) is None


async def test_while_home_assistant_starts_no_stream_is_lost_or_found(
    hass: HomeAssistant,
    unstreamed: Frigate,
    recorded: ConfigEntry,
    until: Until,
    later: Later,
) -> None:
    """The other integration may still be starting; the time starts afterwards."""
    assert await hass.config_entries.async_unload(recorded.entry_id)
    await switch(hass, unstreamed, None)
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
    """The repair suggests to enable the stream or to link another camera."""
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
    assert given["problem"].startswith("Doorwatch has no other way")
    before = entry.runtime_data
    await answer_fix(hass_client, menu, {"next_step_id": "try_again"})
    assert not issues(hass)
    await until(lambda: getattr(entry, "runtime_data", before) is not before)
    await lost(entry, until)
    await later(LOST_AFTER)
    assert issues(hass) == {"stream_lost"}


async def test_the_camera_that_took_its_place_is_linked_after_one_tap(
    hass: HomeAssistant,
    links: Links,
    until: Until,
    clip_file: Path,
    own_server: RtspServer,
    hass_client: ClientSessionGenerator,
    loaded: Callable[[ConfigEntry], int],
    later: Later,
) -> None:
    """UniFi Protect has separate cameras with and without a stream."""
    assert await async_setup_component(hass, "media_source", {})
    console = ProtectConsole(hass, clip_file.read_bytes(), own_server.address())
    console.quality = "medium"
    async with console.set_up():
        entry = await links.link(camera=console.entity_id("camera", "1"))
        await until(lambda: is_connected(entry))
        await switch(hass, console, None)
        own_server.kill()
        await until(lambda: entry.runtime_data.data.problem == "camera_unavailable")
        await later(LOST_AFTER)
        assert issues(hass) == {"stream_lost"}

        menu = await start_fix(hass, hass_client, f"stream_lost_{entry.entry_id}")
        assert menu["menu_options"] == ["stand_in", "try_again", "camera"]
        given = menu["description_placeholders"]
        assert isinstance(given, dict)
        assert given["camera"]
        times = loaded(entry)
        done = await answer_fix(hass_client, menu, {"next_step_id": "stand_in"})

        assert done["type"] == "create_entry"
        await until(lambda: is_connected(entry))
        camera = er.async_get(hass).async_get(console.entity_id("camera", "0"))
        assert camera is not None
        assert entry.data[CONF_CAMERA] == camera.id
        assert entry.data[CONF_PROVIDER] == "unifiprotect"
        assert loaded(entry) == times + 1
        assert not issues(hass)
