"""A camera that loses its stream for good says so, and what can be done."""

from collections.abc import Callable
from pathlib import Path

from homeassistant.config_entries import ConfigEntry, ConfigEntryDisabler
from homeassistant.const import EVENT_HOMEASSISTANT_STARTED
from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import CONF_CAMERA, CONF_KEEPER, DOMAIN
from custom_components.doorwatch.coordinator import UNREACHABLE_AFTER
from custom_components.doorwatch.runtime.stream_watch import LOST_AFTER
from tests.cameras.fixtures import Links
from tests.cameras.streams import Later, camera_of, cut, lost, switch
from tests.cameras.vendors.frigate import Frigate
from tests.cameras.vendors.unifiprotect import ProtectConsole
from tests.conftest import Until
from tests.discovery.test_followed import go_on, is_connected, issues, start_fix
from tests.rtsp.fixtures import RtspServer, StartRtspServer

FRONT = "camera.front"


@pytest.fixture
def own_server(start_rtsp_server: StartRtspServer) -> RtspServer:
    """Run a server for streams that a test may stop."""
    return start_rtsp_server()


@pytest.fixture
async def recorded(
    links: Links,
    until: Until,
    unstreamed: Frigate,
    own_server: RtspServer,
    hass: HomeAssistant,
) -> ConfigEntry:
    """Link a camera of Frigate with a stream, and wait for its pictures."""
    await switch(hass, unstreamed, own_server.address())
    entry = await links.link(camera=camera_of(unstreamed))
    await until(lambda: is_connected(entry))
    assert CONF_KEEPER not in entry.data
    return entry


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
    """After one tap, where its integration keeps them; all else stays."""
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
    done = await go_on(hass_client, menu, {"next_step_id": "keep"})

    assert done["type"] == "create_entry"
    await until(lambda: is_connected(recorded))
    assert loaded(recorded) == times + 1
    assert not issues(hass)
    assert recorded.data == {**before[0], CONF_KEEPER: "frigate"}
    assert (dict(recorded.options), recorded.unique_id) == before[1:]


async def test_a_stream_that_is_away_for_a_moment_is_not_lost(
    hass: HomeAssistant,
    unstreamed: Frigate,
    recorded: ConfigEntry,
    until: Until,
    own_server: RtspServer,
    later: Later,
) -> None:
    """And one that was said to be lost is not any more when it is back."""
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
    """Also when it is set up anew."""
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
    """The other integration may still be coming up; the time begins afterwards."""
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
    assert given["problem"].startswith("Doorwatch knows no other way")
    before = entry.runtime_data
    await go_on(hass_client, menu, {"next_step_id": "try_again"})
    assert not issues(hass)
    await until(lambda: entry.runtime_data is not before)
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
    """In UniFi Protect the one without a stream is another than the one with it."""
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
        done = await go_on(hass_client, menu, {"next_step_id": "stand_in"})

        assert done["type"] == "create_entry"
        await until(lambda: is_connected(entry))
        camera = er.async_get(hass).async_get(console.entity_id("camera", "0"))
        assert camera is not None
        assert entry.data[CONF_CAMERA] == camera.id
        assert entry.data[CONF_KEEPER] == "unifiprotect"
        assert loaded(entry) == times + 1
        assert not issues(hass)
