"""Tests of the question what detects motion, for doorbells that do not report it."""

from typing import Any
from unittest.mock import patch

from homeassistant.components.event import EventDeviceClass
from homeassistant.const import CONF_NAME, STATE_UNAVAILABLE, STATE_UNKNOWN, Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.network import NoURLAvailableError
import pytest

from custom_components.doorwatch.const import (
    CONF_MOTION_ENTITY,
    CONF_PICTURE_MOTION,
    CONF_RING_ENTITY,
    CONF_STREAM,
    CONF_SUB_STREAM,
    CONF_WEBHOOK,
)
from custom_components.doorwatch.flows.doorbell import CONF_DETECTION
from tests.cameras.fixtures import Links, suggestions
from tests.conftest import Until
from tests.flows import onvif_forms
from tests.flows.forms import DETECTION, begin, doorbell_entry, go_on, probe
from tests.flows.onvif_forms import device
from tests.onvif_device import events as topics
from tests.onvif_device.device import OnvifDevice
from tests.rtsp.fixtures import RtspServer

__all__ = ["device", "probe"]

pytestmark = pytest.mark.usefixtures("installed")

STREAM = {CONF_STREAM: "rtsp://127.0.0.1:9/live"}


async def test_the_defaults_record_what_the_video_shows(
    hass: HomeAssistant, rtsp_server: RtspServer, until: Until
) -> None:
    """A door that is added without any choice detects motion in its video."""
    result = await begin(hass, "rtsp")
    result = await go_on(hass, result, **{CONF_STREAM: rtsp_server.address()})
    schema = result["data_schema"]
    assert schema is not None
    result = await go_on(hass, result, **schema({}))
    assert result["type"] is FlowResultType.CREATE_ENTRY
    coordinator = result["result"].runtime_data
    await until(lambda: coordinator.picture_motion.diagnostics()["keyframes"] > 0)


async def test_an_onvif_device_that_only_rings_is_asked_for(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """It records what its video shows, and its rings still arrive."""
    device.events = topics.Events(device.clock, (topics.VISITOR,))
    result = await onvif_forms.begin(hass)
    result = await go_on(hass, result, **onvif_forms.answers(device))
    assert result["step_id"] == "detection"
    schema = result["data_schema"]
    assert schema is not None
    result = await go_on(hass, result, **schema({CONF_NAME: "Front"}))
    coordinator = result["result"].runtime_data
    await until(lambda: coordinator.picture_motion.diagnostics()["keyframes"] > 0)
    await until(lambda: onvif_forms.hears(result["result"]))
    device.ring()
    await until(
        lambda: (
            onvif_forms.shown(hass, onvif_forms.RING)
            not in (STATE_UNKNOWN, STATE_UNAVAILABLE)
        )
    )


async def test_another_device_is_asked_for_once(
    hass: HomeAssistant, probe: Any
) -> None:
    """The form needs at least one entity; the others are options."""
    result = await go_on(hass, await begin(hass, "rtsp"), **STREAM)
    result = await go_on(hass, result, **DETECTION | {CONF_DETECTION: "entity"})
    assert result["step_id"] == "entity"
    result = await go_on(hass, result)
    assert result["errors"] == {"base": "no_sensor_chosen"}
    with patch("custom_components.doorwatch.async_setup_entry", return_value=True):
        result = await go_on(
            hass, result, **{CONF_MOTION_ENTITY: "binary_sensor.porch"}
        )
    options = result["result"].options
    assert options[CONF_MOTION_ENTITY] == "binary_sensor.porch"
    assert not options[CONF_PICTURE_MOTION]
    assert not options[CONF_WEBHOOK]


@pytest.mark.parametrize("known", [True, False])
async def test_only_a_doorbell_that_calls_shows_its_address(
    hass: HomeAssistant, probe: Any, known: bool
) -> None:
    """Without an address of Home Assistant, the form shows the path."""
    result = await go_on(hass, await begin(hass, "rtsp"), **STREAM)
    assert "webhook" not in str(result["description_placeholders"])
    with patch(
        "custom_components.doorwatch.flows.events.webhook.async_generate_url",
        side_effect=None if known else NoURLAvailableError,
        return_value="http://home.local/api/webhook/123",
    ):
        result = await go_on(hass, result, **DETECTION | {CONF_DETECTION: "webhook"})
    assert result["description_placeholders"] is not None
    address = result["description_placeholders"]["webhook"]
    assert address.startswith("http://home.local" if known else "/api/webhook/")
    with patch("custom_components.doorwatch.async_setup_entry", return_value=True):
        result = await go_on(hass, result)
    options = result["result"].options
    assert options[CONF_WEBHOOK]
    assert not options[CONF_PICTURE_MOTION]


async def test_a_name_that_is_taken_is_named(hass: HomeAssistant, probe: Any) -> None:
    """The choice stays as it was."""
    doorbell_entry().add_to_hass(hass)
    result = await go_on(hass, await begin(hass, "rtsp"), **STREAM)
    answers = {CONF_NAME: "Side door", CONF_DETECTION: "webhook"}
    result = await go_on(hass, result, **answers)
    assert result["errors"] == {CONF_NAME: "name_taken"}
    result = await go_on(hass, result, **answers | {CONF_NAME: "Back door"})
    assert result["step_id"] == "webhook"


@pytest.mark.parametrize(("cost", "shown"), [(0.2, "about 1% of"), (None, None)])
async def test_the_smaller_stream_is_measured_first(
    hass: HomeAssistant, probe: Any, cost: float | None, shown: str | None
) -> None:
    """A stream that can't be measured must not stop the doorbell."""
    streams = {**STREAM, CONF_SUB_STREAM: "rtsp://127.0.0.1:9/sub"}
    measured = "custom_components.doorwatch.flows.doorbell.measure_motion_cost"
    with patch(measured, return_value=cost) as measure:
        result = await go_on(hass, await begin(hass, "rtsp"), **streams)
    assert measure.await_args is not None
    asked = [source.address for source in measure.await_args.args]
    assert asked == [streams[CONF_SUB_STREAM], streams[CONF_STREAM]]
    assert result["step_id"] == "detection"
    assert result["description_placeholders"] is not None
    said = result["description_placeholders"]["cost"]
    assert said == "" if shown is None else shown in said


async def test_a_bell_that_was_found_is_used_unless_it_is_taken_away(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """An entity that a person removes from the form must not come back."""
    camera = await links.camera("Front", rtsp_server.address())
    bell = links.entity(
        camera, Platform.EVENT, "bell", original_device_class=EventDeviceClass.DOORBELL
    )
    form = await links.begin(camera="camera.front")
    form = await go_on(hass, form, **{CONF_DETECTION: "entity"})
    assert suggestions(form) == {CONF_RING_ENTITY: bell.entity_id}
    with patch("custom_components.doorwatch.async_setup_entry", return_value=True):
        done = await go_on(hass, form, **{CONF_MOTION_ENTITY: "binary_sensor.porch"})
        assert CONF_RING_ENTITY not in done["result"].options
        await hass.config_entries.async_remove(done["result"].entry_id)
        form = await links.begin(camera="camera.front")
        done = await go_on(hass, form, **{CONF_DETECTION: "picture"})
    assert done["result"].options[CONF_RING_ENTITY] == bell.id
