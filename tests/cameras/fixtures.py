"""Fixtures for cameras of core's own integrations."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.components.camera import async_get_stream_source
from homeassistant.config_entries import (
    SIGNAL_CONFIG_ENTRY_CHANGED,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryChange,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_NAME, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.doorwatch.const import CONF_PROVIDER, DOMAIN
from custom_components.doorwatch.flows.doorbell import CONF_DETECTION, Detection
from custom_components.doorwatch.runtime import linked
from tests import translation_guard
from tests.cameras.streams import camera_of, switch
from tests.cameras.vendors.frigate import Frigate
from tests.conftest import Until
from tests.rtsp.fixtures import RtspServer, StartRtspServer

from .streams import Later

LENGTHS = {"pre_roll": 1, "post_roll": 1, "longest_clip": 30}


@pytest.fixture(autouse=True)
def ready_first(request: pytest.FixtureRequest) -> None:
    """Load Doorwatch's custom integration first in every test that links cameras."""
    if "links" in request.fixturenames:
        request.getfixturevalue("ready")


@pytest.fixture
async def ready(doorwatch: HomeAssistant) -> None:
    """Set up Doorwatch."""
    # Read the translations before a test checks for blocking reads in the event loop.
    translation_guard.texts()
    translation_guard.icons()
    assert await async_setup_component(doorwatch, "homeassistant", {})
    assert await async_setup_component(doorwatch, DOMAIN, {})


@dataclass(kw_only=True)
class Links:
    """Go through the flows that link cameras."""

    hass: HomeAssistant
    until: Until

    async def camera(self, name: str, address: str | None) -> MockConfigEntry:
        """Set up a camera of core's generic integration."""
        options = {
            "content_type": "image/jpeg",
            "still_image_url": "http://127.0.0.1:9/still.jpg",
            "advanced": {"framerate": 2.0, "verify_ssl": True},
        }
        if address is not None:
            options["stream_source"] = address
        entry = MockConfigEntry(
            domain="generic", title=name, options=options, version=2
        )
        entry.add_to_hass(self.hass)
        assert await self.hass.config_entries.async_setup(entry.entry_id)
        await self.hass.async_block_till_done()
        return entry

    def entity(
        self, camera: ConfigEntry, platform: Platform, key: str, **more: Any
    ) -> er.RegistryEntry:
        """Add another entity to the device of a camera."""
        registry = er.async_get(self.hass)
        of_camera, *_ = (
            entity
            for entity in er.async_entries_for_config_entry(registry, camera.entry_id)
            if entity.domain == Platform.CAMERA
        )
        return registry.async_get_or_create(
            platform,
            camera.domain,
            f"{camera.entry_id}_{key}",
            config_entry=camera,
            device_id=of_camera.device_id,
            object_id_base=f"{camera.title} {key}",
            **more,
        )

    async def begin(self, **chosen: Any) -> ConfigFlowResult:
        """Choose the kind in the menu and fill in its form."""
        flow = self.hass.config_entries.flow
        menu = await flow.async_init(DOMAIN, context={"source": SOURCE_USER})
        form = await flow.async_configure(menu["flow_id"], {"next_step_id": "linked"})
        assert form["type"] is FlowResultType.FORM
        assert form["step_id"] == "linked"
        return await flow.async_configure(form["flow_id"], chosen)

    async def link(
        self, *, events: Mapping[str, Any] | None = None, **chosen: Any
    ) -> ConfigEntry:
        """Go through the whole flow with the suggested motion and bell sensors."""
        form = await self.begin(**chosen)
        if form["step_id"] == "detection":
            return await self._link_without_sensor(form, events or {})
        assert form["step_id"] == "events", form
        if events is None:
            events = suggestions(form)
        done = await self.hass.config_entries.flow.async_configure(
            form["flow_id"], {**events, **self.lengths(form)}
        )
        assert done["type"] is FlowResultType.CREATE_ENTRY, done
        await self.hass.async_block_till_done()
        return done["result"]

    async def _link_without_sensor(
        self, form: ConfigFlowResult, events: Mapping[str, Any]
    ) -> ConfigEntry:
        """Let the doorbell call, then choose the options."""
        schema = form["data_schema"]
        assert schema is not None
        name = events.get(CONF_NAME, schema({})[CONF_NAME])
        flow, options = self.hass.config_entries.flow, self.hass.config_entries.options
        for answers in ({CONF_NAME: name, CONF_DETECTION: Detection.WEBHOOK}, {}):
            form = await flow.async_configure(form["flow_id"], answers)
        assert form["type"] is FlowResultType.CREATE_ENTRY, form
        entry = form["result"]
        await self.hass.async_block_till_done()
        chosen = {key: value for key, value in events.items() if key != CONF_NAME}
        shown = await options.async_init(entry.entry_id)
        done = await options.async_configure(
            shown["flow_id"], {**chosen, "lengths": LENGTHS}
        )
        assert done["type"] is FlowResultType.CREATE_ENTRY, done
        await self.hass.async_block_till_done()
        return entry

    def lengths(self, form: ConfigFlowResult) -> dict[str, Any]:
        """Return short lengths if the form asks for them."""
        schema = form["data_schema"]
        assert schema is not None
        return {"lengths": LENGTHS} if "lengths" in schema.schema else {}


