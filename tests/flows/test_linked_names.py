"""Tests of the names of linked doorbells, whose devices belong to other integrations."""

from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.const import CONF_CAMERA, CONF_DEVICE_NAME
from custom_components.doorwatch.names import doorbell_names
from tests.cameras.fixtures import Links
from tests.flows.forms import go_on, offered_name
from tests.rtsp.fixtures import RtspServer


def rename(hass: HomeAssistant, entity_id: str, **names: Any) -> None:
    """Rename the device of an entity."""
    entity = er.async_get(hass).async_get(entity_id)
    assert entity is not None and entity.device_id is not None
    dr.async_get(hass).async_update_device(entity.device_id, **names)


async def test_a_linked_doorbell_follows_the_name_of_its_device(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """Either a user or the camera's integration may change the name."""
    await links.camera("Front", rtsp_server.address())
    entry = await links.link(camera="camera.front")
    rename(hass, "camera.front", name="Front of the maker")
    await hass.async_block_till_done()
    assert doorbell_names(hass) == {entry.entry_id: "Front of the maker"}
    rename(hass, "camera.front", name_by_user="Garden gate")
    await hass.async_block_till_done()
    assert doorbell_names(hass) == {entry.entry_id: "Garden gate"}
    rename(hass, "camera.front", name_by_user=None)
    await hass.async_block_till_done()
    assert doorbell_names(hass) == {entry.entry_id: "Front of the maker"}


async def test_the_name_of_another_doorbell_asks_for_one_of_its_own(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """The name stays even if the shared device is renamed."""
    await links.camera("Front", rtsp_server.address())
    first = await links.link(camera="camera.front")
    await links.camera("Back", rtsp_server.address())
    rename(hass, "camera.back", name_by_user="front")
    form = await links.begin(camera="camera.back")
    assert form["step_id"] == "detection"
    assert offered_name(form) == "front 2"

    again = await go_on(hass, form, **{CONF_NAME: "Front"})
    assert again["errors"] == {CONF_NAME: "name_taken"}
    done = await go_on(hass, form, **{CONF_NAME: "Garden"})
    await hass.async_block_till_done()
    second: ConfigEntry = done["result"]
    assert doorbell_names(hass) == {first.entry_id: "Front", second.entry_id: "Garden"}
    assert await hass.config_entries.async_reload(second.entry_id)
    await hass.async_block_till_done()
    assert second.title == "Garden"


async def test_a_name_of_its_own_stays_when_a_shared_device_is_renamed(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """The name of a shared device doesn't describe one of its cameras."""
    await links.camera("Front", rtsp_server.address())
    entry = await links.link(camera="camera.front")
    camera = er.async_get(hass).async_get("camera.front")
    assert camera is not None
    beside = MockConfigEntry(
        domain=entry.domain,
        title="Garden",
        data={**entry.data, CONF_CAMERA: camera.id},
    )
    beside.add_to_hass(hass)
    rename(hass, "camera.front", name_by_user="Recorder")
    await hass.async_block_till_done()
    assert entry.title == "Recorder"
    assert beside.title == "Garden"
    assert beside.data[CONF_DEVICE_NAME] == entry.data[CONF_DEVICE_NAME]


async def test_another_camera_gives_the_doorbell_no_other_name(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """Linking another camera keeps the name until its device is renamed."""
    await links.camera("Front", rtsp_server.address())
    await links.camera("Back", rtsp_server.address())
    rename(hass, "camera.back", name_by_user="Yard")
    entry = await links.link(camera="camera.front")
    back = er.async_get(hass).async_get("camera.back")
    assert back is not None
    hass.config_entries.async_update_entry(
        entry, data={**entry.data, CONF_CAMERA: back.id}
    )
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.title == "Front"
    rename(hass, "camera.back", name_by_user="Garden")
    await hass.async_block_till_done()
    assert entry.title == "Garden"
