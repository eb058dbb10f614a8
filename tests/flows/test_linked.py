"""Tests of the flows that link a camera of another integration."""

from homeassistant.components.event import EventDeviceClass
from homeassistant.config_entries import (
    SOURCE_IGNORE,
    SOURCE_RECONFIGURE,
    SOURCE_USER,
    ConfigEntryDisabler,
    ConfigEntryState,
    ConfigFlowResult,
)
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, UnknownFlow
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import (
    CONF_CAMERA,
    CONF_KIND,
    CONF_SOURCE,
    DOMAIN,
    KIND_DOORBELL,
    SOURCE_LINKED,
)
from custom_components.doorwatch.flows.doorbell import CONF_DETECTION
from tests.cameras.fixtures import Links, suggestions
from tests.conftest import Until
from tests.discovery.offers import offered, offered_cameras
from tests.flows.forms import go_on
from tests.rtsp.fixtures import RtspServer

FRONT = "camera.front"


def choices(form: ConfigFlowResult) -> dict[str, str]:
    """Return the selectable cameras and their labels."""
    schema = form["data_schema"]
    assert schema is not None
    (selector,) = schema.schema.values()
    return {one["value"]: one["label"] for one in selector.config["options"]}


async def form_of(hass: HomeAssistant) -> ConfigFlowResult:
    """Open the menu and choose the kind."""
    menu = await hass.config_entries.flow.async_init(
        DOMAIN, context={"source": SOURCE_USER}
    )
    return await hass.config_entries.flow.async_configure(
        menu["flow_id"], {"next_step_id": "linked"}
    )


async def test_cameras_are_chosen_by_their_devices(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """The label names the camera if its device has several, even without a stream."""
    camera = await links.camera("Front", rtsp_server.address())
    await links.camera("back", rtsp_server.address("cam1"))
    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), camera.entry_id)
    dr.async_get(hass).async_update_device(device.id, name_by_user="Porch")
    form = await form_of(hass)
    assert list(choices(form).items()) == [("camera.back", "back"), (FRONT, "Porch")]
    assert suggestions(form) == {}

    links.entity(
        camera,
        Platform.CAMERA,
        "parcels",
        original_name="Parcels",
    )
    er.async_get(hass).async_update_entity(FRONT, name="Visitors")
    form = await form_of(hass)
    assert choices(form) == {
        "camera.back": "back",
        "camera.porch_front_parcels": "Porch: Parcels",
        FRONT: "Porch: Visitors",
    }

    entry = await links.link(camera=FRONT, events={})
    registered = er.async_get(hass).async_get(FRONT)
    assert registered is not None
    assert entry.data[CONF_CAMERA] == registered.id
    assert entry.title == "Porch"

    er.async_get(hass).async_remove("camera.porch_front_parcels")
    form = await form_of(hass)
    assert suggestions(form) == {CONF_CAMERA: "camera.back"}  # the only one left


async def test_cameras_of_one_name_are_told_apart(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """Cameras without a device are distinguished too."""
    await links.camera("Front", rtsp_server.address())
    er.async_get(hass).async_get_or_create(
        Platform.CAMERA, "ffmpeg", "1", original_name="Front", object_id_base="Yard"
    )
    assert choices(await form_of(hass)) == {
        FRONT: f"Front ({FRONT})",
        "camera.yard": "Front (camera.yard)",
    }


async def test_the_only_camera_is_chosen_already(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """The flow reports if there is no camera at all."""
    camera = await links.camera("Front", rtsp_server.address())
    assert suggestions(await form_of(hass)) == {CONF_CAMERA: FRONT}
    entry = await links.link(camera=FRONT, events={})
    er.async_get(hass).async_remove(FRONT)
    nothing = await form_of(hass)
    assert nothing["reason"] == "no_camera"
    changing = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id},
    )
    assert changing["reason"] == "no_camera"
    assert camera.entry_id in {
        one.entry_id for one in hass.config_entries.async_entries()
    }


