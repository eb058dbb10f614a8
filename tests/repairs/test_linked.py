"""Test changes elsewhere during the repair of a linked camera."""

import asyncio
from pathlib import Path
from typing import Any

from homeassistant.config_entries import (
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryState,
)
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er, issue_registry as ir
from homeassistant.loader import IntegrationNotFound
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.doorwatch.const import CONF_CAMERA, CONF_PROVIDER, DOMAIN
from custom_components.doorwatch.coordinator import UNREACHABLE_AFTER
from custom_components.doorwatch.engine.doorbells.base import StreamSource
from custom_components.doorwatch.engine.doorbells.probe import probe_stream
from custom_components.doorwatch.flows import linked as flow_linked
from custom_components.doorwatch.runtime.stream_watch import (
    LOST_AFTER,
    QUIET,
    SETTLE,
    stand_in,
)
from tests.cameras.fixtures import Links, is_connected
from tests.cameras.streams import Later, camera_of, cut, lost, switch
from tests.cameras.vendors.frigate import Frigate
from tests.cameras.vendors.unifiprotect import ProtectConsole
from tests.conftest import Until
from tests.repairs.fixes import answer_fix, issues, start_fix
from tests.rtsp.fixtures import RtspServer

FRONT = "camera.front"


class Trial:
    """A stream test that waits until a test continues."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __call__(self, source: StreamSource) -> None:
        await probe_stream(source)
        self.begun.set()
        await self.go_on.wait()


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> Trial:
    """Return a trial that delays every stream test."""
    held = Trial()
    monkeypatch.setattr(flow_linked, "probe_stream", held)
    return held


@pytest.fixture
async def kept(
    hass: HomeAssistant,
    links: Links,
    unstreamed: Frigate,
    rtsp_server: RtspServer,
    later: Later,
) -> ConfigEntry:
    """Link a camera without a stream, and let a stream be found."""
    entry = await links.link(camera=camera_of(unstreamed))
    await switch(hass, unstreamed, rtsp_server.address())
    await later(QUIET)
    await later(SETTLE)
    assert issues(hass) == {"stream_found"}
    return entry


async def test_a_camera_that_is_renamed_meanwhile_is_recorded(
    hass: HomeAssistant,
    kept: ConfigEntry,
    unstreamed: Frigate,
    until: Until,
    hass_client: ClientSessionGenerator,
) -> None:
    """The camera is stored by its registry id."""
    form = await start_fix(hass, hass_client, f"stream_found_{kept.entry_id}")
    er.async_get(hass).async_update_entity(
        camera_of(unstreamed), new_entity_id="camera.porch"
    )
    await hass.async_block_till_done()

    done = await answer_fix(hass_client, form, {})

    assert done["type"] == "create_entry"
    await until(lambda: is_connected(kept))
    assert CONF_PROVIDER not in kept.data


async def test_a_repair_that_is_over_meanwhile_can_still_be_declined(
    hass: HomeAssistant,
    kept: ConfigEntry,
    hass_client: ClientSessionGenerator,
) -> None:
    """There is no issue to ignore any more."""
    issue_id = f"stream_found_{kept.entry_id}"
    form = await start_fix(hass, hass_client, issue_id)
    ir.async_delete_issue(hass, DOMAIN, issue_id)

    done = await answer_fix(hass_client, form, {"leave": True})

    assert (done["type"], done["reason"]) == ("abort", "left")


async def test_a_camera_whose_integration_is_removed_meanwhile_is_said(
    hass: HomeAssistant,
    kept: ConfigEntry,
    unstreamed: Frigate,
    until: Until,
    hass_client: ClientSessionGenerator,
) -> None:
    """Nothing is stored; the repair for a missing camera is shown."""
    before = dict(kept.data)
    form = await start_fix(hass, hass_client, f"stream_found_{kept.entry_id}")
    await hass.config_entries.async_remove(unstreamed.entry.entry_id)

    form = await answer_fix(hass_client, form, {})

    assert form["errors"] == {"base": "camera_missing"}
    assert kept.data == before
    await until(lambda: "camera_missing" in issues(hass))
    assert "stream_found" not in issues(hass)


async def test_a_camera_that_is_removed_during_its_trial_is_not_stored(
    hass: HomeAssistant,
    links: Links,
    until: Until,
    rtsp_server: RtspServer,
    trial: Trial,
    hass_client: ClientSessionGenerator,
) -> None:
    """The trial takes seconds."""
    await links.camera("Front", rtsp_server.address())
    trial.go_on.set()
    entry = await links.link(camera=FRONT, events={})
    trial.go_on.clear()
    trial.begun.clear()
    back = await links.camera("Back", rtsp_server.address("cam1"))
    er.async_get(hass).async_remove(FRONT)
    await until(lambda: "camera_missing" in issues(hass))
    before = dict(entry.data)
    menu = await start_fix(hass, hass_client, f"camera_missing_{entry.entry_id}")
    form = await answer_fix(hass_client, menu, {"next_step_id": "camera"})

    answer = asyncio.create_task(
        answer_fix(hass_client, form, {"camera": "camera.back"})
    )
    await trial.begun.wait()
    await hass.config_entries.async_remove(back.entry_id)
    trial.go_on.set()
    form = await answer

    assert form["errors"] == {CONF_CAMERA: "camera_missing"}
    assert entry.data == before


async def test_a_doorbell_that_is_removed_during_a_trial_ends_the_repair(
    hass: HomeAssistant,
    kept: ConfigEntry,
    trial: Trial,
    hass_client: ClientSessionGenerator,
) -> None:
    """The flow is aborted with a reason, without a server error."""
    form = await start_fix(hass, hass_client, f"stream_found_{kept.entry_id}")

    answer = asyncio.create_task(answer_fix(hass_client, form, {}))
    await trial.begun.wait()
    await hass.config_entries.async_remove(kept.entry_id)
    trial.go_on.set()
    done = await answer

    assert (done["type"], done["reason"]) == ("abort", "not_loaded")
    assert kept not in hass.config_entries.async_entries(DOMAIN)


async def test_a_doorbell_that_is_removed_while_it_is_reconfigured_ends_that(
    hass: HomeAssistant,
    links: Links,
    rtsp_server: RtspServer,
    trial: Trial,
) -> None:
    """The flow is aborted with a reason."""
    await links.camera("Front", rtsp_server.address())
    trial.go_on.set()
    entry = await links.link(camera=FRONT, events={})
    await links.camera("Back", rtsp_server.address("cam1"))
    trial.go_on.clear()
    trial.begun.clear()
    flow = hass.config_entries.flow
    form = await flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )

    answer = asyncio.create_task(
        flow.async_configure(form["flow_id"], {"camera": "camera.back"})
    )
    await trial.begun.wait()
    await hass.config_entries.async_remove(entry.entry_id)
    trial.go_on.set()
    done = await answer

    assert done["type"] is FlowResultType.ABORT
    assert done["reason"] == "not_loaded"


async def test_a_doorbell_that_was_changed_elsewhere_during_a_trial_stays_so(
    hass: HomeAssistant,
    links: Links,
    kept: ConfigEntry,
    rtsp_server: RtspServer,
    trial: Trial,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The other camera, which was chosen meanwhile, is kept."""
    await links.camera("Back", rtsp_server.address("cam1"))
    back = er.async_get(hass).async_get("camera.back")
    assert back is not None
    form = await start_fix(hass, hass_client, f"stream_found_{kept.entry_id}")
    answer = asyncio.create_task(answer_fix(hass_client, form, {}))
    await trial.begun.wait()
    flow = hass.config_entries.flow
    other = await flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": kept.entry_id}
    )
    with monkeypatch.context() as quick:
        quick.setattr(flow_linked, "probe_stream", probe_stream)
        changed = await flow.async_configure(
            other["flow_id"], {"camera": "camera.back"}
        )
    assert changed["reason"] == "reconfigure_successful"
    trial.go_on.set()
    done = await answer

    assert (done["type"], done["reason"]) == ("abort", "changed_elsewhere")
    assert kept.data[CONF_CAMERA] == back.id
    assert kept.unique_id == f"linked-{back.id}"