def suggestions(form: ConfigFlowResult) -> dict[str, Any]:
    """Return the values that a browser preselects."""
    schema = form["data_schema"]
    assert schema is not None
    return {
        str(marker): marker.description["suggested_value"]
        for marker in schema.schema
        if isinstance(marker.description, dict)
        and marker.description.get("suggested_value") is not None
        and isinstance(marker.description["suggested_value"], str)
    }


@pytest.fixture
def links(hass: HomeAssistant, until: Until) -> Links:
    """Return a helper that links cameras."""
    return Links(hass=hass, until=until)


@pytest.fixture
def later(hass: HomeAssistant) -> Later:
    """Return a function that fires the timers of the next seconds now."""

    async def pass_by(seconds: float) -> None:
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds + 1))
        await hass.async_block_till_done(wait_background_tasks=True)

    return pass_by


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the cameras whose stream was requested."""
    found: list[str] = []

    async def ask(hass: HomeAssistant, entity_id: str) -> str | None:
        found.append(entity_id)
        return await async_get_stream_source(hass, entity_id)

    monkeypatch.setattr(linked, "async_get_stream_source", ask)
    return found


@pytest.fixture
def loaded(hass: HomeAssistant) -> Iterator[Callable[[ConfigEntry], int]]:
    """Return a function that counts the loads of an entry from now on."""
    times: list[str] = []

    @callback
    def changed(change: ConfigEntryChange, entry: ConfigEntry) -> None:
        if entry.state is ConfigEntryState.SETUP_IN_PROGRESS:
            times.append(entry.entry_id)

    stop = async_dispatcher_connect(hass, SIGNAL_CONFIG_ENTRY_CHANGED, changed)
    yield lambda entry: times.count(entry.entry_id)
    stop()


@pytest.fixture
async def unstreamed(
    hass: HomeAssistant, ready: None, clip_file: Path
) -> AsyncIterator[Frigate]:
    """Run Frigate with a camera without a restream."""
    assert await async_setup_component(hass, "media_source", {})
    one = Frigate(hass, clip_file.read_bytes(), None)
    async with one.set_up():
        yield one


def is_connected(entry: ConfigEntry) -> bool:
    """Return whether a doorbell is set up and has video."""
    return entry.state is ConfigEntryState.LOADED and entry.runtime_data.data.connected


@pytest.fixture
def own_server(start_rtsp_server: StartRtspServer) -> RtspServer:
    """Run a stream server that the test may stop."""
    return start_rtsp_server()


@pytest.fixture
async def recorded(
    links: Links,
    until: Until,
    unstreamed: Frigate,
    own_server: RtspServer,
    hass: HomeAssistant,
) -> ConfigEntry:
    """Link a Frigate camera that has a stream, and wait for its video."""
    await switch(hass, unstreamed, own_server.address())
    entry = await links.link(camera=camera_of(unstreamed))
    await until(lambda: is_connected(entry))
    assert CONF_PROVIDER not in entry.data
    return entry
