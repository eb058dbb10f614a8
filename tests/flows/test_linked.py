"""A camera that is already in Home Assistant, chosen and changed through the flows."""

from homeassistant.components.event import EventDeviceClass
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_RECONFIGURE,
    ConfigEntryState,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, UnknownFlow
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest

from custom_components.doorwatch.const import CONF_CAMERA, DOMAIN
from tests.cameras.fixtures import Links, suggestions
from tests.conftest import Until
from tests.discovery.offers import offered, offered_cameras
from tests.rtsp.fixtures import RtspServer

FRONT = "camera.front"


async def test_a_device_can_be_chosen_instead_of_its_camera(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """Its camera is found."""
    camera = await links.camera("Front", rtsp_server.address())
    registered = er.async_get(hass).async_get(FRONT)
    assert registered is not None

    entry = await links.link(device_id=registered.device_id, events={})

    assert entry.data[CONF_CAMERA] == registered.id
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), camera.entry_id)
    assert entry.title == device.name


async def test_a_camera_is_linked_once(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """Also when it was renamed since."""
    await links.camera("Front", rtsp_server.address())
    await links.link(camera=FRONT, events={})
    er.async_get(hass).async_update_entity(FRONT, new_entity_id="camera.porch")
    await hass.async_block_till_done()

    result = await links.begin(camera="camera.porch")

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


@pytest.mark.parametrize(
    ("chosen", "problem"),
    [
        ({}, "camera_or_device"),
        ({"camera": "camera.unknown"}, "camera_without_id"),
        ({"device_id": "unknown"}, "device_without_camera"),
    ],
)
async def test_what_cannot_be_chosen_is_said(
    links: Links, chosen: dict[str, str], problem: str
) -> None:
    """On the same form."""
    result = await links.begin(**chosen)

    assert result["step_id"] == "linked"
    assert result["errors"] == {"base": problem}


@pytest.mark.parametrize(
    ("path", "problem"),
    [("hevc0", None), ("nothing", "not_found"), (None, "no_stream_address")],
)
async def test_the_stream_is_tried(
    links: Links, rtsp_server: RtspServer, path: str | None, problem: str | None
) -> None:
    """What is wrong with it is named before anything is stored."""
    await links.camera("Front", path and rtsp_server.address(path))

    result = await links.begin(camera=FRONT)

    assert result["step_id"] == ("linked" if problem else "events")
    assert (result["errors"] or {}).get("base") == problem


async def test_a_disabled_camera_cannot_be_linked(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """Nor is it taken for one whose clips are kept elsewhere."""
    await links.camera("Front", rtsp_server.address())
    er.async_get(hass).async_update_entity(
        FRONT, disabled_by=er.RegistryEntryDisabler.USER
    )

    result = await links.begin(camera=FRONT)

    assert result["errors"] == {"base": "camera_disabled"}


async def test_an_own_camera_cannot_be_linked(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """A doorbell that is linked to itself would show nothing for ever."""
    await links.camera("Front", rtsp_server.address())
    entry = await links.link(camera=FRONT, events={})
    own = next(
        entity
        for entity in er.async_entries_for_config_entry(
            er.async_get(hass), entry.entry_id
        )
        if entity.domain == Platform.CAMERA
    )

    # By its id, past what the field leaves out.
    result = await links.begin(camera=own.id)

    assert result["errors"] == {"base": "not_another_camera"}


async def test_another_camera_can_be_chosen_later(
    hass: HomeAssistant, links: Links, until: Until, rtsp_server: RtspServer
) -> None:
    """Entities move to the other device; clips and options stay."""
    await links.camera("Front", rtsp_server.address())
    back = await links.camera("Back", rtsp_server.address("cam1"))
    entry = await links.link(camera=FRONT, events={})
    options = dict(entry.options)

    form = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id},
    )
    assert form["step_id"] == "reconfigure_linked"
    assert suggestions(form) == {"camera": FRONT}
    form = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    assert form["errors"] == {"base": "camera_or_device"}
    done = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"camera": "camera.back"}
    )
    assert done["reason"] == "reconfigure_successful"
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    await until(lambda: entry.runtime_data.data.connected)

    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), back.entry_id)
    own = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert {entity.device_id for entity in own} == {device.id}
    assert entry.options == options