async def test_a_camera_that_fails_when_it_is_asked_says_nothing_new(
    hass: HomeAssistant,
    links: Links,
    unstreamed: Frigate,
    until: Until,
    rtsp_server: RtspServer,
    later: Later,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """No issue is created or deleted, and the error has no effect."""
    entry = await links.link(camera=camera_of(unstreamed))
    await switch(hass, unstreamed, rtsp_server.address())
    asked = []

    async def fails(*_: object) -> str:
        asked.append(1)
        raise ValueError("rtsp://porch:s3cret-word@camera")

    with monkeypatch.context() as broken:
        broken.setattr(
            "custom_components.doorwatch.runtime.linked.async_get_stream_source",
            fails,
        )
        await later(QUIET)
        await later(86400)
        assert len(asked) == 2
        assert not issues(hass)
    assert "s3cret-word" not in caplog.text
    assert entry.state is ConfigEntryState.LOADED


async def test_of_a_camera_that_is_disabled_only_that_is_said(
    hass: HomeAssistant, kept: ConfigEntry, unstreamed: Frigate, until: Until
) -> None:
    """Its stream doesn't matter while it is disabled."""
    er.async_get(hass).async_update_entity(
        camera_of(unstreamed), disabled_by=er.RegistryEntryDisabler.USER
    )

    await until(lambda: "camera_disabled" in issues(hass))
    await until(lambda: issues(hass) == {"camera_disabled"})


async def test_a_doorbell_that_was_away_before_it_lost_its_stream_says_one_thing(
    hass: HomeAssistant,
    recorded: ConfigEntry,
    unstreamed: Frigate,
    own_server: RtspServer,
    until: Until,
    later: Later,
) -> None:
    """The lost stream is the reason why it is unreachable."""
    own_server.kill()
    await until(lambda: recorded.runtime_data.data.problem == "cannot_connect")
    await later(UNREACHABLE_AFTER.total_seconds())
    assert issues(hass) == {"doorbell_unreachable"}

    await switch(hass, unstreamed, None)
    await lost(recorded, until)
    await later(LOST_AFTER)

    assert issues(hass) == {"stream_lost"}


async def test_the_repair_opens_without_the_integration_that_had_the_camera(
    hass: HomeAssistant,
    recorded: ConfigEntry,
    unstreamed: Frigate,
    own_server: RtspServer,
    until: Until,
    later: Later,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its folder may have been deleted."""
    await cut(hass, unstreamed, recorded, until, own_server)
    await later(LOST_AFTER)

    async def not_there(_hass: HomeAssistant, domain: str) -> Any:
        raise IntegrationNotFound(domain)

    monkeypatch.setattr(
        "custom_components.doorwatch.repairs.linked.async_get_integration", not_there
    )
    menu = await start_fix(hass, hass_client, f"stream_lost_{recorded.entry_id}")

    given = menu["description_placeholders"]
    assert isinstance(given, dict)
    assert given["integration"] == "frigate"


async def test_of_two_doorbells_of_one_device_none_takes_the_camera_of_the_other(
    hass: HomeAssistant,
    links: Links,
    until: Until,
    clip_file: Path,
    own_server: RtspServer,
    later: Later,
) -> None:
    """The remaining camera is already linked, so the user must choose another."""
    assert await async_setup_component(hass, "media_source", {})
    console = ProtectConsole(hass, clip_file.read_bytes(), own_server.address())
    console.quality = "medium"
    async with console.set_up():
        medium = await links.link(camera=console.entity_id("camera", "1"))
        await until(lambda: is_connected(medium))
        # Both would have the title of their device.
        hass.config_entries.async_update_entry(medium, title="Medium")
        await switch(hass, console, None)
        own_server.kill()
        high = await links.link(camera=console.entity_id("camera", "0"))
        assert high.data[CONF_PROVIDER] == "unifiprotect"
        await until(lambda: medium.runtime_data.data.problem == "camera_unavailable")

        await later(LOST_AFTER)
        assert stand_in(hass, medium) is None
        assert not issues(hass)
