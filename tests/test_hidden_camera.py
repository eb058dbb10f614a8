"""Test the hidden camera entity that sends audio to the doorbell."""

from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

from homeassistant.components import media_source
from homeassistant.components.camera import async_get_image, async_get_stream_source
from homeassistant.components.homeassistant.exposed_entities import async_should_expose
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.target import (
    TargetSelection,
    async_extract_referenced_entity_ids,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.doorwatch.access.permissions import may_control, may_view
from custom_components.doorwatch.const import CONF_CAMERA, CONF_PROVIDER, DOMAIN
from custom_components.doorwatch.discovery.companions import camera_of
from custom_components.doorwatch.registry import camera_entity_id, talk_entity_id
from tests.cameras.fixtures import Links
from tests.rtsp.fixtures import RtspServer
from tests.runtime.talking import talk_camera
from tests.sharing_fixtures import Home, allow, command, set_state


async def test_it_is_hidden_wherever_things_are_listed(home: Home) -> None:
    """Dashboards, voice assistants, device targets and the media browser don't list the camera."""
    hass, talk = home.hass, talk_camera(home.hass, home.front)
    entity = er.async_get(hass).async_get(talk)
    assert entity is not None
    assert entity.hidden_by is er.RegistryEntryHider.INTEGRATION
    assert entity.disabled_by is None
    set_state(home.front)

    for needed in ("homeassistant", "media_source"):
        assert await async_setup_component(hass, needed, {})
    for assistant in ("conversation", "cloud.alexa", "cloud.google_assistant"):
        assert not async_should_expose(hass, assistant, talk)
    device = TargetSelection({"device_id": entity.device_id})
    found = async_extract_referenced_entity_ids(hass, device).indirectly_referenced
    assert home.camera(home.front) in found
    assert talk not in found
    client = await home.connect()
    browsed = await command(
        client,
        type="media_source/browse_media",
        media_content_id="media-source://camera",
    )
    listed = [child["media_content_id"] for child in browsed["result"]["children"]]
    assert f"media-source://camera/{home.camera(home.front)}" in listed
    assert f"media-source://camera/{talk}" not in listed


async def test_it_shows_nothing_to_anybody(home: Home, tmp_path: Path) -> None:
    """The camera has no address, still, stream or file, even for administrators."""
    hass, talk = home.hass, talk_camera(home.hass, home.front)
    hass.config.allowlist_external_dirs.add(str(tmp_path))
    set_state(home.front)
    with pytest.raises(HomeAssistantError, match="carries your voice"):
        await async_get_stream_source(hass, talk)
    with pytest.raises(HomeAssistantError):
        await async_get_image(hass, talk)
    with pytest.raises(media_source.Unresolvable):
        await media_source.async_resolve_media(
            hass, f"media-source://camera/{talk}", None
        )
    for name, data in (
        ("record", {"filename": str(tmp_path / "stolen.mp4")}),
        ("snapshot", {"filename": str(tmp_path / "stolen.jpg")}),
    ):
        # Core raises an error for a recording, but not for a snapshot.
        with suppress(HomeAssistantError):
            await hass.services.async_call(
                "camera", name, {"entity_id": talk, **data}, blocking=True
            )
    assert not list(tmp_path.glob("stolen.*"))
    client = await home.connect()
    for kind in ("camera/stream", "camera/webrtc/get_client_config"):
        answer = await command(client, type=kind, entity_id=talk)
        assert answer["success"] is (kind != "camera/stream")
        assert "rtsp" not in str(answer)
    rest = await home.client(await home.login(home.admin))
    for path in ("camera_proxy", "camera_proxy_stream"):
        shown = await rest.get(f"/api/{path}/{talk}?interval=1")
        assert shown.status != HTTPStatus.OK or not await shown.content.read()


async def test_an_action_for_all_cameras_passes_it_by(home: Home) -> None:
    """Core calls the action on all cameras of the target, including the hidden camera."""
    for name in ("disable_motion_detection", "enable_motion_detection"):
        await home.hass.services.async_call(
            "camera", name, {"entity_id": "all"}, blocking=True
        )


async def test_permissions_and_links_go_by_the_camera_that_is_watched(
    home: Home,
) -> None:
    """Neither the entity ids nor permissions for the hidden camera matter."""
    hass, front = home.hass, home.front.entry_id
    registry = er.async_get(hass)
    talk, camera = talk_camera(hass, home.front), home.camera(home.front)
    user = await home.user(read=[home.front])
    assert may_view(hass, user, front)
    allow(user, {talk: {"read": True, "control": True}})
    assert not may_view(hass, user, front)
    allow(user, {camera: {"read": True, "control": True}})
    assert may_control(hass, user, front)

    registry.async_update_entity(camera, new_entity_id="camera.z")
    registry.async_update_entity(talk, new_entity_id="camera.a")
    assert camera_entity_id(hass, front) == "camera.z"
    assert talk_entity_id(hass, front) == "camera.a"
    client = await home.connect()
    told = await command(client, type="doorwatch/doorbells")
    assert told["result"]["doorbells"][0]["camera_entity_id"] == "camera.z"

    answer = await command(
        client,
        type="call_service",
        domain=DOMAIN,
        service="record_clip",
        service_data={"entity_id": "camera.a"},
    )
    assert answer["error"]["translation_key"] == "no_doorbell"


async def test_a_linked_camera_can_be_talked_at_and_stays_the_one_that_is_found(
    hass: HomeAssistant, links: Links, rtsp_server: RtspServer
) -> None:
    """The linked integration doesn't support talking, but the stream does."""
    await links.camera("Front", rtsp_server.address("talk0"))
    entry = await links.link(camera="camera.front")

    talk = talk_entity_id(hass, entry.entry_id)
    assert talk is not None
    entity = er.async_get(hass).async_get(talk)
    assert entity is not None
    assert entity.device_id is not None
    found = camera_of(hass, entity.device_id)
    assert found is not None
    assert found.entity_id == "camera.front"


async def test_it_goes_when_the_clips_of_a_doorbell_are_fetched_from_now_on(
    home: Home,
) -> None:
    """A doorbell with fetched clips has no stream for talking."""
    assert talk_camera(home.hass, home.front)
    home.hass.config_entries.async_update_entry(
        home.front, data={**home.front.data, CONF_PROVIDER: "ring", CONF_CAMERA: "x"}
    )
    await home.hass.config_entries.async_reload(home.front.entry_id)

    assert talk_entity_id(home.hass, home.front.entry_id) is None
    assert camera_entity_id(home.hass, home.front.entry_id) is not None


async def test_a_doorbell_without_a_way_back_has_no_such_camera(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    assert talk_entity_id(hass, demo.entry_id) is None