async def test_a_camera_that_is_offered_can_take_the_place_of_another(
    hass: HomeAssistant, links: Links, until: Until, rtsp_server: RtspServer
) -> None:
    """A new doorbell at the same door is found at once; then it is offered no more."""
    await links.camera("Front", rtsp_server.address())
    entry = await links.link(camera=FRONT, events={})
    back = await links.camera("Back", rtsp_server.address("cam1"))
    links.entity(
        back, Platform.EVENT, "bell", original_device_class=EventDeviceClass.DOORBELL
    )
    await until(lambda: offered_cameras(hass) == ["camera.back"])

    form = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id},
    )
    done = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"camera": "camera.back"}
    )

    assert done["reason"] == "reconfigure_successful"
    await until(lambda: not offered_cameras(hass))


async def test_adding_a_camera_that_another_doorbell_took_meanwhile_ends(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """Else finishing what was begun in another tab would remove the other doorbell."""
    await links.camera("Front", rtsp_server.address())
    await links.camera("Back", rtsp_server.address("cam1"))
    entry = await links.link(camera=FRONT, events={})
    begun = await links.begin(camera="camera.back")
    assert begun["step_id"] == "events"

    form = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id},
    )
    done = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"camera": "camera.back"}
    )

    assert done["reason"] == "reconfigure_successful"
    with pytest.raises(UnknownFlow):
        await hass.config_entries.flow.async_configure(
            begun["flow_id"], {**suggestions(begun), **links.lengths(begun)}
        )
    assert hass.config_entries.async_get_entry(entry.entry_id) is entry


async def test_a_camera_that_was_put_aside_can_take_the_place_of_another(
    hass: HomeAssistant, links: Links, until: Until, rtsp_server: RtspServer
) -> None:
    """It was not to be a doorbell more, and is no doorbell yet."""
    await links.camera("Front", rtsp_server.address())
    entry = await links.link(camera=FRONT, events={})
    back = await links.camera("Back", rtsp_server.address("cam1"))
    links.entity(
        back, Platform.EVENT, "bell", original_device_class=EventDeviceClass.DOORBELL
    )
    await until(lambda: offered_cameras(hass) == ["camera.back"])
    (flow,) = offered(hass)
    await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_IGNORE},
        data={"unique_id": flow["context"]["unique_id"], "title": "Back"},
    )
    await until(lambda: not offered_cameras(hass))

    form = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id},
    )
    done = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"camera": "camera.back"}
    )
    await hass.async_block_till_done()

    assert done["reason"] == "reconfigure_successful"
    linked = er.async_get(hass).async_get("camera.back")
    assert linked is not None
    assert entry.data[CONF_CAMERA] == linked.id
    assert not offered_cameras(hass)
    assert not [
        other
        for other in hass.config_entries.async_entries(DOMAIN)
        if other.source == SOURCE_IGNORE
    ]


async def test_a_device_that_is_chosen_beside_another_camera_is_not_passed_over(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """The form shows the camera of now; whoever adds another device means that one."""
    await links.camera("Front", rtsp_server.address())
    back = await links.camera("Back", rtsp_server.address("cam1"))
    entry = await links.link(camera=FRONT, events={})
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), back.entry_id)

    form = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id},
    )
    form = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"camera": FRONT, "device_id": device.id}
    )

    assert form.get("errors") == {"base": "camera_and_device"}
    done = await hass.config_entries.flow.async_configure(
        form["flow_id"], {"camera": "camera.back", "device_id": device.id}
    )
    assert done["reason"] == "reconfigure_successful"
    linked = er.async_get(hass).async_get("camera.back")
    assert linked is not None
    assert entry.data[CONF_CAMERA] == linked.id