async def test_a_camera_is_linked_once(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """A renamed camera is recognized."""
    await links.camera("Front", rtsp_server.address())
    await links.link(camera=FRONT, events={})
    er.async_get(hass).async_update_entity(FRONT, new_entity_id="camera.porch")
    await hass.async_block_till_done()

    result = await links.begin(camera="camera.porch")

    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "already_configured"


async def test_a_camera_that_is_gone_meanwhile_is_said(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """The error is shown at the field."""
    await links.camera("Front", rtsp_server.address())
    form = await form_of(hass)
    er.async_get(hass).async_remove(FRONT)
    form = await go_on(hass, form, camera=FRONT)
    assert form["step_id"] == "linked"
    assert form["errors"] == {CONF_CAMERA: "camera_missing"}


@pytest.mark.parametrize(
    ("path", "problem"),
    [("hevc0", None), ("nothing", "not_found"), (None, "no_stream_address")],
)
async def test_the_stream_is_tried(
    links: Links, rtsp_server: RtspServer, path: str | None, problem: str | None
) -> None:
    """The problem is reported before anything is stored."""
    await links.camera("Front", path and rtsp_server.address(path))

    result = await links.begin(camera=FRONT)

    assert result["step_id"] == ("linked" if problem else "detection")
    assert (result["errors"] or {}).get(CONF_CAMERA) == problem


async def test_a_disabled_camera_cannot_be_linked(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """Nor is it linked as a camera with recordings to fetch."""
    await links.camera("Front", rtsp_server.address())
    await links.camera("Back", rtsp_server.address())
    form = await form_of(hass)
    er.async_get(hass).async_update_entity(
        FRONT, disabled_by=er.RegistryEntryDisabler.USER
    )

    form = await go_on(hass, form, camera=FRONT)

    assert form["errors"] == {CONF_CAMERA: "camera_disabled"}
    assert FRONT not in choices(form)


async def test_an_own_camera_cannot_be_linked(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """A doorbell linked to itself would never have video."""
    await links.camera("Front", rtsp_server.address())
    await links.link(camera=FRONT, events={})

    assert list(choices(await form_of(hass))) == [FRONT]


async def test_another_camera_can_be_chosen_later(
    hass: HomeAssistant, links: Links, until: Until, rtsp_server: RtspServer
) -> None:
    """Entities move to the new device; clips and options stay."""
    await links.camera("Front", rtsp_server.address())
    back = await links.camera("Back", rtsp_server.address("cam1"))
    await links.camera("Broken", rtsp_server.address("nothing"))
    entry = await links.link(camera=FRONT, events={})
    options = dict(entry.options)

    form = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id},
    )
    assert form["step_id"] == "reconfigure_linked"
    assert suggestions(form) == {"camera": FRONT}
    form = await go_on(hass, form, camera="camera.broken")
    assert form["errors"] == {CONF_CAMERA: "not_found"}
    done = await go_on(hass, form, camera="camera.back")
    assert done["reason"] == "reconfigure_successful"
    await until(lambda: entry.state is ConfigEntryState.LOADED)
    await until(lambda: entry.runtime_data.data.connected)

    (device,) = dr.async_entries_for_config_entry(dr.async_get(hass), back.entry_id)
    own = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert {entity.device_id for entity in own} == {device.id}
    assert entry.options == options

    # The camera of another doorbell stays with that doorbell.
    front = er.async_get(hass).async_get(FRONT)
    assert front is not None
    MockConfigEntry(
        domain=DOMAIN,
        unique_id=f"linked-{front.id}",
        data={
            CONF_KIND: KIND_DOORBELL,
            CONF_SOURCE: SOURCE_LINKED,
            CONF_CAMERA: front.id,
        },
        disabled_by=ConfigEntryDisabler.USER,
    ).add_to_hass(hass)
    form = await hass.config_entries.flow.async_init(
        DOMAIN,
        context={"source": SOURCE_RECONFIGURE, "entry_id": entry.entry_id},
    )
    done = await go_on(hass, form, camera=FRONT)
    assert done["reason"] == "already_configured"


async def test_a_camera_that_is_offered_can_take_the_place_of_another(
    hass: HomeAssistant, links: Links, until: Until, rtsp_server: RtspServer
) -> None:
    """A replacement doorbell is discovered at once; that flow is then removed."""
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
    """Otherwise, finishing the flow in another tab would remove the other doorbell."""
    await links.camera("Front", rtsp_server.address())
    await links.camera("Back", rtsp_server.address("cam1"))
    entry = await links.link(camera=FRONT, events={})
    begun = await links.begin(camera="camera.back")
    assert begun["step_id"] == "detection"

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
            begun["flow_id"], {CONF_DETECTION: "picture"}
        )
    assert hass.config_entries.async_get_entry(entry.entry_id) is entry


async def test_a_camera_that_was_put_aside_can_take_the_place_of_another(
    hass: HomeAssistant, links: Links, until: Until, rtsp_server: RtspServer
) -> None:
    """The camera is ignored as a new doorbell but not used by another one."""
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
