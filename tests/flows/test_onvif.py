"""Tests of the flows of ONVIF doorbells with a device and a real RTSP server."""

import asyncio
from datetime import timedelta
import json
import logging
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE
from homeassistant.const import CONF_NAME, STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
)

from custom_components.doorwatch.const import (
    CONF_ENDPOINT,
    CONF_HOST,
    CONF_KIND,
    CONF_MAC,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_SUB_STREAM,
    CONF_USERNAME,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_DEMO,
    SOURCE_ONVIF,
)
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from custom_components.doorwatch.domain.data import DATA
from custom_components.doorwatch.household.system import async_system
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED
from tests.conftest import Until
from tests.engine.doorbells.onvif.listening import refuse
from tests.flows.forms import go_on, offered_name
from tests.flows.onvif_forms import (
    ENDPOINT,
    EVENTS,
    LENGTHS,
    MAC,
    MOTION,
    OPTIONS,
    RING,
    add,
    answers,
    begin,
    device,
    discover,
    found_at,
    hears,
    shown,
)
from tests.onvif_device.device import OnvifDevice, onvif_device
from tests.rtsp.fixtures import StartRtspServer

__all__ = ["device"]

pytestmark = pytest.mark.usefixtures("installed")

PLANTED = "pl4nted"


@pytest.mark.usefixtures("no_blocking_calls")
async def test_from_the_list_of_what_was_found_to_a_clip_in_the_library(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """Motion and ring reach the entities and the clip."""
    result = await begin(hass, found_at(device, hardware="Doorbell-2"))
    assert result["step_id"] == "onvif"
    result = await go_on(hass, result, device=ENDPOINT)
    assert result["step_id"] == "onvif_host"
    assert result["data_schema"] is not None
    suggested = {
        str(key): key.description["suggested_value"]
        for key in result["data_schema"].schema
        if key.description
    }
    assert suggested == {
        CONF_HOST: "127.0.0.1",
        CONF_PORT: device.port,
    }
    result = await go_on(hass, result, **answers(device))
    assert result["step_id"] == "onvif_events", result
    assert offered_name(result) == "Video Doorbell"
    told = result["description_placeholders"]
    assert told is not None
    assert (told["motion"], told["ring"], told["sub_stream"]) == ("✓", "✓", "✓")
    result = await go_on(hass, result, **EVENTS)
    entry = result["result"]
    assert entry.unique_id == MAC
    assert entry.data[CONF_SOURCE] == SOURCE_ONVIF
    assert entry.data[CONF_ENDPOINT] == ENDPOINT
    assert entry.data[CONF_STREAM].endswith("/cam0")
    assert entry.data[CONF_SUB_STREAM].endswith("/cam1")
    await until(lambda: entry.runtime_data.data.connected)
    await until(lambda: hears(entry))

    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    device.motion(True)
    await until(lambda: shown(hass, MOTION) == STATE_ON)
    device.ring()
    await until(lambda: shown(hass, RING) not in ("unknown", STATE_UNAVAILABLE))
    device.motion(False)
    await until(lambda: shown(hass, MOTION) == STATE_OFF)
    await until(lambda: saved)
    clip = await hass.data[DATA].library.get(saved[0].data["clip_id"])
    assert clip is not None
    assert clip.event == "ring"
    (found,) = dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    assert (found.manufacturer, found.model) == ("Maker", "Video Doorbell")
    assert (dr.CONNECTION_NETWORK_MAC, MAC) in found.connections
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert not device.events.subscriptions


@pytest.mark.lesson(5)
async def test_motion_lasts_as_long_as_the_doorbell_says(
    hass: HomeAssistant,
    device: OnvifDevice,
    until: Until,
) -> None:
    """The device reports the start and the end of motion."""
    await add(hass, device, until)
    device.motion(True)
    await until(lambda: shown(hass, MOTION) == STATE_ON)

    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=301))
    await hass.async_block_till_done()
    assert shown(hass, MOTION) == STATE_ON

    device.motion(False)
    await until(lambda: shown(hass, MOTION) == STATE_OFF)


