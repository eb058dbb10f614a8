"""Tests of ONVIF devices with several lenses, each of which is a doorbell."""

import dataclasses
from functools import partial
from typing import Any, Final

from homeassistant.config_entries import (
    SOURCE_DHCP,
    SOURCE_INTEGRATION_DISCOVERY,
    SOURCE_REAUTH,
    SOURCE_RECONFIGURE,
    ConfigEntry,
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import CONF_NAME, STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.helpers.service_info.dhcp import DhcpServiceInfo
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_ENDPOINT,
    CONF_HOST,
    CONF_KIND,
    CONF_LENS,
    CONF_MAC,
    CONF_PASSWORD,
    CONF_PORT,
    CONF_SERIAL,
    CONF_SOURCE,
    CONF_STREAM,
    CONF_USERNAME,
    CONF_WEBHOOK_ID,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_ONVIF,
)
from custom_components.doorwatch.diagnostics import async_get_config_entry_diagnostics
from tests.conftest import Until
from tests.flows.forms import go_on
from tests.flows.lenses import device
from tests.flows.onvif_forms import (
    ENDPOINT,
    EVENTS,
    MAC,
    answers,
    begin,
    choices,
    discover,
    found_at,
    hears,
    shown,
)
from tests.onvif_device.device import OnvifDevice, onvif_device
from tests.repairs.fixes import begin as begin_repair

__all__ = ["device"]

pytestmark = pytest.mark.usefixtures("installed")

DOOR: Final = (("VideoSourceToken", "000"),)
PARCEL: Final = (("VideoSourceToken", "001"),)


def preselected(result: ConfigFlowResult) -> str | None:
    """Return the lens that the form preselects."""
    assert result["data_schema"] is not None
    (key,) = result["data_schema"].schema
    default = key.default
    return default() if callable(default) else None


async def add_lens(
    hass: HomeAssistant, device: OnvifDevice, until: Until, token: str, name: str
) -> ConfigEntry[Any]:
    """Add a lens as a doorbell and wait for the event subscription."""
    result = await go_on(hass, await begin(hass), **answers(device))
    assert result["step_id"] == "onvif_lens", result
    result = await go_on(hass, result, lens=token)
    assert result["step_id"] == "onvif_events", result
    result = await go_on(hass, result, **{**EVENTS, CONF_NAME: name})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    entry: ConfigEntry[Any] = result["result"]
    await until(lambda: hears(entry))
    return entry


