"""Tests of the form for motion, bell and lengths."""

from typing import Any

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_LABELS,
    CONF_MOTION_ENTITY,
    CONF_RING_ENTITY,
    CONF_STREAM,
)
from custom_components.doorwatch.flows.doorbell import CONF_DETECTION
from tests.cameras.fixtures import Links
from tests.flows.forms import DETECTION, LENGTHS, OPTIONS, begin, go_on, probe
from tests.rtsp.fixtures import RtspServer

__all__ = ["probe"]

pytestmark = pytest.mark.usefixtures("installed")


async def test_a_doorbell_cannot_trigger_itself(
    hass: HomeAssistant, demo: MockConfigEntry, probe: Any
) -> None:
    """Its own motion sensor would keep triggering itself."""
    result = await begin(hass, "rtsp")
    result = await go_on(hass, result, **{CONF_STREAM: "rtsp://127.0.0.1:9/live"})
    result = await go_on(hass, result, **DETECTION | {CONF_DETECTION: "entity"})
    own = {
        CONF_MOTION_ENTITY: "binary_sensor.front_door_motion",
        CONF_RING_ENTITY: "event.front_door_doorbell",
    }
    for field, entity_id in own.items():
        with pytest.raises(InvalidData):
            await go_on(hass, result, **{field: entity_id})

    result = await go_on(hass, result, **{CONF_MOTION_ENTITY: "binary_sensor.porch"})
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize(
    ("field", "value"), [("pre_roll", 31), ("post_roll", 0), ("longest_clip", 5)]
)
async def test_lengths_have_limits(
    hass: HomeAssistant, demo: MockConfigEntry, field: str, value: int
) -> None:
    """The form reports the error before anything is stored."""
    result = await hass.config_entries.options.async_init(demo.entry_id)
    with pytest.raises(InvalidData):
        await hass.config_entries.options.async_configure(
            result["flow_id"], {"lengths": {**LENGTHS, field: value}}
        )


def labels_shown(form: ConfigFlowResult) -> dict[str, list[str]]:
    """Return the entities that a form shows for each label."""
    schema = form["data_schema"]
    assert schema is not None
    return {
        str(field): field.description["suggested_value"]
        for field in schema.schema[CONF_LABELS].schema.schema
    }


async def test_labels_are_found_and_can_be_changed(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """Unchanged suggestions aren't stored, so they follow the device."""
    await links.camera("Front", rtsp_server.address())
    registry = er.async_get(hass)
    device_id = registry.entities["camera.front"].device_id

    def add(key: str) -> str:
        return registry.async_get_or_create(
            "binary_sensor",
            "reolink",
            f"UID_0_{key}",
            device_id=device_id,
            translation_key=key,
        ).entity_id

    person, face, vehicle = add("person"), add("face"), add("vehicle")
    found = {
        "person": [person, face],
        "vehicle": [vehicle],
        "animal": [],
        "package": [],
    }

    entry = await links.link(camera="camera.front", events={CONF_LABELS: found})
    assert CONF_LABELS not in entry.options
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert labels_shown(form) == found

    async def save(**labels: list[str]) -> None:
        form = await hass.config_entries.options.async_init(entry.entry_id)
        done = await hass.config_entries.options.async_configure(
            form["flow_id"], {**OPTIONS, CONF_LABELS: labels}
        )
        assert done["type"] is FlowResultType.CREATE_ENTRY
        await hass.async_block_till_done()

    await save(person=[person], animal=["binary_sensor.cat_flap"])
    assert entry.options[CONF_LABELS] == {
        "person": [registry.entities[person].id],
        "vehicle": [],
        "animal": ["binary_sensor.cat_flap"],
    }
    registry.async_update_entity(person, new_entity_id="binary_sensor.somebody")
    package = add("package")
    form = await hass.config_entries.options.async_init(entry.entry_id)
    assert labels_shown(form) == {
        "person": ["binary_sensor.somebody"],
        "vehicle": [],
        "animal": ["binary_sensor.cat_flap"],
        "package": [package],
    }
    await save(
        person=[face, "binary_sensor.somebody"],
        vehicle=[vehicle],
        package=[package],
    )
    assert CONF_LABELS not in entry.options
