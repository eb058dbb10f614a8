"""Test the camera of a doorbell."""

from http import HTTPStatus
from pathlib import Path
from unittest.mock import patch

from homeassistant.components.camera import (
    async_get_image as async_get_still,
    async_get_stream_source,
)
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.event import async_track_state_change_event
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.doorwatch.engine.clips.errors import LibraryError
from custom_components.doorwatch.engine.doorbells.base import EventKind
from custom_components.doorwatch.signals import EVENT_CLIP_SAVED, SIGNAL_CLIP_CHANGED
from tests.conftest import Until
from tests.demo_visits import event, state_of
from tests.sharing_fixtures import Home, set_state


async def test_the_camera_says_recording_while_a_clip_is_written(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    assert state_of(hass, "camera.front_door") == "idle"
    saved = async_capture_events(hass, EVENT_CLIP_SAVED)
    demo.runtime_data.handle_event(event(EventKind.RING))

    await until(lambda: state_of(hass, "camera.front_door") == "recording")
    assert not saved
    await until(lambda: saved)
    assert state_of(hass, "camera.front_door") == "idle"


async def test_the_camera_stops_recording_when_the_disk_is_full(
    hass: HomeAssistant, demo: MockConfigEntry, until: Until
) -> None:
    """The state is correct even though no clip was saved."""
    states: list[str] = []

    @callback
    def on_state(changed: Event[EventStateChangedData]) -> None:
        assert changed.data["new_state"] is not None
        states.append(changed.data["new_state"].state)

    async_track_state_change_event(hass, "camera.front_door", on_state)
    with patch(
        "custom_components.doorwatch.engine.clips.intake.intake.Intake.finish",
        side_effect=LibraryError("disk_full"),
    ):
        demo.runtime_data.handle_event(event(EventKind.RING))
        await until(lambda: states[-1:] == ["idle"])

    assert states == ["recording", "idle"]


JPEG = b"\xff\xd8"


async def test_a_still_is_the_last_keyframe(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    """The still needs no second connection to the doorbell."""
    still = await async_get_still(hass, "camera.front_door")

    assert still.content.startswith(JPEG)


async def test_live_view_opens_what_the_doorbell_names(
    hass: HomeAssistant, demo: MockConfigEntry
) -> None:
    source = await async_get_stream_source(hass, "camera.front_door")
    assert source == demo.runtime_data.doorbell.stream_source().address


async def test_the_last_clip_shows_a_door_that_is_offline(
    home: Home, until: Until, tmp_path: Path
) -> None:
    """Home Assistant was restarted while the doorbell was offline."""
    client = await home.client(await home.long_lived(home.admin))
    address = f"/api/camera_proxy/{home.camera(home.front)}"
    async_dispatcher_send(home.hass, SIGNAL_CLIP_CHANGED, home.clip)
    await until(lambda: home.front.runtime_data.data.last_clip)

    answer = await client.get(address)
    assert answer.status == HTTPStatus.OK
    assert await answer.read() == home.clip.thumbnail.read_bytes()

    # A link could lead to any file.
    image = home.clip.thumbnail.rename(tmp_path / "elsewhere.jpg")
    home.clip.thumbnail.symlink_to(image)
    assert (await client.get(address)).status == HTTPStatus.INTERNAL_SERVER_ERROR
    home.clip.thumbnail.unlink()
    image.rename(home.clip.thumbnail)

    # A doorbell that is connected shows what is there now, or nothing.
    set_state(home.front)
    assert (await client.get(address)).status == HTTPStatus.INTERNAL_SERVER_ERROR
    set_state(home.front, asleep=True)
    home.clip.thumbnail.unlink()
    assert (await client.get(address)).status == HTTPStatus.INTERNAL_SERVER_ERROR