async def stored(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> ConfigEntry[Any]:
    """Set up an entry as stored before lenses could be chosen."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Front",
        unique_id=MAC,
        data={
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_ONVIF,
            CONF_WEBHOOK_ID: "secret",
            CONF_HOST: "127.0.0.1",
            CONF_PORT: device.port,
            CONF_USERNAME: device.login[0],
            CONF_PASSWORD: device.login[1],
            CONF_STREAM: device.profiles[0].stream,
            CONF_MAC: MAC,
            CONF_SERIAL: device.serial,
        },
    )
    entry.add_to_hass(hass)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await until(lambda: hears(entry))
    return entry


async def reconfigure(
    hass: HomeAssistant, entry: ConfigEntry[Any], device: OnvifDevice
) -> ConfigFlowResult:
    """Fill in the first form of Reconfigure; the password stays."""
    result = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id}
    )
    filled_in = answers(device)
    del filled_in[CONF_PASSWORD]
    return await go_on(hass, result, **filled_in)


def path_of(entry: ConfigEntry[Any]) -> str:
    """Return the path of the recorded stream's address."""
    address: str = entry.runtime_data.doorbell.stream_source().address
    return address.rsplit("/", 1)[-1]


def is_troubled(entry: ConfigEntry[Any]) -> bool:
    """Return whether a problem was detected."""
    return entry.runtime_data.doorbell.problem is not None


def is_at(entry: ConfigEntry[Any], host: str) -> bool:
    """Return whether the doorbell has this address."""
    return bool(entry.data[CONF_HOST] == host)


def asks_for_login(hass: HomeAssistant, entry: ConfigEntry[Any]) -> bool:
    """Return whether a new login is requested."""
    return bool(list(entry.async_get_active_flows(hass, {SOURCE_REAUTH})))


async def test_a_device_with_several_lenses_asks_which(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """Lenses are listed with number, name and size; the first one is preselected."""
    result = await go_on(hass, await begin(hass), **answers(device))
    assert result["step_id"] == "onvif_lens"
    assert choices(result) == {
        "000": "Lens 1: main (2560×1920)",
        "001": "Lens 2: parcel (1920×1080)",
    }
    assert preselected(result) == "000"

    result = await go_on(hass, result, lens="001")
    told = result["description_placeholders"]
    assert told is not None
    assert told["sub_stream"] == "–"
    entry = (await go_on(hass, result, **EVENTS))["result"]
    assert entry.data[CONF_LENS] == "001"
    assert entry.data[CONF_STREAM].endswith("/cam2")
    await until(lambda: hears(entry))
    await until(lambda: entry.runtime_data.data.connected)
    assert path_of(entry) == "cam2"


async def test_a_device_with_one_lens_asks_nothing(
    hass: HomeAssistant, device: OnvifDevice
) -> None:
    """A second lens without a stream that can be recorded is ignored."""
    *door, parcel = device.profiles
    device.profiles = (*door, dataclasses.replace(parcel, encoding="JPEG"))
    result = await go_on(hass, await begin(hass), **answers(device))
    assert result["step_id"] == "onvif_events"
    entry = (await go_on(hass, result, **EVENTS))["result"]
    assert CONF_LENS not in entry.data
    assert entry.unique_id == MAC


async def test_a_first_lens_without_video_does_not_bar_the_way_to_another(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """Recorders also list unused channels."""
    main, sub, parcel = device.profiles
    nothing = main.stream.replace("cam0", "nothing")
    device.profiles = (dataclasses.replace(main, stream=nothing), sub, parcel)
    result = await go_on(hass, await begin(hass), **answers(device))
    result = await go_on(hass, result, lens="000")
    assert result["step_id"] == "onvif_lens"
    assert result["errors"] == {CONF_LENS: "not_found"}
    assert preselected(result) == "000"

    result = await go_on(hass, result, lens="001")

    assert result["step_id"] == "onvif_events"


async def test_a_lens_that_vanishes_while_it_is_chosen_is_named(
    hass: HomeAssistant, device: OnvifDevice
) -> None:
    """The form shows an error and no other lens is used."""
    result = await go_on(hass, await begin(hass), **answers(device))
    device.profiles = device.profiles[:2]
    result = await go_on(hass, result, lens="001")
    assert result["errors"] == {CONF_LENS: "lens_missing"}


async def test_both_lenses_are_doorbells_of_their_own(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """Each has its own device and clips, and motion affects only its own lens."""
    front = await add_lens(hass, device, until, "000", "Front")
    result = await go_on(hass, await begin(hass), **answers(device))
    assert list(choices(result)) == ["001"]
    assert preselected(result) == "001"
    hass.config_entries.flow.async_abort(result["flow_id"])
    parcels = await add_lens(hass, device, until, "001", "Parcels")
    assert (front.unique_id, parcels.unique_id) == (MAC, f"{MAC}#001")
    assert (path_of(front), path_of(parcels)) == ("cam0", "cam2")
    devices = [
        dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        for entry in (front, parcels)
    ]
    assert [[each.name for each in some] for some in devices] == [
        ["Front"],
        ["Parcels"],
    ]
    await until(lambda: shown(hass, "binary_sensor.front_motion") == STATE_OFF)
    await until(lambda: shown(hass, "binary_sensor.parcels_motion") == STATE_OFF)

    device.motion(True, source=PARCEL)
    await until(lambda: shown(hass, "binary_sensor.parcels_motion") == STATE_ON)
    assert shown(hass, "binary_sensor.front_motion") == STATE_OFF
    device.motion(False, source=PARCEL)
    await until(lambda: shown(hass, "binary_sensor.parcels_motion") == STATE_OFF)
    device.motion(True, source=DOOR)
    await until(lambda: shown(hass, "binary_sensor.front_motion") == STATE_ON)
    assert shown(hass, "binary_sensor.parcels_motion") == STATE_OFF


async def test_the_second_lens_can_be_added_first(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """The first lens has the unique ID of the device."""
    parcels = await add_lens(hass, device, until, "001", "Parcels")
    front = await add_lens(hass, device, until, "000", "Front")
    assert (front.unique_id, parcels.unique_id) == (MAC, f"{MAC}#001")


async def test_a_device_whose_lenses_are_all_there_only_tells_where_it_is_now(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """The address is updated for both lenses."""
    entries = [
        await add_lens(hass, device, until, "000", "Front"),
        await add_lens(hass, device, until, "001", "Parcels"),
    ]
    await device.move()
    result = await go_on(hass, await begin(hass), **answers(device))
    assert result["reason"] == "no_lens_free"
    for entry in entries:
        assert entry.data[CONF_PORT] == device.port
        await until(partial(hears, entry))
    assert [path_of(entry) for entry in entries] == ["cam0", "cam2"]


async def test_lenses_in_another_order_are_still_known(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """The lenses are identified independently of their order."""
    front = await add_lens(hass, device, until, "000", "Front")
    device.profiles = tuple(reversed(device.profiles))
    result = await go_on(hass, await begin(hass), **answers(device))
    assert list(choices(result)) == ["001"]

    parcels = await add_lens(hass, device, until, "001", "Parcels")

    assert (front.unique_id, parcels.unique_id) == (MAC, f"{MAC}#001")
    assert (path_of(front), path_of(parcels)) == ("cam0", "cam2")
    result = await go_on(hass, await begin(hass), **answers(device))
    assert result["reason"] == "no_lens_free"


async def test_a_doorbell_of_before_goes_on_until_its_other_lens_is_added(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """Until then, it uses the events of all lenses; then it learns its own lens."""
    front = await stored(hass, device, until)
    assert (await begin(hass, found_at(device)))["step_id"] == "onvif"
    before = dict(front.data)
    device.motion(True, source=PARCEL)
    await until(lambda: shown(hass, "binary_sensor.front_motion") == STATE_ON)
    device.motion(False, source=PARCEL)
    await until(lambda: shown(hass, "binary_sensor.front_motion") == STATE_OFF)
    assert dict(front.data) == before

    parcels = await add_lens(hass, device, until, "001", "Parcels")

    assert {key: front.data[key] for key in before} == before
    assert front.data[CONF_LENS] == "000"
    assert front.unique_id == MAC
    await until(lambda: hears(front))
    device.motion(True, source=PARCEL)
    await until(lambda: shown(hass, "binary_sensor.parcels_motion") == STATE_ON)
    assert shown(hass, "binary_sensor.front_motion") == STATE_OFF
    assert path_of(parcels) == "cam2"


async def test_a_doorbell_of_before_that_is_disabled_learns_which_lens_it_is_too(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """It is the first lens and still is when it is enabled again."""
    front = await stored(hass, device, until)
    await hass.config_entries.async_set_disabled_by(
        front.entry_id, ConfigEntryDisabler.USER
    )
    parcels = await add_lens(hass, device, until, "001", "Parcels")
    await hass.async_block_till_done()
    assert (front.data[CONF_LENS], front.state) == ("000", ConfigEntryState.NOT_LOADED)
    await hass.config_entries.async_set_disabled_by(front.entry_id, None)
    await until(partial(hears, front))
    assert [path_of(entry) for entry in (front, parcels)] == ["cam0", "cam2"]


async def test_a_lens_that_was_removed_can_be_added_again(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """Each lens can be added again while the other one exists."""
    entries = {
        "000": await add_lens(hass, device, until, "000", "Front"),
        "001": await add_lens(hass, device, until, "001", "Parcels"),
    }
    for token, unique_id in (("000", MAC), ("001", f"{MAC}#001")):
        await hass.config_entries.async_remove(entries[token].entry_id)
        again = await add_lens(hass, device, until, token, f"Again {token}")
        assert again.unique_id == unique_id
        entries[token] = again


async def test_a_device_with_a_lens_that_is_there_is_not_offered_again(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """Either lens is sufficient, and an earlier discovery flow is removed."""
    (flow,) = await discover(hass, found_at(device, mac=MAC))
    parcels = await add_lens(hass, device, until, "001", "Parcels")
    assert not [
        one
        for one in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        if one["flow_id"] == flow["flow_id"]
    ]
    assert not await discover(hass, found_at(device, mac=MAC))
    assert not await discover(hass, found_at(device))
    assert parcels.data[CONF_ENDPOINT] == ENDPOINT
    # The list of found devices contains it while it has another lens.
    assert (await begin(hass, found_at(device)))["step_id"] == "onvif"
    await add_lens(hass, device, until, "000", "Front")
    assert (await begin(hass, found_at(device)))["step_id"] == "onvif_host"


async def test_another_lens_is_added_from_the_offer(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    (flow,) = await discover(hass, found_at(device, mac=MAC))
    result = await go_on(hass, flow, **answers(device))
    result = await go_on(hass, result, lens="001")
    entry = (await go_on(hass, result, **EVENTS))["result"]
    assert entry.unique_id == f"{MAC}#001"
    assert entry.data[CONF_ENDPOINT] == ENDPOINT
    await until(lambda: hears(entry))
    assert not await discover(hass, found_at(device, mac=MAC))


@pytest.mark.parametrize("by", ["endpoint", "mac", "login", "serial"])
async def test_all_lenses_move_with_their_device(
    hass: HomeAssistant, device: OnvifDevice, until: Until, by: str
) -> None:
    """The device is recognized by any of its lenses."""
    if by == "serial":
        device.mac = None
    entries = [
        await add_lens(hass, device, until, "000", "Front"),
        await add_lens(hass, device, until, "001", "Parcels"),
    ]
    if by == "endpoint":
        hass.config_entries.async_update_entry(
            entries[0], data={**entries[0].data, CONF_ENDPOINT: ENDPOINT}
        )
    await device.move()
    for entry in entries:
        await until(partial(is_troubled, entry))

    assert not await discover(hass, found_at(device, mac=MAC if by == "mac" else None))

    for entry in entries:
        assert entry.data[CONF_PORT] == device.port
        await until(partial(hears, entry))
    assert [path_of(entry) for entry in entries] == ["cam0", "cam2"]


@pytest.mark.parametrize("away", [True, False])
@pytest.mark.filterwarnings("ignore:A test tried to use socket")
async def test_the_router_tells_all_lenses_of_a_new_address(
    hass: HomeAssistant,
    device: OnvifDevice,
    until: Until,
    away: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Unavailable doorbells move at once, the others when their connection fails."""
    monkeypatch.setattr(
        "custom_components.doorwatch.discovery.onvif_device.SETTLED_AFTER", 0.1
    )
    entries = [
        await add_lens(hass, device, until, "000", "Front"),
        await add_lens(hass, device, until, "001", "Parcels"),
    ]
    if away:
        await device.stop()
        for entry in entries:
            await until(partial(is_troubled, entry))
    result = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_DHCP},
        data=DhcpServiceInfo(ip="127.0.0.2", hostname="d", macaddress="ec71db001122"),
    )
    assert result["reason"] == "already_configured"
    await device.stop()
    for entry in entries:
        await until(partial(is_at, entry, "127.0.0.2"))


async def test_another_lens_can_be_chosen_later(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """An entry without a stored lens can change too; its lens can then be added again."""
    entry = await stored(hass, device, until)
    result = await reconfigure(hass, entry, device)
    assert result["step_id"] == "reconfigure_onvif_lens"
    assert list(choices(result)) == ["000", "001"]
    assert preselected(result) == "000"
    before = dict(entry.data)
    profiles, device.profiles = device.profiles, device.profiles[:2]
    result = await go_on(hass, result, lens="001")
    assert result["errors"] == {CONF_LENS: "lens_missing"}
    assert dict(entry.data) == before
    device.profiles = profiles
    result = await go_on(hass, result, lens="001")
    assert result["reason"] == "reconfigure_successful"
    await until(lambda: hears(entry))
    assert (entry.data[CONF_LENS], path_of(entry)) == ("001", "cam2")
    assert entry.unique_id == f"{MAC}#001"

    front = await add_lens(hass, device, until, "000", "Door")

    assert front.unique_id == MAC
    result = await reconfigure(hass, entry, device)
    assert list(choices(result)) == ["001"]
    result = await go_on(hass, result, lens="001")
    assert entry.unique_id == f"{MAC}#001"


async def test_a_doorbell_of_before_can_be_told_which_lens_it_is(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """From then on, motion of the other lens is ignored."""
    entry = await stored(hass, device, until)
    result = await go_on(hass, await reconfigure(hass, entry, device), lens="000")
    assert result["reason"] == "reconfigure_successful"
    await until(lambda: hears(entry))
    assert (entry.data[CONF_LENS], entry.unique_id) == ("000", MAC)


async def test_a_new_login_is_of_the_device_and_not_of_one_lens(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """The login is requested once, and each doorbell keeps its lens."""
    entries = [
        await add_lens(hass, device, until, "000", "Front"),
        await add_lens(hass, device, until, "001", "Parcels"),
    ]
    device.login = ("viewer", "changed")
    device.events.drop()
    for entry in entries:
        await until(partial(asks_for_login, hass, entry))
    (flow,) = entries[1].async_get_active_flows(hass, {SOURCE_REAUTH})
    profiles, device.profiles = device.profiles, device.profiles[:2]
    result = await go_on(hass, flow, username="viewer", password="changed")
    assert result["errors"] == {"base": "lens_gone"}
    device.profiles = profiles
    result = await go_on(hass, result, username="viewer", password="changed")
    assert result["reason"] == "reauth_successful"
    for entry in entries:
        await until(partial(hears, entry))
        assert not asks_for_login(hass, entry)
    assert [path_of(entry) for entry in entries] == ["cam0", "cam2"]


async def test_a_lens_that_is_gone_is_told_and_another_one_is_never_taken_for_it(
    hass: HomeAssistant,
    device: OnvifDevice,
    until: Until,
    issue_registry: ir.IssueRegistry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A firmware update can remove a lens; the repair explains what to do, which works."""
    monkeypatch.setattr(
        "custom_components.doorwatch.runtime.doorbell_watch.SILENT_AFTER", 0.0
    )
    entry = await add_lens(hass, device, until, "001", "Parcels")
    *_, parcel = device.profiles
    device.profiles = device.profiles[:2]
    device.events.drop()
    issue_id = f"doorbell_silent_{entry.entry_id}"
    await until(lambda: issue_registry.async_get_issue(DOMAIN, issue_id))
    issue = issue_registry.async_get_issue(DOMAIN, issue_id)
    assert issue is not None
    # Unlike other repairs, it doesn't say that recording continues.
    assert issue.translation_key == "doorbell_lens_missing"
    repair = await begin_repair(hass, issue_id)
    told = repair["description_placeholders"]
    assert told is not None
    assert "no longer has the lens" in told["problem"]
    assert told["problem"].endswith("Reconfigure.")
    found = await async_get_config_entry_diagnostics(hass, entry)
    assert found["transport"]["problem"] == "lens_missing"

    # The remaining lens is offered but not preselected.
    result = await reconfigure(hass, entry, device)
    assert result["step_id"] == "reconfigure_onvif_lens"
    assert list(choices(result)) == ["000"]
    assert preselected(result) is None

    device.profiles = (*device.profiles, dataclasses.replace(parcel, source="new"))
    hass.config_entries.flow.async_abort(result["flow_id"])
    result = await reconfigure(hass, entry, device)
    assert list(choices(result)) == ["000", "new"]
    result = await go_on(hass, result, lens="new")
    assert result["reason"] == "reconfigure_successful"
    await until(lambda: hears(entry))
    assert entry.data[CONF_LENS] == "new"
    assert entry.unique_id == f"{MAC}#new"
    assert path_of(entry) == "cam2"
    assert issue_registry.async_get_issue(DOMAIN, issue_id) is None


async def test_a_connection_to_a_lens_that_is_gone_is_cut(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """Its old address may show anything, so the doorbell waits for its lens."""
    entry = await add_lens(hass, device, until, "001", "Parcels")
    recorder = entry.runtime_data.recorder
    await until(lambda: recorder.health.connected)
    profiles, device.profiles = device.profiles, device.profiles[:2]
    device.events.drop()
    await until(lambda: recorder.health.problem == "lens_missing")
    assert shown(hass, "camera.parcels") == STATE_UNAVAILABLE

    device.profiles = profiles
    await until(lambda: recorder.health.connected)
    assert shown(hass, "camera.parcels") != STATE_UNAVAILABLE


async def test_lenses_that_change_places_are_followed_at_once(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """An open connection would show the other lens indefinitely."""
    entry = await add_lens(hass, device, until, "001", "Parcels")
    recorder = entry.runtime_data.recorder
    await until(lambda: recorder.health.connected)
    main, sub, parcel = device.profiles
    device.profiles = (
        dataclasses.replace(main, stream=parcel.stream),
        sub,
        dataclasses.replace(parcel, stream=main.stream),
    )
    device.events.drop()
    await until(lambda: recorder.diagnostics()["connections"] == 2)
    assert path_of(entry) == "cam0"


async def test_an_address_that_is_another_each_time_interrupts_nothing(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """Some devices include a counter in the address."""
    entry = await add_lens(hass, device, until, "001", "Parcels")
    recorder = entry.runtime_data.recorder
    await until(lambda: recorder.health.connected)
    *others, parcel = device.profiles
    device.profiles = (
        *others,
        dataclasses.replace(parcel, stream=f"{parcel.stream}?n=2"),
    )
    device.events.drop()
    await until(lambda: path_of(entry) == "cam2?n=2")
    await until(lambda: hears(entry))
    keyframes = recorder.diagnostics()["keyframes"]
    await until(lambda: recorder.diagnostics()["keyframes"] > keyframes + 1)
    assert recorder.diagnostics()["connections"] == 1


async def test_a_doorbell_whose_lens_is_gone_is_asked_for_nowhere_else(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """Its address is current, so its login must not be sent to another device."""
    entry = await add_lens(hass, device, until, "001", "Parcels")
    device.profiles = device.profiles[:2]
    device.events.drop()
    await until(lambda: entry.runtime_data.doorbell.problem == "lens_missing")
    async with onvif_device(device.profiles[0].stream) as stranger:
        stranger.mac = "EC:71:DB:99:99:99"
        (flow,) = await discover(hass, found_at(stranger, endpoint="urn:uuid:stranger"))
        assert flow["step_id"] == "onvif_host"
        assert stranger.asked == []


async def test_a_lens_that_another_form_took_meanwhile_is_not_taken_twice(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """Reconfigure and the flow of a new doorbell refuse the lens."""
    front = await add_lens(hass, device, until, "000", "Front")
    first = await go_on(hass, await begin(hass), **answers(device))
    second = await go_on(hass, await begin(hass), **answers(device))
    changing = await reconfigure(hass, front, device)
    first = await go_on(hass, first, lens="001")
    await go_on(hass, first, **{**EVENTS, CONF_NAME: "Parcels"})

    assert (await go_on(hass, second, lens="001"))["reason"] == "already_configured"
    assert (await go_on(hass, changing, lens="001"))["reason"] == "already_configured"
    assert (front.data[CONF_LENS], front.unique_id) == ("000", MAC)


async def test_a_lens_that_is_gone_with_all_others_taken_is_named(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """There is no lens to choose from."""
    await add_lens(hass, device, until, "000", "Front")
    parcels = await add_lens(hass, device, until, "001", "Parcels")
    device.profiles = device.profiles[:2]
    result = await reconfigure(hass, parcels, device)
    assert result["step_id"] == "reconfigure_onvif"
    assert result["errors"] == {"base": "no_lens_left"}


async def test_what_is_left_of_a_device_is_not_the_doorbell_of_a_lens_that_is_gone(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """It is added as a new doorbell and keeps its lens when the other one returns."""
    parcels = await add_lens(hass, device, until, "001", "Parcels")
    profiles, device.profiles = device.profiles, device.profiles[:2]
    result = await go_on(hass, await begin(hass), **answers(device))
    assert result["step_id"] == "onvif_events"
    front = (await go_on(hass, result, **EVENTS))["result"]
    assert front.data[CONF_LENS] == "000"
    assert parcels.data[CONF_STREAM].endswith("/cam2")
    device.profiles = tuple(reversed(profiles))
    device.events.drop()
    for entry in (front, parcels):
        await until(partial(hears, entry))
    assert (path_of(front), path_of(parcels)) == ("cam0", "cam2")


async def test_a_lens_whose_token_is_odd_is_a_doorbell_as_any_other(
    hass: HomeAssistant, device: OnvifDevice, until: Until
) -> None:
    """The token may contain letters, quotes and markup."""
    token = 'Tür <1> & "Hof" {name} #\''
    *others, parcel = device.profiles
    device.profiles = (*others, dataclasses.replace(parcel, source=token, token=token))
    entry = await add_lens(hass, device, until, token, "Parcels")
    assert entry.data[CONF_LENS] == token
    assert await hass.config_entries.async_reload(entry.entry_id)
    await until(lambda: hears(entry))
    assert path_of(entry) == "cam2"
    assert not await discover(hass, found_at(device, mac=MAC))
    assert [
        flow
        for flow in hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        if flow["context"]["source"] == SOURCE_INTEGRATION_DISCOVERY
    ] == []