async def test_a_device_that_was_not_found_is_added_by_its_address(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """Other devices may be in the list, and the address may contain a port."""
    result = await begin(hass, found_at(device, host="192.0.2.9"))
    result = await go_on(hass, result, device="other")
    result = await go_on(
        hass,
        result,
        **answers(device, host=f"http://127.0.0.1:{device.port}/onvif", port=80),
    )
    assert result["step_id"] == "onvif_events", result
    result = await go_on(hass, result, **EVENTS)
    entry = result["result"]
    assert (entry.data[CONF_HOST], entry.data[CONF_PORT]) == ("127.0.0.1", device.port)
    await until(lambda: entry.runtime_data.data.connected)


async def test_what_is_wrong_is_named_and_can_be_mended(
    hass: HomeAssistant, device: OnvifDevice
) -> None:
    """The form shows the error and keeps its values."""
    result = await begin(hass)

    async def problem(**changed: Any) -> str:
        """Return the error and its field."""
        nonlocal result
        result = await go_on(hass, result, **answers(device, **changed))
        assert result["errors"] is not None
        [(field, problem)] = result["errors"].items()
        return f"{field}: {problem}"

    assert await problem(host="a b") == "host: invalid_host"
    assert await problem(port=9) == "host: cannot_connect"
    assert await problem(password="wrong") == "password: invalid_auth"
    device.clock_offset = -7200.0
    assert await problem(password="wrong") == "password: clock_off"
    nobody = answers(device)
    del nobody[CONF_USERNAME], nobody[CONF_PASSWORD]
    result = await go_on(hass, result, **nobody)
    assert result["errors"] == {CONF_USERNAME: "login_missing"}
    device.clock_offset = 0.0
    device.misbehaves["GetDeviceInformation"] = refuse
    assert await problem() == "base: request_refused"
    device.misbehaves.clear()
    profiles, device.profiles = device.profiles, ()
    assert await problem() == "base: no_profile"
    device.profiles = profiles
    device.mac, serial, device.serial = None, device.serial, ""
    assert await problem() == "base: no_identity"
    device.serial = serial
    device.speaks_onvif = False
    assert await problem() == "port: not_onvif"
    device.speaks_onvif = True
    device.clock_offset = -7200.0
    result = await go_on(hass, result, **answers(device))
    assert result["step_id"] == "onvif_events"


async def test_the_same_device_again_only_tells_where_it_is_now(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """The entry's address and login are updated."""
    entry = await add(hass, device, until)
    await device.move()
    result = await go_on(hass, await begin(hass), **answers(device))
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"
    await hass.async_block_till_done()
    assert entry.data[CONF_PORT] == device.port
    await until(lambda: hears(entry))
    # It isn't in the list of found devices either.
    assert (await begin(hass, found_at(device)))["step_id"] == "onvif_host"


async def test_its_own_name_is_offered_unless_another_doorbell_has_it(
    hass: HomeAssistant, device: OnvifDevice
) -> None:
    """Without a name from the network, make and model are used; a used name is refused."""
    MockConfigEntry(
        domain=DOMAIN,
        title="Maker Video Doorbell",
        data={CONF_KIND: KIND_DOORBELL, CONF_SOURCE: SOURCE_DEMO},
    ).add_to_hass(hass)
    form = await go_on(hass, await begin(hass), **answers(device))
    assert form["step_id"] == "onvif_events"
    assert offered_name(form) == "Maker Video Doorbell 2"
    taken = {**EVENTS, CONF_NAME: " maker video  doorbell"}
    form = await go_on(hass, form, **taken)
    assert form["errors"] == {CONF_NAME: "name_taken"}
    done = await go_on(hass, form, **{**EVENTS, CONF_NAME: "Porch"})
    assert done["title"] == "Porch"


async def test_another_address_than_the_one_that_was_found_is_another_device(
    hass: HomeAssistant, device: OnvifDevice
) -> None:
    """It gets neither the name nor the announcements of the device that was picked."""
    result = await begin(hass, found_at(device, host="127.0.0.9"))
    result = await go_on(hass, result, device=ENDPOINT)
    result = await go_on(hass, result, **answers(device))
    assert offered_name(result) == "Maker Video Doorbell"
    result = await go_on(hass, result, **EVENTS)
    assert result["result"].data[CONF_ENDPOINT] is None


async def test_a_changed_password_asks_for_the_new_one(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """A wrong password is refused in the form."""
    entry = await add(hass, device, until)
    device.login = ("viewer", "changed")
    device.events.drop()
    await until(lambda: list(entry.async_get_active_flows(hass, {SOURCE_REAUTH})))
    assert shown(hass, RING) == STATE_UNAVAILABLE
    # Discovering it at its known address doesn't start a second flow.
    assert not await discover(hass, found_at(device))
    (flow,) = entry.async_get_active_flows(hass, {SOURCE_REAUTH})
    assert flow["step_id"] == "reauth_onvif"
    result = await go_on(hass, flow, username="viewer", password="wrong")
    assert result["errors"] == {CONF_PASSWORD: "invalid_auth"}
    schema = result["data_schema"]
    assert schema is not None
    # The form never contains the password.
    assert [key.description for key in schema.schema] == [
        {"suggested_value": "viewer"},
        None,
    ]
    result = await go_on(hass, result, username="viewer", password="changed")
    assert result["reason"] == "reauth_successful"
    await until(lambda: hears(entry))
    assert entry.data[CONF_PASSWORD] == "changed"
    assert entry.data[CONF_PORT] == device.port
    await until(lambda: shown(hass, RING) != STATE_UNAVAILABLE)


async def test_address_and_login_can_be_changed_but_not_the_doorbell(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """An empty password field keeps the password."""
    entry = await add(hass, device, until)
    await device.move()
    device.mac = "00:11:22:33:44:55"
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )
    assert result["step_id"] == "reconfigure_onvif"
    filled_in = answers(device)
    del filled_in[CONF_PASSWORD]
    result = await go_on(hass, result, **filled_in)
    assert result["errors"] == {CONF_HOST: "other_device"}
    device.mac = MAC
    result = await go_on(hass, result, **filled_in)
    assert result["reason"] == "reconfigure_successful"
    assert entry.data[CONF_PORT] == device.port
    assert entry.data[CONF_PASSWORD] == device.login[1]
    assert entry.data[CONF_MAC] == MAC
    await until(lambda: hears(entry))


async def test_the_stored_password_is_not_sent_to_another_host(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """The device is not even asked what it is; with a typed password it is."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id=MAC,
        data={
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_ONVIF,
            CONF_HOST: "192.168.1.20",
            CONF_PORT: device.port,
            CONF_USERNAME: device.login[0],
            CONF_PASSWORD: device.login[1],
            CONF_STREAM: "rtsp://192.168.1.20/cam0",
            CONF_MAC: MAC,
        },
    )
    entry.add_to_hass(hass)
    result = await entry.start_reconfigure_flow(hass)
    filled_in = answers(device)
    del filled_in[CONF_PASSWORD]
    result = await go_on(hass, result, **filled_in)
    assert result["errors"] == {CONF_PASSWORD: "password_other_host"}
    assert device.asked == []

    result = await go_on(hass, result, **answers(device))
    assert result["reason"] == "reconfigure_successful"
    assert entry.data[CONF_HOST] == "127.0.0.1"
    await until(lambda: hears(entry))


async def test_options_are_those_of_any_doorbell(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """These are lengths, motion detection, other entities and connection."""
    entry = await add(hass, device, until)
    result = await hass.config_entries.options.async_init(entry.entry_id)
    assert result["step_id"] == "events"
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {**OPTIONS, "lengths": {**LENGTHS, "pre_roll": 3}}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert entry.options["pre_roll"] == 3
    await until(lambda: hears(entry))


async def test_the_difference_of_the_clocks_is_measured_and_shown(
    hass: HomeAssistant,
    device: OnvifDevice,
    until: Until,
    entity_registry: er.EntityRegistry,
) -> None:
    """It is in the diagnostics and in a sensor that is disabled by default."""
    device.clock_offset = 5000.0
    entry = await add(hass, device, until)
    found = await async_get_config_entry_diagnostics(hass, entry)
    assert found["transport"]["clock_offset"] == pytest.approx(5000, abs=2)
    assert found["transport"]["events"] == "pullpoint"
    assert found["transport"]["video"] == "rtsp/tcp"
    stated = await async_system(hass, entry.entry_id)
    assert stated["camera_clock_offset"] == found["transport"]["clock_offset"]
    assert (stated["camera_make"], stated["camera_model"]) == (
        "Maker",
        "Video Doorbell",
    )
    sensor = "sensor.front_clock_difference"
    assert hass.states.get(sensor) is None
    entity_registry.async_update_entity(sensor, disabled_by=None)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: hears(entry))
    assert float(shown(hass, sensor)) == pytest.approx(5000, abs=2)


async def test_no_secret_reaches_log_or_diagnostics(
    hass: HomeAssistant,
    start_rtsp_server: StartRtspServer,
    until: Until,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Failures and debug logging don't reveal secrets either."""
    caplog.set_level(logging.DEBUG, "custom_components.doorwatch")
    server = start_rtsp_server(login=f"viewer:{PLANTED}", cams=1)
    stream = f"{server.address()}?password={PLANTED}-in-path"
    async with onvif_device(stream) as device:
        device.login = ("viewer", PLANTED)
        device.serial = f"{PLANTED}-serial"
        entry = await add(hass, device, until)
        text = json.dumps(
            await async_get_config_entry_diagnostics(hass, entry), default=str
        )
        device.login = ("viewer", "changed")
        device.events.drop()
        await until(lambda: entry.runtime_data.doorbell.problem)
        await device.stop()
        text += json.dumps(
            await async_get_config_entry_diagnostics(hass, entry), default=str
        )
        assert await hass.config_entries.async_unload(entry.entry_id)
    for secret in (PLANTED, MAC, "127.0.0.1"):
        assert secret not in text
    assert PLANTED not in caplog.text
    await asyncio.sleep(0)
