"""Test that a camera of any manufacturer with a stream is a complete doorbell."""

import ast
from pathlib import Path
import re
import time

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.doorwatch.const import (
    CONF_KIND,
    CONF_SOURCE,
    CONF_STREAM,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_RTSP,
)
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.engine.doorbells.base import DoorbellEvent, EventKind
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.conftest import Until
from tests.repository import ROOT
from tests.rtsp.fixtures import RtspServer

PACKAGE = ROOT / "custom_components/doorwatch"


async def set_up(
    hass: HomeAssistant, until: Until, address: str, name: str
) -> MockConfigEntry:
    """Set up a doorbell with the address of its stream only."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=name,
        data={
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_RTSP,
            CONF_STREAM: address,
        },
        options={"pre_roll": 1, "post_roll": 1, "longest_clip": 30},
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: entry.runtime_data.data.connected)
    return entry


@pytest.mark.lesson(3)
async def test_every_stream_is_recorded_at_home_and_has_every_entity(
    hass: HomeAssistant, doorwatch: HomeAssistant, rtsp_server: RtspServer, until: Until
) -> None:
    """The streams have AAC audio, no audio or audio that players don't support.

    Tests forbid sockets to other machines.
    """
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    entities = []
    for mount in ("cam0", "silent0", "alaw0"):
        entry = await set_up(hass, until, rtsp_server.address(mount), mount)
        # The recorder needs a complete frame before the ring.
        entry.runtime_data.handle_event(
            DoorbellEvent(
                kind=EventKind.RING, at=dt_util.utcnow(), monotonic=time.monotonic()
            )
        )
        found = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
        entities.append(
            {(one.domain, one.unique_id.removeprefix(entry.entry_id)) for one in found}
        )
        (device,) = dr.async_entries_for_config_entry(
            dr.async_get(hass), entry.entry_id
        )
        assert device.model_id is None
    await until(lambda: len(saved) >= 3)

    assert entities[0] == entities[1] == entities[2]
    assert {domain for domain, _ in entities[0]} == {
        "binary_sensor",
        "camera",
        "event",
        "image",
        "sensor",
        "switch",
    }
    library = hass.data[DATA].library
    for event in saved:
        clip = await library.get(event.data["clip_id"])
        assert clip is not None
        assert clip.path.is_relative_to(library.folder)
        assert await hass.async_add_executor_job(clip.path.is_file)


@pytest.mark.lesson(3)
def test_no_maker_or_model_of_a_doorbell_decides_anything() -> None:
    """The stream shows what a doorbell supports, so new models work."""
    makers = re.compile(r"\b(reolink|hikvision|dahua|amcrest|unifi|nest|eufy|tapo)\b")
    texts = [
        (path.name, node.value.casefold())
        for path in PACKAGE.rglob("*.py")
        # Only the code for an integration knows where it stores clips of cameras
        # without a stream. Core has no standard for entities that report labels.
        # The paths are only tried until one has a stream.
        if path.parent.name != "providers"
        and path.relative_to(PACKAGE)
        not in (Path("discovery/labels.py"), Path("engine/doorbells/known_paths.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]

    assert texts
    assert not [(name, text) for name, text in texts if makers.search(text)]
